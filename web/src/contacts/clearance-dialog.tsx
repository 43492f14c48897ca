import { Button, Checkbox, Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { ClearanceSet } from '#program/membership/contacts/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { useSession } from '../session/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { CONTACT_CHANGES, type ClearanceOf, type ContactView } from './contacts.ts'

interface Draft {
  readonly operator: string
  readonly every: boolean
  /** One a line. */
  readonly products: string
  readonly proofOfConcept: boolean
  readonly jurisdiction: string
}

function draftOf(clearance: ClearanceOf | undefined): Draft {
  return {
    operator: clearance?.operator.id ?? '',
    every: clearance?.products.includes('*') ?? false,
    products: clearance?.products.filter((product) => product !== '*').join('\n') ?? '',
    proofOfConcept: clearance?.proofOfConcept ?? false,
    jurisdiction: clearance?.jurisdiction ?? '',
  }
}

function lines(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter(Boolean)
}

/** Sets what a contact may know; says afterwards whether it stands or waits for a second officer. */
export function ClearanceDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear, restart } = useDraft<Draft>(`clearance-${contact.id}`, draftOf(contact.clearances[0]))
  const { operator, every, products, proofOfConcept, jurisdiction } = values
  const save = useMutation({
    mutationFn: () =>
      create(ClearanceSet, `/api/contacts/${contact.id}/clearance-changes`, {
        products: every ? ['*'] : lines(products),
        proofOfConcept,
        jurisdiction: jurisdiction.trim() === '' ? null : jurisdiction.trim(),
        ...(operator !== '' && { operator }),
      }),
    onSuccess: async ({ state }) => {
      clear()
      if (state === 'done') onClose()
      for (const queryKey of CONTACT_CHANGES) await queries.invalidateQueries({ queryKey })
    },
  })
  const close = () => {
    clear()
    onClose()
  }
  if (save.data?.state === 'waits') {
    return (
      <Dialog opened onClose={onClose} title={`The clearance of ${contact.name} is proposed`}>
        <Stack>
          <Text>It widens what {contact.name} may know, so a second membership officer has to approve it. Until then nothing changes.</Text>
          <Group justify="flex-end">
            <Button onClick={onClose}>Close</Button>
          </Group>
        </Stack>
      </Dialog>
    )
  }
  const choose = (id: string) => restart(draftOf(contact.clearances.find((clearance) => clearance.operator.id === id)))
  return (
    <Dialog opened onClose={close} title={`What ${contact.name} may know`}>
      <ClearanceForm
        contact={contact}
        values={values}
        set={set}
        choose={choose}
        error={save.error}
        pending={save.isPending}
        onSubmit={() => save.mutate()}
        onCancel={close}
      />
    </Dialog>
  )
}

interface ClearanceFormProps {
  readonly contact: ContactView
  readonly values: Draft
  readonly set: (change: Partial<Draft>) => void
  readonly choose: (operator: string) => void
  readonly error: unknown
  readonly pending: boolean
  readonly onSubmit: () => void
  readonly onCancel: () => void
}

function ClearanceForm({ contact, values, set, choose, error, pending, onSubmit, onCancel }: ClearanceFormProps): ReactElement {
  const own = useSession().kind === 'contact'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {own && <Text size="sm">You may take away. To let {contact.name} know more, ask the operator.</Text>}
        {contact.clearances.length > 1 && (
          <NativeSelect
            label="Operator"
            data={contact.clearances.map(({ operator }) => ({ value: operator.id, label: operator.name }))}
            value={values.operator}
            onChange={(event) => choose(event.currentTarget.value)}
          />
        )}
        <Checkbox label="Every product" checked={values.every} onChange={(event) => set({ every: event.currentTarget.checked })} />
        {!values.every && (
          <Textarea
            label="Products"
            description="As they are named in packages, one a line; none: nothing"
            autosize
            minRows={3}
            maxRows={10}
            value={values.products}
            error={fieldMessage(error, '/products')}
            onChange={(event) => set({ products: event.currentTarget.value })}
          />
        )}
        <Checkbox
          label="Proofs of concept"
          description="A right of its own: working attack code"
          checked={values.proofOfConcept}
          onChange={(event) => set({ proofOfConcept: event.currentTarget.checked })}
        />
        <TextInput
          label="Policy of the place of work"
          description="Name and version, such as unrestricted@1 or duty-to-report@1; empty denies everything"
          maxLength={90}
          value={values.jurisdiction}
          error={fieldMessage(error, '/jurisdiction')}
          onChange={(event) => set({ jurisdiction: event.currentTarget.value })}
        />
        <ProblemAlert error={error} shownFields={['/products', '/jurisdiction']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} disabled={pending}>
            Cancel
          </Button>
          <Button type="submit" loading={pending}>
            {own ? 'Narrow it' : 'Set the clearance'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
