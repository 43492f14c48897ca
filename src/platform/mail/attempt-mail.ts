import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { AuditRecord } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { setReached } from '#platform/auth/people-store.ts'
import { emit } from '#platform/events/events.ts'
import { refusalOf, SENDING_LIMIT_MS, waitAfter, type Refusal } from '#platform/mail/attempts.ts'
import { mailBounced } from '#platform/mail/contract.ts'
import { handOver } from '#platform/mail/hand-over.ts'
import { unsealMessage } from '#platform/mail/message.ts'
import { SEND } from '#platform/mail/send-mail.ts'
import { clearBounced, holdReachable, lockMail, mailRow, setBounced, updateMail, type MailId, type OutgoingMail } from '#platform/mail/store.ts'

const ACTOR = system('mail.send')

/**
 * One attempt to send a mail that waits for it; harmless when repeated, and when two try at once.
 *
 * It begins in one transaction that holds the rows of the person and of the memberships, looks at them, and writes `sending` with
 * the leaf `mail.begun`. Only after its commit does the first byte go to the mail server. Whoever suspends the member or disables
 * the person changes one of those rows: either that comes first, and the mail is dropped, or the mail began before. So after the
 * leaf of a suspension the log holds no `mail.begun` to that member. What began before may still be on its way for up to
 * ten minutes, and a mail that a server took cannot be called back.
 *
 * A mail is sent at least once: when the process ends between the server's yes and the note of it, another attempt follows, with the
 * same Message-ID, by which mail systems recognise the second.
 */
export async function attemptMail(app: App, id: MailId): Promise<void> {
  const mail = await app.db.transaction(ACTOR, (tx) => begin(app, tx, id))
  const server = app.config.smtp
  if (!mail?.sealed || !server) return
  const refusal = await handOver(server, { id, message: unsealMessage(app.keys, id, mail.sealed), at: mail.begun_at! }).then(
    () => undefined,
    (error: unknown) => refusalOf(error),
  )
  await app.db.transaction(ACTOR, async (tx) => {
    // Another attempt took over meanwhile: what becomes of the mail is noted by that one.
    const now = await lockMail(tx, id)
    if (now?.state !== 'sending' || now.attempts !== mail.attempts) return
    await (refusal ? noteRefusal(app, tx, mail, refusal) : noteSent(app, tx, mail))
  })
  if (refusal) app.log.warn({ mail: id, attempt: mail.attempts, failure: refusal.failure }, 'mail not sent')
}

async function begin(app: App, tx: Tx, id: MailId): Promise<OutgoingMail | undefined> {
  const mail = await lockMail(tx, id)
  if (!mail || !waits(mail, app.clock.now())) return undefined
  if (mail.person_id !== null && !(await holdReachable(tx, mail.person_id, mail.operator_id))) {
    await updateMail(tx, id, { state: 'dropped', failure: 'no-longer-a-contact' })
    record(app, tx, mail, { action: 'mail.dropped' })
    return undefined
  }
  if (app.config.smtp === undefined || mail.sealed === null) {
    await updateMail(tx, id, { state: 'kept' })
    record(app, tx, mail, { action: 'mail.kept' })
    return undefined
  }
  const begun = { state: 'sending', attempts: mail.attempts + 1, begun_at: app.clock.now(), failure: null } as const
  await updateMail(tx, id, begun)
  record(app, tx, mail, { action: 'mail.begun' })
  return { ...mail, ...begun }
}

/** An attempt of which nothing was heard is taken over only once it must have ended. */
function waits({ state, begun_at: begunAt, due_at: dueAt }: OutgoingMail, at: Date): boolean {
  if (state === 'sending') return at.getTime() - begunAt!.getTime() >= SENDING_LIMIT_MS
  return state === 'queued' && dueAt <= at
}

async function noteSent(app: App, tx: Tx, mail: OutgoingMail): Promise<void> {
  const at = app.clock.now()
  await updateMail(tx, mail.id, { state: 'sent', sent_at: at })
  if (mail.person_id !== null) await setReached(tx, mail.person_id, at)
  const cleared = mail.person_id !== null && (await clearBounced(tx, mail.person_id))
  record(app, tx, mail, { action: 'mail.sent', ...(cleared && { details: { reachableAgain: true } }) })
}

async function noteRefusal(app: App, tx: Tx, mail: OutgoingMail, { failure, final, bounced }: Refusal): Promise<void> {
  const at = app.clock.now()
  const wait = final ? undefined : waitAfter(mail.attempts)
  if (wait !== undefined) {
    const dueAt = new Date(at.getTime() + wait)
    await updateMail(tx, mail.id, { state: 'queued', due_at: dueAt, failure })
    await app.jobs.send(tx, SEND, { mail: mail.id }, { startAfter: dueAt })
    return record(app, tx, mail, { action: 'mail.deferred', details: { failure } })
  }
  await updateMail(tx, mail.id, { state: 'failed', failure })
  if (!bounced || mail.person_id === null) return record(app, tx, mail, { action: 'mail.failed', details: { failure } })
  await setBounced(tx, mail.person_id, at)
  await emit(app, tx, mailBounced, { person: mail.person_id }, mail.operator_id === null ? {} : { operator: mail.operator_id })
  record(app, tx, mail, { action: 'mail.bounced', details: { failure, person: mail.person_id } })
}

function record(app: App, tx: Tx, mail: OutgoingMail, { action, details }: Pick<AuditRecord, 'action' | 'details'>): void {
  const operator = mail.operator_id ?? undefined
  app.audit.record(tx, { action, subject: mail.id, ...(operator && { operator }), ...(details && { details }), binds: [mailRow({ id: mail.id })] })
}
