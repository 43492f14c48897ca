/** One event of a calendar file (RFC 5545, 3.6.1), as what is known says it. */
export interface CalendarEvent {
  /** The same for the same thing for good. */
  readonly uid: string
  readonly at: Date
  readonly summary: string
  readonly description: string
  /** Address of a page about it. */
  readonly url: string
  /** It was told of, and does not come any more. */
  readonly cancelled: boolean
  /** When the newest of the facts that it is made of was decided: DTSTAMP, LAST-MODIFIED and SEQUENCE come from it. */
  readonly changedAt: Date
}

export interface Calendar {
  readonly name: string
  /** IANA zone that the programme's clocks are read in; a hint for display, the instants are in UTC. */
  readonly zone: string
  readonly events: readonly CalendarEvent[]
}

/** From here on changes are counted: one second each, below 2^31 until 2088. */
const SEQUENCE_ZERO_MS = Date.UTC(2020, 0, 1)
/** Octets of a content line without its line break (RFC 5545, 3.1). */
const LINE_OCTETS = 75

/**
 * A calendar file for subscription (RFC 5545 with the customary X-WR-CALNAME): events at their instant in UTC, in a fixed order, the
 * same bytes for the same facts. An event that changed has a higher SEQUENCE, since a later decision has a later instant; one
 * that was called off stays, with STATUS:CANCELLED. Feeds are polled, so there is no METHOD: what a poll no longer holds is gone.
 */
export function calendarFile({ name, zone, events }: Calendar): string {
  const sorted = events.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.uid < b.uid ? -1 : 1))
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Vedette//Programme calendar//EN',
    'CALSCALE:GREGORIAN',
    `X-WR-CALNAME:${escaped(name)}`,
    `X-WR-TIMEZONE:${escaped(zone)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    'X-PUBLISHED-TTL:PT1H',
    ...sorted.flatMap(eventLines),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

/** How often an event has changed, in seconds since 2020: a whole number that only rises. */
export function sequenceOf(changedAt: Date): number {
  return Math.max(0, Math.floor((changedAt.getTime() - SEQUENCE_ZERO_MS) / 1000))
}

function eventLines({ uid, at, summary, description, url, cancelled, changedAt }: CalendarEvent): string[] {
  return [
    'BEGIN:VEVENT',
    `UID:${escaped(uid)}`,
    `DTSTAMP:${utc(changedAt)}`,
    `LAST-MODIFIED:${utc(changedAt)}`,
    `SEQUENCE:${sequenceOf(changedAt)}`,
    `DTSTART:${utc(at)}`,
    'DURATION:PT0S',
    `SUMMARY:${escaped(summary)}`,
    `DESCRIPTION:${escaped(description)}`,
    `URL:${url}`,
    `STATUS:${cancelled ? 'CANCELLED' : 'CONFIRMED'}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ]
}

/** `20261208T180000Z`. */
function utc(instant: Date): string {
  return instant.toISOString().replace(/[-:]|\.\d+/g, '')
}

/** Text as a value (RFC 5545, 3.3.11): a line break becomes `\n`, other control characters have no place in it. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[\\;,]/g, (mark) => `\\${mark}`)
    .replaceAll('\n', '\\n')
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}

/** Lines of at most 75 octets, a character never divided; what continues a line begins with a space. */
function folded(line: string): string {
  let text = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > LINE_OCTETS) {
      text += '\r\n '
      octets = 1
    }
    text += character
    octets += size
  }
  return text
}
