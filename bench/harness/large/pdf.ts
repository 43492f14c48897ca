import { deflateSync } from 'node:zlib'
import { noise, picture, prose } from './filling.ts'

/** A PDF as it is being written: knows where each object begins. */
class Writer {
  readonly pieces: Buffer[] = []
  readonly places: number[] = [0]
  length = 0

  constructor(version: string) {
    this.put(`%PDF-${version}\n%\u00e2\u00e3\u00cf\u00d3\n`)
  }

  put(...parts: readonly (string | Buffer)[]): void {
    for (const part of parts) {
      const piece = typeof part === 'string' ? Buffer.from(part, 'latin1') : part
      this.pieces.push(piece)
      this.length += piece.length
    }
  }

  object(number: number, dictionary: string, data?: Buffer): void {
    this.places[number] = this.length
    if (data) this.put(`${number} 0 obj\n<<${dictionary}/Length ${data.length}>>\nstream\n`, data, '\nendstream\nendobj\n')
    else this.put(`${number} 0 obj\n<<${dictionary}>>\nendobj\n`)
  }
}

const PAGE_OBJECTS = 6
const ROW = '0000000000 00000 n \n'
/** Numbers below belong to the document. */
const FIRST = 3

/**
 * A PDF 1.7 of text, fonts and pictures: content packed with Flate, JPEG pictures, subsets of fonts, dictionaries in object streams of a hundred, and a
 * stream of cross-references at the end, as current programs write them.
 */
export function largePdf(bytes: number): Buffer {
  const out = new Writer('1.7')
  const share = Math.min(60_000, bytes / 12)
  const packed: { number: number; text: string }[] = []
  const within: (number | undefined)[] = []
  let next = FIRST
  let pages = 0
  const flush = () => {
    const number = next++
    let at = 0
    const index = packed.map(({ number: one, text }) => {
      const entry = `${one} ${at}`
      at += text.length + 1
      return entry
    })
    const head = `${index.join(' ')}\n`
    out.object(
      number,
      `/Type/ObjStm/N ${packed.length}/First ${head.length}/Filter/FlateDecode`,
      deflateSync(head + packed.map(({ text }) => `${text}\n`).join('')),
    )
    for (const one of packed.splice(0)) within[one.number] = number
  }
  packed.push({ number: 1, text: '<</Type/Catalog/Pages 2 0 R>>' })
  while (out.length < bytes) {
    const page = next
    next += PAGE_OBJECTS
    pages++
    packed.push(
      { number: page, text: `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents ${page + 1} 0 R/Resources ${page + 2} 0 R/Annots[${page + 5} 0 R]>>` },
      { number: page + 2, text: `<</Font<</F1 3 0 R>>/XObject<</Im1 ${page + 3} 0 R>>/ProcSet[/PDF/Text/ImageC]>>` },
      {
        number: page + 5,
        text: `<</Type/Annot/Subtype/Link/Rect[72 ${page % 700} 300 ${(page % 700) + 12}]/Border[0 0 0]/A<</S/URI/URI(https://example.com/${page})>>>>`,
      },
    )
    out.object(page + 1, '/Filter/FlateDecode', deflateSync(contentOf(page, share)))
    out.object(page + 3, '/Type/XObject/Subtype/Image/Width 640/Height 480/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode', picture(page | 1, share))
    out.object(page + 4, `/Length1 ${Math.floor(share / 4)}/Filter/FlateDecode`, deflateSync(noise(page, share / 4)))
    if (packed.length >= 100) flush()
  }
  packed.push({
    number: 2,
    text: `<</Type/Pages/Count ${pages}/Kids[${Array.from({ length: pages }, (_, n) => `${FIRST + n * PAGE_OBJECTS} 0 R`).join(' ')}]>>`,
  })
  flush()
  const table = Buffer.alloc(next * 6)
  for (let n = 0; n < next; n++) {
    const home = within[n]
    table[n * 6] = home === undefined ? 1 : 2
    table.writeUInt32BE(home ?? out.places[n] ?? 0, n * 6 + 1)
  }
  const start = out.length
  out.object(next, `/Type/XRef/Size ${next}/W[1 4 1]/Root 1 0 R/Filter/FlateDecode`, deflateSync(table))
  out.put(`startxref\n${start}\n%%EOF\n`)
  return Buffer.concat(out.pieces)
}

/** A PDF 1.4 of nothing but small objects, each in the file itself, with a table of cross-references. */
export function manyObjectsPdf(bytes: number): Buffer {
  const out = new Writer('1.4')
  out.object(1, '/Type/Catalog/Pages 2 0 R/StructTreeRoot 3 0 R')
  out.object(2, '/Type/Pages/Kids[]/Count 0')
  let next = 3
  while (out.length + next * ROW.length < bytes) {
    const at = next
    out.object(at, `/Type/StructElem/S/P/P ${at > 3 ? at - 3 : 3} 0 R/K[${at + 1} 0 R]/Pg 2 0 R/T(${prose(at, 40)})`)
    out.object(at + 1, `/Type/StructElem/S/Span/P ${at} 0 R/K ${at % 100}/Pg 2 0 R/A<</O/Layout/BBox[${at % 600} 72 300 ${at % 700}]>>`)
    out.object(at + 2, `/Type/MCR/MCID ${at % 1000}/Stm ${at} 0 R/Lang(en-GB)`)
    next += 3
  }
  const start = out.length
  const rows = Array.from({ length: next - 1 }, (_, n) => `${String(out.places[n + 1]).padStart(10, '0')} 00000 n \n`)
  out.put(`xref\n0 ${next}\n0000000000 65535 f \n${rows.join('')}trailer\n<</Size ${next}/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`)
  return Buffer.concat(out.pieces)
}

function contentOf(seed: number, length: number): string {
  const lines: string[] = []
  for (let n = 0, have = 0; have < length * 2; n++) {
    const line = `1 0 0 1 72 ${720 - (n % 50) * 14} cm BT /F1 ${9 + (n % 4)} Tf [(${prose(seed * 500 + n, 40)})-${n % 300}(${prose(n, 30)})] TJ ET\n`
    lines.push(line)
    have += line.length
  }
  return lines.join('')
}
