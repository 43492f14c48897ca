import type { Budget } from '#scanner/intake/limits.ts'
import { Damaged } from '#scanner/intake/limits.ts'
import { u8, utf16 } from './bytes.ts'

/** A record of a workbook stream (MS-XLS 2.1.4), at its offset; `data` without its header of four bytes. */
export interface BiffRecord {
  readonly type: number
  readonly offset: number
  readonly data: Buffer
}

/** The records of a workbook stream in their order, as many as there are. */
export function* biffRecords(stream: Buffer, budget: Budget): Generator<BiffRecord> {
  for (let at = 0; at + 4 <= stream.length;) {
    budget.step()
    const size = stream.readUInt16LE(at + 2)
    yield { type: stream.readUInt16LE(at), offset: at, data: stream.subarray(at + 4, at + 4 + size) }
    at += 4 + size
  }
}

/** A number packed into 30 bits (MS-XLS 2.5.217, RkNumber). */
export function rkNumber(value: number): number {
  const bytes = Buffer.alloc(8)
  if (value & 2) return (value >> 2) / (value & 1 ? 100 : 1)
  bytes.writeInt32LE(value & ~3, 4)
  return bytes.readDoubleLE(0) / (value & 1 ? 100 : 1)
}

/** Text of a count of characters at a place: one byte each, or two where the flag before them says so (from BIFF8 on). */
export function biffText(data: Buffer, at: number, length: number, biff: 5 | 8): { text: string; end: number } {
  const wide = biff === 8 && (u8(data, at) & 1) === 1
  const from = biff === 8 ? at + 1 : at
  const end = from + length * (wide ? 2 : 1)
  if (end > data.length) throw new Damaged('a text is cut off')
  return { text: wide ? utf16(data, from, end) : data.toString('latin1', from, end), end }
}

const MOST_STRINGS = 100_000

/** The texts that cells share (MS-XLS 2.4.265, SST, with the records that continue it). A table that breaks off yields what came before. */
export function sharedStrings(pieces: readonly Buffer[], budget: Budget): string[] {
  const reader = new SharedStrings(pieces)
  const strings: string[] = []
  try {
    reader.skip(8)
    while (strings.length < MOST_STRINGS && reader.more()) {
      budget.step()
      strings.push(reader.text())
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
  return strings
}

/** Characters of a text may go on in the next record, where a flag of their width stands before them again. */
class SharedStrings {
  readonly #pieces: readonly Buffer[]
  #piece = 0
  #at = 0

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces
  }

  more(): boolean {
    while (this.#piece < this.#pieces.length && this.#at >= this.#pieces[this.#piece]!.length) this.#next()
    return this.#piece < this.#pieces.length
  }

  #next(): void {
    this.#piece++
    this.#at = 0
  }

  #u8(): number {
    if (!this.more()) throw new Damaged('the shared texts are cut off')
    return this.#pieces[this.#piece]![this.#at++]!
  }

  #number(bytes: number): number {
    let value = 0
    for (let i = 0; i < bytes; i++) value += this.#u8() * 2 ** (8 * i)
    return value
  }

  skip(bytes: number): void {
    for (let left = bytes; left > 0 && this.more();) {
      const taken = Math.min(left, this.#pieces[this.#piece]!.length - this.#at)
      this.#at += taken
      left -= taken
    }
  }

  text(): string {
    let left = this.#number(2)
    let flags = this.#u8()
    const runs = flags & 8 ? this.#number(2) : 0
    const extra = flags & 4 ? this.#number(4) : 0
    const parts: string[] = []
    while (left > 0) {
      if (this.#at >= (this.#pieces[this.#piece]?.length ?? 0)) {
        if (!this.more()) throw new Damaged('the shared texts are cut off')
        flags = this.#u8()
      }
      const piece = this.#pieces[this.#piece]!
      const width = flags & 1 ? 2 : 1
      const taken = Math.min(left, Math.floor((piece.length - this.#at) / width))
      if (taken === 0) {
        this.#next()
        continue
      }
      parts.push(width === 2 ? utf16(piece, this.#at, this.#at + taken * 2) : piece.toString('latin1', this.#at, this.#at + taken))
      this.#at += taken * width
      left -= taken
    }
    this.skip(runs * 4 + extra)
    return parts.join('')
  }
}
