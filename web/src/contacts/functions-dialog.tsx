import { Button, Checkbox, Group, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { z } from 'zod'
import { put } from '../api/client.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { CONTACT_CHANGES, type ContactView } from './contacts.ts'

const MEANINGS = {
  accountable: 'Answers for the organisation; there is one, and whoever was before no longer is',
  technical: 'Is asked about products and protections',
} as const

/** Says what a contact stands for in the organisation. */
export function FunctionsDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const [functions, setFunctions] = useState<readonly string[]>(contact.functions)
  const save = useMutation({
    mutationFn: () => put(z.unknown(), `/api/contacts/${contact.id}/functions`, { functions }),
    onSuccess: async () => {
      onClose()
      for (const queryKey of CONTACT_CHANGES) await queries.invalidateQueries({ queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title={`What ${contact.name} stands for`}>
      <form onSubmit={submit}>
        <Stack>
          <Checkbox.Group label="Stands for" value={[...functions]} onChange={setFunctions}>
            <Stack gap="xs" mt="xs">
              <Checkbox value="accountable" label="Accountable" description={MEANINGS.accountable} />
              <Checkbox value="technical" label="Technical" description={MEANINGS.technical} />
            </Stack>
          </Checkbox.Group>
          <ProblemAlert error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={save.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
