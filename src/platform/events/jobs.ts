import { sql } from 'kysely'
import { system } from '#platform/auth/actor.ts'
import { deliverTo } from '#platform/events/deliver.ts'
import { deliveryQueue, discoverConsumers, dispatchEvents, wakeConsumers } from '#platform/events/dispatch.ts'
import { DISPATCH, type Consumer } from '#platform/events/events.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'

/** The jobs that bring events to these consumers. */
export function eventJobs(consumers: readonly Consumer[]): readonly AnyJobKind[] {
  const dispatch: JobKind<NoData> = { ...DISPATCH, run: (app) => dispatchEvents(app, consumers) }
  const deliveries = consumers.map((consumer): JobKind<NoData> => ({
    ...deliveryQueue(consumer),
    run: (app, _, signal) => deliverTo(app, consumer, signal),
  }))
  // What a crash left between two steps is found again within a minute.
  const sweep: JobKind<NoData> = {
    name: 'events.sweep',
    cron: '* * * * *',
    run: async (app) => {
      await dispatchEvents(app, consumers)
      await wakeConsumers(app, consumers)
    },
  }
  return [dispatch, ...deliveries, sweep]
}

/** Events that everyone took are forgotten thirty days after they were dispatched; so is what consumers that no longer exist never took. */
const forgetEvents: JobKind<NoData> = {
  name: 'events.forget',
  cron: '31 3 * * *',
  run: async (app) => {
    const known = (await discoverConsumers()).map(({ name }) => name)
    await app.db.transaction(system('events.forget'), async (tx) => {
      await sql`delete from event_delivery d using outbox_event e where e.position = d.position and d.consumer <> all(${known}::text[])
        and e.dispatched_at < clock_timestamp() - interval '30 days'`.execute(tx.db)
      await sql`delete from outbox_event e where e.dispatched_at < clock_timestamp() - interval '30 days'
        and not exists (select from event_delivery d where d.position = e.position)`.execute(tx.db)
    })
  },
}

export const jobs: readonly AnyJobKind[] = [...eventJobs(await discoverConsumers()), forgetEvents]
