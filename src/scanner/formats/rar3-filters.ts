import { crc32 } from 'node:zlib'
import { Damaged } from '#scanner/intake/limits.ts'
import { RarBits } from './rar-bits.ts'
import { undoCalls, undoDifferences } from './rar5-unpack.ts'

/** The programs that RAR itself writes for its filters, by length and check sum; what another program does is not worked out. */
const PROGRAMS: ReadonlyMap<string, 'calls' | 'jumps' | 'differences'> = new Map([
  ['53 ad576887', 'calls'],
  ['57 3cd7e57e', 'jumps'],
  ['29 0e06077d', 'differences'],
])
const MOST = 8192
const REGISTERS = 7

export interface Rar3Filter {
  readonly from: number
  readonly length: number
  readonly program: 'calls' | 'jumps' | 'differences' | undefined
  readonly channels: number
}

/** The filters of one file of RAR 3 as its packed data define and use them. */
export class Rar3Filters {
  readonly used: Rar3Filter[] = []
  readonly #programs: (Rar3Filter['program'] | undefined)[] = []
  readonly #lengths: number[] = []
  #last = 0

  /** Reads one use of a filter, for data from `at` on. Throws Damaged. */
  read(from: RarBits, at: number): void {
    const first = from.read(8)
    const short = (first & 7) + 1
    const length = short === 7 ? from.read(8) + 7 : short === 8 ? from.read(16) : short
    const code = Buffer.alloc(length)
    for (let i = 0; i < length; i++) code[i] = from.read(8)
    if (this.used.length >= MOST) throw new Damaged('the packed data have too many filters')
    this.#take(first, new RarBits(code), at)
  }

  #take(first: number, bits: RarBits, at: number): void {
    let index = this.#last
    if (first & 0x80) {
      const stated = number(bits)
      if (stated === 0) {
        this.#programs.length = 0
        this.#lengths.length = 0
      }
      index = stated === 0 ? 0 : stated - 1
      this.#last = index
    }
    if (index > this.#programs.length) throw new Damaged('a filter of the packed data was not defined')
    const fresh = index === this.#programs.length
    const start = at + number(bits) + (first & 0x40 ? 258 : 0)
    const length = first & 0x20 ? number(bits) : (this.#lengths[index] ?? 0)
    this.#lengths[index] = length
    const mask = first & 0x10 ? bits.read(REGISTERS) : 0
    let channels = 0
    for (let i = 0; i < REGISTERS; i++) {
      const value = mask & (1 << i) ? number(bits) : 0
      if (i === 0) channels = value
    }
    if (fresh) this.#programs.push(readProgram(bits))
    this.used.push({ from: start, length, program: this.#programs[index], channels })
  }
}

function readProgram(bits: RarBits): Rar3Filter['program'] {
  const size = number(bits)
  if (size === 0 || size >= 0x10000) throw new Damaged('a filter of the packed data is of no known kind')
  const code = Buffer.alloc(size)
  for (let i = 0; i < size; i++) code[i] = bits.read(8)
  return PROGRAMS.get(`${size} ${crc32(code).toString(16).padStart(8, '0')}`)
}

/** A number of 4, 8, 16 or 32 bits, as its first two say. */
function number(bits: RarBits): number {
  const kind = bits.read(2)
  if (kind === 0) return bits.read(4)
  if (kind === 2) return bits.read(16)
  if (kind === 3) return bits.read(32)
  const high = bits.read(4)
  return high === 0 ? (0xffffff00 | bits.read(8)) >>> 0 : high * 16 + bits.read(4)
}

/** The data with its filters undone; those of a program that is not known, which pack pictures and sound, stay as they are. */
export function undoRar3Filters(data: Buffer, filters: readonly Rar3Filter[]): Buffer {
  if (filters.length === 0) return data
  const out = Buffer.from(data)
  let done = 0
  for (const { from, length, program, channels } of filters) {
    if (!program || from < done || from + length > out.length) continue
    done = from + length
    const part = out.subarray(from, from + length)
    if (program !== 'differences') undoCalls(part, from, program === 'jumps')
    else if (channels > 0 && channels <= 1024) undoDifferences(part, channels)
  }
  return out
}
