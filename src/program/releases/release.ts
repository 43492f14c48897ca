import { Problem } from '#platform/errors.ts'
import { businessDaysBefore, isBusinessDay } from '#program/releases/holiday-calendar.ts'
import { WINDOW_TIERS, type Programme, type ReleaseRule, type WindowRule, type WindowTier } from '#program/releases/programme.ts'
import { addDays, civilTimeOf, ruleInstantAt, weekdayOf, type CivilDate } from '#program/releases/zoned-time.ts'

/** The opening instant of each tier. */
export type Windows = Readonly<Record<WindowTier, Date>>

/**
 * An instant at which a programme publishes, kept with the zone and the rule that gave it (program.md, 4.1),
 * and the windows before it as they were frozen. Out-of-band releases have no rule: two people said when.
 */
export interface Release {
  readonly instant: Date
  readonly zone: string
  /** Id of the release rule, or `out-of-band`. */
  readonly rule: string
  /** Id of the holiday calendar that the windows were counted on; null where nothing was counted. */
  readonly calendar: string | null
  readonly windows: Windows
}

/** A month of a year, from 1. */
export interface Month {
  readonly year: number
  readonly month: number
}

/** What a programme's rule and windows give for a month, before anybody looks at the order of the windows. */
type Unchecked = Pick<Release, 'instant' | 'windows'>

/**
 * The release that a programme's rule puts into a month, with its windows; undefined when it puts none there.
 * Throws Problem VALIDATION_FAILED when the holiday calendar does not reach that far.
 */
export function releaseIn(month: Month, programme: Programme): Release | undefined {
  const { release: rule, calendar } = programme
  const found = instantsIn(month, programme)
  return found && checked({ ...found, zone: rule.zone, rule: rule.id, calendar: calendar.id })
}

/** The instants of a month's release in whatever order its windows open; undefined when there is none. Throws as `releaseIn`. */
export function instantsIn({ year, month }: Month, programme: Programme): Unchecked | undefined {
  const { release: rule, calendar } = programme
  if (!rule.months.includes(month)) return undefined
  const day = releaseDay(year, month, rule)
  if (rule.onHoliday === 'no-release' && !isBusinessDay(day, calendar)) return undefined
  const opens = (tier: WindowTier) => atHour(openingDay(day, programme.windows[tier], programme), rule)
  return { instant: atHour(day, rule), windows: { validate: opens('validate'), advance: opens('advance'), entry: opens('entry') } }
}

/** As `releaseIn`; null where the rules cannot tell, because their holiday calendar does not reach that month. */
export function releaseIfKnown(month: Month, programme: Programme): Release | undefined | null {
  try {
    return releaseIn(month, programme)
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}

/** Every release of the months from `from` to `to`, both included. Throws as `releaseIn`. */
export function releasesBetween(from: Month, to: Month, programme: Programme): Release[] {
  return monthsBetween(from, to).flatMap((month) => releaseIn(month, programme) ?? [])
}

/** Every month from `from` to `to`, both included. */
export function monthsBetween(from: Month, to: Month): Month[] {
  return Array.from({ length: Math.max(0, ordinal(to) - ordinal(from) + 1) }, (_, at) => monthAfter(from, at))
}

/** The month `count` months later. */
export function monthAfter(month: Month, count: number): Month {
  const at = ordinal(month) + count
  return { year: Math.floor(at / 12), month: (at % 12) + 1 }
}

/** Negative when `one` is earlier, positive when it is later. */
export function compareMonths(one: Month, other: Month): number {
  return ordinal(one) - ordinal(other)
}

/** `2026-01`. */
export function formatMonth({ year, month }: Month): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`
}

/** The month that clocks of a zone show at an instant. */
export function monthOf(instant: Date, zone: string): Month {
  const { year, month } = civilTimeOf(instant, zone)
  return { year, month }
}

/**
 * A release at explicit instants, outside the rule; windows may have no length (program.md, section 3).
 * Throws Problem VALIDATION_FAILED unless validate, advance, entry and release follow one another.
 */
export function outOfBandRelease(instant: Date, zone: string, windows: Windows): Release {
  return checked({ instant, zone, rule: 'out-of-band', calendar: null, windows })
}

/**
 * The same release moved to the instant and windows of `to`: a window that is open stays open as it was, one
 * that would have opened in the past opens now, in the order of the tiers (program.md, E14 to E16). Throws
 * Problem CONFLICT when either release instant has passed, since what is published stays so.
 */
export function movedRelease(release: Release, to: Release, now: Date): Release {
  if (release.instant <= now || to.instant <= now) throw new Problem('CONFLICT', 'A release moves only before it happens, and only to an instant to come.')
  const moved = (tier: WindowTier) => {
    const open = release.windows[tier] <= now
    return open ? release.windows[tier] : later(to.windows[tier], now)
  }
  return checked({ ...to, windows: { validate: moved('validate'), advance: moved('advance'), entry: moved('entry') } })
}

function releaseDay(year: number, month: number, { weekday, nth }: ReleaseRule): CivilDate {
  const first = { year, month, day: 1 }
  return addDays(first, ((weekday - weekdayOf(first) + 7) % 7) + 7 * (nth - 1))
}

function openingDay(release: CivilDate, { unit, days }: WindowRule, { calendar }: Programme): CivilDate {
  return unit === 'calendar-days' ? addDays(release, -days) : businessDaysBefore(release, days, calendar)
}

function atHour(day: CivilDate, { hour, minute, zone }: ReleaseRule): Date {
  return ruleInstantAt({ ...day, hour, minute }, zone)
}

function checked(release: Release): Release {
  const order = [...WINDOW_TIERS.map((tier) => release.windows[tier]), release.instant].map((instant) => instant.getTime())
  const follows = order.every((instant, at) => at === 0 || instant >= order[at - 1]!)
  if (!follows) throw new Problem('VALIDATION_FAILED', 'The windows of validate, advance and entry open in this order, and none after the release.')
  return release
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other
}

function ordinal({ year, month }: Month): number {
  return year * 12 + month - 1
}
