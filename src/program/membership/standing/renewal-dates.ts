import { dueAfter, dueOf as dueBefore, filingOpens, lapsesAt, renewedUntil as renewed } from '#program/membership/criteria/renewal.ts'
import { civilTimeOf, ruleInstantAt } from '#program/releases/zoned-time.ts'

interface Term {
  readonly since: Date
  readonly until: Date | null
}

/** When the renewal is due whose grace ends with the membership: the first moment of that day in the programme's zone. */
export function dueOf({ since, until }: Term, now: Date, zone: string): Date {
  const due = until === null ? dueAfter(civilTimeOf(since, zone), civilTimeOf(now, zone)) : dueBefore(until, zone)
  return ruleInstantAt({ ...due, hour: 0, minute: 0 }, zone)
}

/** The end of a membership that is renewed now. Before its renewal may be filed it stays what it is. */
export function renewedUntil({ since, until }: Term, now: Date, zone: string): Date {
  if (until === null) return lapsesAt(since, now, zone)
  return now < filingOpens(until, zone) ? until : renewed({ admitted: since, until }, now, zone)
}
