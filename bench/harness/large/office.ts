import { buildCfb, buildDocx, buildPackage, nativeStream } from '#test/harness/documents.ts'
import { buildMsg } from '#test/harness/documents/mail.ts'
import { noise, picture, prose } from './filling.ts'

/** A Word document: text as XML, pictures, an embedded workbook now and then. */
export function largeDocx(bytes: number): Buffer {
  const share = Math.min(1_000_000, bytes / 4)
  const parts: Record<string, Buffer> = {}
  const targets: string[] = []
  let have = 0
  for (let n = 1; have < bytes * 0.92; n++) {
    const object = n % 8 === 0
    const name = object ? `embeddings/oleObject${n}.bin` : `media/image${n}.${n % 2 === 0 ? 'png' : 'jpeg'}`
    parts[`word/${name}`] = object ? buildCfb([{ path: ['Workbook'], bytes: noise(n, share / 2) }]) : picture(n, share)
    targets.push(name)
    have += parts[`word/${name}`]!.length
  }
  const related = targets.map(
    (target, n) =>
      `<Relationship Id="rId${n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${target.startsWith('m') ? 'image' : 'oleObject'}" Target="${target}"/>`,
  )
  parts['word/_rels/document.xml.rels'] = Buffer.from(
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${related.join('')}</Relationships>`,
  )
  parts['word/document.xml'] = bodyOf(bytes * 0.3)
  return buildDocx(parts)
}

function bodyOf(length: number): Buffer {
  const runs: string[] = []
  for (let n = 0, have = 0; have < length; n++) {
    const run = `<w:p w:rsidR="00A${n % 1000}"><w:pPr><w:pStyle w:val="Normal"/></w:pPr><w:r><w:rPr><w:lang w:val="en-GB"/></w:rPr><w:t xml:space="preserve">${prose(n, 300)}</w:t></w:r></w:p>`
    runs.push(run)
    have += run.length
  }
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${runs.join('')}</w:body></w:document>`,
  )
}

/** The text of a Word 97 document and the table that says where it stands (MS-DOC 2.5.1 and 2.9.38). */
function wordStreams(text: string): { path: string[]; bytes: Buffer }[] {
  const from = 1024
  const word = Buffer.alloc(from + text.length * 2)
  word.write(text, from, 'utf16le')
  word.writeUInt16LE(0xa5ec, 0)
  word.writeUInt16LE(193, 2)
  word.writeUInt16LE(0x0200, 10)
  word.writeUInt16LE(14, 32)
  word.writeUInt16LE(22, 62)
  word.writeUInt32LE(text.length, 76)
  word.writeUInt16LE(93, 152)
  word.writeUInt32LE(21, 422)
  const table = Buffer.alloc(21)
  table[0] = 2
  table.writeUInt32LE(16, 1)
  table.writeUInt32LE(text.length, 9)
  table.writeUInt32LE(from, 15)
  return [
    { path: ['WordDocument'], bytes: word },
    { path: ['1Table'], bytes: table },
  ]
}

/** A Word 97 document: text, pictures in the data stream, embedded pictures in the object pool. */
export function largeDoc(bytes: number): Buffer {
  const share = Math.min(1_000_000, bytes / 8)
  const objects = Array.from({ length: Math.floor(bytes / 4 / share) }, (_, n) => ({
    path: ['ObjectPool', `_${1_000 + n}`, '\u0001Ole10Native'],
    bytes: nativeStream(buildPackage(`report-${n}.png`, picture(n * 2, share))),
  }))
  return buildCfb([...wordStreams(prose(1, bytes / 8)), { path: ['Data'], bytes: noise(3, bytes / 2) }, ...objects])
}

/** A small Word 97 document of mostly pictures, as others embed it. */
export function embeddedDoc(seed: number, bytes: number): Buffer {
  return buildCfb([...wordStreams(prose(seed, 400)), { path: ['Data'], bytes: noise(seed, bytes) }])
}

/** An Outlook message with a body and attachments. */
export function largeMsg(bytes: number): Buffer {
  const share = Math.min(2_000_000, bytes / 4)
  return buildMsg({
    properties: [
      { id: 0x1a, value: 'IPM.Note' },
      { id: 0x37, value: prose(1, 40) },
      { id: 0x1000, value: prose(2, bytes / 40) },
    ],
    attachments: Array.from({ length: Math.max(1, Math.floor((bytes * 0.9) / share)) }, (_, n) => ({ name: `scan-${n}.png`, bytes: picture(n, share) })),
  })
}
