import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import type { JobQueue } from '#platform/jobs/jobs.ts'
import { insertDeliveries, listEndpointsOf, type DeliveryId, type EndpointId } from '#platform/webhooks/store.ts'

/** One attempt at one delivery; what it does is in attempt-delivery.ts. */
export const DELIVER: JobQueue<{ readonly delivery: DeliveryId }> = { name: 'webhooks.deliver' }

interface Happening {
  readonly type: string
  /** Whose programme it is about; undefined for none in particular. */
  readonly operator: OperatorId | undefined
  readonly at: Date
}

/** What a transaction has queued: told person by person, the same matter is one delivery. */
const queued = new WeakMap<Tx, Set<string>>()

/**
 * Queues one delivery to each webhook of the organisations and operators that these people are of, in the transaction of what they
 * are told about: one for the matter, however many of an organisation's people are told of it.
 */
export async function queueDeliveries(app: App, tx: Tx, people: readonly PersonId[], { type, operator, at }: Happening): Promise<void> {
  const done = queued.get(tx) ?? new Set()
  queued.set(tx, done)
  const fresh = (await listEndpointsOf(tx, people)).filter((endpoint) => !done.has(`${endpoint}/${type}/${operator}`))
  for (const endpoint of fresh) {
    done.add(`${endpoint}/${type}/${operator}`)
    await queueDelivery(app, tx, endpoint, { type, operator, at })
  }
}

/** Queues one delivery to one webhook. */
export async function queueDelivery(app: App, tx: Tx, endpoint: EndpointId, { type, operator, at }: Happening): Promise<DeliveryId> {
  const id = app.ids.next<'webhook-delivery'>()
  await insertDeliveries(tx, [{ id, endpoint_id: endpoint, operator_id: operator ?? null, type, state: 'queued', created_at: at, due_at: at }])
  await app.jobs.send(tx, DELIVER, { delivery: id })
  return id
}
