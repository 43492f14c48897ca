import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { discover } from '#platform/discover.ts'
import type { Consumer } from '#platform/events/events.ts'
import type { JobQueue, NoData } from '#platform/jobs/jobs.ts'

const ACTOR = system('events.dispatch')
const EVENTS_AT_ONCE = 500

/** Every consumer that a feature's `consumers.ts` declares. Throws when two share a name. */
export async function discoverConsumers(): Promise<readonly Consumer[]> {
  const consumers = (await discover<readonly Consumer[]>('consumers.ts', 'consumers')).flatMap(({ value }) => value)
  const names = new Set<string>()
  for (const { name } of consumers) {
    if (names.has(name)) throw new Error(`two consumers are called ${name}`)
    names.add(name)
  }
  return consumers
}

/** One consumer's own queue: at most one job of it runs anywhere, so its events come one after another, and no other consumer waits for it. */
export function deliveryQueue(consumer: Consumer): JobQueue<NoData> {
  return { name: `events.deliver.${consumer.name}`, single: true, heartbeatSeconds: 10, limitSeconds: 3600 }
}

/**
 * Notes for each consumer what it has still to be given, then wakes it. Which events are new is told
 * by their own mark, not by the last position seen: positions are given out before commit, so a lower
 * one may become visible after a higher one.
 */
export async function dispatchEvents(app: App, consumers: readonly Consumer[]): Promise<void> {
  for (;;) {
    const noted = await app.db.transaction(ACTOR, async (tx) => {
      // No `skip locked`: a second dispatcher waits its turn, so no consumer is shown later events before earlier ones.
      const events = await sql<{ position: number; type: string }>`
        select position, type from outbox_event where dispatched_at is null order by position limit ${EVENTS_AT_ONCE} for update`.execute(tx.db)
      if (events.rows.length === 0) return 0
      const deliveries = events.rows.flatMap(({ position, type }) =>
        consumers.filter((consumer) => consumer.type.name === type).map(({ name }) => ({ consumer: name, position })),
      )
      if (deliveries.length > 0) {
        await sql`insert into event_delivery (consumer, position)
          select * from unnest(${deliveries.map(({ consumer }) => consumer)}::text[], ${deliveries.map(({ position }) => position)}::bigint[])`.execute(tx.db)
      }
      await sql`update outbox_event set dispatched_at = clock_timestamp() where position = any(${events.rows.map(({ position }) => position)}::bigint[])`.execute(
        tx.db,
      )
      return events.rows.length
    })
    if (noted === 0) return
    // After commit: a waiting job that is left in place here will see what was noted.
    await wakeConsumers(app, consumers)
    if (noted < EVENTS_AT_ONCE) return
  }
}

/** Wakes each consumer that has something due. */
export async function wakeConsumers(app: App, consumers: readonly Consumer[]): Promise<void> {
  await app.db.transaction(ACTOR, async (tx) => {
    const { rows } = await sql<{ consumer: string }>`
      select distinct consumer from event_delivery where parked_at is null and due_at <= clock_timestamp()`.execute(tx.db)
    const due = new Set(rows.map((row) => row.consumer))
    for (const consumer of consumers) if (due.has(consumer.name)) await app.jobs.wake(tx, deliveryQueue(consumer), {})
  })
}
