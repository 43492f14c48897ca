import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { readLengths, RarBits, RarCode } from './rar-bits.ts'
import { RarWindow } from './rar-window.ts'

/** Symbols of the codes: of literals and lengths, of distances, of their low bits, of lengths of repeated distances. */
const SYMBOLS = { main: 306, distance: 64, low: 16, repeat: 44 } as const
const MOST_FILTERS = 8192

interface Codes {
  readonly main: RarCode
  readonly distance: RarCode
  readonly low: RarCode
  readonly repeat: RarCode
}

interface Filter {
  readonly from: number
  readonly length: number
  /** 0 differences, 1 and 2 calls of x86, 3 of ARM. */
  readonly type: number
  readonly channels: number
}

/** Unpacks files of RAR 5 in their order; solid ones go on where the file before ended. */
export class Rar5Unpacker {
  readonly #budget: Budget
  #window: RarWindow
  #codes: Codes | undefined
  #distances: [number, number, number, number] = [0, 0, 0, 0]
  #lastLength = 0

  constructor(budget: Budget) {
    this.#budget = budget
    this.#window = new RarWindow(budget)
  }

  /** The next file. Throws Damaged, LimitReached. */
  file(packed: Buffer, size: number, solid: boolean): Buffer {
    if (!solid) {
      this.#window = new RarWindow(this.#budget)
      this.#codes = undefined
      this.#distances = [0, 0, 0, 0]
      this.#lastLength = 0
    }
    const window = this.#window
    const start = window.length
    window.expect(packed.length)
    const filters: Filter[] = []
    let last = false
    for (let at = 0; !last && at < packed.length && window.length - start < size;) {
      const block = readBlock(packed, at)
      last = block.last
      const bits = new RarBits(packed.subarray(0, block.end), block.start)
      if (block.tables) this.#codes = readCodes(bits)
      this.#block(bits, block, { until: start + size, start, filters })
      at = block.end
    }
    window.count()
    const data = window.slice(start, start + size)
    return filters.length === 0 ? data : filtered(data, filters)
  }

  #block(bits: RarBits, { lastBit }: Block, { until, start, filters }: { until: number; start: number; filters: Filter[] }): void {
    const codes = this.#codes
    if (!codes) throw new Damaged('the packed data come before their codes')
    const window = this.#window
    while (bits.place < lastBit && window.length < until) {
      const symbol = codes.main.read(bits)
      if (symbol < 256) window.put(symbol)
      else if (symbol >= 262) this.#match(bits, codes, lengthOf(symbol - 262, bits))
      else if (symbol === 256) {
        if (filters.length >= MOST_FILTERS) throw new Damaged('the packed data have too many filters')
        filters.push(readFilter(bits, window.length - start))
      } else if (symbol === 257) {
        if (this.#lastLength > 0) window.copy(this.#lastLength, this.#distances[0])
      } else this.#repeat(bits, codes, symbol - 258)
    }
  }

  #match(bits: RarBits, codes: Codes, stated: number): void {
    const slot = codes.distance.read(bits)
    const more = slot < 4 ? 0 : (slot >> 1) - 1
    let distance = 1 + (slot < 4 ? slot : (2 | (slot & 1)) * 2 ** more)
    if (more >= 4) {
      if (more > 4) distance += bits.read(more - 4) * 16
      distance += codes.low.read(bits)
    } else if (more > 0) distance += bits.read(more)
    const length = stated + (distance > 0x100 ? 1 : 0) + (distance > 0x2000 ? 1 : 0) + (distance > 0x40000 ? 1 : 0)
    const [a, b, c] = this.#distances
    this.#distances = [distance, a, b, c]
    this.#lastLength = length
    this.#window.copy(length, distance)
  }

  #repeat(bits: RarBits, codes: Codes, index: number): void {
    const distance = this.#distances[index]!
    const rest = this.#distances.filter((_, i) => i !== index)
    this.#distances = [distance, rest[0]!, rest[1]!, rest[2]!]
    this.#lastLength = lengthOf(codes.repeat.read(bits), bits)
    this.#window.copy(this.#lastLength, distance)
  }
}

