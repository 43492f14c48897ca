import { crc32 } from 'node:zlib'

/** Files of RAR that are packed, by the plainest writer there can be: every symbol has a code of the same length, and matches are told to it. */

export type RarToken =
  | { readonly byte: number }
  | { readonly length: number; readonly distance: number }
  /** A filter of RAR 5 over the next so many bytes. */
  | { readonly filter: 'calls' | 'jumps'; readonly over: number }

export function literals(bytes: Buffer): RarToken[] {
  return [...bytes].map((byte) => ({ byte }))
}

class Bits {
  readonly #out: number[] = []
  #count = 0

  put(value: number, bits: number): void {
    for (let i = bits - 1; i >= 0; i--, this.#count++) {
      if (this.#count % 8 === 0) this.#out.push(0)
      if ((value >>> i) & 1) this.#out[this.#out.length - 1]! |= 0x80 >> (this.#count % 8)
    }
  }

  get bytes(): Buffer {
    return Buffer.from(this.#out)
  }

  get last(): number {
    return ((this.#count + 7) % 8) + 1
  }
}

/** Twenty lengths of codes: five bits for each of the twenty is no code, so eight of them get four bits and twelve five... of which few are used. */
function putLengths(bits: Bits, lengths: readonly number[]): void {
  // Codes of four bits for the lengths 0 to 15: exactly sixteen of them.
  for (let i = 0; i < 20; i++) bits.put(i < 16 ? 4 : 0, 4)
  for (const length of lengths) bits.put(length, 4)
}

/** 512 codes of nine bits hold all of the main symbols. */
const codes = (main: number, distance: number, low: number, repeat: number) =>
  [...Array.from({ length: main }, () => 9), ...Array.from({ length: distance }, () => 6), ...Array.from({ length: low }, () => 5)].concat(
    Array.from({ length: repeat }, () => 6),
  )

/** What one file of RAR 5 is packed to: one block. */
export function packRar5(tokens: readonly RarToken[]): Buffer {
  const bits = new Bits()
  putLengths(bits, codes(306, 64, 16, 44))
  for (const token of tokens) {
    if ('byte' in token) bits.put(token.byte, 9)
    else if ('filter' in token) {
      bits.put(256, 9)
      for (const value of [0, token.over]) {
        bits.put(1, 2)
        bits.put(value & 255, 8)
        bits.put(value >> 8, 8)
      }
      bits.put(token.filter === 'calls' ? 1 : 2, 3)
    } else putMatch5(bits, token)
  }
  const data = bits.bytes
  const flags = 0x80 | 0x40 | 0x08 | (bits.last - 1)
  const size = [data.length & 255, data.length >> 8]
  return Buffer.concat([Buffer.from([flags, 0x5a ^ flags ^ size[0]! ^ size[1]!, ...size]), data])
}

function putMatch5(bits: Bits, { length, distance }: { length: number; distance: number }): void {
  const less = length - (distance > 0x100 ? 1 : 0) - (distance > 0x2000 ? 1 : 0)
  const slots = Array.from({ length: 44 }, (_, slot) => (slot < 8 ? 2 + slot : 2 + ((4 | (slot & 3)) << ((slot >> 2) - 1))))
  const slot = slots.findLastIndex((base) => base <= less)
  bits.put(262 + slot, 9)
  if (slot >= 8) bits.put(less - slots[slot]!, (slot >> 2) - 1)
  const places = Array.from({ length: 40 }, (_, place) => (place < 4 ? 1 + place : 1 + ((2 | (place & 1)) << ((place >> 1) - 1))))
  const place = places.findLastIndex((base) => base <= distance)
  const more = place < 4 ? 0 : (place >> 1) - 1
  const rest = distance - places[place]!
  bits.put(place, 6)
  if (more >= 4) {
    bits.put(rest >> 4, more - 4)
    bits.put(rest & 15, 5)
  } else bits.put(rest, more)
}

const LENGTHS3 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224]

/** What one file of RAR 3 is packed to. */
export function packRar3(tokens: readonly RarToken[]): Buffer {
  const bits = new Bits()
  bits.put(0, 2)
  putLengths(bits, codes(299, 60, 17, 28))
  for (const token of tokens) {
    if ('byte' in token) bits.put(token.byte, 9)
    else if ('length' in token) putMatch3(bits, token)
  }
  bits.put(256, 9)
  bits.put(1, 2)
  return bits.bytes
}

function putMatch3(bits: Bits, { length, distance }: { length: number; distance: number }): void {
  const less = length - 3 - (distance >= 0x2000 ? 1 : 0)
  const slot = LENGTHS3.findLastIndex((base) => base <= less)
  bits.put(271 + slot, 9)
  bits.put(less - LENGTHS3[slot]!, slot < 8 ? 0 : (slot >> 2) - 1)
  const places = Array.from({ length: 34 }, (_, place) => (place < 4 ? place : (2 | (place & 1)) << ((place >> 1) - 1)))
  const place = places.findLastIndex((base) => base <= distance - 1)
  const more = place < 4 ? 0 : (place >> 1) - 1
  const rest = distance - 1 - places[place]!
  bits.put(place, 6)
  if (place > 9) {
    bits.put(rest >> 4, more - 4)
    bits.put(rest & 15, 5)
  } else bits.put(rest, more)
}

export interface PackedFile {
  readonly name: string
  readonly bytes: Buffer
  readonly packed: Buffer
  readonly solid?: boolean
  /** The body of an encryption record, its type not counted. */
  readonly lock?: Buffer
}

const le16 = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value, value >> 8])))
const le32 = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value, value >> 8, value >> 16, value >> 24])))

