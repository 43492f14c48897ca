import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'

/** What a member may know and when: held per pair of member and operator. */
export const TIERS = ['validate', 'advance', 'entry', 'responder'] as const
export type Tier = (typeof TIERS)[number]
export const MEMBERSHIP_STATES = ['active', 'paused', 'suspended', 'terminated'] as const

const at = z.date().transform((date) => date.toISOString())

/** A member organisation as its operator sees it. */
export const MemberOrganisation = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['vendor', 'responder']),
  tier: z.enum(TIERS),
  state: z.enum(MEMBERSHIP_STATES),
  since: at,
  /** When the membership lapses unless it is renewed. */
  until: at.nullable(),
  /** Name and version of the policy of its jurisdiction. */
  jurisdiction: z.string().nullable(),
  /** Changes of its standing that wait for a second officer. */
  waiting: z.number().int(),
})
export const MemberOrganisationPage = pageOf(MemberOrganisation)
