import { Damaged } from '#scanner/intake/limits.ts'

/** One byte; throws Damaged past the end. */
export function u8(bytes: Buffer, at: number): number {
  const value = bytes[at]
  if (value === undefined) throw new Damaged(`a byte is missing at ${at}`)
  return value
}

/** Two bytes, little endian; throws Damaged past the end. */
export function u16(bytes: Buffer, at: number): number {
  if (!(at >= 0 && at + 2 <= bytes.length)) throw new Damaged(`two bytes are missing at ${at}`)
  return bytes.readUInt16LE(at)
}

/** Four bytes, little endian; throws Damaged past the end. */
export function u32(bytes: Buffer, at: number): number {
  if (!(at >= 0 && at + 4 <= bytes.length)) throw new Damaged(`four bytes are missing at ${at}`)
  return bytes.readUInt32LE(at)
}

/** The bytes up to the next zero byte, or to the end where none follows. */
export function zeroEnded(bytes: Buffer, at: number): { readonly value: Buffer; readonly end: number; readonly closed: boolean } {
  if (at > bytes.length) throw new Damaged(`a string is missing at ${at}`)
  const zero = bytes.indexOf(0, at)
  const end = zero === -1 ? bytes.length : zero
  return { value: bytes.subarray(at, end), end: zero === -1 ? end : end + 1, closed: zero !== -1 }
}

/**
 * Text of two bytes a character, little endian, up to `to` or the end; half a character is left out. Use it in the place of `toString`,
 * which in Node 24 writes past its own memory where the length is odd and the text begins at an odd address (nodejs/node pull request 64697).
 */
export function utf16(bytes: Buffer, from = 0, to = bytes.length): string {
  const length = Math.min(to, bytes.length) - from
  return length < 2 ? '' : bytes.toString('utf16le', from, from + (length & ~1))
}

/** A class id as it is written: {00020906-0000-0000-C000-000000000046}, upper case. */
export function guid(bytes: Buffer, at: number): string {
  if (!(at >= 0 && at + 16 <= bytes.length)) throw new Damaged(`a class id is missing at ${at}`)
  const hex = (from: number, to: number) => bytes.toString('hex', at + from, at + to)
  const swapped = (from: number, to: number) =>
    Buffer.from(bytes.subarray(at + from, at + to))
      .reverse()
      .toString('hex')
  return `{${swapped(0, 4)}-${swapped(4, 6)}-${swapped(6, 8)}-${hex(8, 10)}-${hex(10, 16)}}`.toUpperCase()
}

// oxlint-disable-next-line no-control-regex -- these are the characters that must not reach a report
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/g

/** Text from a hostile file, fit for a report: control and direction characters made visible, and never longer than `longest`. */
export function printable(text: string, longest = 300): string {
  const whole = text.slice(0, longest).replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return whole.length > longest || text.length > longest ? `${whole.slice(0, longest - 1)}…` : whole
}

/** Text of two bytes a character, the higher one first; an odd byte at the end is left out. */
export function bigEndian(bytes: Buffer): string {
  return utf16(Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16())
}
