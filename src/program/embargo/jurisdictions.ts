import { DUTY_TO_REPORT, NO_CEILING, type JurisdictionCeiling } from '#program/embargo/may-read.ts'

const POLICIES: ReadonlyMap<string, JurisdictionCeiling> = new Map([NO_CEILING, DUTY_TO_REPORT].map((ceiling) => [ceiling.policy, ceiling]))

/** What the policy of this name and version leaves of a package; undefined, which denies, for none and for one that is not known. */
export function ceilingOf(policy: string | null): JurisdictionCeiling | undefined {
  return policy === null ? undefined : POLICIES.get(policy)
}
