import { z } from 'zod'

declare const brand: unique symbol
/** A UUIDv7 (RFC 9562, section 5.7) that belongs to one kind of thing; kinds do not mix. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind }

export type OperatorId = Id<'operator'>
export type OrganisationId = Id<'organisation'>
export type PersonId = Id<'person'>

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Schema of an id as it arrives from outside: a lower-case UUID, checked for shape before any use. */
export function idSchema<Kind extends string>() {
  return z
    .string()
    .regex(UUID, 'a UUID in lower case')
    .transform((value) => value as Id<Kind>)
}

/** Makes ids. Tests give one that counts. */
export interface Ids {
  next<Kind extends string>(): Id<Kind>
}

/** Of an id: those behind its millisecond. */
const RANDOM_BYTES = 10
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Ids that sort in the order in which this process made them, by the millisecond that `now` gives, with 62 random bits and more. */
export function createIds(now: () => number): Ids {
  const random = new Uint8Array(RANDOM_BYTES * 256)
  let used = random.length
  let last = 0
  let count = 0
  return {
    next<Kind extends string>() {
      // Web Crypto, because the console imports this file through the contracts; asked for many ids at once, for each call costs more than its bytes.
      if (used === random.length) {
        crypto.getRandomValues(random)
        used = 0
      }
      const bytes = random.subarray(used, (used += RANDOM_BYTES))
      const at = now()
      // Of one millisecond the twelve bits behind it count on from a random start, so that ids follow one another (RFC 9562, section 6.2).
      if (at > last) [last, count] = [at, ((bytes[0]! & 0x07) << 8) | bytes[1]!]
      else if (++count > 0xfff) [last, count] = [last + 1, 0]
      const ms = last.toString(16).padStart(12, '0')
      bytes[0] = 0x70 | (count >> 8)
      bytes[1] = count & 0xff
      bytes[2] = 0x80 | (bytes[2]! & 0x3f)
      let tail = ''
      for (const byte of bytes.subarray(4)) tail += HEX[byte]!
      const [a, b, c, d] = bytes as unknown as [number, number, number, number]
      return `${ms.slice(0, 8)}-${ms.slice(8)}-${HEX[a]}${HEX[b]}-${HEX[c]}${HEX[d]}-${tail}` as Id<Kind>
    },
  }
}
