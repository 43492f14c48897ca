import { decodeBzip2 } from '#scanner/formats/bzip2.ts'
import { inflateGzip, inflateZlib, inflateZstd } from '#scanner/formats/inflate.ts'
import { isOdfPart, OdfReader } from '#scanner/formats/odf.ts'
import { ddeFormula, readSheetText } from '#scanner/formats/sheet-text.ts'
import { readSlk } from '#scanner/formats/slk.ts'
import { readWebQuery } from '#scanner/formats/web-query.ts'
import { XmlFields } from '#scanner/formats/word-fields.ts'
import { walkXml, xmlText, type XmlEvent } from '#scanner/formats/xml.ts'
import { decodeXz } from '#scanner/formats/xz.ts'
import { Damaged, LimitReached, upToLimit, type Budget } from './limits.ts'
import { OfficeStructures, STRUCTURE_WORDS } from './office-structures.ts'
import { sayMacros } from './open-workbook.ts'
import { innerPath, type Part } from './part.ts'

/** Words without which an XML part holds nothing that is looked for; most parts of a document need no walk. */
const WANTED = ['Relationship', 'instrText', 'fldSimple', 'binaryData', 'binData', 'ddeLink', 'Formula', '|', 'macrosheet', 'xlm', 'definedName', 'webPr']

const LOOKED_AT = [...WANTED, ...STRUCTURE_WORDS]

/** Reports relationships, fields, DDE links and macro sheets of an XML part and opens files kept in it as base64. */
export function openXmlPart(part: Part): void {
  const text = xmlText(part.bytes)
  part.kind(flatKind(text))
  const odf = isOdfPart(text) ? new OdfReader() : undefined
  if (!odf && !LOOKED_AT.some((word) => text.includes(word))) return
  const fields = new XmlFields()
  const names: string[] = []
  let refreshed = false
  const data = new Base64Data(part)
  const structures = STRUCTURE_WORDS.some((word) => text.includes(word)) ? new OfficeStructures(part.path, (fact) => part.say(fact)) : undefined
  const cut = upToLimit(() => {
    for (const event of walkXml(text, part.budget)) {
      fields.take(event)
      data.take(event)
      odf?.take(event)
      structures?.take(event)
      if (event.kind !== 'open') continue
      if (event.name === 'connection') refreshed = /^(?:1|true)$/.test(event.attributes.get('refreshOnLoad') ?? '')
      sayElement(part, event, names, refreshed)
    }
  })
  for (const { offset, instruction } of fields.finish()) part.say({ kind: 'field', path: part.path, offset, instruction })
  if (odf) sayOdf(part, odf)
  if (names.length > 0) part.say({ kind: 'macro-sheet', path: part.path, name: '', state: 'visible', autoNames: names })
  if (cut) throw new LimitReached(cut)
}

function sayOdf(part: Part, { scripts, links, dde }: OdfReader): void {
  const { path } = part
  for (const script of scripts) part.say({ kind: 'odf-script', path, ...script })
  for (const link of links) part.say({ kind: 'odf-link', path, ...link })
  for (const link of dde) part.say({ kind: 'dde-link', path, ...link })
}

