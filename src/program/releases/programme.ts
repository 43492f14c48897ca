import { US_FEDERAL, WEEKENDS_ONLY, type HolidayCalendar } from '#program/releases/holiday-calendar.ts'

/** Which days of the year are release days: the n-th of a weekday in each of these months. */
export interface ReleaseRule {
  /** `update-tuesday@1`: name and version. */
  readonly id: string
  /** IANA zone in which days are counted and clocks are read. */
  readonly zone: string
  readonly hour: number
  readonly minute: number
  /** 1 to 12. */
  readonly months: readonly number[]
  /** 0 for Sunday to 6 for Saturday. */
  readonly weekday: number
  /** 1 to 4: a fifth is missing in most months. */
  readonly nth: 1 | 2 | 3 | 4
  /** What happens when the release day is a holiday of the calendar (program.md, 4.1, rule 6). */
  readonly onHoliday: 'still-releases' | 'no-release'
}

/** When a tier's window opens: so many days before the release day, at the release's hour, in its zone. */
export interface WindowRule {
  readonly days: number
  readonly unit: 'calendar-days' | 'business-days'
}

export const WINDOW_TIERS = ['validate', 'advance', 'entry'] as const
/** A tier that reads before the release. */
export type WindowTier = (typeof WINDOW_TIERS)[number]

/** The calendar rules of one operator's programme: data, so that other vendors have other days, hours, zones and holidays. */
export interface Programme {
  readonly id: string
  readonly release: ReleaseRule
  readonly windows: Readonly<Record<WindowTier, WindowRule>>
  readonly calendar: HolidayCalendar
}

const UPDATE_TUESDAY: ReleaseRule = {
  id: 'update-tuesday@1',
  zone: 'America/Los_Angeles',
  hour: 10,
  minute: 0,
  months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  weekday: 2,
  nth: 2,
  onHoliday: 'still-releases',
}

const WINDOWS: Programme['windows'] = {
  validate: { days: 14, unit: 'calendar-days' },
  advance: { days: 3, unit: 'business-days' },
  entry: { days: 1, unit: 'business-days' },
}

/** The programmes that ship with Vedette. Source: program.md, section 3. */
export const PRESETS = {
  federal: { id: 'federal@1', release: UPDATE_TUESDAY, windows: WINDOWS, calendar: US_FEDERAL },
  'mapp-observed': { id: 'mapp-observed@1', release: UPDATE_TUESDAY, windows: WINDOWS, calendar: WEEKENDS_ONLY },
} as const satisfies Record<string, Programme>

export type PresetName = keyof typeof PRESETS
export const DEFAULT_PRESET: PresetName = 'federal'