interface Block {
  readonly start: number
  readonly end: number
  /** Where its symbols end, in bits of the packed data. */
  readonly lastBit: number
  readonly tables: boolean
  readonly last: boolean
}

/** The header of a block: flags, a check byte, one to three bytes of size. */
function readBlock(packed: Buffer, at: number): Block {
  const [flags = 0, check = 0] = packed.subarray(at, at + 2)
  const sizeBytes = ((flags >> 3) & 3) + 1
  const start = at + 2 + sizeBytes
  if (sizeBytes > 3 || start > packed.length) throw new Damaged('the header of a block is broken')
  const size = packed.readUIntLE(at + 2, sizeBytes)
  if ((0x5a ^ flags ^ (size & 255) ^ ((size >> 8) & 255) ^ (size >> 16)) !== check) throw new Damaged('the header of a block is broken')
  const end = start + size
  return { start, end: Math.min(end, packed.length), lastBit: (end - 1) * 8 + (flags & 7) + 1, tables: (flags & 0x80) !== 0, last: (flags & 0x40) !== 0 }
}

function readCodes(bits: RarBits): Codes {
  const { main, distance, low, repeat } = SYMBOLS
  const lengths = readLengths(bits, main + distance + low + repeat)
  let at = 0
  const next = (count: number) => new RarCode(lengths.subarray(at, (at += count)))
  return { main: next(main), distance: next(distance), low: next(low), repeat: next(repeat) }
}

function lengthOf(slot: number, bits: RarBits): number {
  if (slot < 8) return 2 + slot
  const more = (slot >> 2) - 1
  return 2 + ((4 | (slot & 3)) << more) + bits.read(more)
}

function readFilter(bits: RarBits, at: number): Filter {
  const number = () => {
    let value = 0
    for (let i = bits.read(2), factor = 1; i >= 0; i--, factor *= 256) value += bits.read(8) * factor
    return value
  }
  const [from, length, type] = [at + number(), number(), bits.read(3)]
  if (type > 3) throw new Damaged('a filter of the packed data is of no known kind')
  return { from, length, type, channels: type === 0 ? bits.read(5) + 1 : 0 }
}

function filtered(data: Buffer, filters: readonly Filter[]): Buffer {
  const out = Buffer.from(data)
  let done = 0
  for (const { from, length, type, channels } of filters) {
    // One behind the other: a byte is filtered once.
    if (from < done || from + length > out.length) continue
    done = from + length
    const part = out.subarray(from, from + length)
    if (type === 0) undoDifferences(part, channels)
    else if (type === 3) undoArm(part, from)
    else undoCalls(part, from, type === 2)
  }
  return out
}

/** Differences to the byte before of the same channel, whose bytes stand together. */
export function undoDifferences(part: Buffer, channels: number): void {
  const source = Buffer.from(part)
  let at = 0
  for (let channel = 0; channel < channels; channel++) {
    let value = 0
    for (let to = channel; to < part.length; to += channels) part[to] = value = (value - source[at++]!) & 255
  }
}

/** Targets of CALL, and of JMP too with `jumps`, that were turned into places in a file of 16 MiB. */
export function undoCalls(part: Buffer, from: number, jumps: boolean): void {
  const SIZE = 0x1000000
  for (let at = 0; at + 5 <= part.length; at++) {
    const byte = part[at]!
    if (byte !== 0xe8 && !(jumps && byte === 0xe9)) continue
    const place = (from + at + 1) % SIZE
    const target = part.readInt32LE(at + 1)
    if (target < 0) {
      if (target + place >= 0) part.writeInt32LE(target + SIZE, at + 1)
    } else if (target < SIZE) part.writeInt32LE((target - place) | 0, at + 1)
    at += 4
  }
}

function undoArm(part: Buffer, from: number): void {
  for (let at = 0; at + 4 <= part.length; at += 4) if (part[at + 3] === 0xeb) part.writeUIntLE((part.readUIntLE(at, 3) - ((from + at) >>> 2)) & 0xffffff, at, 3)
}
