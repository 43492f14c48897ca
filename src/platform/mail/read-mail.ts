import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { insertReader, lockMail, mailRow, type MailId, type OutgoingMail } from '#platform/mail/store.ts'

/** A mail with what it says, on record before it is shown: it may hold a link that opens something. Throws NOT_FOUND. */
export async function readMail(app: App, actor: OperatorActor, id: MailId): Promise<OutgoingMail> {
  return app.db.transaction(actor, async (tx) => {
    const mail = await lockMail(tx, id)
    if (!mail) throw new Problem('NOT_FOUND')
    if (showsText(mail)) await insertReader(tx, mail, actor.person, app.clock.now())
    app.audit.record(tx, { action: 'mail.read', subject: id, details: { text: showsText(mail) }, binds: [mailRow({ id })] })
    return mail
  })
}

/**
 * The text of what a server took, or of what is dropped, is nobody's but its recipient's; nor is that of a mail that opens something
 * without an account and could not be sent.
 */
export function showsText({ state, sealed, about }: OutgoingMail): boolean {
  return sealed !== null && (state === 'kept' || (state === 'failed' && about === null))
}
