import { z } from 'zod'
import { CALENDAR_IDS, CALENDARS, type HolidayCalendar } from '#program/releases/holiday-calendar.ts'
import { PRESETS, type Programme, type WindowRule } from '#program/releases/programme.ts'

/** In the order of their numbers: Sunday is 0. */
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

const day = z.iso.date('a day such as 2026-12-25')
const hours = z.number().int().min(0).max(2000)

/** Holidays that an operator names itself: explicit dates, complete from `from` to `to`. */
const ExplicitCalendar = z.strictObject({
  /** Name and version; other dates take another version. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}@[1-9][0-9]{0,5}$/, 'a name and version such as acme-holidays@1'),
  from: day,
  to: day,
  dates: z.array(day).max(2000),
})

const Window = z.strictObject({ days: z.number().int().min(0).max(180), unit: z.enum(['calendar-days', 'business-days']) })

/** The calendar rules of a programme as a person writes them: when it releases, when each tier's window opens, on which holidays. */
export const RuleSet = z.strictObject({
  /** Lower-case letters, digits and dashes; the version is counted for it. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'a name of lower-case letters, digits and dashes'),
  /** IANA name of the zone in which days are counted and clocks are read. */
  zone: z.string().min(1).max(64),
  hour: z.number().int().min(0).max(23),
  minute: z.number().int().min(0).max(59),
  /** 1 to 12: the months that have a release. */
  months: z
    .array(z.number().int().min(1).max(12))
    .min(1, 'at least one month')
    .max(12)
    .refine((months) => new Set(months).size === months.length, 'a month that occurs twice'),
  weekday: z.enum(WEEKDAYS),
  /** Which of that weekday in the month; a fifth is missing in most. */
  nth: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)], '1 to 4'),
  /** What happens when the release day is a holiday. */
  onHoliday: z.enum(['still-releases', 'no-release']),
  windows: z.strictObject({ validate: Window, advance: Window, entry: Window }),
  /** One that ships with Vedette by its id, or explicit dates. */
  calendar: z.union([z.enum(CALENDAR_IDS), ExplicitCalendar], `one of ${CALENDAR_IDS.join(', ')}, or id, from, to and dates`),
  /** The fewest hours between opening and release that each tier is promised in every cycle. */
  minimumHours: z.strictObject({ validate: hours.optional(), advance: hours.optional(), entry: hours.optional() }).default({}),
})
export type RuleSet = z.output<typeof RuleSet>

/** The programme that a version of a rule set is. Its dates must be valid (rule-faults.ts). */
export function toProgramme(set: RuleSet, version: number): Programme {
  const { name, zone, hour, minute, months, weekday, nth, onHoliday, windows } = set
  const id = `${name}@${version}`
  return { id, release: { id, zone, hour, minute, months, weekday: WEEKDAYS.indexOf(weekday), nth, onHoliday }, windows, calendar: calendarOf(set) }
}

/** The rule set that a programme of the repository is. */
export function toRuleSet({ id, release, windows, calendar }: Programme): RuleSet {
  const { zone, hour, minute, months, weekday, nth, onHoliday } = release
  const known = CALENDAR_IDS.find((one) => one === calendar.id)
  const { validate, advance, entry } = windows
  return {
    name: id.replace(/@.*$/, ''),
    zone,
    hour,
    minute,
    months: [...months],
    weekday: WEEKDAYS[weekday]!,
    nth,
    onHoliday,
    windows: { validate: copy(validate), advance: copy(advance), entry: copy(entry) },
    calendar: known ?? { id: calendar.id, from: calendar.from, to: calendar.to, dates: [...calendar.dates] },
    minimumHours: {},
  }
}

/** The presets as rule sets, to begin another with. */
export const PRESET_RULES: readonly { readonly id: string; readonly rules: RuleSet }[] = Object.values(PRESETS).map((programme) => ({
  id: programme.id,
  rules: toRuleSet(programme),
}))

/** Names whose first version ships with Vedette: an operator's own begin with the second. */
export const SHIPPED_NAMES: ReadonlySet<string> = new Set(
  Object.values(PRESETS).flatMap(({ id, release }) => [id, release.id].map((one) => one.replace(/@.*$/, ''))),
)

function copy({ days, unit }: WindowRule): RuleSet['windows']['entry'] {
  return { days, unit }
}

function calendarOf({ calendar }: RuleSet): HolidayCalendar {
  if (typeof calendar === 'string') return CALENDARS[calendar]
  const { id, from, to, dates } = calendar
  return { id, from, to, dates: new Set(dates) }
}
