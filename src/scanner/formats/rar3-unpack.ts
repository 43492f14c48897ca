import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { readLengths, RarBits, RarCode } from './rar-bits.ts'
import { Rar3Filters, undoRar3Filters } from './rar3-filters.ts'
import { RarWindow } from './rar-window.ts'

const SYMBOLS = { main: 299, distance: 60, low: 17, repeat: 28 } as const
const ALL = SYMBOLS.main + SYMBOLS.distance + SYMBOLS.low + SYMBOLS.repeat
const LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224]
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5]
const SHORT = [0, 4, 8, 16, 32, 64, 128, 192]
const SHORT_BITS = [2, 2, 3, 4, 5, 6, 6, 6]
/** How many distances have as many more bits as the place in the list says. */
const DISTANCES_OF_BITS = [4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 14, 0, 12]
const DISTANCE_BITS = DISTANCES_OF_BITS.flatMap((count, bits) => Array.from({ length: count }, () => bits))
const DISTANCES: readonly number[] = DISTANCE_BITS.reduce<number[]>((all, _, i) => [...all, i === 0 ? 0 : all[i - 1]! + 2 ** DISTANCE_BITS[i - 1]!], [])
/** A symbol of the low bits that says: those of the match before, for this and the next fifteen. */
const LOW_AGAIN = 16

interface Codes {
  readonly main: RarCode
  readonly distance: RarCode
  readonly low: RarCode
  readonly repeat: RarCode
}

/** What stands in the Damaged that is thrown for the other packing of version 3. */
export const PPMD = 'the packing PPMd of RAR is not opened'

/** Unpacks files of RAR 3 (version 29 of its packing) in their order; solid ones go on where the file before ended. */
export class Rar3Unpacker {
  readonly #budget: Budget
  #window: RarWindow
  #codes: Codes | undefined
  #lengths: Uint8Array = new Uint8Array(ALL)
  #distances: [number, number, number, number] = [0, 0, 0, 0]
  #last = { length: 0, low: 0, lowAgain: 0 }

  constructor(budget: Budget) {
    this.#budget = budget
    this.#window = new RarWindow(budget)
  }

  /** The next file. Throws Damaged, LimitReached. */
  file(packed: Buffer, size: number, solid: boolean): Buffer {
    if (!solid) {
      this.#window = new RarWindow(this.#budget)
      this.#codes = undefined
      this.#lengths = new Uint8Array(ALL)
      this.#distances = [0, 0, 0, 0]
      this.#last = { length: 0, low: 0, lowAgain: 0 }
    }
    const window = this.#window
    const start = window.length
    window.expect(packed.length)
    const bits = new RarBits(packed)
    if (!this.#codes) this.#readCodes(bits)
    const filters = new Rar3Filters()
    // Behind the last byte stands the mark that says whether the next file brings codes of its own.
    const left = () => window.length - start < size || (window.length - start === size && bits.place < packed.length * 8)
    while (left()) if (!this.#symbol(bits, filters, start)) break
    window.count()
    return undoRar3Filters(window.slice(start, start + size), filters.used)
  }

  #readCodes(bits: RarBits): void {
    this.#budget.step(ALL)
    bits.align()
    if (bits.read(1) === 1) throw new Damaged(PPMD)
    if (bits.read(1) === 0) this.#lengths = new Uint8Array(ALL)
    this.#last.low = 0
    this.#last.lowAgain = 0
    const lengths = readLengths(bits, ALL, this.#lengths)
    this.#lengths = lengths
    let at = 0
    const next = (count: number) => new RarCode(lengths.subarray(at, (at += count)))
    this.#codes = { main: next(SYMBOLS.main), distance: next(SYMBOLS.distance), low: next(SYMBOLS.low), repeat: next(SYMBOLS.repeat) }
  }

  /** One symbol; false at the end of the file. */
  #symbol(bits: RarBits, filters: Rar3Filters, start: number): boolean {
    const codes = this.#codes!
    const symbol = codes.main.read(bits)
    if (symbol < 256) this.#window.put(symbol)
    else if (symbol >= 271) this.#match(bits, codes, symbol - 271)
    else if (symbol === 256) return this.#end(bits)
    else if (symbol === 257) filters.read(bits, this.#window.length - start)
    else if (symbol === 258) {
      if (this.#last.length > 0) this.#window.copy(this.#last.length, this.#distances[0])
    } else if (symbol < 263) this.#repeat(bits, codes, symbol - 259)
    else this.#take(2, SHORT[symbol - 263]! + 1 + bits.read(SHORT_BITS[symbol - 263]!))
    return true
  }

  #end(bits: RarBits): boolean {
    if (bits.read(1) === 1) {
      this.#readCodes(bits)
      return true
    }
    if (bits.read(1) === 1) this.#codes = undefined
    return false
  }

  #match(bits: RarBits, { distance: code, low }: Codes, slot: number): void {
    const stated = LENGTHS[slot]! + 3 + bits.read(LENGTH_BITS[slot]!)
    const place = code.read(bits)
    const more = DISTANCE_BITS[place]!
    let distance = DISTANCES[place]! + 1
    if (place > 9) {
      if (more > 4) distance += bits.read(more - 4) * 16
      distance += this.#low(bits, low)
    } else if (more > 0) distance += bits.read(more)
    this.#take(stated + (distance >= 0x2000 ? 1 : 0) + (distance >= 0x40000 ? 1 : 0), distance)
  }

  #low(bits: RarBits, code: RarCode): number {
    const last = this.#last
    if (last.lowAgain > 0) {
      last.lowAgain--
      return last.low
    }
    const symbol = code.read(bits)
    if (symbol === LOW_AGAIN) last.lowAgain = LOW_AGAIN - 1
    else last.low = symbol
    return last.low
  }

  #take(length: number, distance: number): void {
    const [a, b, c] = this.#distances
    this.#distances = [distance, a, b, c]
    this.#last.length = length
    this.#window.copy(length, distance)
  }

  #repeat(bits: RarBits, codes: Codes, index: number): void {
    const distance = this.#distances[index]!
    const rest = this.#distances.filter((_, i) => i !== index)
    this.#distances = [distance, rest[0]!, rest[1]!, rest[2]!]
    const slot = codes.repeat.read(bits)
    this.#last.length = LENGTHS[slot]! + 2 + bits.read(LENGTH_BITS[slot]!)
    this.#window.copy(this.#last.length, distance)
  }
}
