import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'

const instant = z.date().transform((date) => date.toISOString())

/** Every kind of notice, and the sentence a person reads. No notice ever holds embargoed text: `data` is ids and plain names only. */
export const NOTICE_KINDS = {
  'account.passkey-enrolled': 'A passkey was enrolled for your account',
  'account.roles-changed': 'Your roles were changed',
  'recovery.opened': 'A recovery was opened and needs a second operator',
  'recovery.approved': 'Your account was recovered; earlier passkeys, sessions and tokens have ended',
  'clock.disagreement': 'The clocks disagree: nothing opens until two people confirm the time',
  'demonstration.welcome': 'Welcome to the demonstration',
} as const
export type NoticeKind = keyof typeof NOTICE_KINDS

export const Notice = z.object({
  id: z.string(),
  kind: z.enum(Object.keys(NOTICE_KINDS) as [NoticeKind, ...NoticeKind[]]),
  text: z.string(),
  /** Path in the console where the matter can be dealt with. */
  link: z.string().nullable(),
  createdAt: instant,
  readAt: instant.nullable(),
})
export const NoticePage = pageOf(Notice)
