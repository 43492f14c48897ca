import { DEFAULT_PRESET, PRESETS, type Programme } from '#program/releases/programme.ts'
import { compareMonths, monthAfter, monthOf, monthsBetween, releaseIfKnown, type Month, type Release } from '#program/releases/release.ts'

/** A rule set that a second publisher put in force. */
export interface Adoption {
  readonly at: Date
  /** The first cycle that follows it. */
  readonly from: Month
  readonly programme: Programme
}

/** Every adoption of one operator, in the order in which they were made. */
export type RuleHistory = readonly Adoption[]

export interface PlannedRelease {
  readonly month: Month
  readonly release: Release
}

const SHIPPED: Programme = PRESETS[DEFAULT_PRESET]
/** No window opens earlier before its release (rule-faults.ts). */
const LONGEST_WINDOW_MONTHS = 14

/** What was decided until an instant: the calendar of any past one can be asked again. */
export function asOf(history: RuleHistory, now: Date): RuleHistory {
  return history.filter(({ at }) => at <= now)
}

/** The rules that were adopted last; the preset where none were. */
export function programmeInForce(history: RuleHistory): Programme {
  return history.at(-1)?.programme ?? SHIPPED
}

/**
 * The rules that a cycle follows. A rule gives at most one release a month, so a month of the programme's zone is a cycle, and the
 * last adoption that reaches it counts. Which month a rule set begins with is part of what two publishers decide, and neither a
 * cycle that has begun nor one that holds a package is taken over (`firstTaken`): so the windows of a cycle are frozen when its
 * first package comes or its first window opens (program.md, 4.1.3 and E8), and the calendar tells nobody whether there is a package.
 */
export function programmeOf(month: Month, history: RuleHistory): Programme {
  return adoptionOf(month, history)?.programme ?? SHIPPED
}

/** The adoption that a cycle follows; undefined for one that follows the preset. */
export function adoptionOf(month: Month, history: RuleHistory): Adoption | undefined {
  return history.findLast(({ from }) => compareMonths(from, month) <= 0)
}

/** The release of a month; undefined without one, null where the calendar of its rules does not reach. */
export function releaseOf(month: Month, history: RuleHistory): Release | undefined | null {
  return releaseIfKnown(month, programmeOf(month, history))
}

/** Releases later than `now` of the months up to `months` ahead, at most `most`; the list ends where the calendar of the rules does. */
export function plannedReleases(
  now: Date,
  history: RuleHistory,
  { months, most = Number.POSITIVE_INFINITY }: { months: number; most?: number },
): PlannedRelease[] {
  const found: PlannedRelease[] = []
  for (const month of monthsAround(now, history, months)) {
    const release = releaseOf(month, history)
    if (release === null && Date.UTC(month.year, month.month - 1, 1) > now.getTime()) break
    if (release && release.instant > now) found.push({ month, release })
    if (found.length >= most) break
  }
  return found
}

/** The month that the programme's zone shows now, the one before it, and `months` after it. */
export function monthsAround(now: Date, history: RuleHistory, months: number): Month[] {
  const present = presentMonth(now, history)
  return monthsBetween(monthAfter(present, -1), monthAfter(present, months))
}

/** The month that the programme's zone shows. */
export function presentMonth(now: Date, history: RuleHistory): Month {
  return monthOf(now, programmeInForce(history).release.zone)
}

/**
 * The first cycle that rules adopted now would take over although they must not: it has begun by the rules it follows, it would
 * have begun by the new ones, or it holds a package. Undefined when there is none. Pure.
 */
export function firstTaken(history: RuleHistory, { from, programme }: Omit<Adoption, 'at'>, held: readonly Month[], now: Date): Month | undefined {
  const last = monthAfter(presentMonth(now, history), LONGEST_WINDOW_MONTHS)
  const begun = monthsBetween(from, last).find((month) => hasBegun(releaseOf(month, history), now) || hasBegun(releaseIfKnown(month, programme), now))
  const taken = held.filter((month) => compareMonths(from, month) <= 0)
  return [...(begun ? [begun] : []), ...taken].sort(compareMonths)[0]
}

/** The first month from the present one on that rules adopted now could begin with, whatever packages there are. Pure. */
export function firstFree(history: RuleHistory, programme: Programme, now: Date): Month {
  const months = monthsAround(now, history, LONGEST_WINDOW_MONTHS).slice(1)
  return months.find((from) => firstTaken(history, { from, programme }, [], now) === undefined) ?? months.at(-1)!
}

function hasBegun(release: Release | undefined | null, at: Date): boolean {
  return release !== undefined && release !== null && release.windows.validate <= at
}
