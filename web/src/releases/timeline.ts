import { addDays, civilTimeOf, ruleInstantAt } from '#program/releases/zoned-time.ts'
import type { Release } from './releases.ts'

const DAY = 86_400_000
const MOST_DAYS = 12

interface Timeline {
  readonly shown: readonly Release[]
  readonly from: number
  readonly to: number
}

/** What the picture shows: the next release of the rule and every other one up to then, from now or the first opening on. Undefined when nothing is to come. */
export function layOut(releases: readonly Release[], nowMs: number): Timeline | undefined {
  const coming = releases.filter(({ instant }) => Date.parse(instant) > nowMs).sort((a, b) => a.instant.localeCompare(b.instant))
  const last = coming.find(({ kind }) => kind === 'rule') ?? coming.at(-1)
  if (!last) return undefined
  const shown = coming.filter(({ instant }) => instant <= last.instant)
  const openings = shown.map(({ windows }) => Date.parse(windows.validate))
  const from = Math.min(nowMs, ...openings)
  const to = Date.parse(last.instant)
  // A little air at both ends, so that neither now nor the release lies on the edge.
  const air = Math.max((to - from) * 0.03, 60_000)
  return { shown, from: from - air, to: to + air }
}

/** Where days begin in a zone, at most twelve of them, each with its name. */
export function daysBetween(from: number, to: number, zone: string): { ms: number; label: string }[] {
  const name = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', day: 'numeric', month: 'short' })
  const first = civilTimeOf(new Date(from), zone)
  const step = Math.max(1, Math.ceil((to - from) / DAY / MOST_DAYS))
  const days = []
  for (let day = 1; day <= MOST_DAYS * step; day += step) {
    const ms = ruleInstantAt({ ...addDays(first, day), hour: 0, minute: 0 }, zone).getTime()
    if (ms < to) days.push({ ms, label: name.format(ms).replace(',', '') })
  }
  return days
}
