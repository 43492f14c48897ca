import { businessDaysBefore } from '#program/releases/holiday-calendar.ts'
import type { Programme, WindowTier } from '#program/releases/programme.ts'
import type { Windows } from '#program/releases/release.ts'
import { addDays, civilTimeOf, ruleInstantAt } from '#program/releases/zoned-time.ts'

/**
 * The windows before an instant that people chose, counted by the programme's rule of each tier: so many days before its civil date
 * in its zone, at its own time of day (program.md, section 3). For a release of the rule they are the windows of the rule. Throws
 * Problem VALIDATION_FAILED when the holiday calendar does not reach that far.
 */
export function windowsBefore(instant: Date, zone: string, { windows, calendar }: Pick<Programme, 'windows' | 'calendar'>): Windows {
  const release = civilTimeOf(instant, zone)
  const opens = (tier: WindowTier) => {
    const { unit, days } = windows[tier]
    const day = unit === 'calendar-days' ? addDays(release, -days) : businessDaysBefore(release, days, calendar)
    const opening = ruleInstantAt({ ...day, hour: release.hour, minute: release.minute }, zone)
    // A release that clocks set back by minutes follows may lie before its own time of day; nothing opens after it.
    return opening > instant ? instant : opening
  }
  return { validate: opens('validate'), advance: opens('advance'), entry: opens('entry') }
}
