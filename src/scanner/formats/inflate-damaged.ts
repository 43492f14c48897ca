import type { Budget } from '#scanner/intake/limits.ts'

/** What a damaged deflate stream still held before its damage. */
export interface Recovered {
  readonly bytes: Buffer
  /** False where the final block ended as it should. */
  readonly damaged: boolean
}

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
]
const DISTANCE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const LONGEST_CODE = 15

interface Codes {
  /** How many codes there are of each length. */
  readonly counts: Uint16Array
  /** The symbols in the order of their codes. */
  readonly symbols: Uint16Array
}

/**
 * Unpacks raw deflate (RFC 1951) up to the place where it is broken or cut off, or until `longest` bytes are out: what the library
 * throws away. Slow, and so only for streams that the library refused. Throws LimitReached for its steps.
 */
export function inflateUpToDamage(packed: Buffer, longest: number, budget: Budget): Recovered {
  const inflating = new Inflating(packed, longest, budget)
  const damaged = !inflating.run()
  return { bytes: inflating.bytes, damaged }
}

class Inflating {
  readonly #packed: Buffer
  readonly #longest: number
  readonly #budget: Budget
  #out: Buffer
  #length = 0
  #at = 0
  #held = 0
  #heldBits = 0

  constructor(packed: Buffer, longest: number, budget: Budget) {
    this.#packed = packed
    this.#longest = longest
    this.#budget = budget
    this.#out = Buffer.alloc(Math.min(longest, Math.max(1024, packed.length * 4)))
  }

  get bytes(): Buffer {
    return this.#out.subarray(0, this.#length)
  }

  /** False at damage. */
  run(): boolean {
    for (;;) {
      this.#budget.step()
      const last = this.#bits(1)
      const kind = this.#bits(2)
      if (last < 0 || kind < 0 || kind === 3) return false
      const whole = kind === 0 ? this.#stored() : kind === 1 ? this.#block(FIXED.literals, FIXED.distances) : this.#dynamic()
      if (!whole) return false
      if (last === 1) return true
    }
  }

  /** The next bits, lowest first; -1 past the end. */
  #bits(count: number): number {
    while (this.#heldBits < count) {
      const byte = this.#packed[this.#at++]
      if (byte === undefined) return -1
      this.#held |= byte << this.#heldBits
      this.#heldBits += 8
    }
    const value = this.#held & ((1 << count) - 1)
    this.#held >>>= count
    this.#heldBits -= count
    return value
  }

  #symbol({ counts, symbols }: Codes): number {
    let code = 0
    let first = 0
    let index = 0
    for (let length = 1; length <= LONGEST_CODE; length++) {
      const bit = this.#bits(1)
      if (bit < 0) return -1
      code |= bit
      const count = counts[length]!
      if (code - count < first) return symbols[index + code - first]!
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return -1
  }

  #room(count: number): boolean {
    if (this.#length + count > this.#longest) return false
    if (this.#length + count > this.#out.length) {
      const larger = Buffer.alloc(Math.min(this.#longest, this.#out.length * 2 + count))
      this.#out.copy(larger, 0, 0, this.#length)
      this.#out = larger
    }
    return true
  }

  #stored(): boolean {
    this.#held = 0
    this.#heldBits = 0
    const packed = this.#packed
    if (this.#at + 4 > packed.length) return false
    const stated = packed.readUInt16LE(this.#at)
    if (stated !== (~packed.readUInt16LE(this.#at + 2) & 0xffff)) return false
    this.#at += 4
    const length = Math.min(stated, packed.length - this.#at)
    if (!this.#room(length)) return false
    packed.copy(this.#out, this.#length, this.#at, this.#at + length)
    this.#length += length
    this.#at += length
    return length === stated
  }

  #dynamic(): boolean {
    const literals = this.#bits(5) + 257
    const distances = this.#bits(5) + 1
    const count = this.#bits(4) + 4
    if (literals < 257 || distances < 1 || count < 4) return false
    const lengths = new Uint8Array(320)
    for (let i = 0; i < count; i++) {
      const bits = this.#bits(3)
      if (bits < 0) return false
      lengths[CODE_ORDER[i]!] = bits
    }
    const codes = makeCodes(lengths.subarray(0, 19))
    const all = new Uint8Array(literals + distances)
    for (let i = 0; i < all.length;) {
      const symbol = this.#symbol(codes)
      if (symbol < 0) return false
      if (symbol < 16) {
        all[i++] = symbol
        continue
      }
      const extra = this.#bits(symbol === 16 ? 2 : symbol === 17 ? 3 : 7)
      const times = symbol === 18 ? 11 + extra : 3 + extra
      if (extra < 0 || i + times > all.length || (symbol === 16 && i === 0)) return false
      all.fill(symbol === 16 ? all[i - 1]! : 0, i, i + times)
      i += times
    }
    return this.#block(makeCodes(all.subarray(0, literals)), makeCodes(all.subarray(literals)))
  }

  #block(literals: Codes, distances: Codes): boolean {
    for (;;) {
      this.#budget.step()
      const symbol = this.#symbol(literals)
      if (symbol < 0) return false
      if (symbol === 256) return true
      if (symbol < 256) {
        if (!this.#room(1)) return false
        this.#out[this.#length++] = symbol
      } else if (!this.#copy(symbol - 257, distances)) return false
    }
  }

  #copy(kind: number, distances: Codes): boolean {
    if (kind >= LENGTH_BASE.length) return false
    const extra = this.#bits(LENGTH_EXTRA[kind]!)
    const place = this.#symbol(distances)
    if (extra < 0 || place < 0 || place >= DISTANCE_BASE.length) return false
    const more = this.#bits(DISTANCE_EXTRA[place]!)
    const distance = DISTANCE_BASE[place]! + more
    const length = LENGTH_BASE[kind]! + extra
    if (more < 0 || distance > this.#length || !this.#room(length)) return false
    for (let i = 0; i < length; i++, this.#length++) this.#out[this.#length] = this.#out[this.#length - distance]!
    return true
  }
}

function makeCodes(lengths: Uint8Array): Codes {
  const counts = new Uint16Array(LONGEST_CODE + 1)
  for (const length of lengths) counts[length]!++
  counts[0] = 0
  const places = new Uint16Array(LONGEST_CODE + 2)
  for (let i = 1; i <= LONGEST_CODE; i++) places[i + 1] = places[i]! + counts[i]!
  const symbols = new Uint16Array(lengths.length)
  lengths.forEach((length, symbol) => {
    if (length !== 0) symbols[places[length]!++] = symbol
  })
  return { counts, symbols }
}

const FIXED = {
  literals: makeCodes(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  distances: makeCodes(new Uint8Array(30).fill(5)),
}
