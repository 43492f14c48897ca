import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { LIMITS } from '#scanner/intake/limits.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import {
  buildCfb,
  buildDocx,
  buildOle1,
  buildPackage,
  buildPdf,
  buildRtf,
  buildVba,
  buildZip,
  equationObject,
  fontRecord,
  matrixRecord,
  nativeStream,
  objectStream,
  relationships,
} from '#test/harness/documents.ts'
import { buildXlsm } from '#test/harness/documents/excel.ts'
import { compositeMoniker, fileMoniker, newMoniker, rtfLink, shellExplorer, shellLink } from '#test/harness/documents/ole-links.ts'
import { scanBytes } from './scan-report.ts'

const equation = equationObject(Buffer.concat([fontRecord(Buffer.alloc(0x30, 0x41)), matrixRecord(40, 2)]))
const vba = buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' })
const script = '<</S /JavaScript /JS (app.alert\\(1\\))>>'
const DOCUMENTS: Record<string, Buffer> = {
  cfb: buildCfb([
    { path: ['ObjectPool', '_1', '\u0001Ole10Native'], bytes: nativeStream(buildPackage('a.exe', Buffer.alloc(5000, 1))) },
    { path: ['Big'], bytes: Buffer.alloc(9000, 2) },
  ]),
  equation,
  vba,
  docx: buildDocx({ 'word/vbaProject.bin': vba, 'word/embeddings/a.bin': equation, 'word/_rels/a.rels': relationships('oleObject', 'http://page.example/') }),
  rtf: buildRtf(buildOle1('Equation.3', equation).toString('hex'), '{\\field{\\*\\fldinst DDEAUTO cmd}}{\\*\\template http://page.example/}'),
  pdf: buildPdf([
    `<</Type /Catalog /OpenAction 9 0 R /AA <</WC ${script}>>>>`,
    objectStream({ 9: script, 10: '[1 2 (x) <41>]' }),
    { dictionary: '/Type /EmbeddedFile', data: vba },
  ]),
  'rtf link': rtfLink(
    compositeMoniker(fileMoniker('%TMP%\\a.sct', 'C:\\a.sct'), newMoniker()),
    '\\objautlink\\objupdate',
    `{\\object{\\*\\objdata ${buildOle1('Package', buildPackage('a.sct', Buffer.from('inert'))).toString('hex')}}}{\\sp{\\sn pFragments}{\\sv 1;2;0100010000ff}}\\listoverridecount25 `,
  ),
  control: shellExplorer(shellLink('http://host.example/')),
  csv: Buffer.from("a,=cmd|'/k calc'!A0\n"),
}
/** Small enough that a runaway shows as a limit, large enough for every document above. */
const limits = { ...LIMITS, steps: 2_000_000, bytes: 16 * 2 ** 20 }

function answers(bytes: Buffer): void {
  const before = process.cpuUsage()
  const report = ScanReport.parse(scanBytes(bytes, { limits }))
  const { user } = process.cpuUsage(before)
  expect(user / 1e6).toBeLessThan(5)
  expect(report.size).toBe(bytes.length)
}

/** The whole way of a document; each reader by itself is tried with more, cut off at every byte too, in test/fuzz/targets.test.ts. */
describe.each(Object.entries(DOCUMENTS))('a %s', (_, document) => {
  test('is whole and shows something, as the control of what follows', () => {
    expect(scanBytes(document, { limits }).verdict.exploit).not.toBe('none-seen')
  })

  test.prop([fc.integer({ min: 0, max: document.length })], { numRuns: 60 })('is answered when it is cut off', (length) =>
    answers(document.subarray(0, length)),
  )

  test.prop([fc.array(fc.tuple(fc.nat({ max: document.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 12 })], { numRuns: 80 })(
    'is answered when bytes are changed',
    (changes) => {
      const copy = Buffer.from(document)
      for (const [at, value] of changes) copy[at] = value
      answers(copy)
    },
  )

  test.prop([fc.nat({ max: document.length }), fc.nat({ max: document.length }), fc.nat({ max: document.length })], { numRuns: 40 })(
    'is answered when a piece stands elsewhere',
    (from, to, place) => {
      const piece = document.subarray(Math.min(from, to), Math.max(from, to))
      answers(Buffer.concat([document.subarray(0, place), piece, document.subarray(place)]))
    },
  )
})

test.prop([fc.uint8Array({ maxLength: 3000 })], { numRuns: 200 })('any bytes are answered', (bytes) => answers(Buffer.from(bytes)))

test.prop(
  [
    fc.array(
      fc.constantFrom(
        '1 0 obj',
        '<<',
        '>>',
        '[',
        '(',
        '<',
        '/A ',
        'stream\n',
        'endstream',
        '%',
        ' 2 0 R ',
        '\\',
        '{\\object',
        '{\\*\\objdata 0105',
        '{',
        '}',
        '\\bin9',
        "\\'4",
      ),
      { maxLength: 400 },
    ),
    fc.constantFrom('%PDF-1.7 ', '{\\rt'),
  ],
  { numRuns: 200 },
)('any order of tokens is answered', (tokens, head) => answers(Buffer.from(head + tokens.join(''))))

describe('repetition costs no more than its length', () => {
  test.each([
    '1 0 obj(',
    '1 0 obj<</A[',
    '1 0 obj<41',
    '1 0 obj%',
    '1 0 obj<<>>stream ',
    'trailer<<',
    '1 0 obj/',
    '/A#41',
    '<</F[',
    '1 0 obj<</AA<</O 1 0 R>>>>',
    '1 0 R ',
  ])('of %j in a PDF', (unit) => answers(Buffer.from(`%PDF-1.7 ${unit.repeat(40_000)}`)))
  test.each(['{', '{\\object{\\*\\objdata 01', '{\\field{\\*\\fldinst D', '\\u1 ', '{\\*\\template ', '\\bin1 '])('of %j in RTF', (unit) =>
    answers(Buffer.from(`{\\rtf1 ${unit.repeat(40_000)}`)),
  )
  test.each(['<a ', '<a b=', '&#1', '<!--', '<instrText>', '<fldChar fldCharType="begin"/>', '<![CDATA['])('of %j in XML', (unit) =>
    answers(Buffer.from(`<instrText>${unit.repeat(40_000)}`)),
  )
  test.each(['PK\x05\x06', 'PK\x03\x04', 'PK\x01\x02'])('of %j in a ZIP', (unit) => answers(Buffer.from(`PK\x03\x04${unit.repeat(40_000)}`, 'latin1')))
})

describe('a name that every object of the language has is a name like any other', () => {
  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s', (name) => {
    answers(buildDocx({ 'word/_rels/a.rels': relationships(name, 'http://page.example/') }))
    answers(buildZip([{ name: 'mimetype', bytes: Buffer.from(`application/vnd.oasis.opendocument.${name}`) }]))
    answers(
      buildPdf([`<</Type /Catalog /${name} 1 /OpenAction <</S /${name}>>>>`, { dictionary: `/Type /${name} /Filter [/${name} /FlateDecode]`, data: vba }]),
    )
    answers(buildXlsm([`${name}(1)`, `FORMULA("=${name}()",A3)`, `REGISTER("a","b","c","${name}")`]))
  })
})
