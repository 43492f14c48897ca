import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { WebhookSecret } from '#platform/webhooks/contract.ts'
import { post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SecretDialog } from './secret-dialog.tsx'
import { webhooksQuery } from './webhooks.ts'

export const WEBHOOK_DRAFT = 'add-webhook'

/** Adds an address, then shows the secret that its deliveries are signed by, this one time. */
export function AddWebhookDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(WEBHOOK_DRAFT, { url: '' })
  const add = useMutation({
    mutationFn: () => post(WebhookSecret, '/api/webhooks', { url: values.url }),
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: webhooksQuery.queryKey })
    },
  })
  const close = () => {
    add.reset()
    clear()
    onClose()
  }
  if (add.data) {
    return (
      <SecretDialog title="The webhook was added" secret={add.data.secret} onClose={close}>
        Give it to the program behind the address: by it, it knows what comes from here.
      </SecretDialog>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <Dialog opened={opened} onClose={close} title="Add a webhook">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Address"
            description="https, reachable from the public internet; redirects are not followed"
            placeholder="https://hooks.vendor.example/vedette"
            required
            maxLength={2000}
            value={values.url}
            error={fieldMessage(add.error, '/url')}
            onChange={(event) => set({ url: event.currentTarget.value })}
            data-autofocus
          />
          <ProblemAlert error={add.error} shownFields={['/url']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={add.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending} disabled={values.url.trim() === ''}>
              Add the webhook
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
