import { addDays, civilTimeOf, formatDate, ruleInstantAt, weekdayOf } from '#program/releases/zoned-time.ts'

const HOUR_MS = 3_600_000

/** When the people of a member work: from `from` to `to` o'clock in their zone, on every day that is not their weekend. */
export interface WorkingTime {
  readonly zone: string
  /** 0 for Sunday to 6 for Saturday. */
  readonly weekend: readonly number[]
  readonly from: number
  readonly to: number
}

/**
 * The hours of a span that lie in somebody's working time. A member's own weekend never moves an opening, since all members of a
 * tier open together; this is what the weekend leaves of the window (program.md, 4.1.4 and E9). Pure.
 */
export function workingHours(span: { readonly from: Date; readonly to: Date }, { zone, weekend, from, to }: WorkingTime): number {
  const last = formatDate(civilTimeOf(span.to, zone))
  let total = 0
  for (let day = civilTimeOf(span.from, zone); formatDate(day) <= last; day = { ...day, ...addDays(day, 1) }) {
    if (weekend.includes(weekdayOf(day))) continue
    const begins = Math.max(ruleInstantAt({ ...day, hour: from, minute: 0 }, zone).getTime(), span.from.getTime())
    const ends = Math.min(ruleInstantAt({ ...day, hour: to, minute: 0 }, zone).getTime(), span.to.getTime())
    total += Math.max(0, ends - begins)
  }
  return total / HOUR_MS
}
