import { dueAfter, GRACE_DAYS, lapsesAt } from '#program/membership/criteria/renewal.ts'
import { DEFAULT_PRESET, PRESETS } from '#program/releases/programme.ts'
import { addDays, civilTimeOf, formatDate, ruleInstantAt } from '#program/releases/zoned-time.ts'

const DAY_MS = 86_400_000
/** Days before the due date from which on a renewal counts for the year after it. */
const RENEWABLE_DAYS = 90
const { zone } = PRESETS[DEFAULT_PRESET].release

interface Term {
  readonly since: Date
  readonly until: Date | null
}

/** When the renewal is due whose grace ends with the membership: the first moment of that day in the programme's zone. */
export function dueOf({ since, until }: Term, now: Date): Date {
  const due = until === null ? dueAfter(civilTimeOf(since, zone), civilTimeOf(now, zone)) : addDays(civilTimeOf(until, zone), -GRACE_DAYS - 1)
  return ruleInstantAt({ ...due, hour: 0, minute: 0 }, zone)
}

/** The first instant at which the renewal may be filed: from then on it counts for the year after the due date. */
export function filingOpens(term: Term, now: Date): Date {
  return new Date(dueOf(term, now).getTime() - RENEWABLE_DAYS * DAY_MS)
}

/** The due date of the next renewal, in the programme's zone: YYYY-MM-DD. */
export function dueDay(term: Term, now: Date): string {
  return formatDate(civilTimeOf(dueOf(term, now), zone))
}

/** The end of a membership that is renewed now: of the grace a year after the due date that is near or past, otherwise of the next one. Never before its present end. */
export function renewedUntil(term: Term, now: Date): Date {
  const { since, until } = term
  const due = dueOf(term, now).getTime()
  const isNear = until !== null && due - now.getTime() <= RENEWABLE_DAYS * DAY_MS
  // A day after the due date, of which the next is a year later.
  const renewed = lapsesAt(since, isNear ? new Date(Math.max(now.getTime(), due + DAY_MS)) : now, zone)
  return until !== null && renewed < until ? until : renewed
}
