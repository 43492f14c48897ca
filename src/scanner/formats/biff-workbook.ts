import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32, u8 } from './bytes.ts'
import { biffRecords, biffText, rkNumber, sharedStrings, type BiffRecord } from './biff.ts'
import { readTokens, type TokenContext } from './formula-tokens.ts'
import { XlmWorkbook, type SheetState, type XlmSheet } from './xlm-workbook.ts'
import type { XlmValue } from './xlm-functions.ts'

const RECORD = {
  formula: 0x0006,
  externSheet: 0x0017,
  name: 0x0018,
  continues: 0x003c,
  boundSheet: 0x0085,
  mulRk: 0x00bd,
  richText: 0x00d6,
  sst: 0x00fc,
  labelSst: 0x00fd,
  supBook: 0x01ae,
  number: 0x0203,
  label: 0x0204,
  boolErr: 0x0205,
  string: 0x0207,
  array: 0x0221,
  shared: 0x04bc,
  rk: 0x027e,
  bof: 0x0809,
} as const
export const BUILT_IN_NAMES: Record<number, string> = { 1: 'Auto_Open', 2: 'Auto_Close', 10: 'Auto_Activate', 11: 'Auto_Deactivate' }
/** The token of a cell whose formula stands elsewhere. */
const SHARED = 0x01
const WORKSHEET = 0x0010
const MACRO_SHEET = 0x0040
const MOST_SHEETS = 4096
const MOST_SHARED = 10_000
const STATES: readonly SheetState[] = ['visible', 'hidden', 'very-hidden', 'hidden']

/** Reads sheets, names and cells of a workbook stream (MS-XLS) as far as its macros need them. Throws LimitReached. */
export function readBiffWorkbook(stream: Buffer, budget: Budget): XlmWorkbook {
  const reader = new BiffWorkbook(stream.length >= 6 && stream.readUInt16LE(4) >= 0x0600 ? 8 : 5, budget)
  for (const record of biffRecords(stream, budget)) reader.take(record)
  return reader.finish()
}

class BiffWorkbook {
  readonly #workbook = new XlmWorkbook()
  readonly #biff: 5 | 8
  readonly #budget: Budget
  readonly #starts = new Map<number, string>()
  /** Of the first sheet of each name. */
  readonly #places = new Map<string, number>()
  readonly #names: string[] = []
  readonly #waiting: (() => void)[] = []
  readonly #books: ('own' | 'other')[] = []
  readonly #external: { readonly book: number; readonly sheet: number }[] = []
  readonly #context: TokenContext
  readonly #sharedTokens = new Map<string, Buffer>()
  #sheet = ''
  #shared: Buffer[] = []
  #strings: string[] | undefined
  #last: { row: number; column: number } | undefined
  #inShared = false

