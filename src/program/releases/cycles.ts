import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { listMovedOfRule } from '#program/releases/moves/moved-store.ts'
import { formatMonth, monthAfter, monthsBetween, type Release } from '#program/releases/release.ts'
import { adoptionOf, presentMonth, releaseOf } from '#program/releases/rules/in-force.ts'
import { ruleHistory } from '#program/releases/rules/rules-store.ts'
import { releaseKey } from '#program/releases/upcoming.ts'

/** A cycle as the programme's rules alone have it: known to every member, and the same whatever packages there are. */
export interface Cycle {
  /** `2026-12`: the civil month in the programme's zone. A rule gives at most one release a month, so it names the cycle for good. */
  readonly month: string
  readonly release: Release
  /** When the rules that it follows were put in force, or the release was moved as a whole; undefined for the rules that the programme began with. */
  readonly since: Date | undefined
}

/** The cycles of an operator's rules from `before` months before the present one to `after` months after it; fewer where its holiday calendar ends. */
export async function cyclesOf(tx: Tx, operator: OperatorId, now: Date, { before, after }: { before: number; after: number }): Promise<Cycle[]> {
  const history = await ruleHistory(tx, operator)
  const present = presentMonth(now, history)
  const moved = await listMovedOfRule(tx, operator)
  return monthsBetween(monthAfter(present, -before), monthAfter(present, after)).flatMap((month) => {
    const planned = releaseOf(month, history)
    if (!planned) return []
    const move = moved.get(releaseKey(planned))
    return [{ month: formatMonth(month), release: move?.release ?? planned, since: move?.at ?? adoptionOf(month, history)?.at }]
  })
}