/** A RAR archive of version 5 with files as they were packed. */
export function buildPackedRar5(files: readonly PackedFile[], method = 3): Buffer {
  const number = (value: number): Buffer => (value < 0x80 ? Buffer.from([value]) : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), number(value >> 7)]))
  const sealed = (body: Buffer) => Buffer.concat([le32(crc32(Buffer.concat([number(body.length), body])) | 0), number(body.length), body])
  const blocks = files.map(({ name, bytes, packed, solid, lock }) => {
    const record = lock && Buffer.concat([number(1), lock])
    const extra = record ? Buffer.concat([number(record.length), record]) : Buffer.alloc(0)
    const how = (method << 7) | (solid ? 0x40 : 0)
    const label = Buffer.from(name)
    const fields = [number(4), number(bytes.length), number(0x20), le32(crc32(bytes) | 0), number(how), number(0), number(label.length), label]
    const sizes = [...(record ? [number(extra.length)] : []), number(packed.length)]
    return Buffer.concat([sealed(Buffer.concat([number(2), number(record ? 3 : 2), ...sizes, ...fields, extra])), packed])
  })
  const solid = files.some((file) => file.solid) ? 4 : 0
  return Buffer.concat([
    Buffer.from('526172211a070100', 'hex'),
    sealed(Buffer.concat([number(1), number(0), number(solid)])),
    ...blocks,
    sealed(Buffer.concat([number(5), number(0), number(0)])),
  ])
}

/** A RAR archive of version 4 with files as they were packed. */
export function buildPackedRar4(files: readonly PackedFile[]): Buffer {
  const sealed = (body: Buffer) => Buffer.concat([le16(crc32(body) & 0xffff), body])
  const blocks = files.map(({ name, bytes, packed, solid }) => {
    const label = Buffer.from(name)
    const fields = Buffer.concat([
      le32(packed.length, bytes.length),
      Buffer.from([3]),
      le32(crc32(bytes) | 0, 0x4d000000),
      Buffer.from([29, 0x33]),
      le16(label.length),
      le32(0x81a4),
    ])
    return Buffer.concat([
      sealed(Buffer.concat([Buffer.from([0x74]), le16(0x8000 | (solid ? 0x10 : 0), 7 + fields.length + label.length), fields, label])),
      packed,
    ])
  })
  const solid = files.some((file) => file.solid) ? 8 : 0
  return Buffer.concat([
    Buffer.from('526172211a0700', 'hex'),
    sealed(Buffer.concat([Buffer.from([0x73]), le16(solid, 13), Buffer.alloc(6)])),
    ...blocks,
    sealed(Buffer.concat([Buffer.from([0x7b]), le16(0x4000, 7)])),
  ])
}
