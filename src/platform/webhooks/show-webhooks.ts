import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { unsealText } from '#platform/crypto/seal-text.ts'
import { Problem } from '#platform/errors.ts'
import type { DeliveryView, WebhookView } from '#platform/webhooks/contract.ts'
import {
  listDeliveries,
  listEndpoints,
  lockEndpoint,
  sealedUrlOf,
  type Delivery,
  type Endpoint,
  type EndpointId,
  type Owner,
} from '#platform/webhooks/store.ts'

const SHOWN = 100

/** Whose webhooks an actor keeps: those of its own organisation, or of its own operator. */
export function ownerOf(actor: PersonActor): Owner {
  return actor.kind === 'contact' ? { organisation: actor.organisation } : { operator: actor.operator }
}

export function listWebhooks(app: App, actor: PersonActor): Promise<z.input<typeof WebhookView>[]> {
  return app.db.read(actor, async (tx) => (await listEndpoints(tx, ownerOf(actor))).map((endpoint) => showWebhook(app, endpoint)))
}

/** The newest deliveries to a webhook. Throws NOT_FOUND. */
export function readDeliveries(app: App, actor: PersonActor, id: EndpointId): Promise<z.input<typeof DeliveryView>[]> {
  return app.db.transaction(actor, async (tx) => {
    if (!(await lockEndpoint(tx, id, ownerOf(actor)))) throw new Problem('NOT_FOUND')
    return (await listDeliveries(tx, id, SHOWN)).map(showDelivery)
  })
}

export function showDelivery({ id, type, state, attempts, status, failure, created_at: createdAt, due_at: dueAt, sent_at: sentAt }: Delivery) {
  return { id, type, state, attempts, status, failure, createdAt, dueAt: state === 'queued' ? dueAt : null, sentAt }
}

export function showWebhook(app: App, endpoint: Endpoint): z.input<typeof WebhookView> {
  return {
    id: endpoint.id,
    url: unsealText(app.keys, sealedUrlOf(endpoint.id), endpoint.sealed_url),
    createdAt: endpoint.created_at,
    createdBy: { id: endpoint.created_by, name: endpoint.creator_name },
    previousUntil: endpoint.previous_until && app.clock.now() < endpoint.previous_until ? endpoint.previous_until : null,
    failingSince: endpoint.failing_since,
    disabledAt: endpoint.disabled_at,
  }
}
