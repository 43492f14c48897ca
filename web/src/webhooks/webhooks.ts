import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { DeliveryList, type DeliveryView, WebhookList, type WebhookView } from '#platform/webhooks/contract.ts'
import { get } from '../api/client.ts'
import type { Tone } from '../ui/state-mark.tsx'

export type Webhook = z.output<typeof WebhookView>
export type Delivery = z.output<typeof DeliveryView>

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async ({ signal }) => (await get(WebhookList, '/api/webhooks', {}, signal)).items,
})

export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', id, 'deliveries'],
    queryFn: async ({ signal }) => (await get(DeliveryList, `/api/webhooks/${id}/deliveries`, {}, signal)).items,
    refetchInterval: 10_000,
  })

export function webhookState({ disabledAt, failingSince }: Webhook): { text: string; tone: Tone } {
  if (disabledAt) return { text: 'Switched off', tone: 'off' }
  return failingSince ? { text: 'Takes nothing', tone: 'bad' } : { text: 'On', tone: 'on' }
}

const STATES: Readonly<Record<Delivery['state'], { text: string; tone: Tone }>> = {
  queued: { text: 'Waits', tone: 'waiting' },
  sending: { text: 'Under way', tone: 'waiting' },
  sent: { text: 'Delivered', tone: 'on' },
  failed: { text: 'Failed', tone: 'bad' },
  dropped: { text: 'Dropped', tone: 'off' },
}

export function deliveryState({ state }: Delivery): { text: string; tone: Tone } {
  return STATES[state]
}
