import type { OperatorId } from '#platform/ids.ts'
import type { Tier } from '#program/membership/contract.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { CalendarEvent } from '#program/releases/calendar-file.ts'
import type { Cycle } from '#program/releases/cycles.ts'
import { WINDOW_TIERS } from '#program/releases/programme.ts'
import { civilTimeOf } from '#program/releases/zoned-time.ts'

/** A programme that a member takes part in, with the cycles of its rules. */
export interface FeedProgramme {
  readonly operator: OperatorId
  readonly name: string
  readonly tier: Tier
  readonly joinedAt: Date
  readonly heldSince: Date
  readonly cycles: readonly Cycle[]
}

/** A package that is open to the contact, or that was when it was called off. */
export interface FeedPackage {
  readonly package: PackageId
  readonly operator: OperatorId
  readonly instant: Date
  readonly zone: string
  /** Null until the person received it, and where names are not wanted. */
  readonly title: string | null
  readonly cancelled: boolean
  readonly changedAt: Date
}

/**
 * What one contact's calendar holds: of each programme the window of the member's own tier and the releases, by the rules alone and so
 * the same whatever packages there are, and the packages that this contact may know of. Pure.
 */
export function feedEvents(programmes: readonly FeedProgramme[], packages: readonly FeedPackage[], origin: string): CalendarEvent[] {
  const names = new Map(programmes.map(({ operator, name }) => [operator, name]))
  return [
    ...programmes.flatMap((programme) => programme.cycles.flatMap((cycle) => cycleEvents(programme, cycle, origin))),
    ...packages.map((one) => packageEvent(one, names.get(one.operator) ?? '', origin)),
  ]
}

function cycleEvents({ operator, name, tier, joinedAt, heldSince }: FeedProgramme, { month, release, since }: Cycle, origin: string): CalendarEvent[] {
  const { instant, windows, zone } = release
  const common = { url: `${origin}/releases`, cancelled: false }
  const event = (what: 'window' | 'release', at: Date, summary: string, changedAt: Date): CalendarEvent => ({
    ...common,
    uid: `${what}.${month}.${operator}@vedette`,
    at,
    summary,
    description: `${localTime(at, zone)}. By the calendar of ${name}; it does not say whether there is a package for you.`,
    changedAt: since && since > changedAt ? since : changedAt,
  })
  const own = WINDOW_TIERS.find((one) => one === tier)
  return [
    ...(own ? [event('window', windows[own], `${name}: window of tier ${own} opens`, heldSince)] : []),
    event('release', instant, `${name}: release`, joinedAt),
  ]
}

function packageEvent({ package: id, instant, zone, title, cancelled, changedAt }: FeedPackage, name: string, origin: string): CalendarEvent {
  return {
    uid: `package.${id}@vedette`,
    at: instant,
    summary: title === null ? `${name}: release of a package` : `${name}: ${title}`,
    description: `${localTime(instant, zone)}. Sign in to read the package.`,
    url: `${origin}/packages/${id}`,
    cancelled,
    changedAt,
  }
}

/** `2026-12-08 10:00 America/Los_Angeles`. */
function localTime(instant: Date, zone: string): string {
  const { year, month, day, hour, minute } = civilTimeOf(instant, zone)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)} ${zone}`
}
