import type { z } from 'zod'
import type { ApplicationView } from '#program/membership/applications/contract.ts'
import { isLooser } from '#program/membership/standing/membership-change.ts'
import type { StoredPolicy } from '#program/membership/standing/policy-store.ts'

type Policy = Pick<StoredPolicy, 'policy' | 'jurisdictions' | 'dutyToReport' | 'parts' | 'notBefore'>

/**
 * The policies in force as the review of an applicant shows them: those that list a country that it declares first, and marked those that
 * would leave it more of a package than one of these does.
 */
export function policiesFor(declared: readonly string[], policies: readonly Policy[]): z.input<typeof ApplicationView>['policies'] {
  const concerned = policies.filter(({ jurisdictions }) => jurisdictions.some((country) => declared.includes(country)))
  const shown = policies.map((one) => ({
    policy: one.policy,
    dutyToReport: one.dutyToReport,
    lists: one.jurisdictions.filter((country) => declared.includes(country)),
    looser: concerned.some((strict) => isLooser(strict, one)),
  }))
  return shown.toSorted((one, other) => Number(other.lists.length > 0) - Number(one.lists.length > 0))
}
