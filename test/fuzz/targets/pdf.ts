import { readJbig2 } from '#scanner/formats/jbig2.ts'
import { readJpx } from '#scanner/formats/jpx.ts'
import { decodeStream, filtersOf, unfilter } from '#scanner/formats/pdf-filters.ts'
import { isDict, PdfLexer, type PdfValue } from '#scanner/formats/pdf-lexer.ts'
import { openPdf, type Pdf } from '#scanner/formats/pdf.ts'
import { readPrc } from '#scanner/formats/prc.ts'
import { readSing } from '#scanner/formats/sfnt.ts'
import { readU3d } from '#scanner/formats/u3d.ts'
import type { Budget } from '#scanner/intake/limits.ts'
import { buildPdf, objectStream } from '#test/harness/documents.ts'
import { encryptedPdf } from '#test/harness/documents/encrypted-pdf.ts'
import { jbig2Segment, jpxFile, prcModel, singFont, symbolDictionary, u3dModel } from '#test/harness/documents/pdf.ts'
import { joined, outcome, parted, type Target } from '../target.ts'

/** All that a PDF gives of its objects. */
function wholePdf(pdf: Pdf): unknown {
  const objects = [...pdf.objects].map((object) => {
    const { number, offset, within, apart } = object
    const value = outcome(() => object.value)
    const data = outcome(() => object.data)
    return { number, offset, within, apart, value, data, plain: data instanceof Buffer && outcome(() => pdf.unfilter(object)) }
  })
  return { objects, encrypted: pdf.encrypted, filesLocked: pdf.filesLocked, damage: pdf.damage }
}

const FILTERS: readonly (readonly [filter: string, data: string])[] = [
  ['/ASCIIHexDecode', '48656c6c6f20>'],
  ['/ASCII85Decode', '87cURD]i,"Ebo80~>'],
  ['/RunLengthDecode', '\u0004Hello\u00fea\u0080'],
  ['/LZWDecode', '\u0080\u000b\u0060\u0050\u0022\u000c\u000c\u0085\u0001'],
  ['[/AHx /A85 /LZW] /DecodeParms [null null <</EarlyChange 0>>]', '38376355524429'],
  ['/FlateDecode /DecodeParms <</Predictor 12 /Columns 3 /Colors 1>>', 'x\u009ccbd`bb\u0004\u0000\u0000'],
  ['/LZWDecode /DecodeParms <</Predictor 2 /Columns 4 /Colors 3 /BitsPerComponent 8>>', '\u0080\u000b\u0060\u0050'],
]

function dictionaryOf(bytes: Buffer, budget: Budget): PdfValue | undefined {
  return new PdfLexer(bytes, 0, budget).value()
}

export const PDF: readonly Target[] = [
  {
    name: 'formats/pdf.ts',
    read: (bytes, budget) => wholePdf(openPdf(bytes, budget, ['a'])),
    seeds: () => [
      buildPdf(['<</Type /Catalog /OpenAction 9 0 R>>', objectStream({ 9: '<</S /Java#53cript /JS (app.alert\\(1\\))>>', 10: '[1 2 (x) <41>]' })]),
      buildPdf([{ dictionary: '/Type /EmbeddedFile /Length 5 0 R', data: Buffer.from('MZ inert endstream') }, '8']),
    ],
  },
  {
    name: 'formats/pdf-crypt.ts',
    read: (bytes, budget) => wholePdf(openPdf(bytes, budget, ['user'])),
    seeds: () => (['R2', 'R3', 'R4', 'R5', 'R6'] as const).map((revision) => encryptedPdf(revision, 'user', 'owner')),
  },
  {
    name: 'formats/pdf-filters.ts',
    read: (bytes, budget) => {
      const [head, data] = parted(bytes, 2)
      const dictionary = dictionaryOf(head, budget)
      if (!isDict(dictionary)) return undefined
      return [filtersOf(dictionary), outcome(() => unfilter(dictionary, data, budget)), outcome(() => decodeStream(dictionary, data, budget))]
    },
    seeds: () => FILTERS.map(([filter, data]) => joined(Buffer.from(`<</Filter ${filter}>>`), Buffer.from(data, 'latin1'))),
  },
  {
    name: 'formats/jbig2.ts',
    read: (bytes, budget) => readJbig2(bytes, budget),
    seeds: () => [
      Buffer.concat([
        jbig2Segment({ number: 0, type: 0, data: symbolDictionary(7) }),
        jbig2Segment({ number: 300, type: 6, page: 0x1234, refersTo: [0, 0, 0, 0, 0, 1], data: Buffer.alloc(3) }),
        jbig2Segment({ number: 2, type: 38, data: Buffer.alloc(20) }),
      ]),
    ],
  },
  { name: 'formats/jpx.ts', read: (bytes, budget) => readJpx(bytes, budget), seeds: () => [jpxFile(8, 3), jpxFile(1, 40)] },
  { name: 'formats/sfnt.ts', read: (bytes, budget) => readSing(bytes, budget), seeds: () => [singFont(Buffer.alloc(40, 65))] },
  { name: 'formats/u3d.ts', read: (bytes, budget) => readU3d(bytes, budget), seeds: () => [u3dModel({ positions: 5, minimum: 3, extra: [0xffffff44] })] },
  { name: 'formats/prc.ts', read: (bytes, budget) => readPrc(bytes, budget), seeds: () => [prcModel(50), prcModel(5000)] },
]
