import { z } from 'zod'
import { defineEvent } from '#platform/events/events.ts'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())

/**
 * Of an outgoing mail. queued: waits for its attempt. sending: an attempt has begun. sent: a mail server took it. kept: no mail
 * server is set, and it waits in the outbox for somebody to pass it on. dropped: its person may not be written to any more.
 * failed: no attempt is left, or none would help.
 */
export const MAIL_STATES = ['queued', 'sending', 'sent', 'kept', 'dropped', 'failed'] as const

/** A mail in the outbox. Recipient and subject are null once they were forgotten, 30 days after it was written. */
export const OutgoingMail = z.object({
  id: z.string(),
  kind: z.string(),
  to: z.string().nullable(),
  subject: z.string().nullable(),
  state: z.enum(MAIL_STATES),
  attempts: z.number().int(),
  createdAt: instant,
  sentAt: instant.nullable(),
  /** `smtp-550` and the like for a server's answer, a word for everything else. */
  failure: z.string().nullable(),
})
/** The text is there while somebody may have to pass it on by hand, which is while it is kept or failed. */
export const OutgoingMailText = OutgoingMail.extend({ text: z.string().nullable() })

/** A person's address refused mail for good. */
export const mailBounced = defineEvent('mail.bounced', z.strictObject({ person: idSchema<'person'>() }))
