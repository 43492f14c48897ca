const TAXII_TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const ANY_INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/

/** A timestamp of TAXII (section 2): RFC 3339 in UTC with microseconds. */
export function isTimestamp(value: unknown): value is string {
  return typeof value === 'string' && TAXII_TIMESTAMP.test(value) && toMicroseconds(value) !== undefined
}

/** Microseconds since 1970 of an instant in UTC with any fraction; undefined for anything else. */
export function toMicroseconds(text: string | undefined): bigint | undefined {
  const match = text === undefined || text.length > 60 ? null : ANY_INSTANT.exec(text)
  if (!match) return undefined
  const [, seconds, fraction = ''] = match
  const day = Date.parse(`${seconds}Z`)
  // The 30th of February is read as a day of March by some parsers.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 19) !== seconds) return undefined
  return BigInt(day) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6))
}

/** The instant as TAXII writes it. */
export function fromMicroseconds(micros: bigint): string {
  const whole = new Date(Number(micros / 1000n)).toISOString()
  return `${whole.slice(0, 23)}${(micros % 1000n).toString().padStart(3, '0')}Z`
}
