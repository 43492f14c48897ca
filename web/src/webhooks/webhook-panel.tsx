import { Button, Skeleton, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { DeliveryView, WebhookSecret, WebhookView } from '#platform/webhooks/contract.ts'
import { RevokeButton } from '../account/revoke-button.tsx'
import { post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { SecretDialog } from './secret-dialog.tsx'
import { deliveriesQuery, deliveryState, webhooksQuery, webhookState, type Delivery, type Webhook } from './webhooks.ts'

/** One webhook: its state, what can be done with it, and what became of each delivery. */
export function WebhookPanel({ webhook }: { webhook: Webhook }): ReactElement {
  const deliveries = useQuery(deliveriesQuery(webhook.id))
  return (
    <Panel title={webhook.url} actions={<Actions webhook={webhook} />}>
      <Stack>
        <WebhookFacts webhook={webhook} />
        {deliveries.isPending && <Skeleton height={90} />}
        <ProblemAlert error={deliveries.error} onRetry={() => void deliveries.refetch()} />
        {deliveries.data && <DataTable label="Deliveries" columns={COLUMNS} rows={deliveries.data} rowKey={({ id }) => id} empty={<NoDelivery />} />}
      </Stack>
    </Panel>
  )
}

function WebhookFacts({ webhook }: { webhook: Webhook }): ReactElement {
  const state = webhookState(webhook)
  return (
    <Facts>
      <Fact name="State">
        <StateMark tone={state.tone}>{state.text}</StateMark>
      </Fact>
      <Fact name="Added">
        {webhook.createdBy.name}, <Instant value={webhook.createdAt} />
      </Fact>
      {webhook.failingSince && (
        <Fact name="Took nothing since">
          <Instant value={webhook.failingSince} />
        </Fact>
      )}
      {webhook.previousUntil && (
        <Fact name="The earlier secret signs until">
          <Instant value={webhook.previousUntil} />
        </Fact>
      )}
    </Facts>
  )
}

function Actions({ webhook }: { webhook: Webhook }): ReactElement {
  const may = useMay()
  const queries = useQueryClient()
  const refresh = () => queries.invalidateQueries({ queryKey: webhooksQuery.queryKey })
  const path = `/api/webhooks/${webhook.id}`
  const ping = useMutation({ mutationFn: () => post(DeliveryView, `${path}/pings`), onSuccess: refresh })
  const resume = useMutation({ mutationFn: () => post(WebhookView, `${path}/resumption`), onSuccess: refresh })
  const on = webhook.disabledAt === null
  return (
    <>
      <ProblemAlert error={ping.error ?? resume.error} />
      {may('webhook.change') && on && (
        <Button variant="default" size="compact-sm" onClick={() => ping.mutate()} loading={ping.isPending} aria-label={`Send a test: ${webhook.url}`}>
          Send a test
        </Button>
      )}
      {may('webhook.change') && !on && (
        <Button variant="default" size="compact-sm" onClick={() => resume.mutate()} loading={resume.isPending} aria-label={`Switch on: ${webhook.url}`}>
          Switch on
        </Button>
      )}
      {may('webhook.change') && <NewSecret webhook={webhook} />}
      {may('webhook.end') && (
        <RevokeButton verb="End" subject={webhook.url} path={path} queryKey={webhooksQuery.queryKey}>
          Nothing is delivered to this address any more, also of what already waits.
        </RevokeButton>
      )}
    </>
  )
}

function NewSecret({ webhook }: { webhook: Webhook }): ReactElement {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const rotate = useMutation({
    mutationFn: () => post(WebhookSecret, `/api/webhooks/${webhook.id}/secret`),
    onSuccess: () => queries.invalidateQueries({ queryKey: webhooksQuery.queryKey }),
  })
  const close = () => {
    rotate.reset()
    setAsking(false)
  }
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => setAsking(true)} aria-label={`New secret: ${webhook.url}`}>
        New secret
      </Button>
      <ConfirmDialog
        opened={asking && !rotate.data}
        title="Make a new signing secret"
        confirm="Make it"
        pending={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate()}
        onClose={close}
      >
        For 24 hours deliveries are signed by both secrets, so that the receiver can take the new one over; then by the new one alone.
      </ConfirmDialog>
      {rotate.data && (
        <SecretDialog title="A new secret was made" secret={rotate.data.secret} onClose={close}>
          The one before signs beside it for 24 hours.
        </SecretDialog>
      )}
    </>
  )
}

const COLUMNS: readonly Column<Delivery>[] = [
  { key: 'created', header: 'Happened', text: ({ createdAt }) => createdAt, cell: ({ createdAt }) => <Instant value={createdAt} /> },
  { key: 'type', header: 'Type', text: ({ type }) => type, cell: ({ type }) => <span className="mono nowrap">{type}</span> },
  {
    key: 'state',
    header: 'State',
    text: (delivery) => deliveryState(delivery).text,
    cell: (delivery) => <StateMark tone={deliveryState(delivery).tone}>{deliveryState(delivery).text}</StateMark>,
  },
  { key: 'answer', header: 'Answer', text: ({ status, failure }) => failure ?? (status === null ? '' : String(status)) },
  { key: 'attempts', header: 'Attempts', text: ({ attempts }) => String(attempts) },
  { key: 'due', header: 'Next attempt', text: ({ dueAt }) => dueAt ?? '', cell: ({ dueAt }) => dueAt && <Instant value={dueAt} /> },
  { key: 'sent', header: 'Delivered', text: ({ sentAt }) => sentAt ?? '', cell: ({ sentAt }) => sentAt && <Instant value={sentAt} /> },
]

function NoDelivery(): ReactElement {
  return (
    <EmptyState icon="inbox" title="No delivery yet">
      Send a test to see whether the address takes it.
    </EmptyState>
  )
}
