/** A place in a workbook: sheet by its name, row and column from 0. */
export interface CellPlace {
  readonly sheet: string
  readonly row: number
  readonly column: number
}

/** A reference: one cell, or the area up to a last one; without a sheet it means that of the formula. */
export interface Reference {
  readonly kind: 'reference'
  readonly sheet?: string
  readonly row: number
  readonly column: number
  readonly lastRow: number
  readonly lastColumn: number
}

/** A formula as a tree, from tokens (formula-tokens.ts) or from text (formula-parser.ts). */
export type Formula =
  | { readonly kind: 'constant'; readonly value: string | number | boolean }
  | { readonly kind: 'missing' }
  | Reference
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Formula[] }
  | { readonly kind: 'operator'; readonly operator: string; readonly args: readonly Formula[] }
  | { readonly kind: 'unread'; readonly why: string }

const DEEPEST = 64
const LONGEST = 2000

/** A formula as it would be typed. Long or deep ones are cut with an ellipsis. */
export function formulaText(formula: Formula): string {
  const pieces: string[] = []
  let length = 0
  const put = (text: string) => {
    length += text.length
    if (length <= LONGEST) pieces.push(text)
  }
  write(formula, put, () => length > LONGEST, 0)
  return length > LONGEST ? `${pieces.join('')}…` : pieces.join('')
}

function write(formula: Formula, put: (text: string) => void, full: () => boolean, depth: number): void {
  if (full()) return
  if (depth > DEEPEST) return put('…')
  const inner = (one: Formula) => write(one, put, full, depth + 1)
  if (formula.kind === 'constant') put(constantText(formula.value))
  else if (formula.kind === 'reference') put(referenceText(formula))
  else if (formula.kind === 'name') put(formula.name)
  else if (formula.kind === 'unread') put('#?')
  else if (formula.kind === 'operator') {
    const [first, second] = formula.args
    if (formula.operator === '()') put('(')
    else if (!second && formula.operator !== '%') put(formula.operator)
    if (first) inner(first)
    if (second) {
      put(formula.operator)
      inner(second)
    } else if (formula.operator === '%') put('%')
    else if (formula.operator === '()') put(')')
  } else if (formula.kind === 'call') {
    put(`${formula.name}(`)
    for (const [i, arg] of formula.args.entries()) {
      if (i > 0) put(',')
      inner(arg)
    }
    put(')')
  }
}

function constantText(value: string | number | boolean): string {
  if (typeof value === 'string') return `"${value.slice(0, LONGEST).replaceAll('"', '""')}"`
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : String(value)
}

function referenceText({ sheet, row, column, lastRow, lastColumn }: Reference): string {
  const home = sheet === undefined ? '' : `${sheetText(sheet)}!`
  const first = cellText(row, column)
  return row === lastRow && column === lastColumn ? `${home}${first}` : `${home}${first}:${cellText(lastRow, lastColumn)}`
}

function sheetText(sheet: string): string {
  return /^\w+$/.test(sheet) ? sheet : `'${sheet.replaceAll("'", "''")}'`
}

/** A cell as A1. */
export function cellText(row: number, column: number): string {
  let letters = ''
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26)) letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters
  return `${letters}${row + 1}`
}

/** A place as Sheet!A1. */
export function placeText({ sheet, row, column }: CellPlace): string {
  return `${sheetText(sheet)}!${cellText(row, column)}`
}
