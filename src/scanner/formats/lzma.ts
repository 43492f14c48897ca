import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'

/** Where the probabilities of each kind of decision begin in one array (LZMA specification, "the main loop"). */
const IS_MATCH = 0
const IS_REP = IS_MATCH + (12 << 4)
const IS_REP_G0 = IS_REP + 12
const IS_REP_G1 = IS_REP_G0 + 12
const IS_REP_G2 = IS_REP_G1 + 12
const IS_REP0_LONG = IS_REP_G2 + 12
const POS_SLOT = IS_REP0_LONG + (12 << 4)
const POS_SPECIAL = POS_SLOT + (4 << 6)
const ALIGN = POS_SPECIAL + 115
const LENGTH = ALIGN + 16
const LENGTH_SIZE = 2 + (16 << 3) * 2 + 256
const REP_LENGTH = LENGTH + LENGTH_SIZE
const LITERAL = REP_LENGTH + LENGTH_SIZE
const HALF = 1024
const STEP_BYTES = 16

/** Literal context bits, literal position bits and position bits, from their one byte. Throws Damaged. */
function readProperties(byte: number): { lc: number; lp: number; pb: number } {
  if (byte >= 225) throw new Damaged('the properties of LZMA are out of their range')
  return { lc: byte % 9, lp: Math.floor(byte / 9) % 5, pb: Math.floor(byte / 45) }
}

/** Unpacks an LZMA stream: properties of five bytes, then data without a header. Stops at `size`; throws Damaged, LimitReached. */
export function decodeLzma(properties: Buffer, packed: Buffer, size: number, budget: Budget): Buffer {
  if (properties.length < 5) throw new Damaged('the properties of LZMA are cut off')
  const lzma = new Lzma(packed.length, budget)
  lzma.reset(properties[0])
  lzma.run(packed, size)
  return lzma.result()
}

/** Unpacks an LZMA2 stream: chunks that are stored or LZMA, each with what it keeps of the state before. Throws Damaged, LimitReached. */
export function decodeLzma2(packed: Buffer, size: number, budget: Budget): Buffer {
  return decodeLzma2Stream(packed, budget, size).bytes
}

/** The same of a stream whose length is told by its end mark alone; `used` counts the packed bytes up to and with that. */
export function decodeLzma2Stream(packed: Buffer, budget: Budget, size = Infinity): { readonly bytes: Buffer; readonly used: number } {
  const lzma = new Lzma(packed.length, budget)
  let at = 0
  while (at < packed.length && lzma.length < size) {
    budget.step()
    const control = packed[at]!
    if (control === 0) {
      at++
      break
    }
    if (at + 3 > packed.length) throw new Damaged('a chunk of LZMA2 is cut off')
    const low = packed.readUInt16BE(at + 1) + 1
    if (control < 0x80) {
      if (control > 2) throw new Damaged('a chunk of LZMA2 is of no known kind')
      if (control === 1) lzma.forget()
      lzma.store(packed.subarray(at + 3, at + 3 + low))
      at += 3 + low
      continue
    }
    if (at + 6 > packed.length) throw new Damaged('a chunk of LZMA2 is cut off')
    const chunk = ((control & 0x1f) << 16) + low
    const reset = (control >> 5) & 3
    if (reset === 3) lzma.forget()
    const from = at + (reset >= 2 ? 6 : 5)
    if (reset >= 2) lzma.reset(packed[at + 5])
    else if (reset === 1) lzma.reset()
    at = from + packed.readUInt16BE(at + 3) + 1
    lzma.run(packed.subarray(from, at), lzma.length + chunk)
  }
  return { bytes: lzma.result(), used: at }
}

