import type { Budget } from '#scanner/intake/limits.ts'
import { isDict, type PdfValue } from './pdf-lexer.ts'

const LONGEST_ROW = 2 ** 24

interface Row {
  readonly rowBytes: number
  readonly pixel: number
}

/** The whole numbers that a predictor works by (PDF 32000-1, table 8), with their defaults. */
export function predictorOf(parameters: PdfValue | undefined): { predictor: number; colors: number; bits: number; columns: number } {
  const whole = (key: string, otherwise: number) => {
    const value = isDict(parameters) ? parameters.dict.get(key) : undefined
    return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : otherwise
  }
  return { predictor: whole('Predictor', 1), colors: whole('Colors', 1), bits: whole('BitsPerComponent', 8), columns: whole('Columns', 1) }
}

/** Undoes the TIFF and PNG predictors (PDF 32000-1, 7.4.4.4); impossible parameters leave the bytes as they are. */
export function unpredict(data: Buffer, parameters: PdfValue | undefined, budget: Budget): Buffer {
  const { predictor, colors, bits, columns } = predictorOf(parameters)
  if (predictor < 2) return data
  const bitsPerPixel = colors * bits
  const rowBytes = Math.ceil((bitsPerPixel * columns) / 8)
  if (rowBytes > data.length || rowBytes > LONGEST_ROW) return data
  const row = { rowBytes, pixel: Math.max(1, Math.ceil(bitsPerPixel / 8)) }
  return predictor === 2 ? tiff(data, { colors, bits, ...row }, budget) : predictor >= 10 ? png(data, row, budget) : data
}

function png(data: Buffer, row: Row, budget: Budget): Buffer {
  const rows = Math.ceil(data.length / (row.rowBytes + 1))
  budget.step(rows)
  const out = Buffer.alloc(rows * row.rowBytes)
  for (let i = 0; i < rows; i++) undoRow(data, out, i, row)
  return out
}

function undoRow(data: Buffer, out: Buffer, row: number, { rowBytes, pixel }: Row): void {
  const kind = data[row * (rowBytes + 1)] ?? 0
  const from = row * (rowBytes + 1) + 1
  const to = row * rowBytes
  if (kind === 0) {
    data.copy(out, to, from, from + rowBytes)
    return
  }
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

/** Predictor 2: each component is the difference to the one of the pixel before (TIFF 6.0, section 14). */
function tiff(data: Buffer, { colors, bits, rowBytes }: Row & { colors: number; bits: number }, budget: Budget): Buffer {
  const out = Buffer.from(data)
  budget.step(Math.ceil(data.length / 16))
  for (let from = 0; from < out.length; from += rowBytes) {
    const row = out.subarray(from, from + rowBytes)
    if (bits === 8) for (let i = colors; i < row.length; i++) row[i] = row[i]! + row[i - colors]!
    else if (bits === 16)
      for (let i = colors * 2; i + 1 < row.length; i += 2) row.writeUInt16BE((row.readUInt16BE(i) + row.readUInt16BE(i - colors * 2)) & 0xffff, i)
    else if (bits === 1 || bits === 2 || bits === 4) addBits(row, colors, bits)
  }
  return out
}

function addBits(row: Buffer, colors: number, bits: number): void {
  const mask = (1 << bits) - 1
  const perByte = 8 / bits
  const place = (i: number) => 8 - bits - (i % perByte) * bits
  const sample = (i: number) => (row[Math.trunc(i / perByte)]! >> place(i)) & mask
  for (let i = colors; i < row.length * perByte; i++) {
    const at = Math.trunc(i / perByte)
    row[at] = (row[at]! & ~(mask << place(i))) | (((sample(i) + sample(i - colors)) & mask) << place(i))
  }
}
