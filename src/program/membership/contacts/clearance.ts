import type { PersonId } from '#platform/ids.ts'
import type { JurisdictionCeiling } from '#program/embargo/may-read.ts'
import { EVERY_PRODUCT } from '#program/membership/entitlement-store.ts'

/** What one contact may know of one operator's packages. */
export interface Clearance {
  /** Names as in a package's content, or `*` for every product; none by default. */
  readonly products: readonly string[]
  readonly proofOfConcept: boolean
  /** Name and version of the policy of the place of work; null denies everything. */
  readonly jurisdiction: string | null
}

/** What everybody begins with, and a leaver ends with. */
export const NO_CLEARANCE: Clearance = { products: [], proofOfConcept: false, jurisdiction: null }

/** What the policy of this name leaves; undefined for none and for one that is not known. */
export type CeilingOf = (policy: string | null) => JurisdictionCeiling | undefined

/**
 * Whether the second clearance lets through anything that the first does not: another product, proofs of concept, or a place of work
 * whose policy leaves more or opens sooner. What cannot be compared widens. Pure.
 */
export function widens(before: Clearance, after: Clearance, ceilingOf: CeilingOf): boolean {
  return widensProducts(before.products, after.products) || (after.proofOfConcept && !before.proofOfConcept) || isLooser(before, after, ceilingOf)
}

function widensProducts(before: readonly string[], after: readonly string[]): boolean {
  return !before.includes(EVERY_PRODUCT) && after.some((product) => !before.includes(product))
}

function isLooser(before: Clearance, after: Clearance, ceilingOf: CeilingOf): boolean {
  if (after.jurisdiction === null || after.jurisdiction === before.jurisdiction) return false
  const [from, to] = [ceilingOf(before.jurisdiction), ceilingOf(after.jurisdiction)]
  if (!from || !to) return true
  return to.parts.some((part) => !from.parts.includes(part)) || (to.notBefore === 'window' && from.notBefore === 'release')
}

export function isSameClearance(one: Clearance, other: Clearance): boolean {
  const same = one.proofOfConcept === other.proofOfConcept && one.jurisdiction === other.jurisdiction
  return same && new Set(one.products).symmetricDifference(new Set(other.products)).size === 0
}

export type ClearanceChangeState = 'waits' | 'approved' | 'expired' | 'closed'

/** The part of a proposed clearance that decides what may still be done with it. */
export interface ClearanceChangeFacts {
  readonly proposed_by: PersonId
  readonly expires_at: Date
  readonly approved_at: Date | null
  readonly closed_at: Date | null
}

export function clearanceChangeState(change: ClearanceChangeFacts, now: Date): ClearanceChangeState {
  if (change.closed_at) return 'closed'
  if (change.approved_at) return 'approved'
  return change.expires_at <= now ? 'expired' : 'waits'
}
