import { runXlm } from '#scanner/formats/xlm.ts'
import { runsByItself, XlmWorkbook, type SheetState } from '#scanner/formats/xlm-workbook.ts'
import { readXlsbBook, readXlsbSheet, readXlsbStrings, type ListedSheet } from '#scanner/formats/xlsb.ts'
import { readXlsxBook, readXlsxSheet, readXlsxStrings } from '#scanner/formats/xlsx-workbook.ts'
import { walkXml, xmlText } from '#scanner/formats/xml.ts'
import type { Zip } from '#scanner/formats/zip.ts'
import { innerPath, type Part } from './part.ts'

const STATES: readonly SheetState[] = ['visible', 'hidden', 'very-hidden']

/** Reports the macro sheets of a workbook, the names that run by themselves, and what running them lightly shows. */
export function sayMacros(part: Part, path: string, workbook: XlmWorkbook): void {
  const autos = workbook.names.filter(({ name }) => runsByItself(name))
  const autoNames = autos.map(({ name, hidden }) => (hidden ? `${name} (hidden)` : name))
  const sheets = workbook.sheets.filter(({ macro }) => macro)
  for (const { offset, name, state } of sheets) part.say({ kind: 'macro-sheet', path, offset, name, state, autoNames })
  const first = autos[0]
  if (sheets.length === 0 && first) part.say({ kind: 'macro-sheet', path, offset: first.offset, name: '', state: 'visible', autoNames })
  if (sheets.length === 0) return
  const { calls, written, cut } = runXlm(workbook, part.budget)
  for (const call of calls) part.say({ kind: 'macro-call', path, ...call })
  if (written.length > 0) part.say({ kind: 'macro-writes', path, formulas: written })
  if (cut || workbook.full) part.miss(path, 'unsupported', 'the macros were run up to a limit of steps or cells')
}

/** Reads the parts of a workbook in a ZIP that its macros need, in XML or binary. A part that is damaged is left out. */
export function sayZipMacros(part: Part, zip: Zip): void {
  const entries = new Map(zip.entries.map((entry) => [entry.name.toLowerCase(), entry]))
  const read = (name: string) => {
    const entry = entries.get(name.toLowerCase())
    const limit = part.budget.limits.objectBytes
    return entry && !entry.encrypted && entry.packedBytes < limit ? part.attempt(innerPath(part.path, entry.name), () => zip.read(entry)) : undefined
  }
  const binary = entries.has('xl/workbook.bin')
  const home = binary ? 'xl/workbook.bin' : 'xl/workbook.xml'
  const path = innerPath(part.path, home)
  const main = read(home)
  if (!main) return
  const relations = relationsOf(part, read(`xl/_rels/${home.slice(3)}.rels`))
  part.attempt(path, () => sayMacros(part, path, readWorkbook(part, { main, binary, relations, read })))
}

interface Relation {
  readonly target: string
  readonly macro: boolean
}

function relationsOf(part: Part, bytes: Buffer | undefined): Map<string, Relation> {
  const relations = new Map<string, Relation>()
  if (!bytes) return relations
  for (const event of walkXml(xmlText(bytes), part.budget)) {
    if (event.kind !== 'open' || event.name !== 'Relationship') continue
    const target = event.attributes.get('Target') ?? ''
    const type = (event.attributes.get('Type') ?? '').toLowerCase()
    relations.set(event.attributes.get('Id') ?? '', { target: target.startsWith('/') ? target.slice(1) : `xl/${target}`, macro: type.endsWith('macrosheet') })
  }
  return relations
}

interface Source {
  readonly main: Buffer
  readonly binary: boolean
  readonly relations: ReadonlyMap<string, Relation>
  readonly read: (name: string) => Buffer | undefined
}

function readWorkbook(part: Part, source: Source): XlmWorkbook {
  const { budget } = part
  const workbook = new XlmWorkbook()
  const add = ({ name, state, offset, relation }: ListedSheet) => {
    const { target, macro } = source.relations.get(relation) ?? { target: '', macro: false }
    workbook.sheets.push({ name, macro, state: STATES[state] ?? 'hidden', offset })
    return { sheet: name, bytes: source.read(target) }
  }
  if (source.binary) {
    const { sheets, names, context } = readXlsbBook(source.main, budget)
    const strings = readXlsbStrings(source.read('xl/sharedStrings.bin') ?? Buffer.alloc(0), budget)
    for (const name of names) workbook.names.push(name)
    for (const { sheet, bytes } of sheets.map(add)) if (bytes) readXlsbSheet(bytes, { workbook, sheet, strings, context }, budget)
  } else {
    const { sheets, names } = readXlsxBook(xmlText(source.main), budget)
    const strings = readXlsxStrings(xmlText(source.read('xl/sharedStrings.xml') ?? Buffer.alloc(0)), budget)
    for (const name of names) workbook.names.push(name)
    for (const { sheet, bytes } of sheets.map(add)) if (bytes) readXlsxSheet(xmlText(bytes), { workbook, sheet, strings }, budget)
  }
  return workbook
}
