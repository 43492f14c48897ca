import type { Rules } from './rules.ts'

const MONTH = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' })
export const MONTHS: readonly string[] = Array.from({ length: 12 }, (_, month) => MONTH.format(Date.UTC(2026, month, 1)))
export const NTH: readonly string[] = ['first', 'second', 'third', 'fourth']

/** The rules as sentences: when it releases, when windows open, on which holidays. */
export function inWords({ zone, hour, minute, months, weekday, nth, onHoliday, windows, calendar, minimumHours }: Rules): string[] {
  const which = months.length === 12 ? 'every month' : list([...months].sort((a, b) => a - b).map((month) => MONTHS[month - 1]!))
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  const opens = (['validate', 'advance', 'entry'] as const).map((tier) => `${tier} ${days(windows[tier])} before`)
  const least = Object.entries(minimumHours).flatMap(([tier, hours]) => (hours === undefined ? [] : [`${hours} to ${tier}`]))
  return [
    `Releases on the ${NTH[nth - 1]} ${capital(weekday)} of ${which} at ${time}, ${zone}.`,
    `Windows open at the same time of day: ${list(opens)}.`,
    `Business days leave out Saturdays, Sundays and ${holidays(calendar)}.`,
    onHoliday === 'still-releases' ? 'A release day that is a holiday still releases.' : 'A release day that is a holiday has no release.',
    ...(least.length > 0 ? [`Each cycle gives at least these hours: ${list(least)}.`] : []),
  ]
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function days({ days: count, unit }: Rules['windows']['entry']): string {
  return `${count} ${unit === 'calendar-days' ? 'calendar' : 'business'} ${count === 1 ? 'day' : 'days'}`
}

function holidays(calendar: Rules['calendar']): string {
  if (calendar === 'weekends-only@1') return 'nothing else'
  if (calendar === 'us-federal@1') return 'US federal holidays as observed (us-federal@1)'
  return `the ${calendar.dates.length === 1 ? 'one day' : `${calendar.dates.length} days`} of ${calendar.id}, which is complete from ${calendar.from} to ${calendar.to}`
}

function list(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(words)
}
