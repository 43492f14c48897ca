import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())

export const DELIVERY_STATES = ['queued', 'sending', 'sent', 'failed', 'dropped'] as const

/** Sent by hand, to see whether the address takes deliveries. */
export const PING = 'webhook.ping'

/** An address that an organisation, or an operator, is told at. */
export const WebhookView = z.object({
  id: z.string(),
  url: z.string(),
  createdAt: instant,
  createdBy: z.object({ id: z.string(), name: z.string() }),
  /** Until when the secret before the present one signs beside it; null while there is none. */
  previousUntil: instant.nullable(),
  /** Since when no delivery was taken; null while the last one was. */
  failingSince: instant.nullable(),
  /** When it was switched off because it took none for three days, or said that it is gone. */
  disabledAt: instant.nullable(),
})
export const WebhookList = z.object({ items: z.array(WebhookView) })

/** A webhook with the secret that its deliveries are signed by; shown once. */
export const WebhookSecret = WebhookView.extend({ secret: z.string() })

/** `POST /api/webhooks`. */
export const AddWebhook = z.strictObject({ url: z.string().trim().min(1).max(2000) })
export const WebhookParams = z.object({ id: idSchema<'webhook-endpoint'>() })

/** One delivery. `status` is what the address answered last, `failure` a short word for why it was not taken. */
export const DeliveryView = z.object({
  id: z.string(),
  type: z.string(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.number().int(),
  status: z.number().int().nullable(),
  failure: z.string().nullable(),
  createdAt: instant,
  /** Of the next attempt, while one is to come. */
  dueAt: instant.nullable(),
  sentAt: instant.nullable(),
})
export const DeliveryList = z.object({ items: z.array(DeliveryView) })
