import type { JurisdictionCeiling } from '#program/embargo/may-read.ts'
import type { MEMBERSHIP_STATES, Tier } from '#program/membership/contract.ts'

export type MemberState = (typeof MEMBERSHIP_STATES)[number]

/** What a member holds with one operator at one instant. */
export interface Held {
  readonly tier: Tier
  readonly state: MemberState
  readonly until: Date | null
  /** Name and version of the policy of the legal entity's jurisdiction. */
  readonly jurisdiction: string | null
}

/** Tiers that open nothing earlier than the tier of the key does, for any part: the only changes of tier that merely narrow. */
const NARROWER: Readonly<Record<Tier, readonly Tier[]>> = {
  validate: ['validate', 'responder'],
  advance: ['advance', 'entry', 'responder'],
  entry: ['entry', 'responder'],
  responder: ['responder'],
}
const STANDING: Readonly<Record<MemberState, number>> = { active: 3, paused: 2, suspended: 1, terminated: 0 }

/**
 * Whether a change lets the member read anything that it did not, or anything earlier or for longer: then it takes two officers.
 * Tier validate is neither more nor less than the other two: each reads something before it. Whatever is not known to narrow widens.
 */
export function widens(before: Held, after: Held, ceilingOf: (policy: string | null) => JurisdictionCeiling | undefined): boolean {
  if (!(NARROWER[before.tier] ?? []).includes(after.tier)) return true
  if (!(STANDING[after.state] <= STANDING[before.state])) return true
  if (lastsLonger(before.until, after.until)) return true
  return before.jurisdiction !== after.jurisdiction && isLooser(ceilingOf(before.jurisdiction), ceilingOf(after.jurisdiction))
}

function lastsLonger(before: Date | null, after: Date | null): boolean {
  if (before === null) return false
  return after === null || !(after.getTime() <= before.getTime())
}

/** Whether a policy leaves more of a package than another. An unknown one denies: nothing is stricter. */
export function isLooser(before: JurisdictionCeiling | undefined, after: JurisdictionCeiling | undefined): boolean {
  if (!after) return false
  if (!before) return true
  return !after.parts.every((part) => before.parts.includes(part)) || (after.notBefore === 'window' && before.notBefore !== 'window')
}

/** Days in which a proposal that waits for its second officer can be approved. */
export const PROPOSAL_DAYS = 14

export type ChangeState = 'waits' | 'done' | 'expired' | 'closed'

/** What has become of a change at an instant. */
export function changeState(change: { readonly done_at: Date | null; readonly closed_at: Date | null; readonly expires_at: Date }, now: Date): ChangeState {
  if (change.done_at) return 'done'
  if (change.closed_at) return 'closed'
  return change.expires_at <= now ? 'expired' : 'waits'
}
