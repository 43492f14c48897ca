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

/** Ids that sort by the millisecond `now` gives, with 74 random bits. */
export function createIds(now: () => number): Ids {
  return {
    next<Kind extends string>() {
      // Web Crypto, because the console imports this file through the contracts.
      const bytes = crypto.getRandomValues(new Uint8Array(16))
      const view = new DataView(bytes.buffer)
      const ms = now()
      view.setUint16(0, Math.floor(ms / 2 ** 32))
      view.setUint32(2, ms % 2 ** 32)
      bytes[6] = 0x70 | (bytes[6]! & 0x0f)
      bytes[8] = 0x80 | (bytes[8]! & 0x3f)
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id<Kind>
    },
  }
}
