import { addDays, civilTimeOf, ruleInstantAt, type CivilDate } from '#program/releases/zoned-time.ts'

/** Days after the due date in which a member keeps reading; the lapse is announced before it (program.md, E30). */
export const GRACE_DAYS = 30

/** The day a year later; a year after 29 February is 28 February (program.md, E7), and every further one counts from the first. */
export function yearsAfter({ year, month, day }: CivilDate, years: number): CivilDate {
  const target = year + years
  const leap = target % 4 === 0 && (target % 100 !== 0 || target % 400 === 0)
  return month === 2 && day === 29 && !leap ? { year: target, month, day: 28 } : { year: target, month, day }
}

/** The next day on which a yearly renewal falls due after `today`, counted from the day of admission. */
export function dueAfter(admitted: CivilDate, today: CivilDate): CivilDate {
  for (let years = Math.max(1, today.year - admitted.year); ; years++) {
    const due = yearsAfter(admitted, years)
    if (isAfter(due, today)) return due
  }
}

/** The last day of grace after a due date. */
export function graceEnds(due: CivilDate): CivilDate {
  return addDays(due, GRACE_DAYS)
}

/** The instant at which a membership admitted at `admitted` lapses unless it is renewed: the first moment, in the programme's zone, after the grace of the due date that follows `now`. */
export function lapsesAt(admitted: Date, now: Date, zone: string): Date {
  const due = dueAfter(civilTimeOf(admitted, zone), civilTimeOf(now, zone))
  return ruleInstantAt({ ...addDays(graceEnds(due), 1), hour: 0, minute: 0 }, zone)
}

/** Days before the due date from which on a member may file its renewal. */
export const FILING_DAYS = 90

/** The due date of a membership that lapses at `until`. */
export function dueOf(until: Date, zone: string): CivilDate {
  return addDays(civilTimeOf(until, zone), -(GRACE_DAYS + 1))
}

/** The first instant at which the renewal of a membership that lapses at `until` may be filed. */
export function filingOpens(until: Date, zone: string): Date {
  return ruleInstantAt({ ...addDays(dueOf(until, zone), -FILING_DAYS), hour: 0, minute: 0 }, zone)
}

/** When a membership that lapses at `until` lapses once its renewal is granted: a renewal ahead of the due date counts from that date on. */
export function renewedUntil({ admitted, until }: { admitted: Date; until: Date }, now: Date, zone: string): Date {
  const due = ruleInstantAt({ ...dueOf(until, zone), hour: 0, minute: 0 }, zone)
  return lapsesAt(admitted, due > now ? due : now, zone)
}

function isAfter(one: CivilDate, other: CivilDate): boolean {
  if (one.year !== other.year) return one.year > other.year
  return one.month === other.month ? one.day > other.day : one.month > other.month
}
