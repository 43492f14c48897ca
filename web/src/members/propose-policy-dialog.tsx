import { Button, Checkbox, Group, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { JurisdictionPolicy } from '#program/membership/standing/contract.ts'
import { PARTS } from '#program/packages/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { hasDraft, useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { policiesQuery } from './members.ts'

const DRAFT = 'jurisdiction-policy'
const EMPTY = { name: '', jurisdictions: '', basis: '', dutyToReport: true, parts: ['existence', 'description'] as string[], notBefore: 'release' }
const FIELDS = ['/name', '/jurisdictions', '/basis', '/parts']

/** Proposes the next version of a policy. */
export function ProposePolicyButton({ onDone }: { onDone: () => void }): ReactElement {
  const [opened, setOpened] = useState(() => hasDraft(DRAFT))
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Propose a policy
      </Button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title="Propose a policy of a jurisdiction">
        <ProposeForm
          onClose={() => {
            setOpened(false)
            onDone()
          }}
        />
      </Dialog>
    </>
  )
}

function ProposeForm({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(DRAFT, EMPTY)
  const propose = useMutation({
    mutationFn: () =>
      create(JurisdictionPolicy, '/api/jurisdiction-policies', {
        ...values,
        jurisdictions: values.jurisdictions
          .split(/[\s,]+/)
          .filter(Boolean)
          .map((code) => code.toUpperCase()),
      }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: policiesQuery.queryKey })
    },
  })
  const error = (field: string) => fieldMessage(propose.error, field)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        propose.mutate()
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          description="Small letters, digits and hyphens; a version number is added"
          required
          value={values.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={error('/name')}
        />
        <TextInput
          label="Jurisdictions"
          description="Two-letter codes of ISO 3166-1, such as CN"
          required
          value={values.jurisdictions}
          onChange={(event) => set({ jurisdictions: event.currentTarget.value })}
          error={error('/jurisdictions')}
        />
        <Textarea
          label="Basis"
          description="Members under it read this"
          required
          autosize
          minRows={2}
          value={values.basis}
          onChange={(event) => set({ basis: event.currentTarget.value })}
          error={error('/basis')}
        />
        <Checkbox
          label="The law there makes members report vulnerabilities to a government"
          checked={values.dutyToReport}
          onChange={(event) => set({ dutyToReport: event.currentTarget.checked })}
        />
        <Checkbox.Group label="What it leaves of a package" value={values.parts} onChange={(parts) => set({ parts })} error={error('/parts')}>
          <Group mt={4}>
            {PARTS.map((part) => (
              <Checkbox key={part} value={part} label={part} />
            ))}
          </Group>
        </Checkbox.Group>
        <Radio.Group label="From when" value={values.notBefore} onChange={(notBefore) => set({ notBefore })}>
          <Group mt={4}>
            <Radio value="release" label="The release" />
            <Radio value="window" label="The window of the tier" />
          </Group>
        </Radio.Group>
        <Text size="sm">A second membership officer has to approve it. Members come under it by a change of their standing.</Text>
        <ProblemAlert error={propose.error} shownFields={FIELDS} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={propose.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={propose.isPending}>
            Propose
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
