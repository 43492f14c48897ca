import { openPdf, type Pdf, type PdfObject } from '#scanner/formats/pdf.ts'
import { isDict, isName, isRef, pdfText, type PdfDict, type PdfValue } from '#scanner/formats/pdf-lexer.ts'
import type { PdfTrigger } from './fact.ts'
import { innerPath, type Part } from './part.ts'

/** Actions that run something or leave the document (PDF 32000-1, table 198). */
const ACTIONS = new Set(['JavaScript', 'Launch', 'SubmitForm', 'ImportData', 'GoToR', 'GoToE', 'Rendition', 'RichMediaExecute'])
const LONGEST_DETAIL = 300
const LONGEST_SCRIPT = 2 ** 20
const DEEPEST = 32

/** Reports the actions of a PDF with what starts them, and opens the files embedded in it. */
export function openPdfPart(part: Part): void {
  part.kind('pdf')
  const pdf = openPdf(part.bytes, part.budget)
  if (pdf.encrypted) part.miss(part.path, 'encrypted', 'strings and streams are encrypted')
  for (const detail of pdf.damage) part.miss(part.path, 'damaged', detail)
  new ActionWalk(part, pdf).run()
  for (const object of pdf.objects) {
    openEmbedded(part, pdf, object)
    sayForms(part, pdf, object)
  }
}

/** Where an object stands: in the file, or in the object stream that holds it. */
function placeOf(part: Part, { offset, within }: PdfObject): { path: string; offset: number } {
  return { path: within === undefined ? part.path : innerPath(part.path, `object-${within}`), offset }
}

/** The XFA resource of a form (PDF 32000-1, 12.7.8): one stream, or names and streams by turns. */
function sayForms(part: Part, pdf: Pdf, { value }: PdfObject): void {
  if (!isDict(value) || pdf.encrypted) return
  const form = value.dict.get('AcroForm')
  for (const { dict } of isDict(form) ? [value, form] : [value]) {
    const whole = dict.get('XFA')
    const packets = isRef(whole) ? (pdf.resolve(whole)?.value ?? null) : whole
    if (!Array.isArray(packets)) sayPacket(part, pdf, 'xdp', whole)
    else for (let i = 1; i < packets.length; i += 2) sayPacket(part, pdf, packets[i - 1], packets[i])
  }
}

function sayPacket(part: Part, pdf: Pdf, name: PdfValue | undefined, value: PdfValue | undefined): void {
  const stream = pdf.resolve(value)
  const bytes = stream?.data && part.attempt(part.path, () => pdf.decode(stream))
  if (stream && bytes) part.say({ kind: 'xfa', ...placeOf(part, stream), packet: typeof name === 'string' ? name.slice(0, 64) : '', bytes })
}

/** Every action dictionary is reported once for each way to start it; one that nothing leads to is reported as `unknown`. */
class ActionWalk {
  readonly #part: Part
  readonly #pdf: Pdf
  readonly #said = new Set<string>()
  readonly #visited = new Set<PdfValue>()

  constructor(part: Part, pdf: Pdf) {
    this.#part = part
    this.#pdf = pdf
  }

  run(): void {
    for (const object of this.#pdf.objects) this.#triggers(object, object.value, 0)
    for (const object of this.#pdf.objects) this.#loose(object, object.value, 0)
  }

  /** Dictionaries whose keys start an action. */
  #triggers(object: PdfObject, value: PdfValue, depth: number): void {
    this.#part.budget.step()
    if (depth > DEEPEST || typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) for (const item of value) this.#triggers(object, item, depth + 1)
    if (!isDict(value)) return
    const { dict } = value
    if (dict.has('OpenAction')) this.#action(object, dict.get('OpenAction'), 'open', 0)
    if (dict.has('AA')) this.#additional(object, dict)
    if (dict.has('JavaScript') && !dict.has('S')) this.#names(object, dict.get('JavaScript'), 0)
    if (dict.has('A') && (dict.has('Subtype') || dict.has('Title'))) this.#action(object, dict.get('A'), 'user', 0)
    for (const inner of dict.values()) this.#triggers(object, inner, depth + 1)
  }

  #additional(object: PdfObject, dict: PdfDict['dict']): void {
    const additional = this.#target(dict.get('AA'))
    if (!isDict(additional.value)) return
    const type = dict.get('Type')
    const isPage = isName(type, 'Page')
    const isCatalog = isName(type, 'Catalog') || dict.has('Pages')
    for (const [key, action] of additional.value.dict) {
      const automatic = isPage || ['PO', 'PC', 'PV', 'PI'].includes(key)
      this.#action(additional.object ?? object, action, isCatalog ? 'document' : automatic ? 'page' : 'user', 0)
    }
  }

