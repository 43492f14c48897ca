import { html, type Html } from '#program/membership/directory/pages/html.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** `8 Dec 2026, 10:00 PST` */
function formatIn(zone: string, at: Date): string {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat(zone === 'UTC' ? 'en-GB' : 'en-US', {
      timeZone: zone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    })
    formats.set(zone, format)
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return `${part['day']} ${part['month']} ${part['year']}, ${part['hour']}:${part['minute']} ${part['timeZoneName']}`
}

/** An instant as the clocks of a zone show it. */
export function instantIn(zone: string, at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${formatIn(zone, at)}</time>`
}
