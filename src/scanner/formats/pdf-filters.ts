import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { inflateUpToDamage } from './inflate-damaged.ts'
import { inflateZlib } from './inflate.ts'
import { hexBytes, isDict, isName, type PdfDict, type PdfValue } from './pdf-lexer.ts'
import { unpredict } from './pdf-predictor.ts'

const MOST_FILTERS = 8
/** Bytes of the beginning of a stream that is beyond a limit. */
const START_BYTES = 2 ** 20
const LONG_NAMES: Record<string, string> = {
  Fl: 'FlateDecode',
  AHx: 'ASCIIHexDecode',
  A85: 'ASCII85Decode',
  LZW: 'LZWDecode',
  RL: 'RunLengthDecode',
  CCF: 'CCITTFaxDecode',
  DCT: 'DCTDecode',
}

/** Follows references inside a dictionary; what cannot be followed is undefined. */
export type Follow = (value: PdfValue | undefined) => PdfValue | undefined

export interface Unfiltered {
  readonly bytes: Buffer
  /** Filters that no reader here undoes, in their order: what is left are the bytes that the first of them is fed. */
  readonly left: readonly string[]
  /** What was broken; `bytes` are then what could be read before it. */
  readonly damage?: string
}

/** The names of a stream's filters in their order, short names written out. */
export function filtersOf({ dict }: PdfDict, follow: Follow = (value) => value): string[] {
  const raw = follow(dict.get('Filter') ?? dict.get('F'))
  const names = (Array.isArray(raw) ? raw : [raw]).flatMap((value) => {
    const name = follow(value)
    return isName(name) ? [name.name] : []
  })
  return names.map((name) => (Object.hasOwn(LONG_NAMES, name) ? LONG_NAMES[name]! : name))
}

/** The parameters of each filter, in their order. */
export function parametersOf({ dict }: PdfDict, follow: Follow = (value) => value): (PdfValue | undefined)[] {
  const raw = follow(dict.get('DecodeParms') ?? dict.get('DP'))
  return Array.isArray(raw) ? raw.map((value) => follow(value)) : [raw]
}

/** Undoes the filters of a stream up to the first one that only an image reader can undo. Throws LimitReached. */
export function unfilter(dictionary: PdfDict, data: Buffer, budget: Budget, follow?: Follow): Unfiltered {
  const names = filtersOf(dictionary, follow)
  if (names.length > MOST_FILTERS) throw new LimitReached('depth')
  const parameters = parametersOf(dictionary, follow)
  let bytes = data
  let damage: string | undefined
  for (const [index, name] of names.entries()) {
    const undo = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined
    if (!undo) return { bytes, left: names.slice(index), ...(damage && { damage }) }
    const step = undo(bytes, parameters[index], budget)
    bytes = step.bytes
    if (step.damaged) damage ??= `the ${name} data are broken`
  }
  return { bytes, left: [], ...(damage && { damage }) }
}

/** The first MiB of a stream that is packed by Flate alone, for one that as a whole is beyond a limit; empty for another. Throws LimitReached for its steps. */
export function startOf(dictionary: PdfDict, data: Buffer, budget: Budget, follow?: Follow): Buffer {
  const filters = filtersOf(dictionary, follow).filter((name) => name !== 'Crypt')
  if (filters[0] !== 'FlateDecode' || filters.length > 1) return Buffer.alloc(0)
  const { bytes } = inflateUpToDamage(data.subarray(2), START_BYTES, budget)
  budget.takeBytes(bytes.length)
  return bytes
}

/** Undoes all filters of a stream. Throws Damaged for one that is not supported or yields nothing, LimitReached at a limit. */
export function decodeStream(dictionary: PdfDict, data: Buffer, budget: Budget, follow?: Follow): Buffer {
  const { bytes, left, damage } = unfilter(dictionary, data, budget, follow)
  if (left.length > 0) throw new Damaged(`the filter ${left[0]!.slice(0, 40)} is not supported`)
  if (damage && bytes.length === 0) throw new Damaged(damage)
  return bytes
}

type Undo = (data: Buffer, parameters: PdfValue | undefined, budget: Budget) => { readonly bytes: Buffer; readonly damaged?: boolean }

const FILTERS: Readonly<Record<string, Undo>> = {
  FlateDecode: (data, parameters, budget) => {
    const { bytes, damaged } = flate(data, budget)
    return { bytes: unpredict(bytes, parameters, budget), damaged }
  },
  LZWDecode: (data, parameters, budget) => ({
    bytes: unpredict(lzw(data, isDict(parameters) && parameters.dict.get('EarlyChange') === 0 ? 0 : 1, budget), parameters, budget),
  }),
  ASCIIHexDecode: (data, _, budget) => ({ bytes: asciiHex(data, budget) }),
  ASCII85Decode: (data, _, budget) => ({ bytes: ascii85(data, budget) }),
  RunLengthDecode: (data, _, budget) => ({ bytes: runLength(data, budget) }),
  // Decryption has happened before the filters; the name only says with which key.
  Crypt: (bytes) => ({ bytes }),
}

