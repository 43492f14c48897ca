import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { MEMBERSHIP_STATES, TIERS } from '#program/membership/contract.ts'
import { PARTS } from '#program/packages/contract.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'text that has a UTF-8 form')

/** Name and version of a jurisdiction's policy, such as unrestricted@1. */
export const PolicyName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]{0,79}@[1-9]\d{0,5}$/, 'name@version')

export const CHANGE_KINDS = ['tier', 'suspend', 'reinstate', 'terminate', 'jurisdiction', 'renew', 'review', 'review-decision'] as const
/** Why a review is opened (program.md, E28): the first and the last pause access until it is decided. */
export const REVIEW_CAUSES = ['acquisition', 'reach', 'attack-tools'] as const

const why = { reason: text(2000), evidence: text(10_000).optional() }
const organisation = idSchema<'organisation'>()

/** `POST /api/organisations/:id/standing-changes`: one change of one member, with its reason. */
export const ChangeStanding = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tier'), tier: z.enum(TIERS), ...why }),
  z.strictObject({ kind: z.literal('suspend'), ...why }),
  /** `backAccess`: what opened while it was suspended is given back. */
  z.strictObject({ kind: z.literal('reinstate'), backAccess: z.boolean().default(false), ...why }),
  /** `successor`: the member that it merged into. */
  z.strictObject({ kind: z.literal('terminate'), successor: organisation.optional(), ...why }),
  z.strictObject({ kind: z.literal('jurisdiction'), jurisdiction: PolicyName, ...why }),
  z.strictObject({ kind: z.literal('renew'), ...why }),
  z.strictObject({ kind: z.literal('review'), cause: z.enum(REVIEW_CAUSES), ...why }),
  z.strictObject({ kind: z.literal('review-decision'), outcome: z.enum(['keep', 'suspend', 'terminate']), backAccess: z.boolean().default(false), ...why }),
])

export const Held = z.object({ tier: z.enum(TIERS), state: z.enum(MEMBERSHIP_STATES), until: at.nullable(), jurisdiction: z.string().nullable() })

/** A change as officers and auditors see it. */
export const StandingChange = z.object({
  id: z.string(),
  organisation: Who,
  kind: z.enum(CHANGE_KINDS),
  state: z.enum(['waits', 'done', 'expired', 'closed']),
  before: Held,
  after: Held,
  backAccess: z.boolean(),
  cause: z.enum(REVIEW_CAUSES).nullable(),
  successor: z.string().nullable(),
  reason: z.string(),
  evidence: z.string().nullable(),
  proposed: z.object({ by: Who, at }),
  expiresAt: at,
  approved: z.object({ by: Who, at }).nullable(),
  doneAt: at.nullable(),
  closed: z.object({ by: Who, at }).nullable(),
})

export const OrganisationParams = z.object({ id: organisation })
export const ChangeParams = z.object({ id: idSchema<'membership-change'>() })

/** A standing and since when it was in force. */
export const PastStanding = Held.extend({ since: at, backAccess: z.boolean() })
const Policy = z.object({
  policy: z.string(),
  basis: z.string(),
  dutyToReport: z.boolean(),
  parts: z.array(z.enum(PARTS)),
  notBefore: z.enum(['window', 'release']),
})

/** `GET /api/organisations/:id/standing`: what a member holds and held, the newest first, and every change that was decided or waits. */
export const MemberStandingView = z.object({
  organisation: z.object({ id: z.string(), name: z.string(), kind: z.enum(['vendor', 'responder']) }),
  present: Held,
  since: at,
  /** The next yearly renewal falls due then; grace lasts until `present.until`. */
  due: at,
  policy: Policy.nullable(),
  /** The review that waits for its decision. */
  review: z.string().nullable(),
  history: z.array(PastStanding),
  changes: z.array(StandingChange),
  people: z.array(Who),
})

/** `GET /api/standing`: a member's own standing with each operator, in its words. */
export const OwnStanding = z.object({
  items: z.array(
    z.object({ operator: Who, present: Held, since: at, due: at, inReview: z.boolean(), policy: Policy.nullable(), history: z.array(PastStanding) }),
  ),
})

const instant = z.iso.datetime({ offset: true }).transform((value) => new Date(value))
/** `at`: an instant that is over; `person`: one contact, otherwise all of the member's. */
export const CouldReadQuery = z.object({ at: instant, person: idSchema<'person'>().optional() })
/** What contacts of a member could read of your packages at an instant, by the rule of the embargo and the facts as they were then. */
export const CouldRead = z.object({
  at,
  rule: z.string(),
  people: z.array(z.object({ person: Who, versions: z.array(z.object({ package: z.string(), version: z.number().int(), parts: z.array(z.enum(PARTS)) })) })),
})

/** A jurisdiction's policy: what it leaves of a package, from when, and why. */
export const JurisdictionPolicy = z.object({
  id: z.string(),
  policy: z.string(),
  jurisdictions: z.array(z.string()),
  basis: z.string(),
  dutyToReport: z.boolean(),
  parts: z.array(z.enum(PARTS)),
  notBefore: z.enum(['window', 'release']),
  validFrom: at,
  state: z.enum(['shipped', 'waits', 'in-force', 'closed', 'expired']),
  /** Until when a second officer can approve it; null for those shipped with the program. */
  expiresAt: at.nullable(),
  proposed: z.object({ by: Who, at }).nullable(),
  approved: z.object({ by: Who, at }).nullable(),
  /** Members under it. */
  members: z.number().int(),
})
export const JurisdictionPolicyList = z.object({ items: z.array(JurisdictionPolicy) })
export const PolicyParams = z.object({ id: idSchema<'jurisdiction-policy'>() })

/** `POST /api/jurisdiction-policies`: the next version of a policy of your operator; a second officer has to approve it. */
export const ProposePolicy = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'small letters, digits and hyphens'),
    /** ISO 3166-1 alpha-2. */
    jurisdictions: z
      .array(z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code'))
      .min(1)
      .max(250),
    basis: text(4000),
    dutyToReport: z.boolean(),
    parts: z
      .array(z.enum(PARTS))
      .min(1)
      .refine((parts) => new Set(parts).size === parts.length && parts.includes('existence'), 'each part once, and existence'),
    notBefore: z.enum(['window', 'release']),
    validFrom: instant.optional(),
  })
  .refine(({ parts, notBefore }) => notBefore === 'window' || !parts.includes('proof-of-concept'), {
    path: ['parts'],
    message: 'no proof of concept where something waits for the release',
  })
