import type { PdfObject } from '#scanner/formats/pdf.ts'
import { isDict, isName, type PdfDict, type PdfValue } from '#scanner/formats/pdf-lexer.ts'
import { nameOf, rectangle, type PdfDocument } from './pdf-document.ts'

/** Annotations that play something. */
const PLAYERS = new Set(['RichMedia', 'Screen', 'Movie', '3D', 'Sound'])
const MOST_ANNOTATIONS = 200
/** Kinds of object that a signature's reader may see change: forms are filled in, comments and further signatures added. */
const SEEN = new Set(['Page', 'Pages', 'Catalog', 'Font', 'FontDescriptor', 'XObject'])

interface Signed {
  /** Where the bytes that the signature covers end. */
  readonly end: number
  readonly object: PdfObject
  readonly dictionary: PdfDict
}

/** Reports what pages show and lead to: links that cover them, players, and what was replaced behind a signature. */
export class PdfPages {
  readonly #document: PdfDocument
  readonly #signed: Signed[] = []
  readonly #players = new Set<string>()

  constructor(document: PdfDocument) {
    this.#document = document
  }

  visit(object: PdfObject, dictionary: PdfDict): void {
    const { dict } = dictionary
    const subtype = nameOf(dict.get('Subtype'))
    if (subtype !== undefined && PLAYERS.has(subtype) && dict.has('Rect')) this.#player(object, dictionary, subtype)
    if (dict.has('ByteRange')) this.#signature(object, dictionary)
    if (dict.has('Annots') && (isName(dict.get('Type'), 'Page') || dict.has('MediaBox'))) this.#page(object, dictionary)
  }

  finish(): void {
    const last = this.#signed.toSorted((a, b) => b.end - a.end)[0]
    if (last) this.#replacedAfter(last)
  }

  #player(object: PdfObject, dictionary: PdfDict, subtype: string): void {
    const { part } = this.#document
    const place = this.#document.place(object, dictionary)
    const key = `${place.path}:${place.offset}`
    if (this.#players.has(key) || this.#players.size >= MOST_ANNOTATIONS) return
    this.#players.add(key)
    const settings = this.#document.pdf.follow(dictionary.dict.get('RichMediaSettings'))
    const activation = isDict(settings) ? this.#document.pdf.follow(settings.dict.get('Activation')) : undefined
    const condition = isDict(activation) ? nameOf(activation.dict.get('Condition')) : undefined
    part.say({ kind: 'pdf-media', ...place, subtype, automatic: condition === 'PO' || condition === 'PV' })
  }

  #signature(object: PdfObject, dictionary: PdfDict): void {
    const range = this.#document.pdf.follow(dictionary.dict.get('ByteRange'))
    if (!Array.isArray(range) || range.length < 4 || this.#signed.length >= MOST_ANNOTATIONS) return
    const [start, length] = range.slice(-2)
    if (typeof start === 'number' && typeof length === 'number' && start >= 0 && length > 0) this.#signed.push({ end: start + length, object, dictionary })
  }

