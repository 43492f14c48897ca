import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'

const BLOCK = 0x314159265359
const LONGEST_CODE = 20
const GROUP = 50

/** Unpacks a bzip2 file, streams one behind the other too. What comes before damage is kept, unless nothing does. Throws Damaged, LimitReached. */
export function decodeBzip2(packed: Buffer, budget: Budget): Buffer {
  const out: Buffer[] = []
  let total = 0
  const longest = Math.max(budget.limits.ratioFloor, packed.length * budget.limits.ratio)
  try {
    for (let at = 0; packed.toString('latin1', at, at + 3) === 'BZh';) {
      const level = packed[at + 3]! - 0x30
      if (!(level >= 1 && level <= 9)) throw new Damaged('the header of bzip2 is broken')
      const bits = new Bits(packed, at + 4)
      while (bits.read(24) * 2 ** 24 + bits.read(24) === BLOCK) {
        const block = readBlock(bits, level * 100_000, budget)
        total += block.length
        if (total > longest) throw new LimitReached('ratio')
        if (total > budget.limits.objectBytes) throw new LimitReached('objectBytes')
        budget.takeBytes(block.length)
        out.push(block)
      }
      bits.read(32)
      at = bits.nextByte
    }
  } catch (error) {
    if (!(error instanceof Damaged) || out.length === 0) throw error
  }
  return Buffer.concat(out)
}

/** Bits, the highest of a byte first. */
class Bits {
  readonly #bytes: Buffer
  #at: number
  #held = 0
  #count = 0

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  get nextByte(): number {
    return this.#at - (this.#count >> 3)
  }

