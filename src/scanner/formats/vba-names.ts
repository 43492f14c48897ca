import { Damaged, type Budget } from '#scanner/intake/limits.ts'

/** What the p-code of a project's modules needs to be read: the version that wrote it and the names it speaks of. */
export interface PcodeProject {
  readonly version: number
  readonly bigEndian: boolean
  readonly wide: boolean
  /** The identifiers of the project, in the order of their numbers. */
  readonly names: readonly string[]
  readonly decode: (bytes: Buffer) => string
}

const MAGIC = 0x61cc
/** What the format keeps open says: any version may be read from source only. */
export const NO_CACHE = 0xffff
const NOTHING_WORD = 0xffff

/** Reads on through bytes in the order that the program which wrote them used; throws Damaged past the end. */
export class OrderedReader {
  readonly #bytes: Buffer
  readonly #big: boolean
  at: number

  constructor(bytes: Buffer, bigEndian: boolean, at = 0) {
    this.#bytes = bytes
    this.#big = bigEndian
    this.at = at
  }

  u16(): number {
    if (!(this.at >= 0 && this.at + 2 <= this.#bytes.length)) throw new Damaged(`two bytes are missing at ${this.at}`)
    const value = this.#big ? this.#bytes.readUInt16BE(this.at) : this.#bytes.readUInt16LE(this.at)
    this.at += 2
    return value
  }

  u32(): number {
    if (!(this.at >= 0 && this.at + 4 <= this.#bytes.length)) throw new Damaged(`four bytes are missing at ${this.at}`)
    const value = this.#big ? this.#bytes.readUInt32BE(this.at) : this.#bytes.readUInt32LE(this.at)
    this.at += 4
    return value
  }

  take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.at, this.at + length)
    if (taken.length < length) throw new Damaged(`${length} bytes are missing at ${this.at}`)
    this.at += length
    return taken
  }

  /** Steps over a length of 32 bits, so many bytes, and `more` behind them. */
  skipBytes(more: number): void {
    const length = this.u32()
    this.at += length + more
  }

  /** Steps over a table: a count of 16 bits, then so many elements; none where the count is all ones and may be. */
  skipTable(elementBytes: number, mayBeNone = false): void {
    const count = this.u16()
    if (!(mayBeNone && count === NOTHING_WORD)) this.at += count * elementBytes
  }
}

/**
 * Reads the `_VBA_PROJECT` stream: the version and the table of identifiers. MS-OVBA 2.3.4.1 leaves what follows the version open;
 * the layout is that of published analyses of the performance cache (see docs/evidence.md, vba-stomping). Throws Damaged, LimitReached.
 */
export function readPcodeProject(stream: Buffer, { wide, decode }: { wide: boolean; decode: (bytes: Buffer) => string }, budget: Budget): PcodeProject {
  if (stream.length < 7 || stream.readUInt16LE(0) !== MAGIC) throw new Damaged('no _VBA_PROJECT stream')
  const version = stream.readUInt16LE(2)
  const bigEndian = stream.readUInt16LE(5) === 0x000e
  if (version === NO_CACHE || stream.length < 0x40) return { version: NO_CACHE, bigEndian, wide, names: [], decode }
  const reader = new OrderedReader(stream, bigEndian, 0x1e)
  skipReferences(reader, version, stream, budget)
  skipDescriptions(reader)
  skipModules(reader, version, budget)
  return { version, bigEndian, wide, names: readNames(reader, { bigEndian, decode, budget }), decode }
}

function isOdd(version: number): boolean {
  return version === 0x60 || version === 0x62 || version === 0x63
}

function skipReferences(reader: OrderedReader, version: number, stream: Buffer, budget: Budget): void {
  const wideText = (version >= 0x5b && !isOdd(version)) || version === 0x4e
  const count = reader.u16()
  reader.at += 2
  for (let i = 0; i < count; i++) {
    budget.step()
    const length = reader.u16()
    if (length === 0) reader.at += 6
    else {
      const kind = length < (wideText ? 5 : 3) ? 0 : stream[reader.at + (wideText ? 4 : 2)]
      reader.at += length
      if (kind === 0x43 || kind === 0x44) reader.skipTable(1)
    }
    reader.at += 10
    if (reader.u16() === 0) continue
    reader.skipTable(1)
    const extra = reader.u16()
    reader.at += (extra > 0 ? 2 : 0) + extra + 30
  }
}

function skipDescriptions(reader: OrderedReader): void {
  reader.skipTable(2)
  reader.skipTable(4)
  reader.at += 2
  for (let i = 0; i < 3; i++) reader.skipTable(1, true)
  reader.at += 0x64
}

function skipModules(reader: OrderedReader, version: number, budget: Budget): void {
  const wideName = (version >= 0x59 && !isOdd(version)) || version === 0x4e
  const narrowName = (version <= 0x59 && version !== 0x4e) || (version > 0x5f && version < 0x6b)
  for (let left = reader.u16(); left > 0; left--) {
    budget.step()
    let length = reader.u16()
    if (wideName) reader.at += length
    if (narrowName) {
      if (wideName && length > 0) length = reader.u16()
      reader.at += length
    }
    reader.skipTable(1)
    reader.skipTable(1, true)
    reader.at += 2
    if (version >= 0x6b) reader.skipTable(1, true)
    reader.skipTable(1, true)
    reader.at += version === 0x51 ? 2 : 6
    reader.skipTable(8)
    reader.at += 11
  }
  reader.at += 6
  reader.skipBytes(6)
}

function readNames(reader: OrderedReader, { bigEndian, decode, budget }: { bigEndian: boolean; decode: (bytes: Buffer) => string; budget: Budget }): string[] {
  const typeAndLength = (): [number, number] => {
    const [first, second] = reader.take(2)
    return bigEndian ? [first!, second!] : [second!, first!]
  }
  const last = reader.u16()
  const all = reader.u16()
  const first = reader.u16()
  reader.at += 4
  for (let junk = all + first - last; junk > 0; junk--) {
    budget.step()
    reader.at += 4
    const [type, length] = typeAndLength()
    reader.at += (type > 0x7f ? 6 : 0) + length
  }
  const names: string[] = []
  for (let left = last - first; left > 0; left--) {
    budget.step()
    let [type, length] = typeAndLength()
    const keyword = type === 0 && length === 0
    if (keyword) {
      reader.at += 2
      ;[type, length] = typeAndLength()
    }
    if (type & 0x80) reader.at += 6
    if (length > 0) names.push(decode(reader.take(length)))
    if (!keyword) reader.at += 4
  }
  return names
}
