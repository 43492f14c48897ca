/** One line of a list of sightings: what may be sent, or why it may not. */
export type SightingLine = { readonly line: number; readonly text: string } & (
  | { readonly sighting: LineSighting; readonly reason?: undefined }
  | { readonly sighting?: undefined; readonly reason: string }
)

export interface LineSighting {
  readonly indicator?: string
  readonly value?: string
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
}

const HEADER = /^(value|indicator)\b.*\bfirst/i
const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i

/**
 * Reads `value or indicator id, count, first seen, last seen`, a line each, as CSV (RFC 4180). Without an offset a time is UTC; without
 * a last one both are the same. Empty lines, a header and lines that begin with `#` are none.
 */
export function readSightingLines(text: string): SightingLine[] {
  return text.split(/\r\n|\n|\r/).flatMap((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || (index === 0 && HEADER.test(line))) return []
    return [{ line: index + 1, text: line, ...readLine(line) }]
  })
}

function readLine(line: string): { sighting: LineSighting } | { reason: string } {
  const [what = '', times = '', first = '', last = first, ...more] = fieldsOf(line)
  if (what === '') return { reason: 'the value or indicator id is missing' }
  if (more.some((field) => field !== '')) return { reason: 'there are more than four fields; put a value that holds a comma in quotation marks' }
  const count = times === '' ? 1 : Number(times)
  if (!/^\d*$/.test(times) || count < 1 || count > 1e9) return { reason: `the count is not a whole number from 1 to 1,000,000,000: ${times}` }
  if (first === '') return { reason: 'the time of the first sighting is missing' }
  const [firstSeen, lastSeen] = [instantOf(first), instantOf(last === '' ? first : last)]
  if (firstSeen === undefined) return { reason: `not a time such as 2026-11-22T08:30:00Z: ${first}` }
  if (lastSeen === undefined) return { reason: `not a time such as 2026-11-22T08:30:00Z: ${last}` }
  return { sighting: { ...(what.startsWith('indicator--') ? { indicator: what } : { value: what }), count, firstSeen, lastSeen } }
}

/** Fields of one CSV line, trimmed; quoted ones may hold commas and doubled quotation marks. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g)].map(([, quoted, plain = '']) =>
    (quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim(),
  )
}

/** In UTC; undefined for what is no time, such as the 30th of February. */
function instantOf(text: string): string | undefined {
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone = 'Z'] = INSTANT.exec(text) ?? []
  if (year === undefined) return undefined
  const offset = /^(Z|UTC)$/i.test(zone) ? 'Z' : zone.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2')
  const civil = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const ms = Date.parse(`${civil}${fraction}${offset}`)
  // The parser of dates takes a day that a month does not have for one of the next.
  const exists = !Number.isNaN(ms) && new Date(Date.parse(`${civil}Z`)).toISOString().startsWith(civil)
  return exists ? new Date(ms).toISOString() : undefined
}