  read(bits: number): number {
    if (bits > 24) return this.read(bits - 16) * 2 ** 16 + this.read(16)
    while (this.#count < bits) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new Damaged('the bzip2 data are cut off')
      this.#held = ((this.#held << 8) | byte) & 0x7fffffff
      this.#count += 8
    }
    this.#count -= bits
    return (this.#held >>> this.#count) & (2 ** bits - 1)
  }
}

/** One block: Huffman codes, moves to the front and runs undone, then the Burrows-Wheeler transform and the runs before it. */
function readBlock(bits: Bits, longest: number, budget: Budget): Buffer {
  bits.read(32)
  if (bits.read(1) === 1) throw new Damaged('a block of bzip2 is randomised')
  const origin = bits.read(24)
  const symbols = readAlphabet(bits)
  const tables = bits.read(3)
  const selectors = readSelectors(bits, tables, bits.read(15))
  const codes = Array.from({ length: tables }, () => readCode(bits, symbols.length + 2))
  budget.step(selectors.length * 8 + 1000)
  // Memory grows with what is really unpacked, not with the level that the header states.
  let last = new Uint32Array(Math.min(longest, 1 << 14))
  const counts = new Uint32Array(256)
  let [length, run, weight] = [0, 0, 1]
  const end = symbols.length + 1
  const put = (byte: number, times: number) => {
    if (length + times > longest) throw new Damaged('a block of bzip2 is longer than it may be')
    if (length + times > last.length) {
      const larger = new Uint32Array(Math.min(longest, Math.max(last.length * 4, length + times)))
      larger.set(last)
      last = larger
    }
    last.fill(byte, length, length + times)
    counts[byte] = counts[byte]! + times
    length += times
  }
  for (let group = 0, left = GROUP; ; left--) {
    if (left === 0) [group, left] = [group + 1, GROUP]
    const code = codes[selectors[group] ?? -1]
    if (!code) throw new Damaged('a block of bzip2 has too few selectors')
    const symbol = code.read(bits)
    if (symbol <= 1) {
      run += weight << symbol
      weight <<= 1
      if (run > longest) throw new Damaged('a block of bzip2 is longer than it may be')
      continue
    }
    if (run > 0) put(symbols[0]!, run)
    ;[run, weight] = [0, 1]
    if (symbol === end) break
    const [byte] = symbols.splice(symbol - 1, 1)
    symbols.unshift(byte!)
    put(byte!, 1)
  }
  budget.step(length >> 3)
  return withRuns(transformed(last.subarray(0, length), counts, origin), budget)
}

/** The bytes that occur: sixteen bits for the ranges of sixteen, then sixteen for each range. */
function readAlphabet(bits: Bits): number[] {
  const ranges = bits.read(16)
  const found: number[] = []
  for (let range = 0; range < 16; range++) {
    if (!(ranges & (0x8000 >> range))) continue
    const used = bits.read(16)
    for (let i = 0; i < 16; i++) if (used & (0x8000 >> i)) found.push(range * 16 + i)
  }
  if (found.length === 0) throw new Damaged('a block of bzip2 has no bytes')
  return found
}

function readSelectors(bits: Bits, tables: number, count: number): Uint8Array {
  if (tables < 2 || tables > 6 || count === 0) throw new Damaged('a block of bzip2 has no tables')
  const order = Array.from({ length: tables }, (_, i) => i)
  return Uint8Array.from({ length: count }, () => {
    let place = 0
    while (bits.read(1) === 1) if (++place >= tables) throw new Damaged('a selector of bzip2 is out of its range')
    const [table] = order.splice(place, 1)
    order.unshift(table!)
    return table!
  })
}

interface Code {
  read(bits: Bits): number
}

/** A canonical Huffman code by the lengths of its codes, each told as the difference to the one before. */
function readCode(bits: Bits, symbols: number): Code {
  let length = bits.read(5)
  const lengths = Array.from({ length: symbols }, () => {
    while (bits.read(1) === 1) {
      length += bits.read(1) === 0 ? 1 : -1
      if (length < 1 || length > LONGEST_CODE) break
    }
    if (length < 1 || length > LONGEST_CODE) throw new Damaged('a code of bzip2 is out of its range')
    return length
  })
  const sorted = lengths.map((_, symbol) => symbol).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  const counts = Array.from({ length: LONGEST_CODE + 1 }, () => 0)
  for (const of of lengths) counts[of]!++
  return {
    read(from) {
      let [code, first, index] = [0, 0, 0]
      for (let size = 1; size <= LONGEST_CODE; size++) {
        code = (code << 1) | from.read(1)
        const count = counts[size]!
        if (code - first < count) return sorted[index + code - first]!
        index += count
        first = (first + count) << 1
      }
      throw new Damaged('a code of bzip2 is of no known symbol')
    },
  }
}

/** Undoes the Burrows-Wheeler transform: each entry gets the place of the one that follows it in its upper bits. */
function transformed(last: Uint32Array, counts: Uint32Array, origin: number): Buffer {
  if (origin >= last.length) throw new Damaged('a block of bzip2 begins outside of itself')
  const next = new Uint32Array(256)
  for (let byte = 1; byte < 256; byte++) next[byte] = next[byte - 1]! + counts[byte - 1]!
  for (let i = 0; i < last.length; i++) {
    const byte = last[i]! & 255
    const place = next[byte]!
    next[byte] = place + 1
    last[place] = (last[place]! | (i << 8)) >>> 0
  }
  const out = Buffer.allocUnsafe(last.length)
  let at = last[origin]! >>> 8
  for (let i = 0; i < out.length; i++) {
    const entry = last[at]!
    out[i] = entry & 255
    at = entry >>> 8
  }
  return out
}

/** Four equal bytes are followed by how many more of them there are. */
function withRuns(bytes: Buffer, budget: Budget): Buffer {
  let longer = 0
  eachRun(bytes, (times) => (longer += times))
  if (bytes.length + longer > budget.room) throw new LimitReached('bytes')
  const out = Buffer.allocUnsafe(bytes.length + longer)
  let [to, from] = [0, 0]
  eachRun(bytes, (times, at) => {
    to += bytes.copy(out, to, from, at)
    out.fill(bytes[at - 1]!, to, to + times)
    to += times
    from = at + 1
  })
  to += bytes.copy(out, to, from)
  return out.subarray(0, to)
}

/** Calls for each byte that counts a run, with its value and place. */
function eachRun(bytes: Buffer, take: (times: number, at: number) => void): void {
  let equal = 0
  for (let at = 0; at < bytes.length; at++) {
    if (equal === 4) {
      take(bytes[at]!, at)
      equal = 0
    } else equal = at > 0 && equal > 0 && bytes[at] === bytes[at - 1] ? equal + 1 : 1
  }
}
