import { system } from '#platform/auth/actor.ts'
import { KEPT_MS } from '#platform/http/idempotency.ts'
import type { AnyJobKind, JobKind } from '#platform/jobs/jobs.ts'

const forgetKeys: JobKind<object> = {
  name: 'idempotency.forget',
  cron: '17 * * * *',
  run: async (app) => {
    const before = new Date(app.clock.now().getTime() - KEPT_MS)
    await app.db.transaction(system('idempotency'), (tx) => tx.db.deleteFrom('idempotency').where('created_at', '<=', before).execute())
  },
}

/** Forgets the answers kept for repeated requests once they are a day old. */
export const jobs: readonly AnyJobKind[] = [forgetKeys]
