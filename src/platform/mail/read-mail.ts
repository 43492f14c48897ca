import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { lockMail, mailRow, type MailId, type OutgoingMail } from '#platform/mail/store.ts'

/** A mail with what it says, on record before it is shown: it may hold a link that opens something. Throws NOT_FOUND. */
export async function readMail(app: App, actor: OperatorActor, id: MailId): Promise<OutgoingMail> {
  return app.db.transaction(actor, async (tx) => {
    const mail = await lockMail(tx, id)
    if (!mail) throw new Problem('NOT_FOUND')
    app.audit.record(tx, { action: 'mail.read', subject: id, details: { text: showsText(mail) }, binds: [mailRow({ id })] })
    return mail
  })
}

/** The text of what a server took, or of what is dropped, is nobody's but its recipient's. */
export function showsText({ state, sealed }: OutgoingMail): boolean {
  return sealed !== null && (state === 'kept' || state === 'failed')
}
