import type { Formula } from './formula.ts'
import type { XlmValue } from './xlm-functions.ts'

export type SheetState = 'visible' | 'hidden' | 'very-hidden'

export interface XlmSheet {
  readonly name: string
  /** True for a sheet of Excel 4.0 macros. */
  readonly macro: boolean
  readonly state: SheetState
  /** Where it is stated: in the stream or part that lists the sheets. */
  readonly offset: number
}

export interface XlmName {
  readonly name: string
  readonly hidden: boolean
  readonly formula: Formula | undefined
  readonly offset: number
}

interface Cell {
  formula?: Formula
  /** As the file keeps it, or as the macro set it. */
  value?: XlmValue
  /** True once the macro has set or run it: the value then is no leftover of another run. */
  fresh?: boolean
}

const COLUMNS = 16_384
const ROWS = 2 ** 20
const MOST_CELLS = 200_000

/** The cells of a workbook by sheet, as far as a macro needs them. */
export class XlmWorkbook {
  readonly sheets: XlmSheet[] = []
  readonly names: XlmName[] = []
  readonly #cells = new Map<string, Map<number, Cell>>()
  readonly #lastRows = new Map<string, number>()
  readonly #byName = new Map<string, XlmName>()
  #indexed = 0
  #count = 0
  /** True where more cells stand in the file than are kept. */
  full = false

  /** The cell at a place, new where there is none; undefined outside of a sheet, and once too many are kept. */
  at(sheet: string, row: number, column: number): Cell | undefined {
    if (!(row >= 0 && row < ROWS && column >= 0 && column < COLUMNS)) return undefined
    const key = sheet.toLowerCase()
    let home = this.#cells.get(key)
    if (!home) this.#cells.set(key, (home = new Map()))
    const place = row * COLUMNS + column
    let cell = home.get(place)
    if (cell) return cell
    if (this.#count >= MOST_CELLS) {
      this.full = true
      return undefined
    }
    this.#count++
    home.set(place, (cell = {}))
    this.#lastRows.set(key, Math.max(this.#lastRows.get(key) ?? 0, row))
    return cell
  }

  get(sheet: string, row: number, column: number): Cell | undefined {
    return this.#cells.get(sheet.toLowerCase())?.get(row * COLUMNS + column)
  }

  /** A defined name, case ignored. */
  nameOf(name: string): XlmName | undefined {
    for (; this.#indexed < this.names.length; this.#indexed++) {
      const one = this.names[this.#indexed]!
      this.#byName.set(one.name.toLowerCase(), one)
    }
    return this.#byName.get(name.toLowerCase())
  }

  lastRow(sheet: string): number {
    return this.#lastRows.get(sheet.toLowerCase()) ?? -1
  }

  /** The formulas of a sheet in the order of rows. */
  formulas(sheet: string): { readonly row: number; readonly column: number; readonly formula: Formula }[] {
    return [...(this.#cells.get(sheet.toLowerCase()) ?? [])]
      .flatMap(([place, { formula }]) => (formula ? [{ row: Math.floor(place / COLUMNS), column: place % COLUMNS, formula }] : []))
      .sort((a, b) => a.row - b.row || a.column - b.column)
  }
}

/** Names that Excel runs by itself; whatever follows them is part of the trick. */
export function runsByItself(name: string): boolean {
  return /^(_xlnm\.)?auto_?(open|close|activate|deactivate)/i.test(name)
}
