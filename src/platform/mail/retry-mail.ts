import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { isAddress, unsealMessage } from '#platform/mail/message.ts'
import { SEND } from '#platform/mail/send-mail.ts'
import { lockMail, mailRow, updateMail, type MailId, type OutgoingMail } from '#platform/mail/store.ts'

/**
 * Puts a mail that failed or was kept in the queue once more. Whether its person may be written to is asked again when it is sent.
 * Throws NOT_FOUND, and CONFLICT for any other state, without a mail server, without an address, or when its text was forgotten.
 */
export async function retryMail(app: App, actor: OperatorActor, id: MailId): Promise<OutgoingMail> {
  return app.db.transaction(actor, async (tx) => {
    const mail = await lockMail(tx, id)
    if (!mail) throw new Problem('NOT_FOUND')
    if (mail.state !== 'failed' && mail.state !== 'kept') throw new Problem('CONFLICT', 'Only a mail that failed or was kept can be sent again.')
    if (mail.sealed === null) throw new Problem('CONFLICT', 'What this mail said was forgotten.')
    if (app.config.smtp === undefined) throw new Problem('CONFLICT', 'No mail server is set (VEDETTE_SMTP_URL); pass the text on yourself.')
    if (!isAddress(unsealMessage(app.keys, id, mail.sealed).to)) throw new Problem('CONFLICT', 'This mail has no address that mail can be sent to.')
    const change = { state: 'queued', attempts: 0, due_at: app.clock.now(), failure: null } as const
    await updateMail(tx, id, change)
    await app.jobs.send(tx, SEND, { mail: id })
    app.audit.record(tx, { action: 'mail.retried', subject: id, binds: [mailRow({ id })] })
    return { ...mail, ...change }
  })
}