  /** The name tree of document scripts: all of them run when the document opens (PDF 32000-1, 7.7.4). */
  #names(object: PdfObject, value: PdfValue | undefined, depth: number): void {
    this.#part.budget.step()
    const { value: node, object: home = object } = this.#target(value)
    if (depth > DEEPEST || !isDict(node) || this.#visited.has(node)) return
    this.#visited.add(node)
    const names = this.#target(node.dict.get('Names')).value
    if (Array.isArray(names)) for (let i = 1; i < names.length; i += 2) this.#action(home, names[i], 'names', 0)
    const kids = this.#target(node.dict.get('Kids')).value
    if (Array.isArray(kids)) for (const kid of kids) this.#names(home, kid, depth + 1)
  }

  #action(object: PdfObject, value: PdfValue | undefined, trigger: PdfTrigger, depth: number): void {
    this.#part.budget.step()
    const { value: action, object: home = object } = this.#target(value)
    if (depth > 16) return
    if (Array.isArray(action)) for (const one of action.slice(0, 64)) if (isRef(one) || isDict(one)) this.#action(home, one, trigger, depth + 1)
    if (!isDict(action)) return
    this.#say(home, action, trigger)
    if (action.dict.has('Next')) this.#action(home, action.dict.get('Next'), trigger, depth + 1)
  }

  /** Action dictionaries that no trigger above leads to. */
  #loose(object: PdfObject, value: PdfValue, depth: number): void {
    this.#part.budget.step()
    if (depth > DEEPEST || typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) for (const item of value) this.#loose(object, item, depth + 1)
    if (!isDict(value)) return
    if (!this.#visited.has(value)) this.#say(object, value, 'unknown')
    for (const inner of value.dict.values()) this.#loose(object, inner, depth + 1)
  }

  #say(object: PdfObject, action: PdfDict, trigger: PdfTrigger): void {
    const kind = action.dict.get('S')
    if (!isName(kind) || !ACTIONS.has(kind.name)) return
    if (kind.name === 'JavaScript' && !action.dict.has('JS')) return
    const key = `${object.number}:${object.offset}:${kind.name}:${trigger}`
    this.#visited.add(action)
    if (this.#said.has(key)) return
    this.#said.add(key)
    const place = placeOf(this.#part, object)
    this.#part.say({ kind: 'pdf-action', ...place, action: kind.name, trigger, detail: this.#detail(kind.name, action) })
    const source = action.dict.has('JS') ? this.#text(action.dict.get('JS'), LONGEST_SCRIPT) : ''
    if (source !== '') this.#part.say({ kind: 'pdf-javascript', ...place, trigger, source })
  }

  #detail(kind: string, { dict }: PdfDict): string {
    if (kind === 'JavaScript') return this.#text(dict.get('JS')).slice(0, LONGEST_DETAIL)
    const windows = this.#target(dict.get('Win')).value
    const file = dict.get('F') ?? (isDict(windows) ? windows.dict.get('F') : undefined) ?? dict.get('D')
    const parameters = isDict(windows) ? this.#text(windows.dict.get('P')) : ''
    const { value } = this.#target(file)
    const name = isDict(value) ? this.#text(value.dict.get('UF') ?? value.dict.get('F')) : this.#text(file)
    return `${name} ${parameters}`.trim().slice(0, LONGEST_DETAIL)
  }

  #text(value: PdfValue | undefined, longest = 4096): string {
    const { value: found, object } = this.#target(value)
    if (typeof found === 'string') return found.slice(0, longest)
    if (!object?.data || this.#pdf.encrypted) return ''
    return this.#part.attempt(this.#part.path, () => pdfText(this.#pdf.decode(object).subarray(0, longest))) ?? ''
  }

  #target(value: PdfValue | undefined): { value: PdfValue | undefined; object?: PdfObject } {
    if (!isRef(value)) return { value }
    const object = this.#pdf.resolve(value)
    return object ? { value: object.value, object } : { value: undefined }
  }
}

function openEmbedded(part: Part, pdf: Pdf, object: PdfObject): void {
  if (!object.data || pdf.encrypted || !isDict(object.value) || !isName(object.value.dict.get('Type'), 'EmbeddedFile')) return
  const bytes = part.attempt(part.path, () => pdf.decode(object))
  if (bytes) part.child(`embedded-file-${object.number}`, bytes, 'pdf-embedded-file', object.offset)
}
