import { sql } from 'kysely'
import { system } from '#platform/auth/actor.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'

const DAYS_KEPT = 180
const DAY_MS = 86_400_000

/** What was read is forgotten 180 days later; what is unread stays. */
const forgetNotices: JobKind<NoData> = {
  name: 'notices.forget',
  cron: '43 3 * * *',
  run: async (app) => {
    const before = new Date(app.clock.now().getTime() - DAYS_KEPT * DAY_MS)
    await app.db.transaction(system('notices.forget'), async (tx) => {
      await sql`delete from notice where read_at < ${before}`.execute(tx.db)
    })
  },
}

export const jobs: readonly AnyJobKind[] = [forgetNotices]
