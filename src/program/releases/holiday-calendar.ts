import { Problem } from '#platform/errors.ts'
import { addDays, formatDate, weekdayOf, type CivilDate } from '#program/releases/zoned-time.ts'

/**
 * The days on which a programme does not work besides Saturday and Sunday: explicit dates, never a rule, so
 * that a cycle can be replayed under the calendar of its time. A change is a new version (program.md, 4.1).
 */
export interface HolidayCalendar {
  /** `us-federal@1`: name and version. */
  readonly id: string
  /** First and last day, `YYYY-MM-DD`, for which the calendar is complete; outside it nothing may be counted. */
  readonly from: string
  readonly to: string
  readonly dates: ReadonlySet<string>
}

/**
 * The day `count` business days before a date, which is not counted itself. Throws Problem VALIDATION_FAILED
 * when the count leaves the days that the calendar knows: an unknown holiday must not open a window early.
 */
export function businessDaysBefore(date: CivilDate, count: number, calendar: HolidayCalendar): CivilDate {
  let day = date
  for (let left = count; left > 0;) {
    day = addDays(day, -1)
    if (isBusinessDay(day, calendar)) left--
  }
  return day
}

/** Whether the programme works on a day. Throws as `businessDaysBefore`. */
export function isBusinessDay(date: CivilDate, calendar: HolidayCalendar): boolean {
  const day = formatDate(date)
  if (day < calendar.from || day > calendar.to) {
    throw new Problem('VALIDATION_FAILED', `${day} is outside the holiday calendar ${calendar.id}, which knows ${calendar.from} to ${calendar.to}.`)
  }
  const weekday = weekdayOf(date)
  return weekday !== 0 && weekday !== 6 && !calendar.dates.has(day)
}

/** Ids of the calendars that ship with Vedette. */
export const CALENDAR_IDS = ['us-federal@1', 'weekends-only@1'] as const

/** No holidays at all: what the windows of July 2025 show (program.md, 1.2). */
export const WEEKENDS_ONLY: HolidayCalendar = { id: 'weekends-only@1', from: '1990-01-01', to: '2199-12-31', dates: new Set() }

/**
 * United States federal holidays (5 U.S.C. 6103) on the day they are observed: a Saturday's on the Friday
 * before, a Sunday's on the Monday after. Without Inauguration Day, which concerns one city. 2026 to 2028 are
 * the table of program.md, 4.2.
 */
export const US_FEDERAL: HolidayCalendar = calendar('us-federal@1', {
  2024: '01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25',
  2025: '01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25',
  2026: '01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25',
  // The last is New Year 2028, a Saturday.
  2027: '01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31',
  2028: '01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25',
  2029: '01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25',
  2030: '01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25',
  2031: '01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25',
  // The last is New Year 2033, a Saturday.
  2032: '01-01 01-19 02-16 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31',
  2033: '01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26',
  2034: '01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25',
  2035: '01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25',
  2036: '01-01 01-21 02-18 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25',
  2037: '01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25',
  // The last is New Year 2039, a Saturday.
  2038: '01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31',
  2039: '01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26',
  2040: '01-02 01-16 02-20 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25',
})

/** The calendars that ship with Vedette. A change of their dates is a new version beside the old one, which past cycles still name. */
export const CALENDARS: Readonly<Record<(typeof CALENDAR_IDS)[number], HolidayCalendar>> = { 'us-federal@1': US_FEDERAL, 'weekends-only@1': WEEKENDS_ONLY }

function calendar(id: string, years: Readonly<Record<number, string>>): HolidayCalendar {
  const known = Object.keys(years).sort()
  const dates = Object.entries(years).flatMap(([year, days]) => days.split(' ').map((day) => `${year}-${day}`))
  return { id, from: `${known[0]}-01-01`, to: `${known.at(-1)}-12-31`, dates: new Set(dates) }
}
