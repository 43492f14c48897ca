import { z } from 'zod'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())

/** Name of a person or an organisation: one short line. */
const plainName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')

const nothing = z.strictObject({})
const organisationNotice = z.strictObject({ organisation: idSchema<'organisation'>(), name: plainName })
const roleChange = z.strictObject({ change: idSchema<'role-change'>(), person: idSchema<'person'>(), name: plainName })
const ofPackage = z.strictObject({ package: idSchema<'package'>() })
/** To a member: of whose programme it is decides whether anything is sent outside, for the member may be suspended there and not elsewhere. */
const ofHeldPackage = z.strictObject({ operator: idSchema<'operator'>(), package: idSchema<'package'>() })
const ofOperator = z.strictObject({ operator: idSchema<'operator'>() })
const ofMember = z.strictObject({ organisation: idSchema<'organisation'>(), name: plainName })
const ofProgramme = z.strictObject({ operator: idSchema<'operator'>(), name: plainName })
/** An instant of the programme's rule, which is known to everybody. */
const ofRule = z.strictObject({ operator: idSchema<'operator'>(), name: plainName, at: z.iso.datetime() })

/**
 * Every kind of notice: the sentence a person reads, what may be stored with it, and where in the
 * console the matter is dealt with. No notice ever holds embargoed text, so `data` is a strict object
 * of ids, the name of a person or an organisation, which `{name}` in a text stands for, and an instant that everybody knows (`{at}`).
 */
