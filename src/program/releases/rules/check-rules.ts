import { Problem } from '#platform/errors.ts'
import { formatMonth, type Month } from '#program/releases/release.ts'
import { firstTaken, presentMonth, type RuleHistory } from '#program/releases/rules/in-force.ts'
import { faultsOf } from '#program/releases/rules/rule-faults.ts'
import { toProgramme, type RuleSet } from '#program/releases/rules/rule-set.ts'

/** Throws VALIDATION_FAILED with pointers into `rules` for a set that is not right for the next 24 months. */
export function requireSound(rules: RuleSet, history: RuleHistory, now: Date): void {
  const fields = faultsOf(rules, presentMonth(now, history)).map(({ field, message }) => ({ field: `/body/rules${field}`, message }))
  if (fields.length > 0) throw new Problem('VALIDATION_FAILED', undefined, { fields })
}

/** Throws CONFLICT when the rules would take over a cycle that has begun or holds a package (program.md, 4.1.3). */
export function requireFree(rules: RuleSet, from: Month, history: RuleHistory, held: readonly Month[], now: Date): void {
  const taken = firstTaken(history, { from, programme: toProgramme(rules, 1) }, held, now)
  if (taken)
    throw new Problem('CONFLICT', `The cycle of ${formatMonth(taken)} has begun, would have begun by these rules, or holds a package: begin with a later one.`)
}
