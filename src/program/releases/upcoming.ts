import type { Release } from '#program/releases/release.ts'
import { plannedReleases, type RuleHistory } from '#program/releases/rules/in-force.ts'

/** How many releases of the rule are shown and can be scheduled for. */
const SHOWN = 6
/** How far ahead they are looked for: a yearly rule gives its six as well. */
const MONTHS = 72

/** The next releases of an operator's rules, in order; fewer where its holiday calendar ends. */
export function upcomingReleases(now: Date, history: RuleHistory): Release[] {
  return plannedReleases(now, history, { months: MONTHS, most: SHOWN }).map(({ release }) => release)
}

/** How a release of the rule is named from outside. */
export function releaseKey({ instant }: Release): string {
  return instant.toISOString()
}
