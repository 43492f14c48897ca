import type { Budget } from '#scanner/intake/limits.ts'
import type { DdeLink } from './excel-binary.ts'
import { parseFormula } from './formula-parser.ts'
import { ddeFormula } from './sheet-text.ts'
import { XlmWorkbook } from './xlm-workbook.ts'

/** A sheet in symbolic link format (SYLK): links of its cells, and the workbook that it makes. */
export interface Slk {
  readonly links: readonly DdeLink[]
  readonly workbook: XlmWorkbook
}

/** The name that Excel gives the only sheet of such a file is that of the file, which is not known here. */
const SHEET = 'Sheet'
const LONGEST_RECORD = 32_768
const MOST_LINKS = 1000

/**
 * Reads the cells and the names of an SLK file (Microsoft, "Summary of SYLK file format"): records of a line, fields of a letter, `;;` for a semicolon. It is
 * a sheet of macros when its options say so (`O;E`) or one of its names runs by itself. Throws LimitReached.
 */
export function readSlk(text: string, budget: Budget): Slk {
  const workbook = new XlmWorkbook()
  const links: DdeLink[] = []
  const cell = { row: 0, column: 0 }
  let macro = false
  for (let from = 0; from < text.length;) {
    budget.step()
    const newline = text.indexOf('\n', from)
    const end = newline === -1 ? text.length : newline
    const fields = fieldsOf(text.slice(from, Math.min(end, from + LONGEST_RECORD)))
    const kind = fields[0]?.trim().toUpperCase()
    if (kind === 'C') {
      const formula = readCell(fields, cell, workbook, budget)
      const link = formula === undefined ? undefined : ddeFormula(`=${formula}`)
      if (link && links.length < MOST_LINKS) links.push({ offset: from, ...link })
    } else if (kind === 'NN') readName(fields, from, workbook, budget)
    else if (kind === 'O') macro ||= fields.slice(1).some((field) => /^E\d{0,6}$/i.test(field.trim()))
    from = end + 1
  }
  const starts = workbook.names.some(({ name }) => /^auto_?(open|close|activate|deactivate)/i.test(name))
  if (macro || starts) workbook.sheets.push({ name: SHEET, macro: true, state: 'visible', offset: 0 })
  return { links, workbook }
}

/** The fields of a record; a semicolon that belongs to one is doubled. */
function fieldsOf(record: string): string[] {
  return record
    .replace(/\r$/, '')
    .replaceAll(';;', '\0')
    .split(';')
    .map((field) => field.replaceAll('\0', ';'))
}

function field(fields: readonly string[], letter: string): string | undefined {
  return fields.find((one, i) => i > 0 && one[0]?.toUpperCase() === letter)?.slice(1)
}

/** Takes a cell over; a row or column that is left out is that of the cell before. Answers with its formula. */
function readCell(fields: readonly string[], cell: { row: number; column: number }, workbook: XlmWorkbook, budget: Budget): string | undefined {
  const [column, row, value, formula] = ['X', 'Y', 'K', 'E'].map((letter) => field(fields, letter))
  if (column !== undefined) cell.column = Number.parseInt(column, 10) - 1
  if (row !== undefined) cell.row = Number.parseInt(row, 10) - 1
  const home = workbook.at(SHEET, cell.row, cell.column)
  if (!home) return formula
  if (formula !== undefined) home.formula = parseFormula(formula, budget, { from: { ...cell } })
  if (value !== undefined) home.value = valueOf(value.trim())
  return formula
}

function valueOf(text: string): string | number | boolean | undefined {
  if (text.startsWith('"')) return text.slice(1).replace(/"$/, '')
  if (text === 'TRUE' || text === 'FALSE') return text === 'TRUE'
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
}

function readName(fields: readonly string[], offset: number, workbook: XlmWorkbook, budget: Budget): void {
  const [name, formula] = [field(fields, 'N'), field(fields, 'E')]
  if (name === undefined || workbook.names.length >= 1000) return
  const hidden = fields.slice(1).some((one) => one.toUpperCase() === 'H')
  workbook.names.push({ name, hidden, offset, formula: formula === undefined ? undefined : parseFormula(formula, budget, { from: { row: 0, column: 0 } }) })
}
