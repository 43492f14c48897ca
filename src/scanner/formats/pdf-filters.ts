import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { inflateZlib } from './inflate.ts'
import { isDict, isName, type PdfDict, type PdfValue } from './pdf-lexer.ts'

const MOST_FILTERS = 8

/** The names of a stream's filters in their order, short names written out. */
export function filtersOf({ dict }: PdfDict): string[] {
  const raw = dict.get('Filter') ?? dict.get('F')
  const names = (Array.isArray(raw) ? raw : [raw]).flatMap((value) => (isName(value) ? [value.name] : []))
  return names.map((name) => LONG_NAMES[name] ?? name)
}

const LONG_NAMES: Record<string, string> = { Fl: 'FlateDecode', AHx: 'ASCIIHexDecode', A85: 'ASCII85Decode', LZW: 'LZWDecode', RL: 'RunLengthDecode' }

/** Undoes the filters of a stream. Throws Damaged for a broken or unsupported one, LimitReached at a limit. */
export function decodeStream(dictionary: PdfDict, data: Buffer, budget: Budget): Buffer {
  const names = filtersOf(dictionary)
  if (names.length > MOST_FILTERS) throw new LimitReached('depth')
  const raw = dictionary.dict.get('DecodeParms') ?? dictionary.dict.get('DP')
  const parameters = Array.isArray(raw) ? raw : [raw]
  return names.reduce((bytes, name, index) => undo(name, bytes, parameters[index], budget), data)
}

function undo(name: string, data: Buffer, parameters: PdfValue | undefined, budget: Budget): Buffer {
  switch (name) {
    case 'FlateDecode':
      return unpredict(inflateZlib(data, budget).bytes, parameters, budget)
    case 'LZWDecode':
      return unpredict(lzw(data, isDict(parameters) && parameters.dict.get('EarlyChange') === 0 ? 0 : 1, budget), parameters, budget)
    case 'ASCIIHexDecode':
      return asciiHex(data, budget)
    case 'ASCII85Decode':
      return ascii85(data, budget)
    case 'RunLengthDecode':
      return runLength(data, budget)
    default:
      throw new Damaged(`the filter ${name.slice(0, 40)} is not supported`)
  }
}

function asciiHex(data: Buffer, budget: Budget): Buffer {
  const text = data
    .toString('latin1')
    .split('>', 1)[0]!
    .replaceAll(/[^0-9a-fA-F]/g, '')
  budget.takeBytes(text.length >> 1)
  return Buffer.from(text.length % 2 === 1 ? `${text}0` : text, 'hex')
}

function ascii85(data: Buffer, budget: Budget): Buffer {
  budget.takeBytes(data.length)
  const out = Buffer.alloc(data.length * 4 + 8)
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
  const parts: Buffer[] = []
  for (let at = 0; at < data.length;) {
    budget.step()
    const length = data[at++]!
    if (length === 128) break
    const part = length < 128 ? data.subarray(at, at + length + 1) : Buffer.alloc(257 - length, data[at] ?? 0)
    at += length < 128 ? length + 1 : 1
    budget.takeBytes(part.length)
    parts.push(part)
  }
  return Buffer.concat(parts)
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

/** Undoes the PNG predictors (PDF 32000-1, 7.4.4.4); others leave the bytes as they are. */
function unpredict(data: Buffer, parameters: PdfValue | undefined, budget: Budget): Buffer {
  if (!isDict(parameters)) return data
  const whole = (key: string, otherwise: number) => {
    const value = parameters.dict.get(key)
    return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : otherwise
  }
  if (whole('Predictor', 1) < 10) return data
  const bitsPerPixel = whole('Colors', 1) * whole('BitsPerComponent', 8)
  const rowBytes = Math.ceil((bitsPerPixel * whole('Columns', 1)) / 8)
  if (rowBytes > data.length || rowBytes > 2 ** 24) return data
  const pixel = Math.max(1, Math.ceil(bitsPerPixel / 8))
  const rows = Math.ceil(data.length / (rowBytes + 1))
  budget.step(rows)
  const out = Buffer.alloc(rows * rowBytes)
  for (let row = 0; row < rows; row++) undoRow(data, out, { row, rowBytes, pixel })
  return out
}

function undoRow(data: Buffer, out: Buffer, { row, rowBytes, pixel }: { row: number; rowBytes: number; pixel: number }): void {
  const kind = data[row * (rowBytes + 1)] ?? 0
  const from = row * (rowBytes + 1) + 1
  const to = row * rowBytes
  for (let i = 0; i < rowBytes; i++) {
    const left = i >= pixel ? out[to + i - pixel]! : 0
    const up = row > 0 ? out[to + i - rowBytes]! : 0
    const corner = row > 0 && i >= pixel ? out[to + i - rowBytes - pixel]! : 0
    const add = kind === 1 ? left : kind === 2 ? up : kind === 3 ? (left + up) >> 1 : kind === 4 ? paeth(left, up, corner) : 0
    out[to + i] = ((data[from + i] ?? 0) + add) & 0xff
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}
