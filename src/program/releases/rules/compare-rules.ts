import { WINDOW_TIERS, type WindowTier } from '#program/releases/programme.ts'
import { compareMonths, formatMonth, type Month, type Release } from '#program/releases/release.ts'
import { MONTHS_AHEAD } from '#program/releases/rules/rule-faults.ts'
import { monthsAround, plannedReleases, type Adoption, type PlannedRelease, type RuleHistory } from '#program/releases/rules/in-force.ts'

const HOUR_MS = 3_600_000

/** What other rules would make of one cycle. */
export interface CycleChange {
  readonly month: Month
  /** Whether the cycle would follow the new rules. */
  readonly taken: boolean
  readonly before: Release | null
  readonly after: Release | null
  readonly change: 'same' | 'moved' | 'appears' | 'vanishes'
  /** Hours that each tier reads ahead of the release. */
  readonly hours: Readonly<Record<WindowTier, { readonly before: number | null; readonly after: number | null; readonly gained: number | null }>>
}

/** What the next 24 months would be if these rules were adopted, beside what they are: "what if". Pure. */
export function compareRules(history: RuleHistory, proposed: Omit<Adoption, 'at'>, now: Date): CycleChange[] {
  const ahead = { months: MONTHS_AHEAD }
  const before = byMonth(plannedReleases(now, history, ahead))
  const after = byMonth(plannedReleases(now, [...history, { ...proposed, at: now }], ahead))
  return monthsAround(now, history, MONTHS_AHEAD).flatMap((month) => {
    const [one, other] = [before.get(formatMonth(month)), after.get(formatMonth(month))]
    return one || other ? [changeOf(month, compareMonths(proposed.from, month) <= 0, one?.release ?? null, other?.release ?? null)] : []
  })
}

function changeOf(month: Month, taken: boolean, before: Release | null, after: Release | null): CycleChange {
  const hours = (tier: WindowTier) => {
    const [had, has] = [before && hoursOf(before, tier), after && hoursOf(after, tier)]
    return { before: had, after: has, gained: had === null || has === null ? null : has - had }
  }
  return {
    month,
    taken,
    before,
    after,
    change: !before ? 'appears' : !after ? 'vanishes' : isSame(before, after) ? 'same' : 'moved',
    hours: { validate: hours('validate'), advance: hours('advance'), entry: hours('entry') },
  }
}

function hoursOf({ instant, windows }: Release, tier: WindowTier): number {
  return (instant.getTime() - windows[tier].getTime()) / HOUR_MS
}

function isSame(one: Release, other: Release): boolean {
  return one.instant.getTime() === other.instant.getTime() && WINDOW_TIERS.every((tier) => one.windows[tier].getTime() === other.windows[tier].getTime())
}

function byMonth(planned: readonly PlannedRelease[]): Map<string, PlannedRelease> {
  return new Map(planned.map((one) => [formatMonth(one.month), one]))
}
