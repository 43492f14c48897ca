import { sql } from 'kysely'
import { system } from '#platform/auth/actor.ts'
import { MAIL_NOTICES, mailNotices } from '#platform/notices/mail-notices.ts'
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

const mail: JobKind<NoData> = { ...MAIL_NOTICES, run: (app, _, signal) => mailNotices(app, signal) }

/** What a crash left between the notice and its mail is found again. */
const sweepMail: JobKind<NoData> = { name: 'notices.mail-sweep', cron: '*/5 * * * *', run: (app, _, signal) => mailNotices(app, signal) }

export const jobs: readonly AnyJobKind[] = [forgetNotices, mail, sweepMail]