/** The decoder: a range coder over adaptive bits, and the unpacked bytes, which are its dictionary too. */
class Lzma {
  readonly #budget: Budget
  readonly #longest: number
  readonly #take: (count: number) => void
  #out = Buffer.allocUnsafe(1 << 16)
  #at = 0
  #counted = 0
  /** Where the dictionary begins. */
  #base = 0
  #probabilities = new Uint16Array(0)
  #lc = 0
  #lpMask = 0
  #pbMask = 0
  #state = 0
  #reps: [number, number, number, number] = [0, 0, 0, 0]
  #packed: Buffer = Buffer.alloc(0)
  #from = 0
  #range = 0
  #code = 0

  constructor(packedBytes: number, budget: Budget) {
    this.#budget = budget
    this.#longest = Math.max(budget.limits.ratioFloor, packedBytes * budget.limits.ratio)
    this.#take = budget.piecewise()
  }

  get length(): number {
    return this.#at
  }

  result(): Buffer {
    this.#count()
    return this.#out.subarray(0, this.#at)
  }

  forget(): void {
    this.#base = this.#at
  }

  /** Forgets what was learnt; new properties may come with it. */
  reset(properties?: number): void {
    if (properties !== undefined) {
      const { lc, lp, pb } = readProperties(properties)
      this.#lc = lc
      this.#lpMask = (1 << lp) - 1
      this.#pbMask = (1 << pb) - 1
      this.#probabilities = new Uint16Array(LITERAL + (0x300 << (lc + lp)))
    }
    this.#probabilities.fill(HALF)
    this.#state = 0
    this.#reps = [0, 0, 0, 0]
  }

