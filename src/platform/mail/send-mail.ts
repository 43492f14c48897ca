import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import type { JobQueue } from '#platform/jobs/jobs.ts'
import { isAddress, plainMessage, sealMessage, type Message } from '#platform/mail/message.ts'
import { insertMail, mailRow, type MailId } from '#platform/mail/store.ts'

/** One attempt to send one mail; what it does is in attempt-mail.ts. */
export const SEND: JobQueue<{ readonly mail: MailId }> = { name: 'mail.send' }

export interface NewMail extends Message {
  /** `subject.what-happened`, such as `application.resume-link`: for the outbox and the log. */
  readonly kind: string
  /** Whose mail it is, and whose officers see it in the outbox. Without one nobody sees it there: only for what concerns no operator. The act of a contact always has one. */
  readonly operator?: OperatorId
  /**
   * What whoever has a link of the mail can act on without an account, by id. Whoever reads such a mail in the outbox is noted,
   * and one that could not be sent is shown to nobody: its recipient asks for another.
   */
  readonly about?: string
  /** Whom it is for. Named whenever known: then it is not sent once that person may not be written to, and a bounce is noted. */
  readonly person?: PersonId
}

/**
 * Writes a mail, in the transaction of what it is about: a rollback leaves none. A job sends it; without a mail server it is kept
 * in the outbox, and to what is no mail address it fails at once. Never throws for what a subject, text or address holds.
 *
 * What leaves by mail is read by others on its way and stays where it arrives. So no mail ever holds embargoed text (program.md,
 * I18): not a title, a product or a CVE of a package, nor a window that has not opened; it says that there is something, and
 * where to sign in. And since every membership officer can read what is kept or failed, no link in it may give a role of the operator.
 */
export async function sendMail(app: App, tx: Tx, { kind, operator, person, about, ...message }: NewMail): Promise<MailId> {
  const id = app.ids.next<'outgoing-mail'>() as MailId
  const at = app.clock.now()
  const plain = plainMessage(message)
  const deliverable = isAddress(plain.to)
  const state = !deliverable ? 'failed' : app.config.smtp === undefined ? 'kept' : 'queued'
  const row = { id, operator_id: operator ?? null, person_id: person ?? null, about: about ?? null, kind, state, created_at: at, due_at: at } as const
  await insertMail(tx, { ...row, sealed: sealMessage(app.keys, id, plain), failure: deliverable ? null : 'no-address' })
  app.audit.record(tx, { action: 'mail.written', subject: id, ...(operator && { operator }), details: { kind, state }, binds: [mailRow({ id })] })
  if (state === 'queued') await app.jobs.send(tx, SEND, { mail: id })
  return id
}
