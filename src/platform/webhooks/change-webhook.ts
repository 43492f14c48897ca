import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { sealText } from '#platform/crypto/seal-text.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { PING, type DeliveryView, type WebhookSecret, type WebhookView } from '#platform/webhooks/contract.ts'
import { queueDelivery } from '#platform/webhooks/queue-deliveries.ts'
import { ownerOf, showDelivery, showWebhook } from '#platform/webhooks/show-webhooks.ts'
import { createWebhookSecret } from '#platform/webhooks/standard-webhook.ts'
import {
  endpointRow,
  lockDelivery,
  lockEndpoint,
  sealedSecretOf,
  updateEndpoint,
  wasQueuedSince,
  type Endpoint,
  type EndpointId,
} from '#platform/webhooks/store.ts'

/** How long the secret before signs beside a new one. */
const OVERLAP_MS = 24 * 60 * 60 * 1000
/** Tests of one webhook come no closer: each may hold what delivers for as long as an address takes to answer. */
const PING_EVERY_MS = 60_000

/** Makes a new secret, shown in this answer alone; the one before signs beside it for 24 hours. Throws NOT_FOUND. */
export function rotateSecret(app: App, actor: PersonActor, id: EndpointId): Promise<z.input<typeof WebhookSecret>> {
  return change(app, actor, id, 'webhook.secret-rotated', async (tx, endpoint) => {
    const secret = createWebhookSecret()
    const until = new Date(app.clock.now().getTime() + OVERLAP_MS)
    const sealed = sealText(app.keys, sealedSecretOf(id), secret)
    await updateEndpoint(tx, id, { sealed_secret: sealed, sealed_previous: endpoint.sealed_secret, previous_until: until })
    return { ...showWebhook(app, { ...endpoint, previous_until: until }), secret }
  })
}

/** Ends a webhook: nothing is delivered to it any more. Throws NOT_FOUND. */
export async function endWebhook(app: App, actor: PersonActor, id: EndpointId): Promise<void> {
  await change(app, actor, id, 'webhook.ended', (tx) => updateEndpoint(tx, id, { ended_at: app.clock.now() }))
}

/** Switches a webhook on again that was switched off. Throws NOT_FOUND. */
export function resumeWebhook(app: App, actor: PersonActor, id: EndpointId): Promise<z.input<typeof WebhookView>> {
  return change(app, actor, id, 'webhook.resumed', async (tx, endpoint) => {
    const on = { disabled_at: null, failing_since: null }
    await updateEndpoint(tx, id, on)
    return showWebhook(app, { ...endpoint, ...on })
  })
}

/** Queues a delivery that says nothing but that it is a test. Throws NOT_FOUND, CONFLICT for one that is switched off, and RATE_LIMITED within a minute of another. */
export function pingWebhook(app: App, actor: PersonActor, id: EndpointId): Promise<z.input<typeof DeliveryView>> {
  return app.db.transaction(actor, async (tx) => {
    const endpoint = await lockEndpoint(tx, id, ownerOf(actor))
    if (!endpoint) throw new Problem('NOT_FOUND')
    if (endpoint.disabled_at) throw new Problem('CONFLICT', 'This webhook is switched off; switch it on first.')
    const at = app.clock.now()
    if (await wasQueuedSince(tx, id, PING, new Date(at.getTime() - PING_EVERY_MS)))
      throw new Problem('RATE_LIMITED', 'One test a minute: see what became of the last.')
    const delivery = await queueDelivery(app, tx, id, { type: PING, operator: undefined, at })
    await recordFor(app, tx, actor.person, { action: 'webhook.pinged', subject: id })
    return showDelivery((await lockDelivery(tx, delivery))!)
  })
}

function change<T>(app: App, actor: PersonActor, id: EndpointId, action: string, step: (tx: Tx, endpoint: Endpoint) => Promise<T>): Promise<T> {
  return app.db.transaction(actor, async (tx) => {
    const endpoint = await lockEndpoint(tx, id, ownerOf(actor))
    if (!endpoint) throw new Problem('NOT_FOUND')
    const result = await step(tx, endpoint)
    await recordFor(app, tx, actor.person, { action, subject: id, binds: [endpointRow({ id })] })
    return result
  })
}