  constructor(biff: 5 | 8, budget: Budget) {
    this.#biff = biff
    this.#budget = budget
    this.#context = {
      biff,
      sheetOf: (entry) => this.#sheetOf(entry),
      nameOf: (number) => this.#names[number - 1] ?? `NAME.${number}`,
    }
  }

  take(record: BiffRecord): void {
    if (record.type !== RECORD.continues) this.#inShared = record.type === RECORD.sst
    try {
      this.#take(record)
    } catch (error) {
      // A record that is too short for its own fields says nothing.
      if (!(error instanceof Damaged)) throw error
    }
  }

  /** Formulas of names may speak of sheets and names that come after them. */
  finish(): XlmWorkbook {
    for (const work of this.#waiting) work()
    return this.#workbook
  }

  #take({ type, offset, data }: BiffRecord): void {
    if (type === RECORD.bof) this.#begin(data, offset)
    else if (type === RECORD.boundSheet) this.#boundSheet(data, offset)
    else if (type === RECORD.name) this.#name(data, offset)
    else if (type === RECORD.supBook) this.#books.push(u16(data, 2) === 0x0401 ? 'own' : 'other')
    else if (type === RECORD.externSheet) this.#externSheet(data)
    else if (type === RECORD.sst || (type === RECORD.continues && this.#inShared)) this.#shared.push(data)
    else if (this.#sheet !== '') this.#cell(type, data)
  }

  /** A sheet begins: one that no list names, or that says itself that it holds macros, is taken as it is. */
  #begin(data: Buffer, offset: number): void {
    const kind = u16(data, 2)
    this.#sheet = this.#starts.get(offset) ?? ''
    if (kind !== MACRO_SHEET && kind !== WORKSHEET) return
    const index = this.#places.get(this.#sheet)
    const listed = index === undefined ? undefined : this.#workbook.sheets[index]
    if (listed && kind === MACRO_SHEET && !listed.macro) this.#workbook.sheets[index!] = { ...listed, macro: true }
    if (listed || this.#isFull()) return
    this.#sheet = `sheet at ${offset}`
    this.#add({ name: this.#sheet, macro: kind === MACRO_SHEET, state: 'hidden', offset })
  }

  #isFull(): boolean {
    const full = this.#workbook.sheets.length >= MOST_SHEETS
    if (full) this.#workbook.full = true
    return full
  }

  #add(sheet: XlmSheet): void {
    if (!this.#places.has(sheet.name)) this.#places.set(sheet.name, this.#workbook.sheets.length)
    this.#workbook.sheets.push(sheet)
  }

  #boundSheet(data: Buffer, offset: number): void {
    if (this.#isFull()) return
    const { text } = biffText(data, 7, u8(data, 6), this.#biff)
    this.#starts.set(u32(data, 0), text)
    this.#add({ name: text, macro: u8(data, 5) === 1, state: STATES[u8(data, 4) & 3]!, offset })
  }

  #name(data: Buffer, offset: number): void {
    const flags = u16(data, 0)
    const { text, end } = biffText(data, 14, u8(data, 3), this.#biff)
    const name = flags & 0x20 ? (BUILT_IN_NAMES[text.charCodeAt(0)] ?? `BUILTIN.${text.charCodeAt(0)}`) : text
    const tokens = data.subarray(end, end + u16(data, 4))
    this.#names.push(name)
    this.#waiting.push(() => {
      const formula = tokens.length > 0 ? readTokens(tokens, this.#context, this.#budget) : undefined
      this.#workbook.names.push({ name, hidden: (flags & 1) === 1, formula, offset })
    })
  }

  #externSheet(data: Buffer): void {
    if (this.#biff === 5) return
    for (let i = 0; i < u16(data, 0) && i * 6 + 8 <= data.length; i++) this.#external.push({ book: u16(data, 2 + i * 6), sheet: u16(data, 4 + i * 6) })
  }

  #sheetOf(entry: number): string | undefined {
    if (this.#biff === 5) return this.#workbook.sheets[entry]?.name
    const external = this.#external[entry]
    return external && this.#books[external.book] !== 'other' ? this.#workbook.sheets[external.sheet]?.name : undefined
  }

  #cell(type: number, data: Buffer): void {
    if (type === RECORD.formula) return this.#formula(data)
    if (type === RECORD.array) return this.#sharedFormula(data, 12)
    if (type === RECORD.shared) return this.#sharedFormula(data, 8)
    if (type === RECORD.string) return this.#result(biffText(data, 2, u16(data, 0), this.#biff).text)
    if (type === RECORD.mulRk) {
      for (let at = 4, column = u16(data, 2); at + 6 <= data.length - 2; at += 6, column++) this.#set(u16(data, 0), column, rkNumber(data.readInt32LE(at + 2)))
      return
    }
    const value = this.#constant(type, data)
    if (value !== undefined) this.#set(u16(data, 0), u16(data, 2), value)
  }

  #constant(type: number, data: Buffer): XlmValue {
    if (type === RECORD.number && data.length >= 14) return data.readDoubleLE(6)
    if (type === RECORD.rk) return rkNumber(u32(data, 6) | 0)
    if (type === RECORD.boolErr && u8(data, 7) === 0) return u8(data, 6) !== 0
    if (type === RECORD.label || type === RECORD.richText) return biffText(data, 8, u16(data, 6), this.#biff).text
    if (type !== RECORD.labelSst) return undefined
    this.#strings ??= sharedStrings(this.#shared, this.#budget)
    return this.#strings[u32(data, 6)]
  }

  #formula(data: Buffer): void {
    const [row, column] = [u16(data, 0), u16(data, 2)]
    const tokens = data.subarray(22, 22 + u16(data, 20))
    const cell = this.#workbook.at(this.#sheet, row, column)
    this.#last = { row, column }
    if (!cell) return
    // Names and sheets stand before the cells in a workbook, so that their numbers mean something here already.
    const shared = tokens[0] === SHARED && tokens.length >= 5 ? this.#sharedTokens.get(`${this.#sheet} ${u16(tokens, 1)} ${u16(tokens, 3)}`) : undefined
    cell.formula = readTokens(shared ?? tokens, this.#context, this.#budget, { row, column })
    if (u16(data, 12) !== 0xffff) cell.value = data.readDoubleLE(6)
    else if (u8(data, 6) === 1) cell.value = u8(data, 8) !== 0
  }

  /** What an array of cells has in common, or several cells share: it follows the first of them. The count of its bytes stands at `at`. */
  #sharedFormula(data: Buffer, at: number): void {
    const tokens = data.subarray(at + 2, at + 2 + u16(data, at))
    const first = { row: u16(data, 0), column: u8(data, 4) }
    if (this.#sharedTokens.size < MOST_SHARED) this.#sharedTokens.set(`${this.#sheet} ${first.row} ${first.column}`, tokens)
    const cell = this.#last && this.#workbook.get(this.#sheet, this.#last.row, this.#last.column)
    if (cell && this.#last) cell.formula = readTokens(tokens, this.#context, this.#budget, this.#last)
  }

  #result(text: string): void {
    const cell = this.#last && this.#workbook.get(this.#sheet, this.#last.row, this.#last.column)
    if (cell) cell.value = text
  }

  #set(row: number, column: number, value: XlmValue): void {
    const cell = this.#workbook.at(this.#sheet, row, column)
    if (cell) cell.value = value
  }
}
