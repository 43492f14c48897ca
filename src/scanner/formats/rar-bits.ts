import { Damaged } from '#scanner/intake/limits.ts'

const LONGEST_CODE = 15
const QUICK_BITS = 9

/** Bits of packed data of RAR, the highest of a byte first. Reads zeros for a little while past the end, then throws Damaged. */
export class RarBits {
  readonly #bytes: Buffer
  #bit: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.#bit = at * 8
  }

  /** The place of the next bit, in bits. */
  get place(): number {
    return this.#bit
  }

  set place(bit: number) {
    this.#bit = bit
  }

  align(): void {
    this.#bit = (this.#bit + 7) & ~7
  }

  /** The next sixteen bits, which stay to be read. */
  peek(): number {
    const at = this.#bit >> 3
    const bytes = this.#bytes
    if (at >= bytes.length + 4) throw new Damaged('the packed data are cut off')
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    return (three >> (8 - (this.#bit & 7))) & 0xffff
  }

  skip(bits: number): void {
    this.#bit += bits
  }

  read(bits: number): number {
    if (bits > 16) return this.read(bits - 16) * 65_536 + this.read(16)
    const value = this.peek() >> (16 - bits)
    this.#bit += bits
    return value
  }
}

/** A canonical Huffman code by the lengths of its codes; none of length 0 has one. */
export class RarCode {
  readonly #limits = new Uint32Array(LONGEST_CODE + 1)
  readonly #offsets = new Int32Array(LONGEST_CODE + 1)
  readonly #symbols: Uint16Array
  readonly #quick = new Uint16Array(1 << QUICK_BITS)
  readonly #quickLength = new Uint8Array(1 << QUICK_BITS)

  constructor(lengths: Uint8Array) {
    const counts = new Uint32Array(LONGEST_CODE + 1)
    for (const length of lengths) if (length > 0) counts[length]!++
    let [code, offset] = [0, 0]
    for (let length = 1; length <= LONGEST_CODE; length++) {
      this.#offsets[length] = offset - code
      code += counts[length]!
      offset += counts[length]!
      // Sixteen bits below this belong to a code of at most this length.
      this.#limits[length] = Math.min(code << (16 - length), 65_536)
      code <<= 1
    }
    this.#symbols = new Uint16Array(offset)
    const next = new Uint32Array(LONGEST_CODE + 2)
    for (let length = 1; length <= LONGEST_CODE; length++) next[length + 1] = next[length]! + counts[length]!
    for (const [symbol, length] of lengths.entries()) if (length > 0) this.#symbols[next[length]!++] = symbol
    for (let i = 0; i < 1 << QUICK_BITS; i++) {
      const bits = i << (16 - QUICK_BITS)
      for (let length = 1; length <= QUICK_BITS && this.#quickLength[i] === 0; length++) {
        if (bits >= this.#limits[length]!) continue
        this.#quickLength[i] = length
        this.#quick[i] = this.#symbols[this.#offsets[length]! + (bits >> (16 - length))]!
      }
    }
  }

  read(from: RarBits): number {
    const bits = from.peek()
    const quick = bits >> (16 - QUICK_BITS)
    const short = this.#quickLength[quick]!
    if (short > 0) {
      from.skip(short)
      return this.#quick[quick]!
    }
    for (let length = QUICK_BITS + 1; length <= LONGEST_CODE; length++) {
      if (bits >= this.#limits[length]!) continue
      from.skip(length)
      const symbol = this.#symbols[this.#offsets[length]! + (bits >> (16 - length))]
      if (symbol === undefined) break
      return symbol
    }
    throw new Damaged('the packed data hold a code of no symbol')
  }
}

/**
 * Lengths of codes, themselves coded: 16 and 17 repeat the one before, 18 and 19 zeros. Before that stand the lengths of the twenty codes that code them.
 * `older`: the lengths before, to which those of version 3 are added.
 */
export function readLengths(bits: RarBits, count: number, older?: Uint8Array): Uint8Array {
  const own = new Uint8Array(20)
  for (let i = 0; i < own.length; i++) {
    const length = bits.read(4)
    const zeros = length === 15 ? bits.read(4) : 0
    if (zeros === 0) own[i] = length
    else i += zeros + 1
  }
  const code = new RarCode(own)
  const lengths = new Uint8Array(count)
  for (let i = 0; i < count;) {
    const symbol = code.read(bits)
    if (symbol < 16) {
      lengths[i] = (symbol + (older?.[i] ?? 0)) & 15
      i++
      continue
    }
    const times = symbol % 2 === 0 ? bits.read(3) + 3 : bits.read(7) + 11
    if (symbol < 18 && i === 0) throw new Damaged('a length of a code repeats what was not there')
    const value = symbol < 18 ? lengths[i - 1]! : 0
    for (let end = Math.min(count, i + times); i < end; i++) lengths[i] = value
  }
  return lengths
}
