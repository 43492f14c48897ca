import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { JobQueue, NoData } from '#platform/jobs/jobs.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { NOTICE_KINDS, noticeText, type NoticeKind } from '#platform/notices/contract.ts'
import { lockDueMail, setMailed, type DueNotice } from '#platform/notices/store.ts'

/** Woken by whoever notifies; at most one waits. */
export const MAIL_NOTICES: JobQueue<NoData> = { name: 'notices.mail', single: true, limitSeconds: 300 }

const ACTOR = system('notices.mail')
const BATCH = 100

/**
 * Writes the mail of the notices that go by mail, a hundred in one transaction, until none is left; each once, also when two do
 * it at the same time or a process ends between. The notice itself was there before, whatever becomes of its mail.
 */
export async function mailNotices(app: App, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const written = await app.db.transaction(ACTOR, async (tx) => {
      const due = await lockDueMail(tx, BATCH)
      for (const notice of due) if (notice.email !== null) await write(app, tx, notice, notice.email)
      await setMailed(
        tx,
        due.map(({ id }) => id),
      )
      return due.length
    })
    if (written < BATCH) return
  }
}

/** No more than the notice says, and where to sign in. */
async function write(app: App, tx: Tx, { person, kind, data, operator }: DueNotice, to: string): Promise<void> {
  const sentence = noticeText(kind as NoticeKind, data)
  const { link } = NOTICE_KINDS[kind as NoticeKind]
  const text = [
    `${sentence}.`,
    '',
    `Sign in: ${app.config.url.origin}${link ?? '/inbox'}`,
    '',
    `Which notices come by mail is yours to choose: ${app.config.url.origin}/account`,
    '',
  ].join('\n')
  await sendMail(app, tx, { to, kind, person, ...(operator && { operator }), subject: sentence, text })
}
