/** The zone this browser shows local time in, such as `Europe/Berlin`. */
export const LOCAL_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone

const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const utc = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone: 'UTC' })
const local = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone: LOCAL_ZONE })
const offset = new Intl.DateTimeFormat('en-GB', { timeZone: LOCAL_ZONE, timeZoneName: 'shortOffset' })

/** `2026-11-22 11:38:00 UTC`. */
export function formatUtc(ms: number): string {
  return `${utc.format(ms)} UTC`
}

/** `2026-11-22 12:38:00 GMT+1`: in the browser's zone, with that instant's own offset. */
export function formatLocal(ms: number): string {
  return `${local.format(ms)} ${offset.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? LOCAL_ZONE}`
}

const zones = new Map<string, Intl.DateTimeFormat>()

/** `Tue 2026-12-08 10:00 PST`: what clocks of a zone show, seconds only where there are some. */
export function formatInZone(ms: number, zone: string): string {
  const shown = Object.fromEntries(
    clockOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  )
  const { weekday, year, month, day, hour, minute, second, timeZoneName } = shown as Record<Intl.DateTimeFormatPartTypes, string>
  return `${weekday} ${year}-${month}-${day} ${hour}:${minute}${second === '00' ? '' : `:${second}`} ${timeZoneName}`
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = zones.get(timeZone)
  if (known) return known
  // English of the United States, because only it knows short names of that country's zones, where most programmes are.
  const clock = new Intl.DateTimeFormat('en-US', { ...parts, weekday: 'short', timeZone, timeZoneName: 'short' })
  zones.set(timeZone, clock)
  return clock
}