/** Undoes one filter by its name, without parameters; undefined for one that is not supported. Throws Damaged, LimitReached. */
export function undoFilter(name: string, data: Buffer, budget: Budget): Buffer | undefined {
  return Object.hasOwn(FILTERS, name) ? FILTERS[name]!(data, undefined, budget).bytes : undefined
}

function flate(data: Buffer, budget: Budget): { bytes: Buffer; damaged: boolean } {
  try {
    return { bytes: inflateZlib(data, budget).bytes, damaged: false }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
  const longest = Math.min(budget.room, Math.max(budget.limits.ratioFloor, data.length * budget.limits.ratio))
  let start = 0
  while (start < 4 && (data[start] === 10 || data[start] === 13 || data[start] === 32)) start++
  const header = (data[start]! & 0x0f) === 8 && ((data[start]! << 8) | data[start + 1]!) % 31 === 0
  const found = inflateUpToDamage(data.subarray(header ? start + 2 : start), longest, budget)
  budget.takeBytes(found.bytes.length)
  return { ...found, damaged: found.damaged }
}

function asciiHex(data: Buffer, budget: Budget): Buffer {
  const close = data.indexOf(0x3e)
  const end = close === -1 ? data.length : close
  budget.takeBytes((end + 1) >> 1)
  return hexBytes(data, 0, end)
}

function ascii85(data: Buffer, budget: Budget): Buffer {
  const bytes = base85Bytes(data)
  budget.takeBytes(bytes.length)
  return bytes
}

/** The bytes of a text in base 85, with or without its marks; at most four times as many as the text has. */
export function base85Bytes(data: Buffer): Buffer {
  let zeros = 0
  for (const c of data) if (c === 0x7a) zeros++
  const out = Buffer.alloc(Math.ceil(((data.length - zeros) * 4) / 5) + zeros * 4 + 8)
  let length = 0
  let value = 0
  let count = 0
  for (let at = data[0] === 0x3c && data[1] === 0x7e ? 2 : 0; at < data.length; at++) {
    const c = data[at]!
    if (c === 0x7e) break
    if (c === 0x7a && count === 0) {
      length += 4
      continue
    }
    if (c < 0x21 || c > 0x75) continue
    value = value * 85 + (c - 0x21)
    if (++count === 5) {
      out.writeUInt32BE(value >>> 0, length)
      length += 4
      value = 0
      count = 0
    }
  }
  if (count > 1) {
    for (let i = count; i < 5; i++) value = value * 85 + 84
    out.writeUInt32BE(value >>> 0, length)
    length += count - 1
  }
  return out.subarray(0, length)
}

function runLength(data: Buffer, budget: Budget): Buffer {
  let length = 0
  const each = (put: (at: number, count: number, literal: boolean) => void) => {
    for (let at = 0; at < data.length;) {
      const code = data[at++]!
      if (code === 128) break
      const literal = code < 128
      const count = literal ? Math.min(code + 1, data.length - at) : 257 - code
      put(at, count, literal)
      at += literal ? code + 1 : 1
    }
  }
  budget.step(1 + (data.length >> 3))
  each((_, count) => (length += count))
  budget.takeBytes(length)
  const out = Buffer.alloc(length)
  let to = 0
  each((at, count, literal) => {
    if (literal) data.copy(out, to, at, at + count)
    else out.fill(data[at] ?? 0, to, to + count)
    to += count
  })
  return out
}

function lzw(data: Buffer, early: number, budget: Budget): Buffer {
  const longest = Math.min(budget.room, Math.max(budget.limits.ratioFloor, data.length * budget.limits.ratio))
  let out = Buffer.alloc(Math.min(longest, Math.max(4096, data.length * 4)))
  let length = 0
  const starts = new Int32Array(4097)
  const lengths = new Int32Array(4097)
  let next = 258
  let bits = 9
  let previous = -1
  let held = 0
  let heldBits = 0
  for (const byte of data) {
    held = ((held << 8) | byte) & 0xffffff
    heldBits += 8
    if (heldBits < bits) continue
    heldBits -= bits
    const code = (held >> heldBits) & ((1 << bits) - 1)
    if (code === 257) break
    if (code === 256) {
      next = 258
      bits = 9
      previous = -1
      continue
    }
    const from = length
    const size = code < 256 ? 1 : code < next ? lengths[code]! : previous < 0 ? 0 : from - previous + 1
    if (size === 0 || code > next) break
    if (length + size > longest) throw new LimitReached(longest < budget.room ? 'ratio' : 'bytes')
    if (length + size > out.length) {
      const larger = Buffer.alloc(Math.min(longest, out.length * 2 + size))
      out.copy(larger, 0, 0, length)
      out = larger
    }
    if (code < 256) out[length++] = code
    else {
      const source = code < next ? starts[code]! : previous
      for (let i = 0; i < size; i++) out[length++] = out[source + i]!
    }
    if (previous >= 0 && next < 4096) {
      starts[next] = previous
      lengths[next] = from - previous + 1
      next++
      if (next + early >= 1 << bits && bits < 12) bits++
    }
    previous = from
  }
  budget.takeBytes(length)
  return out.subarray(0, length)
}
