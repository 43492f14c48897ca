import { Temporal } from 'temporal-polyfill'
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

/** Where the zone data agree with civil time: no zone used another calendar, and rules are known or projected. */
const FIRST_YEAR = 1900
const LAST_YEAR = 2199

/**
 * Every instant at which clocks of an IANA zone show this civil time: one, none (the clocks leapt over it)
 * or two (they were set back), in order. Throws Problem VALIDATION_FAILED for a date or zone that does not
 * exist, and outside 1900 to 2199.
 */
export function instantsAt(time: CivilTime, zone: string): Date[] {
  const local = plainTime(time)
  const first = inZone(local, zone, 'earlier')
  if (!first.toPlainDateTime().equals(local)) return []
  const second = inZone(local, zone, 'later')
  return (first.equals(second) ? [first] : [first, second]).map(toDate)
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
  return toDate(inZone(plainTime(time), zone, 'compatible'))
}

/** What clocks of the zone show at an instant, seconds cut off. */
export function civilTimeOf(instant: Date, zone: string): CivilTime {
  const { year, month, day, hour, minute } = refusing(noZone(zone), () =>
    Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zoneName(zone)),
  )
  return { year, month, day, hour, minute }
}

/** Whether this names a zone: an offset such as +02:00 says nothing of the next change of clocks. */
export function isZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zoneName(name))
    return true
  } catch {
    return false
  }
}

/** The day `days` after (or, negative, before) a date. */
export function addDays(date: CivilDate, days: number): CivilDate {
  const { year, month, day } = plainDate(date).add({ days })
  return { year, month, day }
}

/** 0 for Sunday to 6 for Saturday. */
export function weekdayOf(date: CivilDate): number {
  return plainDate(date).dayOfWeek % 7
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

function plainDate({ year, month, day }: CivilDate): Temporal.PlainDate {
  const none = `There is no day ${year}-${month}-${day} between ${FIRST_YEAR} and ${LAST_YEAR}.`
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR && Number.isInteger(year))) throw new Problem('VALIDATION_FAILED', none)
  return refusing(none, () => Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' }))
}

function plainTime(time: CivilTime): Temporal.PlainDateTime {
  const { hour, minute } = time
  const date = plainDate(time)
  return refusing('There is no such time of day.', () => date.toPlainDateTime(Temporal.PlainTime.from({ hour, minute }, { overflow: 'reject' })))
}

function inZone(local: Temporal.PlainDateTime, zone: string, disambiguation: 'earlier' | 'later' | 'compatible'): Temporal.ZonedDateTime {
  return refusing(noZone(zone), () => local.toZonedDateTime(zoneName(zone), { disambiguation }))
}

/** Temporal takes offsets and whole date texts for zones, too; here a zone has a name. */
function zoneName(zone: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(zone)) throw new RangeError('no name of a zone')
  return zone
}

function noZone(zone: string): string {
  return `There is no time zone ${JSON.stringify(zone)}.`
}

function toDate({ epochMilliseconds }: Temporal.ZonedDateTime): Date {
  return new Date(epochMilliseconds)
}

function refusing<T>(reason: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new Problem('VALIDATION_FAILED', reason, { cause })
  }
}
