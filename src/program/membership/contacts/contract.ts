import { z } from 'zod'
import { CONTACT_ROLES } from '#platform/auth/actor.ts'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())
const named = z.object({ id: z.string(), name: z.string() })
const line = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')

/** Accountable: answers for the organisation, one of it at most. Technical: is asked about products and protections. */
export const CONTACT_FUNCTIONS = ['accountable', 'technical'] as const
export const KEY_KINDS = ['age', 'openpgp'] as const

/** What one contact may know of an operator's packages. */
const ClearanceFields = {
  /** Names as in packages, or `*` alone for every product of the operator. */
  products: z.array(line).max(200),
  proofOfConcept: z.boolean(),
  /** Policy of the place of work, such as `unrestricted@1`; null denies everything. */
  jurisdiction: z.string().nullable(),
}
export const ClearanceView = z.object({ operator: named, ...ClearanceFields, since: instant })
/** The whole clearance as it shall be. What narrows acts at once; what widens waits for a second membership officer. */
export const ChangeClearance = z.strictObject({
  ...ClearanceFields,
  products: ClearanceFields.products
    .refine((products) => new Set(products).size === products.length, 'each product once')
    .refine((products) => !products.includes('*') || products.length === 1, '* covers every product, so it stands alone'),
  jurisdiction: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,79}@[1-9][0-9]{0,5}$/, 'name@version of a policy')
    .nullable(),
  /** Which operator's clearance: a contact's own organisation may be a member of several. The officer's own unless said. */
  operator: idSchema<'operator'>().optional(),
})

export const ContactKey = z.object({
  id: z.string(),
  kind: z.enum(KEY_KINDS),
  fingerprint: z.string(),
  addedAt: instant,
  expiresAt: instant,
  revokedAt: instant.nullable(),
})
/** A key of one's own with the key itself. */
export const OwnKey = ContactKey.extend({ publicKey: z.string() })
/** `expiresAt`: when it is no longer used, at most two years on; an OpenPGP key that expires before is used until then. */
export const AddKey = z.strictObject({
  publicKey: z.string().min(1).max(100_000),
  expiresAt: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
})

export const Contact = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.enum(CONTACT_ROLES)),
  functions: z.array(z.enum(CONTACT_FUNCTIONS)),
  /** False when mail to the address was refused for good. */
  reachable: z.boolean(),
  lastSeenAt: instant.nullable(),
  createdAt: instant,
  disabledAt: instant.nullable(),
  /** In force, the newest first. */
  keys: z.array(ContactKey),
  clearances: z.array(ClearanceView),
})
/** An organisation's contacts, and the address that reaches it whoever is on duty. */
export const Contacts = z.object({ organisation: named, address: z.string().nullable(), reachable: z.boolean(), contacts: z.array(Contact) })

export const SetFunctions = z.strictObject({ functions: z.array(z.enum(CONTACT_FUNCTIONS)).max(CONTACT_FUNCTIONS.length) })
export const SetAddress = z.strictObject({
  address: z
    .string()
    .trim()
    .toLowerCase()
    .max(320)
    .regex(/^[^\s@\p{C}<>()[\],;:\\"]{1,64}@[^\s@\p{C}<>()[\],;:\\"]{1,255}$/u, 'a mail address'),
})

/** A wider clearance that one membership officer proposed; a second one approves or closes it. */
export const ClearanceChange = z.object({
  id: z.string(),
  person: named,
  organisation: named,
  present: z.object(ClearanceFields),
  proposed: z.object(ClearanceFields),
  proposedBy: named,
  proposedAt: instant,
  expiresAt: instant,
  approvedBy: named.nullable(),
  approvedAt: instant.nullable(),
  state: z.enum(['waits', 'approved', 'expired', 'closed']),
})
/** What asking for a clearance did. */
export const ClearanceSet = z.discriminatedUnion('state', [
  z.object({ state: z.literal('done') }),
  z.object({ state: z.literal('waits'), change: ClearanceChange }),
])

/** Matters of a member's health before a cycle. */
export const FINDING_KINDS = [
  'key-expires',
  'key-missing',
  'address-bounced',
  'never-signed-in',
  'not-signed-in-lately',
  'agreement-lapses',
  'membership-lapses',
  'no-accountable-contact',
  'single-contact',
] as const
export const Finding = z.object({
  kind: z.enum(FINDING_KINDS),
  /** Whom it concerns; null: the organisation. */
  person: named.nullable(),
  /** When it happens, or happened. */
  at: instant.nullable(),
})
const cycle = z.object({ opens: instant, release: instant })
/** Of one member with one operator, before the next cycle. */
export const MemberHealth = z.object({ organisation: named, operator: named, findings: z.array(Finding) })
/** The first of the cycles that come next with these operators; null where no calendar reaches one. */
export const HealthReport = z.object({ cycle: cycle.nullable(), members: z.array(MemberHealth) })

type FindingKind = (typeof FINDING_KINDS)[number]
const LINES: Readonly<Record<FindingKind, string>> = {
  'key-expires': 'the last key of {name} expires',
  'key-missing': '{name} has no key, so nothing can be delivered to them',
  'address-bounced': 'mail to {name} comes back',
  'never-signed-in': '{name} has never signed in',
  'not-signed-in-lately': '{name} has not signed in for 60 days',
  'agreement-lapses': 'an agreement has to be signed',
  'membership-lapses': 'the membership ends unless it is renewed',
  'no-accountable-contact': 'nobody is named as the accountable contact',
  'single-contact': 'there is only one contact: name another',
}

/** A finding as a line of a mail or of the console. */
export function findingLine({ kind, person }: { readonly kind: FindingKind; readonly person: { readonly name: string } | null }): string {
  return LINES[kind].replace('{name}', () => person?.name ?? '')
}
