import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { EmbargoView, type ReaderClass } from '#exchange/embargoes/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { className, TIERS, utcOf, type Embargo } from './embargoes.ts'

const EMPTY = { of: '', at: '', now: false, reason: '' }

export function ChangeEmbargoDialog({ embargo, opened, onClose }: { embargo: Embargo; opened: boolean; onClose: () => void }): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title={`Change the instants of ${embargo.title}`} size="md">
      <ChangeForm embargo={embargo} onClose={onClose} />
    </Dialog>
  )
}

/** Classes that may get another instant: those that have not reached theirs, and tiers that have none. */
function changeable({ releases }: Embargo): ReaderClass[] {
  if (releases.some((release) => release.class === 'everybody')) return ['everybody']
  const reached = new Set(releases.filter((release) => release.reached).map((release) => release.class))
  return TIERS.filter((of) => !reached.has(of))
}

function ChangeForm({ embargo, onClose }: { embargo: Embargo; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(`embargo-change ${embargo.id}`, EMPTY)
  const classes = changeable(embargo)
  const waiting = embargo.releases.find((release) => !release.reached)?.class
  const of = classes.find((one) => one === values.of) ?? waiting ?? classes[0] ?? 'everybody'
  const change = useMutation({
    mutationFn: () =>
      create(EmbargoView, `/api/embargoes/${embargo.id}/changes`, { instants: { [of]: values.now ? 'now' : utcOf(values.at) }, reason: values.reason }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: ['embargoes', embargo.collection] })
    },
  })
  const fields = ['/reason', `/instants/${of}`]
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        change.mutate()
      }}
    >
      <Stack>
        <Select
          label="Readers"
          data={classes.map((one) => ({ value: one, label: className(one) }))}
          value={of}
          allowDeselect={false}
          onChange={(one) => set({ of: one ?? '' })}
        />
        <Checkbox label="End it for them now" checked={values.now} onChange={(event) => set({ now: event.currentTarget.checked })} />
        {!values.now && (
          <TextInput
            label="Shown from (UTC)"
            type="datetime-local"
            required
            value={values.at}
            onChange={(event) => set({ at: event.currentTarget.value })}
            error={fieldMessage(change.error, `/instants/${of}`)}
          />
        )}
        <TextInput
          label="Reason"
          required
          value={values.reason}
          onChange={(event) => set({ reason: event.currentTarget.value })}
          error={fieldMessage(change.error, '/reason')}
        />
        <Text size="sm">A later instant holds at once. An earlier one, or a first one for a tier, waits for a second person.</Text>
        <ProblemAlert error={change.error} shownFields={values.now ? ['/reason'] : fields} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={change.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            Change it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