export const NOTICE_KINDS = {
  'account.passkey-enrolled': { text: 'A passkey was enrolled for your account', link: '/account', data: nothing },
  'account.roles-changed': { text: 'Your roles were changed', link: '/account', data: nothing },
  'recovery.opened': {
    text: 'A recovery of the account of {name} was opened and needs a second operator',
    link: '/people',
    data: z.strictObject({ recovery: idSchema<'recovery'>().optional(), person: idSchema<'person'>().optional(), name: plainName.optional() }),
  },
  'recovery.link-issued': {
    text: 'A second operator approved a recovery of the account of {name}; its one-time link was issued',
    link: '/people',
    data: z.strictObject({ recovery: idSchema<'recovery'>(), person: idSchema<'person'>(), name: plainName }),
  },
  'access.change-proposed': {
    text: 'A change of what {name} may do in the exchange was proposed and needs a second membership officer',
    link: '/collections',
    data: organisationNotice,
  },
  'person.invited': { text: '{name} was invited', link: '/people', data: z.strictObject({ person: idSchema<'person'>(), name: plainName }) },
  'person.invitation-renewed': {
    text: 'A new invitation link for {name} was made; the earlier one has ended',
    link: '/people',
    data: z.strictObject({ person: idSchema<'person'>(), name: plainName }),
  },
  'role-change.proposed': { text: 'New roles of {name} were proposed and need a second membership officer', link: '/people', data: roleChange },
  'role-change.approved': { text: 'A second membership officer approved new roles of {name}', link: '/people', data: roleChange },
  'role-change.closed': { text: 'The proposed roles of {name} were refused; nothing changed', link: '/people', data: roleChange },
  'recovery.approved': { text: 'Your account was recovered; earlier passkeys, sessions and tokens have ended', link: '/account', data: nothing },
  'clearance.proposed': {
    text: 'A wider clearance of {name} was proposed and needs a second membership officer',
    link: '/contacts',
    data: z.strictObject({ change: idSchema<'clearance-change'>(), person: idSchema<'person'>(), name: plainName }),
  },
  'clearance.approved': { text: 'What you may know of packages was widened', link: '/packages', data: nothing },
  'clearance.narrowed': { text: 'What you may know of packages was narrowed', link: '/packages', data: nothing },
  'contact-key.added': { text: 'A key for what is delivered to you was added to your account', link: '/account', data: nothing },
  'member.unreachable': {
    text: 'Nobody of {name} can be reached by mail any more; nothing new is delivered to it',
    link: '/contacts',
    data: z.strictObject({ organisation: idSchema<'organisation'>(), name: plainName }),
    webhook: true,
  },
  'member.health': {
    text: 'Before the next cycle, something of {name} needs your attention',
    link: '/organisation',
    data: z.strictObject({ organisation: idSchema<'organisation'>(), operator: idSchema<'operator'>(), name: plainName }),
  },
  'identity-provider.proposed': {
    text: 'A sign-in by the identity provider of {name} was proposed and needs a second person',
    link: '/sign-in-settings',
    data: organisationNotice,
  },
  'identity-provider.confirmed': { text: 'People of {name} can now sign in by its identity provider', link: '/sign-in-settings', data: organisationNotice },
  'identity-provider.ended': { text: 'The sign-in by the identity provider of {name} has ended', link: '/sign-in-settings', data: organisationNotice },
  'identity.connected': { text: "A sign-in of your organisation's identity provider was connected to your account", link: '/account', data: nothing },
  'organisation.without-admin': { text: 'The directory of {name} disabled its last admin', link: '/people', data: organisationNotice },
  'application.submitted': {
    text: 'An application was sent in and waits for its review',
    link: '/applications',
    data: z.strictObject({ application: idSchema<'application'>() }),
  },
  'application.answered': {
    text: 'An applicant answered your questions',
    link: '/applications',
    data: z.strictObject({ application: idSchema<'application'>() }),
  },
  'renewal.question': {
    text: '{name} has a question about your renewal',
    link: '/renewals',
    data: z.strictObject({ operator: idSchema<'operator'>(), name: plainName }),
  },
  'renewal.decided': {
    text: '{name} has decided on your renewal',
    link: '/renewals',
    data: z.strictObject({ operator: idSchema<'operator'>(), name: plainName }),
  },
  'member.change-proposed': { text: 'A change of the standing of {name} was proposed and needs a second membership officer', link: '/members', data: ofMember },
  'member.standing-changed': { text: 'The standing of {name} was changed', link: '/members', data: ofMember },
  'member.change-closed': { text: 'A proposed change of the standing of {name} was refused; nothing changed', link: '/members', data: ofMember },
  'member.review-opened': { text: 'A review of {name} was opened or decided', link: '/members', data: ofMember },
  'member.lapses': { text: 'The membership of {name} is due for renewal or about to lapse', link: '/members', data: ofMember, webhook: true },
  'standing.changed': { text: 'The standing of your organisation in the programme was changed', link: '/organisation', data: nothing, webhook: true },
  'standing.lapses': { text: 'The membership of your organisation is due for renewal or about to lapse', link: '/organisation', data: nothing, webhook: true },
  'agreement.drafted': { text: 'A new text of the agreement was drafted and needs a second membership officer', link: '/agreements', data: nothing },
  'agreement.issued': {
    text: '{name} issued a new version of the agreement; sign it in time',
    link: '/agreement',
    data: z.strictObject({ name: plainName }),
    webhook: true,
  },
  'agreement.signed': {
    text: '{name} signed the agreement, which waits for a countersignature',
    link: '/agreements',
    data: z.strictObject({ name: plainName }),
  },
  'agreement.countersigned': { text: '{name} countersigned your agreement', link: '/agreement', data: z.strictObject({ name: plainName }) },
  'agreement.refused': {
    text: '{name} did not countersign your agreement; the reason is beside it',
    link: '/agreement',
    data: z.strictObject({ name: plainName }),
  },
  'listing.proposed': { text: 'A member wants to be shown in the public directory; an officer has to look at it', link: '/public-pages', data: nothing },
  'listing.approved': { text: 'Your organisation is shown in the public directory', link: '/listing', data: nothing },
  'listing.refused': { text: 'What was to be shown of your organisation in public was refused', link: '/listing', data: nothing },
  'member-import.proposed': { text: 'A list of members was proposed and needs a second membership officer', link: '/members/import', data: nothing },
  'release.move-proposed': { text: 'A move of a release was proposed and needs a second publisher', link: '/releases', data: nothing },
  'release.move-confirmed': { text: 'A second publisher confirmed the move of a release', link: '/releases', data: nothing },
  'release.moved': { text: 'A release of {name} was moved; its calendar shows both dates', link: '/releases', data: ofProgramme, mail: true, webhook: true },
  'package.moved': {
    text: 'The dates of a package of {name} that you may know of were moved',
    link: '/packages',
    data: ofProgramme,
    mail: true,
    webhook: true,
  },
  'programme.proposed': { text: 'Other rules of the calendar were proposed and need a second publisher', link: '/calendar-rules', data: nothing, mail: true },
  'programme.adopted': { text: 'Another publisher put other rules of the calendar in force', link: '/calendar-rules', data: nothing },
  'programme.changed': {
    text: '{name} changed the rules of its calendar; see when it releases',
    link: '/releases',
    data: ofProgramme,
    mail: true,
    webhook: true,
  },
  'release.zone-moved': {
    text: 'By newer zone data a release with packages would be at another instant; two publishers can move it',
    link: '/calendar-rules',
    data: nothing,
    mail: true,
  },
  'embargo.ended': { text: 'An embargo that concerns you has ended early; see what is open to you', link: '/packages', data: ofOperator, webhook: true },
  'embargo.stands-again': {
    text: 'An embargo that had ended early stands again: that it was public was a false alarm',
    link: '/packages',
    data: ofOperator,
    webhook: true,
  },
  'embargo.end-proposed': { text: 'An early end of an embargo was proposed and needs a second publisher', link: '/embargo', data: nothing },
  'embargo.false-alarm': { text: 'An early end was called a false alarm; a second publisher has to confirm it', link: '/embargo', data: nothing },
  'zero-day-candidate.opened': {
    text: 'The scanner raised a zero-day candidate; it is known to your operator alone',
    link: '/zero-day-candidates',
    data: nothing,
  },
  'embargo.reported': { text: 'Somebody reports that something under embargo is public or exploited', link: '/embargo', data: nothing },
  'embargo.shared-cve': { text: 'A release made public what another package is about; look at that package', link: '/embargo', data: nothing },
  'release.not-published': { text: 'A release instant has passed and nobody has published: the right to publish exists', link: '/embargo', data: nothing },
  'breach.reported': { text: 'A breach of an embargo was reported and waits for its triage', link: '/embargo', data: nothing },
  'breach.decision-proposed': { text: 'A decision on a breach report was proposed and needs a second person', link: '/embargo', data: nothing },
  'breach.message': { text: 'Your operator has to tell you something about an embargo', link: '/packages', data: ofOperator, webhook: true },
  'filing.due': { text: 'A report on an exploited vulnerability is due to the authorities', link: '/embargo', data: nothing },
  'filing.correction-proposed': { text: 'A correction of an awareness instant was proposed and needs a second publisher', link: '/embargo', data: nothing },
  'window.opened': { text: 'A window of {name} opened for you', link: '/packages', data: ofProgramme, mail: true, webhook: true },
  'window.reminder': { text: 'The next window of {name} for your tier opens at {at}', link: '/releases', data: ofRule, mail: true, webhook: true },
  'release.reminder': { text: 'The next release of {name} by its calendar is at {at}', link: '/releases', data: ofRule, mail: true, webhook: true },
  'calendar.reminder': {
    text: 'By the calendar of {name}, a window or a release comes at {at}',
    link: '/releases',
    data: ofRule,
    mail: true,
    webhook: true,
  },
  // Outside the calendar nothing is known to everybody: it stays in the inbox, and says no date.
  'release.publisher-reminder': { text: 'A release of {name} outside its calendar, or one of its windows, is near', link: '/releases', data: ofProgramme },
  'webhook.disabled': { text: 'A webhook was switched off because its address did not take deliveries', link: '/webhooks', data: nothing, mail: true },
  'clock.disagreement': { text: 'The clocks disagree: nothing opens until two people confirm the time', link: null, data: nothing, webhook: true },
  'package.decision-proposed': { text: 'A decision about a package was proposed and needs a second publisher', link: '/packages', data: ofPackage, mail: true },
  'package.decision-confirmed': { text: 'A decision about a package was confirmed and is done', link: '/packages', data: ofPackage },
  'package.revised': { text: 'A new version took the place of a package that you hold', link: '/packages', data: ofHeldPackage, mail: true, webhook: true },
  'package.deferred': {
    text: 'A package that you hold left its cycle; its embargo remains',
    link: '/packages',
    data: ofHeldPackage,
    mail: true,
    webhook: true,
  },
  'package.cves-deferred': {
    text: 'A vulnerability left a package that you hold; its embargo remains, and what you hold of it stays confidential',
    link: '/packages',
    data: ofHeldPackage,
    mail: true,
    webhook: true,
  },
  'package.pulled': {
    text: 'A package that you hold was pulled: destroy what you hold of it, and attest that you did',
    link: '/packages',
    data: ofHeldPackage,
    mail: true,
    webhook: true,
  },
  'package.withdrawn': { text: 'A package that you hold was withdrawn after its release', link: '/packages', data: ofHeldPackage, mail: true, webhook: true },
  'package.acknowledgement-asked': {
    text: 'Your organisation is asked to acknowledge a change of a package that you hold',
    link: '/packages',
    data: ofHeldPackage,
    mail: true,
    webhook: true,
  },
  'package.destruction-attested': { text: 'A holder attested to have destroyed what it held of a pulled package', link: '/packages', data: ofPackage },
  'release.not-recorded': {
    text: 'That the instant of a release was reached could not be written down; it is tried again, and the release stands',
    link: '/releases',
    data: z.strictObject({ release: idSchema<'release'>() }),
    mail: true,
  },
  'access.name-proposed': {
    text: 'What {name} is called or found by shall change, and that needs a second officer',
    link: '/collections',
    data: z.strictObject({ name: plainName }),
    mail: true,
  },
  'remote.failing': {
    text: 'The remote server {name} cannot be used and needs your attention',
    link: '/remotes',
    data: z.strictObject({ remote: idSchema<'remote'>(), name: plainName }),
    mail: true,
  },
  'remote.push-proposed': {
    text: 'Pushing to the remote server {name} was proposed and needs a second person',
    link: '/remotes',
    data: z.strictObject({ remote: idSchema<'remote'>(), name: plainName }),
    mail: true,
  },
  'remote.login-proposed': {
    text: 'Other credentials for pushing to the remote server {name} were proposed and need a second person',
    link: '/remotes',
    data: z.strictObject({ remote: idSchema<'remote'>(), name: plainName }),
    mail: true,
  },
  'remote.goes-on': {
    text: 'The remote server {name} had more than one run takes; the next goes on where it ended',
    link: '/remotes',
    data: z.strictObject({ remote: idSchema<'remote'>(), name: plainName }),
    mail: true,
  },
  'demonstration.welcome': { text: 'Welcome to the demonstration: the guide leads once around the loop', link: '/guide', data: nothing },
} as const satisfies Record<string, NoticeKindDefinition>