  store(bytes: Buffer): void {
    this.#room(bytes.length)
    bytes.copy(this.#out, this.#at)
    this.#at += bytes.length
  }

  /** Decodes until so many bytes are unpacked, or an end mark. */
  run(packed: Buffer, until: number): void {
    if (this.#probabilities.length === 0) throw new Damaged('LZMA data come before their properties')
    if (packed.length < 5) throw new Damaged('the LZMA data are cut off')
    this.#packed = packed
    this.#from = 5
    this.#code = packed.readUInt32BE(1)
    this.#range = 0xffffffff
    while (this.#at < until) {
      if (this.#at - this.#counted >= 1 << 16) this.#count()
      if (!this.#symbol(until)) return
    }
  }

  #symbol(until: number): boolean {
    const place = (this.#at - this.#base) & this.#pbMask
    const state = this.#state
    if (this.#bit(IS_MATCH + (state << 4) + place) === 0) {
      this.#literal()
      return true
    }
    const reps = this.#reps
    let length: number
    if (this.#bit(IS_REP + state) === 1) {
      if (this.#at === this.#base) throw new Damaged('LZMA data repeat what was not there')
      if (this.#bit(IS_REP_G0 + state) === 0) {
        if (this.#bit(IS_REP0_LONG + (state << 4) + place) === 0) {
          this.#state = state < 7 ? 9 : 11
          this.#copy(1)
          return true
        }
      } else this.#takeRep(state)
      length = this.#length(REP_LENGTH, place)
      this.#state = state < 7 ? 8 : 11
    } else {
      length = this.#length(LENGTH, place)
      this.#state = state < 7 ? 7 : 10
      const distance = this.#distance(length)
      if (distance === 0xffffffff) return false
      this.#reps = [distance, reps[0], reps[1], reps[2]]
    }
    this.#copy(Math.min(length + 2, until - this.#at))
    return true
  }

  #takeRep(state: number): void {
    const [a, b, c, d] = this.#reps
    if (this.#bit(IS_REP_G1 + state) === 0) this.#reps = [b, a, c, d]
    else if (this.#bit(IS_REP_G2 + state) === 0) this.#reps = [c, a, b, d]
    else this.#reps = [d, a, b, c]
  }

  #copy(length: number): void {
    const distance = this.#reps[0] + 1
    if (distance > this.#at - this.#base) throw new Damaged('LZMA data repeat what was not there')
    this.#room(length)
    const out = this.#out
    for (let i = 0; i < length; i++, this.#at++) out[this.#at] = out[this.#at - distance]!
  }

  #literal(): void {
    this.#room(1)
    const at = this.#at
    const previous = at > this.#base ? this.#out[at - 1]! : 0
    const probs = LITERAL + 0x300 * ((((at - this.#base) & this.#lpMask) << this.#lc) + (previous >> (8 - this.#lc)))
    let symbol = 1
    if (this.#state >= 7) {
      const distance = this.#reps[0] + 1
      if (distance > at - this.#base) throw new Damaged('LZMA data repeat what was not there')
      for (let match = this.#out[at - distance]!; symbol < 0x100; match <<= 1) {
        const expected = (match >> 7) & 1
        const bit = this.#bit(probs + ((1 + expected) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (bit !== expected) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(probs + symbol)
    this.#out[this.#at++] = symbol & 0xff
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6
  }

  #length(probs: number, place: number): number {
    if (this.#bit(probs) === 0) return this.#tree(probs + 2 + (place << 3), 3)
    if (this.#bit(probs + 1) === 0) return 8 + this.#tree(probs + 2 + (16 << 3) + (place << 3), 3)
    return 16 + this.#tree(probs + 2 + (32 << 3), 8)
  }

  #distance(length: number): number {
    const slot = this.#tree(POS_SLOT + (Math.min(length, 3) << 6), 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1
    const head = ((2 | (slot & 1)) << bits) >>> 0
    if (slot < 14) return head + this.#reverseTree(POS_SPECIAL + head - slot, bits)
    return (head + this.#direct(bits - 4) * 16 + this.#reverseTree(ALIGN, 4)) >>> 0
  }

  #tree(probs: number, bits: number): number {
    let symbol = 1
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(probs + symbol)
    return symbol - (1 << bits)
  }

  #reverseTree(probs: number, bits: number): number {
    let [symbol, value] = [1, 0]
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(probs + symbol)
      symbol = (symbol << 1) | bit
      value |= bit << i
    }
    return value
  }

  #direct(bits: number): number {
    let value = 0
    for (let i = 0; i < bits; i++) {
      this.#range >>>= 1
      const bit = this.#code >>> 0 >= this.#range ? 1 : 0
      if (bit) this.#code = (this.#code - this.#range) >>> 0
      value = value * 2 + bit
      this.#normalise()
    }
    return value
  }

  #bit(index: number): number {
    const probability = this.#probabilities[index]!
    const bound = (this.#range >>> 11) * probability
    const bit = this.#code < bound ? 0 : 1
    if (bit === 0) {
      this.#range = bound
      this.#probabilities[index] = probability + ((2048 - probability) >> 5)
    } else {
      this.#range -= bound
      this.#code -= bound
      this.#probabilities[index] = probability - (probability >> 5)
    }
    this.#normalise()
    return bit
  }

  #normalise(): void {
    if (this.#range >= 0x1000000) return
    if (this.#from > this.#packed.length + 4) throw new Damaged('the LZMA data are cut off')
    this.#range = (this.#range << 8) >>> 0
    this.#code = ((this.#code << 8) | (this.#packed[this.#from++] ?? 0)) >>> 0
  }

  /** Memory grows with what is really unpacked, never with a stated size. */
  #room(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return
    this.#count()
    const larger = Buffer.allocUnsafe(Math.max(Math.min(this.#out.length * 2, this.#at + this.#budget.room), this.#at + bytes))
    this.#out.copy(larger, 0, 0, this.#at)
    this.#out = larger
  }

  #count(): void {
    if (this.#at > this.#longest) throw new LimitReached('ratio')
    if (this.#at > this.#budget.limits.objectBytes) throw new LimitReached('objectBytes')
    const fresh = this.#at - this.#counted
    this.#counted = this.#at
    this.#budget.step(Math.ceil(fresh / STEP_BYTES))
    this.#take(fresh)
  }
}
