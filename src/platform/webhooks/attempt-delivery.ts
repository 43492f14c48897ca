import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { unsealText } from '#platform/crypto/seal-text.ts'
import type { Tx } from '#platform/db/database.ts'
import { guardedFetch } from '#platform/http/guarded-fetch.ts'
import { holdMemberships } from '#platform/mail/store.ts'
import { notify } from '#platform/notices/notify.ts'
import { DELIVERING_LIMIT_MS, FAILING_LIMIT_MS, failureOf, outcomeOf, waitAfter, type Outcome } from '#platform/webhooks/attempts.ts'
import { PING } from '#platform/webhooks/contract.ts'
import { DELIVER } from '#platform/webhooks/queue-deliveries.ts'
import { signMessage, type SignedMessage } from '#platform/webhooks/standard-webhook.ts'
import {
  deliveryRow,
  endpointRow,
  keepersOf,
  lockDelivery,
  lockEndpoint,
  sealedSecretOf,
  sealedUrlOf,
  updateDelivery,
  updateEndpoint,
  type Delivery,
  type DeliveryId,
  type Endpoint,
} from '#platform/webhooks/store.ts'

const ACTOR = system('webhooks.deliver')
const LIMITS = { mostBytes: 64 * 1024, timeMs: 10_000 }

interface Begun {
  readonly delivery: Delivery
  readonly url: string
  readonly message: SignedMessage
}

/**
 * One attempt at a delivery that waits for it; harmless when repeated, and when two try at once. It begins as a mail does
 * (mail/attempt-mail.ts): the memberships of the member are held and looked at, and `webhook.begun` is on record before the first
 * byte leaves. So after the leaf of a suspension the log holds no `webhook.begun` to that member. A delivery is made at least once;
 * a repetition has the same `webhook-id`.
 */
export async function attemptDelivery(app: App, id: DeliveryId): Promise<void> {
  const begun = await app.db.transaction(ACTOR, (tx) => begin(app, tx, id))
  if (!begun) return
  const { delivery, url, message } = begun
  const outcome = await guardedFetch(
    app.config.webhookPrivateHosts,
    undefined,
    LIMITS,
  )(url, { method: 'POST', ...message }).then(({ status }) => outcomeOf(status), failureOf)
  await app.db.transaction(ACTOR, async (tx) => {
    const now = await lockDelivery(tx, id)
    // Another attempt took over meanwhile: what becomes of it is noted by that one.
    if (now?.state === 'sending' && now.attempts === delivery.attempts) await note(app, tx, now, outcome)
  })
  if (!outcome.taken) app.log.warn({ delivery: id, attempt: delivery.attempts, failure: outcome.failure }, 'a webhook was not delivered')
}

async function begin(app: App, tx: Tx, id: DeliveryId): Promise<Begun | undefined> {
  const delivery = await lockDelivery(tx, id)
  if (!delivery || !waits(delivery, app.clock.now())) return undefined
  const endpoint = await lockEndpoint(tx, delivery.endpoint_id)
  if (!endpoint || endpoint.disabled_at || !(await mayBeTold(tx, endpoint, delivery))) {
    await updateDelivery(tx, id, { state: 'dropped', failure: endpoint && !endpoint.disabled_at ? 'no-longer-a-member' : 'webhook-ended' })
    await record(app, tx, endpoint, delivery, 'webhook.dropped')
    return undefined
  }
  const now = app.clock.now()
  const begun = { state: 'sending', attempts: delivery.attempts + 1, begun_at: now, failure: null } as const
  await updateDelivery(tx, id, begun)
  await record(app, tx, endpoint, delivery, 'webhook.begun')
  const url = unsealText(app.keys, sealedUrlOf(endpoint.id), endpoint.sealed_url)
  const message = signMessage({ id, type: delivery.type, at: delivery.created_at }, secretsOf(app, endpoint, now), now)
  return { delivery: { ...delivery, ...begun }, url, message }
}

/** An attempt of which nothing was heard is taken over only once it must have ended. */
function waits({ state, begun_at: begunAt, due_at: dueAt }: Delivery, at: Date): boolean {
  if (state === 'sending') return at.getTime() - begunAt!.getTime() >= DELIVERING_LIMIT_MS
  return state === 'queued' && dueAt <= at
}

async function mayBeTold(tx: Tx, { organisation_id: organisation }: Endpoint, { operator_id: operator }: Delivery): Promise<boolean> {
  return organisation === null || (await holdMemberships(tx, organisation, operator))
}

function secretsOf(app: App, endpoint: Endpoint, now: Date): string[] {
  const sealed = [endpoint.sealed_secret]
  if (endpoint.sealed_previous && endpoint.previous_until && now < endpoint.previous_until) sealed.push(endpoint.sealed_previous)
  return sealed.map((secret) => unsealText(app.keys, sealedSecretOf(endpoint.id), secret))
}

async function note(app: App, tx: Tx, delivery: Delivery, { taken, status, failure, gone }: Outcome): Promise<void> {
  const at = app.clock.now()
  const endpoint = await lockEndpoint(tx, delivery.endpoint_id)
  if (taken) {
    await updateDelivery(tx, delivery.id, { state: 'sent', sent_at: at, status, failure: null })
    if (endpoint?.failing_since) await updateEndpoint(tx, endpoint.id, { failing_since: null })
    return record(app, tx, endpoint, delivery, 'webhook.delivered')
  }
  // A test shows whether the address takes deliveries now: it is not tried again.
  const wait = gone || delivery.type === PING ? undefined : waitAfter(delivery.attempts)
  if (wait === undefined) {
    await updateDelivery(tx, delivery.id, { state: 'failed', status, failure })
  } else {
    const dueAt = new Date(at.getTime() + wait)
    await updateDelivery(tx, delivery.id, { state: 'queued', due_at: dueAt, status, failure })
    await app.jobs.send(tx, DELIVER, { delivery: delivery.id }, { startAfter: dueAt })
  }
  await record(app, tx, endpoint, delivery, wait === undefined ? 'webhook.failed' : 'webhook.deferred')
  if (endpoint) await noteFailing(app, tx, endpoint, { at, gone })
}

/** Switches off what took nothing for three days, or said that it is gone, and tells who keeps it. */
async function noteFailing(app: App, tx: Tx, endpoint: Endpoint, { at, gone }: { at: Date; gone: boolean }): Promise<void> {
  const since = endpoint.failing_since ?? at
  if (!endpoint.failing_since) await updateEndpoint(tx, endpoint.id, { failing_since: at })
  if (endpoint.disabled_at || (!gone && at.getTime() - since.getTime() < FAILING_LIMIT_MS)) return
  await updateEndpoint(tx, endpoint.id, { disabled_at: at })
  await recordFor(app, tx, endpoint.created_by, { action: 'webhook.disabled', subject: endpoint.id, binds: [endpointRow({ id: endpoint.id })] })
  await notify(app, tx, await keepersOf(tx, endpoint), 'webhook.disabled')
}

/** As evidence of the operator that the delivery is about, or else of the endpoint's own. */
async function record(app: App, tx: Tx, endpoint: Endpoint | undefined, delivery: Delivery, action: string): Promise<void> {
  const operator = delivery.operator_id ?? endpoint?.operator_id
  const entry = { action, subject: delivery.id, binds: [deliveryRow({ id: delivery.id })] }
  if (operator) app.audit.record(tx, { ...entry, operator })
  else if (endpoint) await recordFor(app, tx, endpoint.created_by, entry)
  else app.audit.record(tx, entry)
}