function flatKind(text: string): string {
  const head = text.slice(0, 2000)
  if (head.includes('progid="Word.Document"') || head.includes('office/word/2003/wordml')) return 'word-xml'
  if (head.includes('progid="Excel.Sheet"')) return 'excel-xml'
  const flat = /opendocument\.(text|spreadsheet|presentation|graphics)["-]/.exec(head)?.[1]
  if (flat && /<(\w{1,20}:)?document\s/.test(head)) return { text: 'fodt', spreadsheet: 'fods', presentation: 'fodp' }[flat] ?? 'fodg'
  return head.includes('progid="PowerPoint.Show"') ? 'powerpoint-xml' : 'xml'
}

/** `refreshed`: where a connection says that it is refreshed on load. */
function sayElement(part: Part, event: Extract<XmlEvent, { kind: 'open' }>, names: string[], refreshed: boolean): void {
  const { name, attributes, offset } = event
  const place = { path: part.path, offset }
  if (name === 'Relationship') {
    const target = attributes.get('Target') ?? ''
    const external = attributes.get('TargetMode')?.toLowerCase() === 'external'
    part.say({ kind: 'relationship', ...place, type: attributes.get('Type') ?? '', target, external, id: attributes.get('Id') ?? '' })
  } else if (name === 'ddeLink') part.say({ kind: 'dde-link', ...place, service: attributes.get('ddeService') ?? '', topic: attributes.get('ddeTopic') ?? '' })
  else if (name === 'definedName' && /^(_xlnm\.)?auto_?(open|close|activate|deactivate)/i.test(attributes.get('name') ?? ''))
    names.push(attributes.get('name') ?? '')
  else if (name === 'webPr' && attributes.has('url'))
    part.say({ kind: 'web-query', ...place, url: attributes.get('url')!, post: attributes.get('post') ?? '', automatic: refreshed, file: false })
  else if (name === 'Cell' || name === 'NamedRange') {
    const formula = ddeFormula(attributes.get('Formula') ?? attributes.get('RefersTo') ?? '')
    if (formula) part.say({ kind: 'dde-link', ...place, ...formula })
  }
}

/** Files inside flat XML documents: `pkg:binaryData` of Office Open XML and `w:binData` of Word 2003. */
class Base64Data {
  readonly #part: Part
  #name = ''
  #reading = false
  #text: string[] = []

  constructor(part: Part) {
    this.#part = part
  }

  take(event: XmlEvent): void {
    if (event.kind === 'text') {
      if (this.#reading) this.#text.push(event.text)
    } else if (event.kind === 'open') {
      if (event.name === 'part') this.#name = event.attributes.get('name') ?? ''
      if (event.name === 'binData') this.#name = event.attributes.get('name') ?? ''
      this.#reading = event.name === 'binaryData' || event.name === 'binData'
      if (this.#reading) this.#text = []
    } else if (this.#reading) this.#finish(event.offset)
  }

  #finish(offset: number): void {
    this.#reading = false
    const name = this.#name || `data-${offset}`
    this.#part.attempt(innerPath(this.#part.path, name), () => {
      const bytes = Buffer.from(this.#text.join(''), 'base64')
      this.#part.budget.takeBytes(bytes.length)
      if (bytes.length > 0) this.#part.child(name, bytes, 'xml-data', offset)
    })
  }
}

/** Reports what a spreadsheet would do with a text: the query of an IQY, DDE formulas and macros of SLK, DDE formulas of CSV and tab separated text. */
export function openTextPart(part: Part): void {
  const { path } = part
  const text = xmlText(part.bytes)
  const query = readWebQuery(text, /\.iqy$/i.test(path))
  if (query) {
    part.kind('iqy')
    return part.say({ kind: 'web-query', path, ...query, automatic: true, file: true })
  }
  const symbolic = text.startsWith('ID;')
  part.kind(symbolic ? 'slk' : 'text')
  const { links, workbook } = symbolic ? readSlk(text, part.budget) : { links: readSheetText(text, part.budget), workbook: undefined }
  for (const link of links) part.say({ kind: 'dde-link', path, ...link })
  if (workbook) sayMacros(part, path, workbook)
}

/** Opens the compressed compound file inside an ActiveMime container (`editdata.mso`, `oledata.mso`). Throws Damaged. */
export function openActiveMimePart(part: Part): void {
  part.kind('activemime')
  for (const at of [0x32, 0x22a]) {
    if (part.bytes[at] !== 0x78) continue
    const { bytes } = inflateZlib(part.bytes.subarray(at), part.budget)
    return part.child('data', bytes, 'activemime', at)
  }
  const found = part.bytes.indexOf(0x78, 0x20)
  if (found === -1 || found > 0x400) throw new Damaged('the compressed data are missing')
  part.child('data', inflateZlib(part.bytes.subarray(found), part.budget).bytes, 'activemime', found)
}

/** Opens the one file of a compressed stream, such as the compressed metafiles of Word. Throws Damaged, LimitReached. */
function openPacked(kind: 'gzip' | 'bzip2' | 'xz' | 'zstd', unpack: (packed: Buffer, budget: Budget) => Buffer): (part: Part) => void {
  return (part) => {
    part.kind(kind)
    part.child('data', unpack(part.bytes, part.budget), kind)
  }
}

export const openGzipPart = openPacked('gzip', inflateGzip)
export const openBzip2Part = openPacked('bzip2', decodeBzip2)
export const openXzPart = openPacked('xz', decodeXz)
export const openZstdPart = openPacked('zstd', inflateZstd)
