const RFC_3339_UTC = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,30}))?Z$/

/**
 * A timestamp of STIX or TAXII (RFC 3339, UTC) with exactly six digits of fraction, which sorts as text; finer digits are
 * dropped. Undefined for anything else, days that the calendar lacks, and the year 0, which PostgreSQL lacks.
 */
export function toMicroseconds(text: string): string | undefined {
  const [, seconds, fraction = ''] = RFC_3339_UTC.exec(text) ?? []
  if (seconds === undefined || seconds.startsWith('0000')) return undefined
  const ms = Date.parse(`${seconds}.000Z`)
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(seconds)) return undefined
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}

/** An instant given in microseconds since 1970, as `toMicroseconds` writes it. */
export function fromEpochMicroseconds(microseconds: number): string {
  const ms = Math.floor(microseconds / 1000)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(microseconds - ms * 1000).padStart(3, '0')}Z`
}

/** The same as `toMicroseconds`, in microseconds since 1970: beyond the year 2255 they are more than a number holds exactly. */
export function toEpochMicroseconds(text: string): bigint | undefined {
  const micros = toMicroseconds(text)
  return micros === undefined ? undefined : BigInt(Date.parse(`${micros.slice(0, 19)}.000Z`)) * 1000n + BigInt(micros.slice(20, 26))
}