interface NoticeKindDefinition {
  readonly text: string
  /** Path in the console, without anything of the data in it. */
  readonly link: string | null
  readonly data: z.ZodObject
  /** It also goes by mail, to whoever has not said otherwise; whoever causes a notice without it and wants mail calls `sendMail`. */
  readonly mail?: true
  /** It matters to an organisation, not only to a person: the webhooks of the recipients' organisations are told, once each. */
  readonly webhook?: true
}

export type NoticeKind = keyof typeof NOTICE_KINDS
/** What is stored with a notice of one kind. */
export type NoticeData<K extends NoticeKind> = z.input<(typeof NOTICE_KINDS)[K]['data']>

/** The sentence of a notice with the name in it, "someone" where none was stored, and its instant in UTC. */
export function noticeText(kind: NoticeKind, data: Readonly<Record<string, unknown>>): string {
  const { name, at } = data
  return NOTICE_KINDS[kind].text
    .replace('{name}', () => (typeof name === 'string' ? name : 'someone'))
    .replace('{at}', () => (typeof at === 'string' ? `${at.slice(0, 16).replace('T', ' ')} UTC` : 'the stated time'))
}

/** What is done with a kind besides the inbox. */
export function waysOf(kind: NoticeKind): { readonly mail: boolean; readonly webhook: boolean } {
  const { mail, webhook }: NoticeKindDefinition = NOTICE_KINDS[kind]
  return { mail: mail === true, webhook: webhook === true }
}

/** Kinds that come by mail unless a person says otherwise. */
export const MAILED_KINDS = (Object.keys(NOTICE_KINDS) as NoticeKind[]).filter((kind) => waysOf(kind).mail)

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
/** `unread=true` leaves out what was read. */
export const NoticeQuery = PageQuery.extend({ unread: z.enum(['true', 'false']).default('false') })
export const NoticeId = idSchema<'notice'>()
export const NoticeParams = z.object({ id: NoticeId })
export const UnreadCount = z.object({ unread: z.number().int() })
/** Of each kind that can come by mail: the sentence, with a name in general, and whether the person who asks wants it so. */
export const MailChoice = z.object({ kind: z.enum(Object.keys(NOTICE_KINDS) as [NoticeKind, ...NoticeKind[]]), text: z.string(), wanted: z.boolean() })
export const MailChoiceList = z.object({ items: z.array(MailChoice) })
export const MailChoiceParams = z.object({ kind: z.string().max(100) })
export const SetMailChoice = z.strictObject({ wanted: z.boolean() })
