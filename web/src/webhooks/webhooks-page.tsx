import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { AddWebhookDialog, WEBHOOK_DRAFT } from './add-webhook-dialog.tsx'
import { WebhookPanel } from './webhook-panel.tsx'
import { webhooksQuery } from './webhooks.ts'

/** Addresses of programs that are told of what matters to the organisation. */
export function WebhooksPage(): ReactElement {
  return (
    <OnlyWith verb="webhook.list">
      <Webhooks />
    </OnlyWith>
  )
}

function Webhooks(): ReactElement {
  const may = useMay()
  const { organisation } = useSession()
  const [adding, setAdding] = useState(() => hasDraft(WEBHOOK_DRAFT))
  const webhooks = useQuery(webhooksQuery)
  return (
    <Page
      title="Webhooks"
      lead={`Addresses at which a program of ${organisation.name} is told that something happened. A delivery says what kind of thing and when, and never what.`}
      actions={may('webhook.add') && <Button onClick={() => setAdding(true)}>Add a webhook</Button>}
    >
      <Stack>
        {webhooks.isPending && <Skeleton height={200} />}
        <ProblemAlert error={webhooks.error} onRetry={() => void webhooks.refetch()} />
        {webhooks.data?.length === 0 && (
          <Panel title="No webhook yet" flush>
            <EmptyState icon="target" title="Nothing is delivered">
              Add the address of a program that wakes your people, opens a ticket or starts a rollout.
            </EmptyState>
          </Panel>
        )}
        {webhooks.data?.map((webhook) => (
          <WebhookPanel key={webhook.id} webhook={webhook} />
        ))}
        <Text size="sm" c="dimmed">
          Deliveries are signed in the form of Standard Webhooks and come at least once: know repetitions by their webhook-id. How to verify one stands in
          docs/webhooks.md.
        </Text>
      </Stack>
      <AddWebhookDialog opened={adding} onClose={() => setAdding(false)} />
    </Page>
  )
}
