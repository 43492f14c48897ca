import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u32, u8, utf16 } from './bytes.ts'
import { rkNumber, type BiffRecord } from './biff.ts'
import { readTokens, type TokenContext } from './formula-tokens.ts'
import type { XlmName, XlmWorkbook } from './xlm-workbook.ts'

const LONGEST = 32_767

/** The records of a binary workbook part (MS-XLSB 2.1.4): type and size in bytes of seven bits, of two and four at most. */
export function* xlsbRecords(part: Buffer, budget: Budget): Generator<BiffRecord> {
  for (let at = 0; at < part.length;) {
    budget.step()
    const offset = at
    let type = part[at++]!
    if (type & 0x80) type = (type & 0x7f) | ((part[at++] ?? 0) << 7)
    let size = 0
    for (let i = 0, more = true; i < 4 && more; i++) {
      const byte = part[at++] ?? 0
      size |= (byte & 0x7f) << (7 * i)
      more = (byte & 0x80) !== 0
    }
    yield { type, offset, data: part.subarray(at, at + size) }
    at += size
  }
}

/** Text with a count of characters of 32 bits before it. Throws Damaged. */
export function xlsbText(data: Buffer, at: number): { text: string; end: number } {
  const length = Math.min(u32(data, at), LONGEST)
  const end = at + 4 + length * 2
  if (end > data.length) throw new Damaged('a string does not fit')
  return { text: utf16(data, at + 4, end), end }
}

const RECORD = { row: 0, rk: 2, bool: 4, real: 5, text: 6, shared: 7, formulaText: 8, formulaNumber: 9, formulaBool: 10, formulaError: 11, item: 19 } as const
const NAME = 39
const BUNDLE_SHEET = 156
const SUP_SELF = 357
const SUP_BOOK = [355, 358, 361, 667]
const EXTERN_SHEET = 362

/** A sheet as the workbook part lists it: `relation` leads to its part. */
export interface ListedSheet {
  readonly name: string
  readonly relation: string
  readonly state: number
  readonly offset: number
}

/** What the workbook part of a binary workbook says: its sheets, its names, and what the formulas of all parts refer to by number. */
export interface XlsbBook {
  readonly sheets: readonly ListedSheet[]
  readonly names: readonly XlmName[]
  readonly context: TokenContext
}

/** Reads the part `xl/workbook.bin`. Throws LimitReached. */
export function readXlsbBook(part: Buffer, budget: Budget): XlsbBook {
  const sheets: ListedSheet[] = []
  const names: { readonly name: string; readonly hidden: boolean; readonly tokens: Buffer; readonly offset: number }[] = []
  const books: boolean[] = []
  const external: { readonly book: number; readonly sheet: number }[] = []
  for (const { type, offset, data } of xlsbRecords(part, budget))
    quietly(() => {
      if (type === BUNDLE_SHEET) {
        const relation = xlsbText(data, 8)
        sheets.push({ relation: relation.text, name: xlsbText(data, relation.end).text, state: u32(data, 0), offset })
      } else if (type === NAME) {
        const { text, end } = xlsbText(data, 9)
        names.push({ name: text, hidden: (u32(data, 0) & 1) === 1, tokens: data.subarray(end + 4, end + 4 + u32(data, end)), offset })
      } else if (type === SUP_SELF || SUP_BOOK.includes(type)) books.push(type === SUP_SELF)
      else if (type === EXTERN_SHEET)
        for (let i = 0; i < u32(data, 0) && 16 + i * 12 <= data.length; i++) external.push({ book: u32(data, 4 + i * 12), sheet: u32(data, 8 + i * 12) })
    })
  const context: TokenContext = {
    biff: 12,
    sheetOf: (entry) => {
      const found = external[entry]
      return found && books[found.book] !== false ? sheets[found.sheet]?.name : undefined
    },
    nameOf: (number) => names[number - 1]?.name ?? `NAME.${number}`,
  }
  return {
    sheets,
    names: names.map(({ tokens, ...name }) => ({ ...name, formula: tokens.length > 0 ? readTokens(tokens, context, budget) : undefined })),
    context,
  }
}

/** The texts of the part `xl/sharedStrings.bin`. Throws LimitReached. */
export function readXlsbStrings(part: Buffer, budget: Budget): string[] {
  const strings: string[] = []
  for (const { type, data } of xlsbRecords(part, budget)) if (type === RECORD.item) quietly(() => strings.push(xlsbText(data, 1).text))
  return strings
}

/** Reads the cells of a sheet's part into a workbook. Throws LimitReached. */
export function readXlsbSheet(
  part: Buffer,
  { workbook, sheet, strings, context }: { workbook: XlmWorkbook; sheet: string; strings: readonly string[]; context: TokenContext },
  budget: Budget,
): void {
  let row = 0
  for (const { type, data } of xlsbRecords(part, budget))
    quietly(() => {
      if (type === RECORD.row) row = u32(data, 0)
      else if (type >= RECORD.rk && type <= RECORD.formulaError) {
        const cell = workbook.at(sheet, row & 0xfffff, u32(data, 0) & 0x3fff)
        if (!cell) return
        const { value, end } = cellValue(type, data, strings)
        cell.value = value
        if (end !== undefined) cell.formula = readTokens(data.subarray(end + 6, end + 6 + u32(data, end + 2)), context, budget)
      }
    })
}

/** The value of a cell's record, and where the flags before its formula stand. */
function cellValue(type: number, data: Buffer, strings: readonly string[]): { value: string | number | boolean | undefined; end?: number } {
  if (type === RECORD.rk) return { value: rkNumber(u32(data, 8) | 0) }
  if (type === RECORD.bool) return { value: u8(data, 8) !== 0 }
  if (type === RECORD.text) return { value: xlsbText(data, 8).text }
  if (type === RECORD.shared) return { value: strings[u32(data, 8)] }
  if (type === RECORD.formulaText) {
    const { text, end } = xlsbText(data, 8)
    return { value: text, end }
  }
  if (type === RECORD.formulaBool) return { value: u8(data, 8) !== 0, end: 9 }
  if (type === RECORD.formulaError) return { value: undefined, end: 9 }
  if (data.length < 16) throw new Damaged('a number is cut off')
  return { value: data.readDoubleLE(8), ...(type === RECORD.formulaNumber && { end: 16 }) }
}

/** A record that is too short for its own fields says nothing. */
function quietly(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
}
