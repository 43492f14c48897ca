import type { FieldProblem } from '#platform/errors.ts'
import { WINDOW_TIERS, type Programme, type WindowTier } from '#program/releases/programme.ts'
import { formatMonth, instantsIn, monthAfter, monthsBetween, type Month } from '#program/releases/release.ts'
import { toProgramme, type RuleSet } from '#program/releases/rules/rule-set.ts'
import { isZone } from '#program/releases/zoned-time.ts'

/** How many months a rule set must be right for when it is proposed or adopted. */
export const MONTHS_AHEAD = 24
const HOUR_MS = 3_600_000
/** A window that opens earlier than this before its release is a mistake, and would overlap the next year's. */
const LONGEST_HOURS = 400 * 24

/**
 * What is wrong with a rule set beyond its shape, with pointers into it; empty when nothing is. Looks at every cycle of the
 * months from `first` on, 24 unless said, so that a calendar that ends, windows out of order and hours below a promised minimum are found
 * before anybody adopts them. Pure.
 */
export function faultsOf(set: RuleSet, first: Month, months = MONTHS_AHEAD): FieldProblem[] {
  const shape = shapeFaultsOf(set)
  if (shape.length > 0) return shape
  const programme = toProgramme(set, 1)
  const found = new Map<string, string>()
  let cycles = 0
  for (const month of monthsBetween(first, monthAfter(first, months - 1))) {
    const cycle = instantsOrFault(month, programme)
    if (typeof cycle === 'string') return [{ field: '/calendar', message: cycle }]
    if (!cycle) continue
    cycles++
    for (const { field, message } of cycleFaults(set, cycle)) if (!found.has(field)) found.set(field, `${message}, first in ${formatMonth(month)}`)
  }
  if (cycles === 0 && months >= MONTHS_AHEAD) return [{ field: '/months', message: `gives no release in ${months} months` }]
  return [...found].map(([field, message]) => ({ field, message }))
}

/** What is wrong whatever the months are: a zone that does not exist, a calendar that contradicts itself. */
function shapeFaultsOf(set: RuleSet): FieldProblem[] {
  return isZone(set.zone) ? calendarFaults(set) : [{ field: '/zone', message: 'the IANA name of a zone' }]
}

function calendarFaults({ calendar }: RuleSet): FieldProblem[] {
  if (typeof calendar === 'string') return []
  const { from, to, dates } = calendar
  if (from > to) return [{ field: '/calendar/to', message: 'not before the first day of the calendar' }]
  return dates.flatMap((day, at) => {
    const field = `/calendar/dates/${at}`
    if (day < from || day > to) return [{ field, message: `a day from ${from} to ${to}` }]
    return dates.indexOf(day) === at ? [] : [{ field, message: 'a day that occurs twice' }]
  })
}

type Cycle = NonNullable<ReturnType<typeof instantsIn>>

/** The text says where the calendar ends. */
function instantsOrFault(month: Month, programme: Programme): Cycle | undefined | string {
  try {
    return instantsIn(month, programme)
  } catch (error) {
    return `does not reach ${formatMonth(month)}: ${error instanceof Error ? error.message : String(error)}`
  }
}

function cycleFaults(set: RuleSet, { instant, windows }: Cycle): FieldProblem[] {
  const faults: FieldProblem[] = []
  if (windows.validate > windows.advance) faults.push({ field: '/windows/advance', message: 'opens before the window of validate' })
  if (windows.advance > windows.entry) faults.push({ field: '/windows/entry', message: 'opens before the window of advance' })
  for (const tier of WINDOW_TIERS) faults.push(...hourFaults(tier, (instant.getTime() - windows[tier].getTime()) / HOUR_MS, set))
  return faults
}

function hourFaults(tier: WindowTier, hours: number, { minimumHours }: RuleSet): FieldProblem[] {
  const least = minimumHours[tier]
  if (hours > LONGEST_HOURS) return [{ field: `/windows/${tier}`, message: 'opens more than a year before the release' }]
  if (least !== undefined && hours < least) return [{ field: `/minimumHours/${tier}`, message: `more than the ${hours} hours that the window has` }]
  return []
}
