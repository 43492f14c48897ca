/** A property of a calendar file: its name, its parameters as they stand, and its value unescaped where it is text. */
export interface Property {
  readonly name: string
  readonly parameters: string
  readonly value: string
}
export type ReadEvent = Readonly<Record<string, string>>

const TEXT = new Set(['SUMMARY', 'DESCRIPTION', 'UID', 'X-WR-CALNAME', 'X-WR-TIMEZONE'])
const ONCE = ['UID', 'DTSTAMP', 'DTSTART', 'DURATION', 'SUMMARY', 'DESCRIPTION', 'SEQUENCE', 'STATUS', 'LAST-MODIFIED', 'URL', 'TRANSP']

/**
 * Reads a calendar file and refuses what RFC 5545 does not allow: a line break other than CRLF, a line of more than 75 octets or one that
 * ends within a character, a control character, a value whose escapes are wrong, a component that is not closed, a property
 * that stands twice or is missing, and an identifier that two events share.
 */
export function readCalendar(bytes: Buffer): { readonly properties: readonly Property[]; readonly events: readonly ReadEvent[] } {
  const lines = unfold(bytes)
  if (lines.shift() !== 'BEGIN:VCALENDAR' || lines.pop() !== 'END:VCALENDAR') throw new Error('not one VCALENDAR')
  const properties: Property[] = []
  const events: ReadEvent[] = []
  let event: Record<string, string> | undefined
  for (const line of lines) {
    const property = parse(line)
    if (line === 'BEGIN:VEVENT' && !event) event = {}
    else if (line === 'END:VEVENT' && event) {
      events.push(complete(event))
      event = undefined
    } else if (property.name === 'BEGIN' || property.name === 'END') throw new Error(`out of place: ${line}`)
    else if (event) {
      if (!ONCE.includes(property.name) || property.name in event) throw new Error(`twice or unknown in an event: ${property.name}`)
      event[property.name] = property.value
    } else properties.push(property)
  }
  if (event) throw new Error('an event that is not closed')
  for (const name of ['VERSION', 'PRODID']) if (properties.filter((one) => one.name === name).length !== 1) throw new Error(`not one ${name}`)
  if (new Set(events.map(({ UID }) => UID)).size !== events.length) throw new Error('a UID that two events share')
  return { properties, events }
}

function unfold(bytes: Buffer): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  if (bytes.subarray(-2).toString('latin1') !== '\r\n') throw new Error('the last line is not ended')
  const lines: string[] = []
  let from = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0x0a) throw new Error('a line feed alone')
    if (bytes[at] !== 0x0d) continue
    if (bytes[at + 1] !== 0x0a) throw new Error('a carriage return alone')
    const raw = bytes.subarray(from, at)
    if (raw.length === 0 || raw.length > 75) throw new Error(`a line of ${raw.length} octets`)
    const line = decoder.decode(raw)
    if (raw[0] === 0x20) lines[lines.length - 1] += line.slice(1)
    else lines.push(line)
    from = at + 2
    at++
  }
  return lines
}

function parse(line: string): Property {
  const found = /^([A-Z][A-Z0-9-]*)((?:;[A-Z][A-Z0-9-]*=[^;:,"]+)*):(.*)$/su.exec(line)
  if (!found) throw new Error(`not a content line: ${line}`)
  const [, name = '', parameters = '', value = ''] = found
  if (/[\p{Cc}\u2028\u2029]/u.test(value)) throw new Error(`a control character in ${name}`)
  if (!TEXT.has(name)) return { name, parameters, value }
  if (!/^(?:[^\\;,]|\\[\\;,nN])*$/su.test(value)) throw new Error(`wrong escapes in ${name}`)
  return { name, parameters, value: value.replace(/\\(.)/g, (_, mark: string) => (mark === 'n' || mark === 'N' ? '\n' : mark)) }
}

function complete(event: Record<string, string>): ReadEvent {
  for (const name of ['UID', 'DTSTAMP', 'DTSTART', 'SUMMARY', 'SEQUENCE', 'STATUS']) if (!(name in event)) throw new Error(`an event without ${name}`)
  for (const name of ['DTSTAMP', 'DTSTART', 'LAST-MODIFIED']) {
    const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(event[name] ?? '') ?? []
    const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
    if (year === undefined || new Date(text).toISOString() !== text) throw new Error(`no instant in ${name}: ${event[name]}`)
    event[name] = text
  }
  if (!/^\d+$/.test(event['SEQUENCE']!) || Number(event['SEQUENCE']) >= 2 ** 31) throw new Error(`no sequence: ${event['SEQUENCE']}`)
  if (!['CONFIRMED', 'CANCELLED'].includes(event['STATUS']!)) throw new Error(`no status: ${event['STATUS']}`)
  return event
}
