import { system } from '#platform/auth/actor.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { attemptMail } from '#platform/mail/attempt-mail.ts'
import { SENDING_LIMIT_MS } from '#platform/mail/attempts.ts'
import { SEND } from '#platform/mail/send-mail.ts'
import { forgetMessages, overdueMail, type MailId } from '#platform/mail/store.ts'

const DAYS_KEPT = 30
const DAY_MS = 86_400_000
const LATE_MS = 5 * 60_000

const send: JobKind<{ readonly mail: MailId }> = { ...SEND, concurrency: 4, run: (app, { mail }) => attemptMail(app, mail) }

/** What a crash left between two steps is found again. */
const sweep: JobKind<NoData> = {
  name: 'mail.sweep',
  cron: '*/5 * * * *',
  run: async (app) => {
    const now = app.clock.now().getTime()
    await app.db.transaction(system('mail.sweep'), async (tx) => {
      for (const mail of await overdueMail(tx, new Date(now - LATE_MS), new Date(now - SENDING_LIMIT_MS))) await app.jobs.send(tx, SEND, { mail })
    })
  },
}

/** Recipient, subject and text are forgotten 30 days after they were written; that there was a mail stays. */
const forget: JobKind<NoData> = {
  name: 'mail.forget',
  cron: '53 3 * * *',
  run: async (app) => {
    const before = new Date(app.clock.now().getTime() - DAYS_KEPT * DAY_MS)
    await app.db.transaction(system('mail.forget'), (tx) => forgetMessages(tx, before))
  },
}

export const jobs: readonly AnyJobKind[] = [send, sweep, forget]
