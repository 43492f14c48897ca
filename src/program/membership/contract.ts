import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'

/** What a member may know and when: held per pair of member and operator. */
export const TIERS = ['validate', 'advance', 'entry', 'responder'] as const
export type Tier = (typeof TIERS)[number]
export const MEMBERSHIP_STATES = ['active', 'paused', 'suspended', 'terminated'] as const

/** A member organisation as its operator sees it. */
export const MemberOrganisation = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['vendor', 'responder']),
  tier: z.enum(TIERS),
  state: z.enum(MEMBERSHIP_STATES),
})
export const MemberOrganisationPage = pageOf(MemberOrganisation)
