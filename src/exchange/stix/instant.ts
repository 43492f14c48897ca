const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** `YYYY-MM-DDTHH:mm:ss` */
const SECONDS = 19
/** Longest fraction of a second that is read. */
const LONGEST_FRACTION = 30
const ZERO = 0x30

/**
 * A timestamp of STIX or TAXII (RFC 3339, UTC) with exactly six digits of fraction, which sorts as text; finer digits are
 * dropped. Undefined for anything else, days that the calendar lacks, and the year 0, which PostgreSQL lacks.
 */
export function toMicroseconds(text: string): string | undefined {
  if (!isInstant(text)) return undefined
  return `${text.slice(0, SECONDS)}.${text
    .slice(SECONDS + 1, -1)
    .slice(0, 6)
    .padEnd(6, '0')}Z`
}

/** Whether it is a timestamp that `toMicroseconds` reads. */
export function isInstant(text: string): boolean {
  const last = text.length - 1
  if (last < SECONDS || last > SECONDS + 1 + LONGEST_FRACTION || text[last] !== 'Z') return false
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return false
  const [year, month, day] = [twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)]
  if (!(year > 0) || !(month >= 1 && month <= 12) || !(day >= 1 && day <= daysIn(year, month))) return false
  if (!(twoDigits(text, 11) < 24) || !(twoDigits(text, 14) < 60) || !(twoDigits(text, 17) < 60)) return false
  return last === SECONDS || (text[SECONDS] === '.' && last > SECONDS + 1 && areDigits(text, SECONDS + 1, last))
}

/** Negative when the first of two timestamps is the earlier, 0 when they are the same instant, to the last digit. Both are such as `isInstant` accepts. */
export function compareInstants(one: string, other: string): number {
  const [a, b] = [one.slice(0, SECONDS), other.slice(0, SECONDS)]
  if (a !== b) return a < b ? -1 : 1
  const [c, d] = [fractionOf(one), fractionOf(other)]
  return c === d ? 0 : c < d ? -1 : 1
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

function fractionOf(text: string): string {
  return text.slice(SECONDS + 1, -1).padEnd(LONGEST_FRACTION, '0')
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && !isLeap ? 28 : DAYS[month - 1]!
}

/** NaN where there are no two digits. */
function twoDigits(text: string, at: number): number {
  const [tens, units] = [text.charCodeAt(at) - ZERO, text.charCodeAt(at + 1) - ZERO]
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : Number.NaN
}

function areDigits(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return false
  }
  return true
}