  /** Objects that a page is drawn by, and that stand behind the signed bytes under a number that those bytes hold too. */
  #replacedAfter({ end, object, dictionary }: Signed): void {
    const { pdf, part } = this.#document
    if (end >= part.bytes.length) return
    const later = new Set<number>()
    for (const { within, offset, number } of pdf.objects) if (within === undefined && offset >= end) later.add(number)
    const signed = new Map<number, PdfObject>()
    for (const one of pdf.objects) if (one.within === undefined && one.offset < end && later.has(one.number)) signed.set(one.number, one)
    const replaced: { readonly number: number; readonly offset: number; readonly type: string }[] = []
    for (const one of pdf.objects) {
      if (one.within !== undefined || one.offset < end || one.number < 0) continue
      const before = signed.get(one.number)
      const type = before && drawnBy(before.value, before.data !== undefined)
      if (before && type && !sameDrawing(before, one) && replaced.length < 20) replaced.push({ number: one.number, offset: one.offset, type })
    }
    if (replaced.length > 0) part.say({ kind: 'pdf-shadow', ...this.#document.place(object, dictionary), signedEnd: end, replaced })
  }

  /** A link that covers the page, and whether anything but pictures is under it. */
  #page(object: PdfObject, { dict }: PdfDict): void {
    const { pdf } = this.#document
    const box = rectangle(pdf.follow(dict.get('CropBox') ?? dict.get('MediaBox') ?? null)) ?? rectangle(this.#inherited(dict))
    const annotations = pdf.follow(dict.get('Annots'))
    if (!box || !Array.isArray(annotations)) return
    for (const annotation of annotations.slice(0, MOST_ANNOTATIONS)) this.#link(object, annotation, box, dict)
  }

  #inherited(dict: PdfDict['dict']): PdfValue | undefined {
    const { pdf } = this.#document
    let node: PdfValue | undefined = dict.get('Parent')
    for (let depth = 0; depth < 16; depth++) {
      const parent = pdf.follow(node)
      if (!isDict(parent)) return undefined
      if (parent.dict.has('MediaBox')) return pdf.follow(parent.dict.get('MediaBox'))
      node = parent.dict.get('Parent')
    }
    return undefined
  }

  #link(page: PdfObject, value: PdfValue, box: { width: number; height: number }, dict: PdfDict['dict']): void {
    const { pdf, part } = this.#document
    part.budget.step()
    const { value: annotation, object = page } = this.#document.target(value)
    if (!isDict(annotation) || !isName(annotation.dict.get('Subtype'), 'Link')) return
    const area = rectangle(pdf.follow(annotation.dict.get('Rect')))
    const action = pdf.follow(annotation.dict.get('A'))
    if (!area || !isDict(action) || !isName(action.dict.get('S'), 'URI')) return
    const covered = (Math.min(area.width, box.width) * Math.min(area.height, box.height)) / Math.max(1, box.width * box.height)
    if (covered < 0.5) return
    const target = this.#document.text(action.dict.get('URI')).slice(0, 300)
    part.say({ kind: 'pdf-cover-link', ...this.#document.place(object, annotation), target, covered, pictured: this.#pictured(dict) })
  }

  /** Whether a page has pictures and no font: what looks like text on it is none. */
  #pictured(dict: PdfDict['dict']): boolean {
    const { pdf } = this.#document
    const resources = pdf.follow(dict.get('Resources'))
    if (!isDict(resources)) return false
    const fonts = pdf.follow(resources.dict.get('Font'))
    const pictures = pdf.follow(resources.dict.get('XObject'))
    if (!isDict(pictures) || (isDict(fonts) && fonts.dict.size > 0)) return false
    const drawn = [...pictures.dict.values()].slice(0, 64).map((one) => pdf.follow(one))
    return drawn.length > 0 && drawn.every((one) => isDict(one) && isName(one.dict.get('Subtype'), 'Image'))
  }
}

/** What of a page an object draws; undefined for what may change behind a signature. */
function drawnBy(value: PdfValue, isStream: boolean): string | undefined {
  if (!isDict(value)) return undefined
  const type = nameOf(value.dict.get('Type'))
  if (type !== undefined) return SEEN.has(type) ? type : undefined
  return isStream && !value.dict.has('Subtype') ? 'content' : undefined
}

/** Whether two versions of an object draw the same: the same stream, or a page or catalogue with the same contents. */
function sameDrawing(before: PdfObject, after: PdfObject): boolean {
  if (before.data && after.data) return before.data.equals(after.data)
  if (!isDict(before.value) || !isDict(after.value)) return false
  const [old, now] = [before.value.dict, after.value.dict]
  return ['Contents', 'Resources', 'Pages', 'Kids', 'BaseFont', 'Encoding', 'FontFile', 'FontFile2', 'FontFile3', 'ToUnicode', 'MediaBox'].every(
    (key) => plain(old.get(key)) === plain(now.get(key)),
  )
}

function plain(value: PdfValue | undefined): string {
  return JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : inner)) ?? ''
}
