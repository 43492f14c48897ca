import { deflateSync } from 'node:zlib'
import { buildPdf } from '../documents.ts'

/** Builders of what lies in PDFs: image, font and 3D structures without any content, and pages that hold them. */

function u32be(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4))
  return bytes
}

function u32le(...values: readonly number[]): Buffer {
  return Buffer.from(u32be(...values.toReversed()).toReversed())
}

function u16be(...values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

export interface Segment {
  readonly number: number
  readonly type: number
  /** Four bytes of page association where it is over 255, or where `large` says so. */
  readonly page?: number
  readonly large?: boolean
  readonly refersTo?: readonly number[]
  readonly data?: Buffer
}

/** A JBIG2 segment with up to four references, or with many in the long form. */
export function jbig2Segment({ number, type, page = 1, large = page > 255, refersTo = [], data = Buffer.alloc(0) }: Segment): Buffer {
  const size = number <= 256 ? 1 : number <= 65536 ? 2 : 4
  const count = refersTo.length
  const head = count <= 4 ? Buffer.from([count << 5]) : Buffer.concat([u32be(0xe0000000 + count), Buffer.alloc(Math.ceil((count + 1) / 8))])
  const references = Buffer.alloc(count * size)
  refersTo.forEach((one, i) => references.writeUIntBE(one, i * size, size))
  return Buffer.concat([
    u32be(number),
    Buffer.from([type | (large ? 0x40 : 0)]),
    head,
    references,
    large ? u32be(page) : Buffer.from([page]),
    u32be(data.length),
    data,
  ])
}

/** The data of a symbol dictionary that says how many symbols it exports, and has none. */
export function symbolDictionary(exported: number): Buffer {
  return Buffer.concat([u16be(0), Buffer.alloc(8), u32be(exported, 0)])
}

/** A PDF with one image behind two filters. */
export function imagePdf(filter: string, bytes: Buffer): Buffer {
  const hex = Buffer.from(`${bytes.toString('hex')}>`)
  return buildPdf([
    '<</Type /Catalog /Pages 2 0 R>>',
    { dictionary: `/Subtype /Image /Width 1 /Height 1 /Filter [/FlateDecode /ASCIIHexDecode /${filter}]`, data: deflateSync(hex) },
  ])
}

/** A box of a JPEG 2000 file. */
export function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([u32be(body.length + 8), Buffer.from(type, 'latin1'), body])
}

/** A JPEG 2000 file of header boxes: a palette of these columns, and this many mapped channels. */
export function jpxFile(columns: number, channels: number): Buffer {
  const mapping = Array.from({ length: channels }, (_, i) => Buffer.from([0, 0, 1, i & 0xff]))
  return Buffer.concat([
    box('jP  ', Buffer.from('0d0a870a', 'hex')),
    box('ftyp', Buffer.from('jp2 '), u32be(0), Buffer.from('jp2 ')),
    box(
      'jp2h',
      box('ihdr', u32be(1, 1), u16be(1), Buffer.from([7, 7, 0, 0])),
      box('pclr', u16be(1), Buffer.from([columns]), Buffer.alloc(columns, 7), Buffer.alloc(columns)),
      box('cmap', ...mapping),
    ),
  ])
}

/** A font with a SING table alone, whose unique name is this. */
export function singFont(name: Buffer): Buffer {
  const table = Buffer.concat([Buffer.alloc(16), name, Buffer.alloc(20)])
  return Buffer.concat([u32be(0x00010000), u16be(1, 16, 0, 0), Buffer.from('SING'), u32be(0, 28, table.length), table])
}

/** A PDF whose font descriptor leads to these bytes. */
export function fontPdf(font: Buffer): Buffer {
  return buildPdf([
    '<</Type /Catalog /Pages 2 0 R>>',
    '<</Type /Font /Subtype /TrueType /BaseFont /A /FontDescriptor 3 0 R>>',
    '<</Type /FontDescriptor /FontFile2 4 0 R>>',
    { dictionary: '/Filter /FlateDecode', data: deflateSync(font) },
  ])
}

function u3dBlock(type: number, data: Buffer): Buffer {
  return Buffer.concat([u32le(type, data.length, 0), data, Buffer.alloc((4 - (data.length % 4)) % 4)])
}

/** A U3D model with one mesh that has no faces to speak of. */
export function u3dModel({
  positions,
  minimum,
  shadings = 1,
  extra = [],
}: {
  positions: number
  minimum: number
  shadings?: number
  extra?: readonly number[]
}): Buffer {
  const name = Buffer.from([4, 0, ...Buffer.from('mesh')])
  const shading = u32le(0, 0, 0)
  const mesh = Buffer.concat([name, u32le(0, 0, 1, positions, 0, 0, 0, 0, shadings), shading, u32le(minimum, minimum)])
  const chain = Buffer.concat([
    name,
    u32le(1, 0),
    Buffer.alloc(2),
    u32le(1),
    u3dBlock(0xffffff31, mesh),
    ...extra.map((type) => u3dBlock(type, Buffer.alloc(8))),
  ])
  return Buffer.concat([u3dBlock(0x00443355, Buffer.alloc(24)), u3dBlock(0xffffff14, chain)])
}

/** A PRC model of one file structure with one section at this place. */
export function prcModel(place: number): Buffer {
  return Buffer.concat([Buffer.from('PRC'), Buffer.alloc(40), u32le(1), Buffer.alloc(16), u32le(0, 1, place)])
}

/** A PDF with a 3D stream. */
export function modelPdf(kind: 'U3D' | 'PRC', bytes: Buffer): Buffer {
  return buildPdf(['<</Type /Catalog /Pages 2 0 R>>', { dictionary: `/Type /3D /Subtype /${kind} /Filter /FlateDecode`, data: deflateSync(bytes) }])
}

/** A PDF whose page does this as it opens. */
export function pageActionPdf(action: string, event = '/AA <</O %>>'): Buffer {
  return buildPdf([
    '<</Type /Catalog /Pages 2 0 R>>',
    '<</Type /Pages /Kids [3 0 R] /Count 1>>',
    `<</Type /Page /MediaBox [0 0 9 9] ${event.replace('%', action)}>>`,
  ])
}

/** A PDF with an XFA form of one stream. */
export function formPdf(xdp: string): Buffer {
  return buildPdf(['<</Type /Catalog /AcroForm <</Fields [] /XFA 2 0 R>>>>', { dictionary: '/Filter /FlateDecode', data: deflateSync(Buffer.from(xdp)) }])
}
