import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { OwnKey } from '#program/membership/contacts/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { keysQuery } from './keys-panel.tsx'

export const KEY_DRAFT = 'add-key'
/** The key itself is no part of the draft: somebody may have pasted a private one. */
interface Draft {
  readonly until: string
}
const EMPTY: Draft = { until: '' }

/** Adds a public key of one's own. */
export function AddKeyDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(KEY_DRAFT, EMPTY)
  const [publicKey, setPublicKey] = useState('')
  const close = () => {
    clear()
    setPublicKey('')
    add.reset()
    onClose()
  }
  const add = useMutation({
    mutationFn: () => create(OwnKey, '/api/account/keys', { publicKey, ...(values.until !== '' && { expiresAt: `${values.until}T00:00:00Z` }) }),
    onSuccess: async () => {
      close()
      await queries.invalidateQueries({ queryKey: keysQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <Dialog opened={opened} onClose={close} title="Add a key for delivery">
      <form onSubmit={submit}>
        <Stack>
          <Textarea
            label="Public key"
            description="An age recipient (age1… or, safe against quantum computers too, age1pq1…), or an armoured OpenPGP public key. Never the private half."
            required
            autosize
            minRows={4}
            maxRows={12}
            spellCheck={false}
            autoComplete="off"
            value={publicKey}
            error={fieldMessage(add.error, '/publicKey')}
            onChange={(event) => setPublicKey(event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            type="date"
            label="Use it until (UTC)"
            description="At most two years. An age key needs it; an OpenPGP key that expires by itself may go without."
            value={values.until}
            error={fieldMessage(add.error, '/expiresAt')}
            onChange={(event) => set({ until: event.currentTarget.value })}
          />
          <Text size="sm" c="dimmed">
            Compare the fingerprint afterwards with the one that your own program shows.
          </Text>
          <ProblemAlert error={add.error} shownFields={['/publicKey', '/expiresAt']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={add.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Add the key
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
