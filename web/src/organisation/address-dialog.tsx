import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { z } from 'zod'
import { put } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { contactsQuery } from '../contacts/contacts.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'

/** Sets the address that reaches the organisation whoever is on duty. */
export function AddressDialog({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const [address, setAddress] = useState('')
  const save = useMutation({
    mutationFn: () => put(z.unknown(), '/api/contacts/address', { address }),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: contactsQuery().queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title="Set the role address">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Mail address"
            description="Reaches you whoever is on duty, such as psirt@vendor.example. It signs nobody in."
            type="email"
            required
            maxLength={320}
            value={address}
            error={fieldMessage(save.error, '/address')}
            onChange={(event) => setAddress(event.currentTarget.value)}
            data-autofocus
          />
          <ProblemAlert error={save.error} shownFields={['/address']} />
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
