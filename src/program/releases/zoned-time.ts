import { Problem } from '#platform/errors.ts'

/** A day of the proleptic Gregorian calendar, in no zone. `month` and `day` count from 1. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** What a clock on the wall shows, in no zone. */
export interface CivilTime extends CivilDate {
  readonly hour: number
  readonly minute: number
}

const MINUTE = 60_000
const DAY = 86_400_000
/** Where `Intl` and the zone data agree with civil time: no zone used another calendar, and rules are known or projected. */
const FIRST_YEAR = 1900
const LAST_YEAR = 2199

/**
 * Every instant at which clocks of an IANA zone show this civil time: one, none (the clocks leapt over it)
 * or two (they were set back), in order. Throws Problem VALIDATION_FAILED for a date or zone that does not
 * exist, and outside 1900 to 2199.
 */
export function instantsAt(time: CivilTime, zone: string): Date[] {
  const local = localMs(time)
  const instants = offsetsAround(local, zone)
    .map((offset) => ({ offset, ms: local - offset }))
    .filter(({ offset, ms }) => offsetAt(ms, zone) === offset)
    .map(({ ms }) => ms)
  return instants.sort((a, b) => a - b).map((ms) => new Date(ms))
}

/**
 * The one instant that a person means by a civil time. Throws Problem VALIDATION_FAILED when that time does
 * not exist in the zone or occurs twice; the text then offers both instants. Source: program.md, E5.
 */
export function instantAt(time: CivilTime, zone: string): Date {
  const [first, second] = instantsAt(time, zone)
  if (!first) throw new Problem('VALIDATION_FAILED', `${formatTime(time)} does not exist in ${zone}: the clocks leap over it.`)
  if (second) throw new Problem('VALIDATION_FAILED', `${formatTime(time)} occurs twice in ${zone}: write ${formatInstant(first)} or ${formatInstant(second)}.`)
  return first
}

/**
 * The instant that a rule means by a civil time: of two the earlier; for a time that the clocks leap over, as
 * much later as they leap (Temporal's `compatible`). A rule must never fail on the day it falls due (program.md, E5).
 */
export function ruleInstantAt(time: CivilTime, zone: string): Date {
  const [first] = instantsAt(time, zone)
  if (first) return first
  const local = localMs(time)
  return new Date(local - offsetAt(local - DAY, zone))
}

/** What clocks of the zone show at an instant, seconds cut off. */
export function civilTimeOf(instant: Date, zone: string): CivilTime {
  const local = new Date(instant.getTime() + offsetAt(instant.getTime(), zone))
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
  }
}

/** The day `days` after (or, negative, before) a date. */
export function addDays(date: CivilDate, days: number): CivilDate {
  const moved = new Date(dayMs(date) + days * DAY)
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() }
}

/** 0 for Sunday to 6 for Saturday. */
export function weekdayOf(date: CivilDate): number {
  return new Date(dayMs(date)).getUTCDay()
}

/** `2026-01-13`. Dates written so sort as text. */
export function formatDate({ year, month, day }: CivilDate): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** `2026-01-13T18:00:00Z`, with milliseconds only where there are some. */
export function formatInstant(instant: Date): string {
  return instant.toISOString().replace('.000Z', 'Z')
}

function formatTime(time: CivilTime): string {
  return `${formatDate(time)} ${two(time.hour)}:${two(time.minute)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** The civil time as if it were UTC, in milliseconds. */
function localMs(time: CivilTime): number {
  const whole = Number.isInteger(time.hour) && Number.isInteger(time.minute)
  if (!whole || time.hour < 0 || time.hour > 23 || time.minute < 0 || time.minute > 59) throw new Problem('VALIDATION_FAILED', 'There is no such time of day.')
  return dayMs(time) + (time.hour * 60 + time.minute) * MINUTE
}

function dayMs({ year, month, day }: CivilDate): number {
  const ms = Date.UTC(year, month - 1, day)
  const date = new Date(ms)
  const exists = year >= FIRST_YEAR && year <= LAST_YEAR && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!exists) throw new Problem('VALIDATION_FAILED', `There is no day ${year}-${month}-${day} between ${FIRST_YEAR} and ${LAST_YEAR}.`)
  return ms
}

/**
 * The offsets from UTC that the zone uses within a day of a civil time. Zones lie between UTC-12 and UTC+14
 * (and 16 hours apart before 1912), so the instant lies inside; an offset in force for 12 hours is not missed.
 */
function offsetsAround(local: number, zone: string): number[] {
  return [...new Set([-DAY, -DAY / 2, 0, DAY / 2, DAY].map((shift) => offsetAt(local + shift, zone)))]
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Zone's clock minus UTC at an instant, in milliseconds. */
function offsetAt(ms: number, zone: string): number {
  const shown: Record<string, number> = {}
  for (const { type, value } of clockOf(zone).formatToParts(ms)) if (type !== 'literal') shown[type] = Number(value)
  const { year, month, day, hour, minute, second } = shown as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known) return known
  const clock = openClock(zone)
  clocks.set(zone, clock)
  return clock
}

function openClock(timeZone: string): Intl.DateTimeFormat {
  try {
    const numeric = 'numeric'
    return new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn-hc-h23', {
      timeZone,
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    })
  } catch (cause) {
    throw new Problem('VALIDATION_FAILED', `There is no time zone ${JSON.stringify(timeZone)}.`, { cause })
  }
}
