import type { Budget } from '#scanner/intake/limits.ts'
import { parseFormula } from './formula-parser.ts'
import type { XlmName, XlmWorkbook } from './xlm-workbook.ts'
import type { ListedSheet } from './xlsb.ts'
import { walkXml } from './xml.ts'

const STATES: Record<string, number> = { visible: 0, hidden: 1, veryhidden: 2 }
const LONGEST = 32_768

/** What the part `xl/workbook.xml` says: its sheets and its names (ECMA-376 part 1, 18.2). Throws LimitReached. */
export function readXlsxBook(text: string, budget: Budget): { readonly sheets: readonly ListedSheet[]; readonly names: readonly XlmName[] } {
  const sheets: ListedSheet[] = []
  const names: XlmName[] = []
  let open: { name: string; hidden: boolean; offset: number } | undefined
  let body: string[] = []
  for (const event of walkXml(text, budget)) {
    if (event.kind === 'text') {
      if (open) body.push(event.text)
    } else if (event.kind === 'close') {
      if (open && event.name === 'definedName') names.push({ ...open, formula: parseFormula(body.join('').slice(0, LONGEST), budget) })
      open = undefined
    } else if (event.name === 'sheet') {
      const { attributes, offset } = event
      const state = STATES[(attributes.get('state') ?? '').toLowerCase()] ?? 0
      sheets.push({ name: attributes.get('name') ?? '', relation: attributes.get('id') ?? '', state, offset })
    } else if (event.name === 'definedName' && !event.closed) {
      open = { name: event.attributes.get('name') ?? '', hidden: event.attributes.get('hidden') === '1', offset: event.offset }
      body = []
    }
  }
  return { sheets, names }
}

/** The texts of the part `xl/sharedStrings.xml`. Throws LimitReached. */
export function readXlsxStrings(text: string, budget: Budget): string[] {
  const strings: string[] = []
  let pieces: string[] | undefined
  let inText = false
  for (const event of walkXml(text, budget)) {
    if (event.kind === 'text') {
      if (inText) pieces?.push(event.text)
    } else if (event.kind === 'open') {
      if (event.name === 'si') pieces = []
      inText = event.name === 't' && !event.closed
    } else {
      inText = false
      if (event.name !== 'si') continue
      strings.push((pieces ?? []).join(''))
      pieces = undefined
    }
  }
  return strings
}

/** Reads the cells of a sheet's part, worksheet or macro sheet, into a workbook (ECMA-376 part 1, 18.3). Throws LimitReached. */
export function readXlsxSheet(
  text: string,
  { workbook, sheet, strings }: { workbook: XlmWorkbook; sheet: string; strings: readonly string[] },
  budget: Budget,
): void {
  let cell: { place: string; type: string; formula: string; value: string } | undefined
  let inside = ''
  for (const event of walkXml(text, budget)) {
    if (event.kind === 'open') {
      if (event.name === 'c') cell = { place: event.attributes.get('r') ?? '', type: event.attributes.get('t') ?? '', formula: '', value: '' }
      inside = event.closed ? '' : event.name
    } else if (event.kind === 'text') {
      if (cell && inside === 'f') cell.formula += event.text.slice(0, LONGEST)
      else if (cell && (inside === 'v' || inside === 't')) cell.value += event.text.slice(0, LONGEST)
    } else {
      inside = ''
      if (event.name === 'c' && cell) setCell(cell, { workbook, sheet, strings }, budget)
      if (event.name === 'c') cell = undefined
    }
  }
}

function setCell(
  { place, type, formula, value }: { place: string; type: string; formula: string; value: string },
  { workbook, sheet, strings }: { workbook: XlmWorkbook; sheet: string; strings: readonly string[] },
  budget: Budget,
): void {
  const at = parseFormula(place, budget)
  if (at.kind !== 'reference') return
  const cell = workbook.at(sheet, at.row, at.column)
  if (!cell) return
  if (formula !== '') cell.formula = parseFormula(formula.replace(/^=/, ''), budget)
  if (type === 's') cell.value = strings[Number(value)]
  else if (type === 'str' || type === 'inlineStr') cell.value = value
  else if (type === 'b') cell.value = value === '1'
  else if (value !== '' && type !== 'e') cell.value = Number(value)
}
