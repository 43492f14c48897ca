import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { deliveryQueue } from '#platform/events/dispatch.ts'
import type { Consumer } from '#platform/events/events.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import { describeFailure } from '#platform/jobs/engine.ts'

const ACTOR = system('events.deliver')
const ATTEMPTS = 10
const FIRST_WAIT_SECONDS = 1
const LONGEST_WAIT_SECONDS = 600

interface Head {
  readonly position: number
  readonly attempts: number
  readonly wait_seconds: number
  readonly id: Id<'event'>
  readonly type: string
  readonly operator_id: OperatorId | null
  readonly data: object
  readonly happened_at: Date
}

/**
 * Gives one consumer everything that is due, oldest first, one at a time. An event that fails holds
 * back the later ones of this consumer until it succeeds or is parked, and no other consumer. The mark
 * that an event was taken is written after it was handled: a crash in between delivers it again.
 */
export async function deliverTo(app: App, consumer: Consumer, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const head = await nextOf(app, consumer)
    if (head === undefined) return
    if (head.wait_seconds > 0) return wakeLater(app, consumer, head.wait_seconds)
    const failure = await attempt(app, consumer, head, signal)
    if (failure === undefined) await taken(app, consumer, head)
    else await failed(app, consumer, head, failure)
  }
}

async function nextOf(app: App, consumer: Consumer): Promise<Head | undefined> {
  return app.db.read(ACTOR, async (tx) => {
    const { rows } = await sql<Head>`
      select d.position, d.attempts, greatest(0, ceil(extract(epoch from d.due_at - clock_timestamp())))::int as wait_seconds,
        e.id, e.type, e.operator_id, e.data, e.happened_at
      from event_delivery d join outbox_event e on e.position = d.position
      where d.consumer = ${consumer.name} and d.parked_at is null
      order by d.position limit 1`.execute(tx.db)
    return rows[0]
  })
}

type Failure = { readonly error: unknown; readonly final: boolean }

async function attempt(app: App, consumer: Consumer, head: Head, signal: AbortSignal): Promise<Failure | undefined> {
  const data = consumer.type.schema.safeParse(head.data)
  // Trying again does not change what was recorded.
  if (!data.success) return { error: new Error('the event does not fit its schema'), final: true }
  const event = { id: head.id, type: head.type, operator: head.operator_id ?? undefined, data: data.data, happenedAt: head.happened_at }
  try {
    await consumer.handle(app, event as never, signal)
    return undefined
  } catch (error) {
    // The worker stops: that is not the consumer's failure.
    signal.throwIfAborted()
    return { error, final: head.attempts + 1 >= (consumer.attempts ?? ATTEMPTS) }
  }
}

async function taken(app: App, consumer: Consumer, head: Head): Promise<void> {
  await app.db.transaction(ACTOR, async (tx) => {
    await tx.db.deleteFrom('event_delivery').where('consumer', '=', consumer.name).where('position', '=', head.position).execute()
  })
}

async function failed(app: App, consumer: Consumer, head: Head, { error, final }: Failure): Promise<void> {
  const attempts = head.attempts + 1
  const waitSeconds = Math.min((consumer.firstWaitSeconds ?? FIRST_WAIT_SECONDS) * 2 ** head.attempts, LONGEST_WAIT_SECONDS)
  await app.db.transaction(ACTOR, async (tx) => {
    await sql`update event_delivery set attempts = ${attempts}, due_at = clock_timestamp() + ${waitSeconds} * interval '1 second',
      parked_at = case when ${final} then clock_timestamp() end
      where consumer = ${consumer.name} and position = ${head.position}`.execute(tx.db)
  })
  const line = { consumer: consumer.name, event: head.id, type: head.type, attempts, failure: describeFailure(error) }
  if (final) app.log.error(line, 'event parked: this consumer will not be given it again by itself')
  else app.log.warn(line, 'event not taken, will be tried again')
}

/** The next attempt is a job of its own, so that no worker is kept waiting. */
async function wakeLater(app: App, consumer: Consumer, waitSeconds: number): Promise<void> {
  const startAfter = new Date(app.clock.now().getTime() + waitSeconds * 1000)
  await app.db.transaction(ACTOR, (tx) => app.jobs.wake(tx, deliveryQueue(consumer), {}, { startAfter }))
}
