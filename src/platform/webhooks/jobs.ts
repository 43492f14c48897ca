import { system } from '#platform/auth/actor.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { attemptDelivery } from '#platform/webhooks/attempt-delivery.ts'
import { DELIVERING_LIMIT_MS } from '#platform/webhooks/attempts.ts'
import { DELIVER } from '#platform/webhooks/queue-deliveries.ts'
import { overdueDeliveries, type DeliveryId } from '#platform/webhooks/store.ts'

const LATE_MS = 5 * 60_000

const deliver: JobKind<{ readonly delivery: DeliveryId }> = { ...DELIVER, concurrency: 4, run: (app, { delivery }) => attemptDelivery(app, delivery) }

/** What a crash left between two steps is found again. */
const sweep: JobKind<NoData> = {
  name: 'webhooks.sweep',
  cron: '*/5 * * * *',
  run: async (app) => {
    const now = app.clock.now().getTime()
    await app.db.transaction(system('webhooks.sweep'), async (tx) => {
      for (const delivery of await overdueDeliveries(tx, new Date(now - LATE_MS), new Date(now - DELIVERING_LIMIT_MS)))
        await app.jobs.send(tx, DELIVER, { delivery })
    })
  },
}

export const jobs: readonly AnyJobKind[] = [deliver, sweep]
