import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import type { JobQueue, NoData } from '#platform/jobs/jobs.ts'

/** A kind of act that others may react to, declared with `defineEvent` in the `contract.ts` of the feature that does it. */
export interface EventType<T extends object> {
  /** `subject.verb-in-the-past`, unique in the program. */
  readonly name: string
  readonly schema: z.ZodType<T>
}

/** One act as its consumers see it. */
export interface Event<T extends object> {
  readonly id: Id<'event'>
  readonly type: string
  readonly operator: OperatorId | undefined
  readonly data: T
  /** Instant of the trusted clock. */
  readonly happenedAt: Date
}

/**
 * One reaction to one kind of event, found in a feature's `consumers.ts`. It is given each event at
 * least once and one after another, in the order in which they became visible: an event of a
 * transaction that commits late comes late. A consumer that is new hears of what happens from then on.
 */
export interface Consumer {
  /** `feature.verb`, unique in the program and kept for good: what is still to be delivered is kept under it. */
  readonly name: string
  readonly type: EventType<object>
  /** How often it is tried before an event is parked, and the wait before the second attempt, doubled each time up to ten minutes; 10 and 1 unless said. */
  readonly attempts?: number
  readonly firstWaitSeconds?: number
  /** Must be harmless when repeated. `signal` fires when the worker stops: then throw. */
  handle(app: App, event: Event<never>, signal: AbortSignal): Promise<void>
}

/** The job that hands new events on to their consumers; what it does is in dispatch.ts. */
export const DISPATCH: JobQueue<NoData> = { name: 'events.dispatch' }

const defined = new Set<string>()

/** Declares a kind of event. `schema` is checked when it is emitted and again before it is consumed; it holds ids and plain facts, never what is sealed. */
export function defineEvent<T extends object>(name: string, schema: z.ZodType<T>): EventType<T> {
  if (defined.has(name)) throw new Error(`two kinds of event are called ${name}`)
  defined.add(name)
  return { name, schema }
}

/** Declares a consumer with the type of its event's data. */
export function consumer<T extends object>(
  options: Omit<Consumer, 'type' | 'handle'> & {
    readonly type: EventType<T>
    handle(app: App, event: Event<T>, signal: AbortSignal): Promise<void>
  },
): Consumer {
  return options
}

/** Transactions that have enqueued the dispatch of what they emit. */
const dispatching = new WeakSet<Tx>()

/**
 * Records that something happened, in the transaction in which it happens: a rollback leaves nothing,
 * a commit is delivered at least once. `operator` is the actor's own unless said. Gives the event's id, for whoever may have to forget it.
 */
export async function emit<T extends object>(
  app: App,
  tx: Tx,
  type: EventType<T>,
  data: NoInfer<T>,
  options: { readonly operator?: OperatorId } = {},
): Promise<Id<'event'>> {
  const operator = options.operator ?? (tx.actor.kind === 'operator' ? tx.actor.operator : null)
  const row = {
    id: app.ids.next<'event'>(),
    operator_id: operator,
    type: type.name,
    data: JSON.stringify(type.schema.parse(data)),
    happened_at: app.clock.now(),
  }
  await tx.db.insertInto('outbox_event').values(row).execute()
  if (dispatching.has(tx)) return row.id
  // One for each transaction, not one for all: a job that only one may hold would make every emitting transaction wait for the one before.
  dispatching.add(tx)
  await app.jobs.send(tx, DISPATCH, {})
  return row.id
}

/** Forgets an event whose subject is deleted: whoever has not been given it yet never will be. */
export async function forgetEvent(tx: Tx, id: Id<'event'>): Promise<void> {
  await tx.asSystem(async (db) => {
    // Held first, so that nobody notes a new delivery of it between the two deletions.
    const event = await db.selectFrom('outbox_event').select('position').where('id', '=', id).forUpdate().executeTakeFirst()
    if (!event) return
    await db.deleteFrom('event_delivery').where('position', '=', event.position).execute()
    await db.deleteFrom('outbox_event').where('id', '=', id).execute()
  })
}

/** Whether the event is still there; then it stays until commit: whoever would forget it waits, and forgets what was done of it, too. */
export async function holdEvent(tx: Tx, id: Id<'event'>): Promise<boolean> {
  return tx.asSystem(async (db) => (await db.selectFrom('outbox_event').select('position').where('id', '=', id).forShare().executeTakeFirst()) !== undefined)
}
