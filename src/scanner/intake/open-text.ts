import { inflateGzip, inflateZlib } from '#scanner/formats/inflate.ts'
import { isOdfPart, OdfReader } from '#scanner/formats/odf.ts'
import { ddeFormula, readSheetText, readSlkNames } from '#scanner/formats/sheet-text.ts'
import { XmlFields } from '#scanner/formats/word-fields.ts'
import { walkXml, xmlText, type XmlEvent } from '#scanner/formats/xml.ts'
import { Damaged, LimitReached, upToLimit } from './limits.ts'
import { OfficeStructures, STRUCTURE_WORDS } from './office-structures.ts'
import { innerPath, type Part } from './part.ts'

/** Words without which an XML part holds nothing that is looked for; most parts of a document need no walk. */
const WANTED = ['Relationship', 'instrText', 'fldSimple', 'binaryData', 'binData', 'ddeLink', 'Formula', '|', 'macrosheet', 'xlm', 'definedName']

const LOOKED_AT = [...WANTED, ...STRUCTURE_WORDS]

/** Reports relationships, fields, DDE links and macro sheets of an XML part and opens files kept in it as base64. */
export function openXmlPart(part: Part): void {
  const text = xmlText(part.bytes)
  part.kind(flatKind(text))
  const odf = isOdfPart(text) ? new OdfReader() : undefined
  if (!odf && !LOOKED_AT.some((word) => text.includes(word))) return
  const fields = new XmlFields()
  const names: string[] = []
  const data = new Base64Data(part)
  const structures = STRUCTURE_WORDS.some((word) => text.includes(word)) ? new OfficeStructures(part.path, (fact) => part.say(fact)) : undefined
  const cut = upToLimit(() => {
    for (const event of walkXml(text, part.budget)) {
      fields.take(event)
      data.take(event)
      odf?.take(event)
      structures?.take(event)
      if (event.kind === 'open') sayElement(part, event, names)
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

function sayElement(part: Part, event: Extract<XmlEvent, { kind: 'open' }>, names: string[]): void {
  const { name, attributes, offset } = event
  const place = { path: part.path, offset }
  if (name === 'Relationship') {
    const target = attributes.get('Target') ?? ''
    const external = attributes.get('TargetMode')?.toLowerCase() === 'external'
    part.say({ kind: 'relationship', ...place, type: attributes.get('Type') ?? '', target, external, id: attributes.get('Id') ?? '' })
  } else if (name === 'ddeLink') part.say({ kind: 'dde-link', ...place, service: attributes.get('ddeService') ?? '', topic: attributes.get('ddeTopic') ?? '' })
  else if (name === 'definedName' && /^(_xlnm\.)?auto_?(open|close|activate|deactivate)/i.test(attributes.get('name') ?? ''))
    names.push(attributes.get('name') ?? '')
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

/** Reports DDE formulas in text that a spreadsheet would open: CSV, tab separated, SLK. */
export function openTextPart(part: Part): void {
  const text = xmlText(part.bytes)
  part.kind(text.startsWith('ID;P') ? 'slk' : 'text')
  const autoNames = text.startsWith('ID;') ? readSlkNames(text) : []
  if (autoNames.length > 0) part.say({ kind: 'macro-sheet', path: part.path, name: '', state: 'visible', autoNames })
  for (const { offset, service, topic } of readSheetText(text, part.budget)) part.say({ kind: 'dde-link', path: part.path, offset, service, topic })
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

/** Opens the file inside a gzip stream, such as the compressed metafiles of Word. Throws Damaged, LimitReached. */
export function openGzipPart(part: Part): void {
  part.kind('gzip')
  part.child('data', inflateGzip(part.bytes, part.budget), 'gzip')
}
