import { isJpxFile, readJpx } from '#scanner/formats/jpx.ts'
import { readJbig2 } from '#scanner/formats/jbig2.ts'
import type { PdfObject } from '#scanner/formats/pdf.ts'
import { parametersOf } from '#scanner/formats/pdf-filters.ts'
import { HIDDEN, isDict, isName, isRef, type PdfDict, type PdfValue } from '#scanner/formats/pdf-lexer.ts'
import { predictorOf } from '#scanner/formats/pdf-predictor.ts'
import { isPrc, readPrc } from '#scanner/formats/prc.ts'
import { isSfnt, readSing } from '#scanner/formats/sfnt.ts'
import { isU3d, readU3d } from '#scanner/formats/u3d.ts'
import { identify } from './identify.ts'
import { nameOf, type PdfDocument } from './pdf-document.ts'

/** Names that say what a reader is to do: hiding them hides it from whoever looks for them. */
const TELLING = new Set(
  (
    'JS JavaScript OpenAction AA Launch URI SubmitForm ImportData GoToR GoToE EmbeddedFile EmbeddedFiles Filespec ObjStm XFA AcroForm RichMedia ' +
    'RichMediaContent Encrypt Action Catalog Names Win EF FlateDecode ASCIIHexDecode ASCII85Decode LZWDecode RunLengthDecode JBIG2Decode JPXDecode Filter U3D PRC'
  ).split(' '),
)
/** More colours than any image has. */
const MANY_COLORS = 64
const LONGEST_INTEGER = 2 ** 31
const MOST_HIDDEN = 20

/** Reports what lies in the streams and dictionaries of a PDF: forms, fonts, images, 3D, embedded files. */
export class PdfContent {
  readonly #document: PdfDocument
  readonly #done = new Set<number>()
  readonly #hidden: { readonly path: string; readonly offset: number; readonly written: string }[] = []

  constructor(document: PdfDocument) {
    this.#document = document
  }

  visit(object: PdfObject, dictionary: PdfDict): void {
    const { dict } = dictionary
    const hidden = dict.get(HIDDEN)
    if (Array.isArray(hidden)) for (const written of hidden) if (typeof written === 'string') this.#hide(object, dictionary, written)
    if (dict.has('XFA')) this.#form(dict.get('XFA'))
    if (dict.has('EF')) this.#attachment(dictionary)
    if (dict.has('FontMatrix')) this.#fontMatrix(object, dictionary)
    for (const key of ['FontFile', 'FontFile2', 'FontFile3']) if (dict.has(key)) this.#each(dict.get(key), (stream) => this.#font(stream))
    if (dict.has('JBIG2Globals')) this.#each(dict.get('JBIG2Globals'), (stream) => this.#jbig2(stream))
  }

  /** Looks at the stream of an object, where it has one that nothing else led to. */
  stream(object: PdfObject): void {
    if (object.data === undefined || this.#document.pdf.encrypted) return
    const { value } = object
    if (!isDict(value)) return
    const { dict } = value
    this.#predictor(object, value)
    const type = nameOf(dict.get('Type'))
    const subtype = nameOf(dict.get('Subtype'))
    if (type === 'EmbeddedFile') this.#embedded(object, '')
    else if (subtype === 'U3D' || subtype === 'PRC' || type === '3D') this.#model(object)
    else if (subtype === 'OpenType') this.#font(object)
    else if (dict.has('Filter') || dict.has('F')) this.#image(object, value)
  }

  finish(): void {
    const [first] = this.#hidden
    if (first) this.#document.part.say({ kind: 'pdf-hidden-names', path: first.path, offset: first.offset, names: this.#hidden })
  }

  #each(value: PdfValue | undefined, look: (stream: PdfObject) => void): void {
    if (!isRef(value) || this.#document.pdf.encrypted) return
    for (const version of this.#document.pdf.versions(value)) if (version.data !== undefined) look(version)
  }

  /** True the first time that a stream is looked at. */
  #first(object: PdfObject): boolean {
    if (this.#done.has(object.row)) return false
    this.#done.add(object.row)
    return true
  }

  #bytes(object: PdfObject): Buffer | undefined {
    return this.#document.part.attempt(this.#document.part.path, () => this.#document.pdf.decode(object))
  }

  #hide(object: PdfObject, dictionary: PdfDict, written: string): void {
    const name = written.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (TELLING.has(name) && this.#hidden.length < MOST_HIDDEN) this.#hidden.push({ ...this.#document.place(object, dictionary), written })
  }

  /** The XFA resource of a form (PDF 32000-1, 12.7.8): one stream, or names and streams by turns. */
  #form(value: PdfValue | undefined): void {
    const packets = this.#document.pdf.follow(value)
    if (!Array.isArray(packets)) this.#packet('xdp', value)
    else for (let i = 1; i < packets.length; i += 2) this.#packet(packets[i - 1], packets[i])
  }

