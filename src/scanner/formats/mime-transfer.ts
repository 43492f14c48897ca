import type { Budget } from '#scanner/intake/limits.ts'

/** Undoes a transfer encoding (RFC 2045 section 6, and uuencode); one that is not known leaves the bytes as they are. Throws LimitReached. */
export function decodeTransfer(bytes: Buffer, encoding: string, budget: Budget): Buffer {
  const kind = encoding.trim().toLowerCase()
  const decode =
    kind === 'base64' ? base64 : kind === 'quoted-printable' ? quotedPrintable : kind.endsWith('uuencode') || kind === 'x-uue' ? uuDecode : undefined
  if (!decode) return bytes
  budget.step(bytes.length >> 6)
  budget.takeBytes(bytes.length)
  return decode(bytes)
}

/** Characters of no meaning are passed over; padding in the middle ends one piece, and another follows, as mail programs read it. */
function base64(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1]! <= 32 || bytes[end - 1] === 0x3d)) end--
  const padding = bytes.indexOf(0x3d)
  return padding === -1 || padding >= end ? Buffer.from(bytes.toString('latin1'), 'base64') : base64Pieces(bytes)
}

const DIGITS = new Int8Array(256).fill(-1)
for (const [value, c] of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries()) DIGITS[c] = value

function base64Pieces(bytes: Buffer): Buffer {
  const out = Buffer.alloc(Math.ceil(bytes.length * 0.75))
  let [length, held, bits] = [0, 0, 0]
  for (const c of bytes) {
    if (c === 0x3d) [held, bits] = [0, 0]
    const digit = DIGITS[c]!
    if (digit < 0) continue
    held = ((held << 6) | digit) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    out[length++] = (held >> bits) & 255
  }
  return out.subarray(0, length)
}

function hexDigit(c: number | undefined): number {
  if (c === undefined) return -1
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function quotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length;) {
    const c = bytes[at]!
    if (c !== 0x3d) {
      out[length++] = c
      at++
      continue
    }
    const soft = bytes[at + 1] === 10 ? 2 : bytes[at + 1] === 13 && bytes[at + 2] === 10 ? 3 : 0
    const [high, low] = [hexDigit(bytes[at + 1]), hexDigit(bytes[at + 2])]
    if (soft > 0) at += soft
    else if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low
      at += 3
    } else {
      out[length++] = c
      at++
    }
  }
  return out.subarray(0, length)
}

/** The lines behind `begin`, each with its count of bytes first, up to `end`. */
function uuDecode(bytes: Buffer): Buffer {
  const begin = bytes.subarray(0, 2).equals(Buffer.from('be')) ? 0 : bytes.indexOf('\nbegin ') + 1
  if (begin === 0 && bytes.toString('latin1', 0, 6) !== 'begin ') return bytes
  const out = Buffer.alloc(bytes.length)
  let length = 0
  for (let at = bytes.indexOf(10, begin) + 1; at > 0 && at < bytes.length;) {
    if (bytes.toString('latin1', at, at + 3) === 'end') break
    const feed = bytes.indexOf(10, at)
    const end = feed === -1 ? bytes.length : feed
    length += uuLine(bytes.subarray(at, end), out, length)
    at = end + 1
  }
  return out.subarray(0, length)
}

function uuLine(line: Buffer, out: Buffer, to: number): number {
  const value = (at: number) => ((line[at] ?? 32) - 32) & 63
  const count = line.length < 2 ? 0 : value(0)
  let length = 0
  for (let at = 1; length < count && at < line.length; at += 4) {
    const word = (value(at) << 18) | (value(at + 1) << 12) | (value(at + 2) << 6) | value(at + 3)
    for (const shift of [16, 8, 0]) if (length < count) out[to + length++] = (word >> shift) & 255
  }
  return length
}