  #packet(name: PdfValue | undefined, value: PdfValue | undefined): void {
    this.#each(value, (stream) => {
      if (!this.#first(stream)) return
      // What a stream beyond the limits begins with is read all the same: exploits pad pictures with megabytes of moves.
      const bytes = this.#bytes(stream) ?? this.#document.part.attempt(this.#document.part.path, () => this.#document.pdf.start(stream))
      const packet = typeof name === 'string' ? name.slice(0, 64) : ''
      if (bytes && bytes.length > 0) this.#document.part.say({ kind: 'xfa', path: this.#document.streamPath(stream), offset: 0, packet, bytes })
    })
  }

  /** A file specification with embedded files (PDF 32000-1, 7.11.4). */
  #attachment(specification: PdfDict): void {
    const files = this.#document.pdf.follow(specification.dict.get('EF'))
    if (!isDict(files)) return
    const name = this.#document.fileName(specification)
    for (const file of files.dict.values()) this.#each(file, (stream) => this.#embedded(stream, name))
  }

  #embedded(object: PdfObject, name: string): void {
    if (this.#document.pdf.filesLocked || !this.#first(object)) return
    const { part } = this.#document
    const bytes = this.#bytes(object)
    if (!bytes) return
    const label = name === '' ? `embedded-file-${object.number}` : `embedded-file-${object.number}/${name.slice(0, 120)}`
    const place = this.#document.placeOf(object)
    part.say({ kind: 'pdf-attachment', ...place, name: name.slice(0, 300), type: identify(bytes)[0], size: bytes.length })
    this.#sayModel(this.#document.streamPath(object), bytes)
    part.child(label, bytes, 'pdf-embedded-file', object.offset)
  }

  /** A matrix that holds something else than numbers, of a font that is no Type 3 (whose matrix is its own affair). */
  #fontMatrix(object: PdfObject, dictionary: PdfDict): void {
    const { dict } = dictionary
    const { pdf, part } = this.#document
    const matrix = pdf.follow(dict.get('FontMatrix'))
    if (!Array.isArray(matrix) || isName(dict.get('Subtype'), 'Type3')) return
    const elements = matrix.slice(0, 64).map((value) => pdf.follow(value))
    const index = elements.findIndex((value) => typeof value === 'string')
    const text = elements[index]
    if (typeof text !== 'string') return
    const font = isName(dict.get('Type'), 'Font') || dict.has('BaseFont') || dict.has('FontDescriptor')
    part.say({ kind: 'font-matrix', ...this.#document.place(object, dictionary), font, index, text: text.slice(0, 1000) })
  }

  #font(object: PdfObject): void {
    if (!this.#first(object)) return
    const bytes = this.#bytes(object)
    if (!bytes || !isSfnt(bytes)) return
    const sing = readSing(bytes, this.#document.part.budget)
    if (sing) this.#document.part.say({ kind: 'sing-table', path: this.#document.streamPath(object), offset: sing.nameOffset, sing })
  }

  #model(object: PdfObject): void {
    if (!this.#first(object)) return
    const bytes = this.#bytes(object)
    if (bytes) this.#sayModel(this.#document.streamPath(object), bytes)
  }

  #sayModel(path: string, bytes: Buffer): void {
    const { part } = this.#document
    if (isU3d(bytes)) part.say({ kind: 'u3d', path, u3d: readU3d(bytes, part.budget) })
    else if (isPrc(bytes)) part.say({ kind: 'prc', path, prc: readPrc(bytes, part.budget) })
  }

  #image(object: PdfObject, { dict }: PdfDict): void {
    const { part, pdf } = this.#document
    const names = dict.get('Filter') ?? dict.get('F')
    const listed = (Array.isArray(names) ? names : [names]).map((name) => nameOf(pdf.follow(name)))
    if (listed.includes('JBIG2Decode')) this.#jbig2(object)
    if (!listed.includes('JPXDecode') || !this.#first(object)) return
    const found = part.attempt(part.path, () => pdf.unfilter(object))
    if (!found || found.left[0] !== 'JPXDecode' || !isJpxFile(found.bytes)) return
    part.say({ kind: 'jpx', path: this.#document.streamPath(object), jpx: readJpx(found.bytes, part.budget) })
  }

  #jbig2(object: PdfObject): void {
    if (!this.#first(object)) return
    const { part, pdf } = this.#document
    const found = part.attempt(part.path, () => pdf.unfilter(object))
    if (!found || (found.left.length > 0 && found.left[0] !== 'JBIG2Decode')) return
    part.say({ kind: 'jbig2', path: this.#document.streamPath(object), jbig2: readJbig2(found.bytes, part.budget) })
  }

  /** Parameters that no image needs: what a predictor reckons from them does not fit in 32 bits. */
  #predictor(object: PdfObject, dictionary: PdfDict): void {
    const { pdf, part } = this.#document
    if (!dictionary.dict.has('DecodeParms') && !dictionary.dict.has('DP')) return
    for (const parameters of parametersOf(dictionary, (value) => pdf.follow(value))) {
      const { predictor, colors, bits, columns } = predictorOf(parameters)
      if (predictor < 2 || (colors <= MANY_COLORS && colors * bits * columns < LONGEST_INTEGER)) continue
      const place = isDict(parameters) && parameters.at > dictionary.at ? this.#document.place(object, parameters) : this.#document.placeOf(object)
      part.say({ kind: 'pdf-predictor', ...place, predictor, colors, bits, columns })
    }
  }
}
