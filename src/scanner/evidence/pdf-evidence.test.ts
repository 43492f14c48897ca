import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import type { ScanReport } from '#scanner/verdict/contract.ts'
import { buildCfb, buildPdf } from '#test/harness/documents.ts'
import { formPdf, modelPdf, pageActionPdf, prcModel, u3dModel } from '#test/harness/documents/pdf.ts'
import { isShare } from './cve-2018-4993.ts'

const techniques = ({ verdict }: ScanReport) => verdict.techniques.map(({ id }) => id)
const notes = ({ verdict }: ScanReport) => verdict.notes.map(({ id }) => id)
const candidates = ({ verdict }: ScanReport) => verdict.candidates.map(({ id }) => id)

describe('a share', () => {
  it.each(['\\\\host.example\\share\\a', '\\\\10.0.0.1\\a', '//host/a', 'file://host.example/a', 'file:////host/a', ' \\\\host'])('%s', (target) =>
    expect(isShare(target)).toBe(true),
  )
  it.each(['\\\\.\\pipe\\a', '\\\\?\\C:\\a', 'C:\\a', 'file:///C:/a', 'file://localhost/a', 'https://host.example/a', 'a.pdf', '/a/b'])('is not %s', (target) =>
    expect(isShare(target)).toBe(false),
  )
})

describe('an action', () => {
  it('that opens an address by itself is a technique; a click on one is not even noted', () => {
    expect(techniques(scanBytes(pageActionPdf('<</S /URI /URI (https://host.example/a)>>')))).toEqual(['pdf-action'])
    const click = scanBytes(pageActionPdf('<</S /URI /URI (https://host.example/a)>>', '/Annots [<</Subtype /Link /Rect [0 0 1 1] /A %>>]'))
    expect([techniques(click), notes(click)]).toEqual([[], []])
  })

  it('that waits for a click and leads to a share is a candidate', () => {
    const report = scanBytes(pageActionPdf('<</S /GoToR /F (\\\\\\\\host.example\\\\a.pdf)>>', '/Annots [<</Subtype /Link /Rect [0 0 1 1] /A %>>]'))
    expect([report.verdict.exploit, candidates(report)]).toEqual(['none-seen', ['CVE-2018-4993']])
  })

  it('of a replaced version says where it stands', () => {
    const pdf = Buffer.from('%PDF-1.7\n1 0 obj <</Type /Catalog /OpenAction <</S /Launch /F (a.exe)>>>> endobj\n1 0 obj <</Type /Catalog>> endobj\n%%EOF')
    expect(scanBytes(pdf).verdict.seen).toContainEqual(expect.objectContaining({ field: 'where it stands', value: expect.stringContaining('replaces') }))
  })
})

it('names that hide what they start are a technique, other escapes are not', () => {
  expect(techniques(scanBytes(buildPdf(['<</Type /Catalog /Open#41ction null>>'])))).toEqual(['pdf-hidden-names'])
  expect(techniques(scanBytes(buildPdf(['<</Type /Catalog /My#20Key 1 /B#61seFont /Arial#42old>>'])))).toEqual([])
})

describe('an embedded file', () => {
  const carrying = (name: string, bytes: Buffer) =>
    scanBytes(buildPdf(['<</Type /Catalog>>', `<</Type /Filespec /F (${name}) /EF <</F 3 0 R>>>>`, { dictionary: '/Type /EmbeddedFile', data: bytes }]))

  it('is a technique as an Office file or by a name that runs, and otherwise nothing', () => {
    expect(carrying('a.doc', buildCfb([])).verdict.techniques).toMatchObject([{ id: 'pdf-attachment', severity: 'low' }])
    expect(carrying('a.pdf.js ', Buffer.from('text')).verdict.techniques).toMatchObject([{ id: 'pdf-attachment', severity: 'high' }])
    expect(techniques(carrying('a.txt', Buffer.from('text')))).toEqual([])
  })
})

describe('a signed document', () => {
  const signed = (update: string) => {
    const body = buildPdf([
      '<</Type /Catalog /Pages 2 0 R>>',
      '<</Type /Pages /Kids [3 0 R]>>',
      '<</Type /Page /Contents 4 0 R /Annots []>>',
      { dictionary: '', data: Buffer.from('(paid) Tj') },
    ])
    const range = (end: string) => `5 0 obj <</Type /Sig /ByteRange [0 10 20 ${end}]>> endobj\n`
    const whole = Buffer.concat([body, Buffer.from(range('0000'))])
    const covered = Buffer.from(whole.toString('latin1').replace('20 0000', `20 ${String(whole.length - 20).padStart(4, '0')}`), 'latin1')
    return scanBytes(Buffer.concat([covered, Buffer.from(update)]))
  }

  it('whose content is replaced behind its signature is a technique', () => {
    expect(techniques(signed('4 0 obj <<>>\nstream\n(not paid) Tj\nendstream endobj'))).toEqual(['pdf-shadow'])
    expect(techniques(signed('3 0 obj <</Type /Page /Contents 9 0 R>> endobj'))).toEqual(['pdf-shadow'])
  })

  it('to which comments or the same content are added is not', () => {
    expect(techniques(signed('3 0 obj <</Type /Page /Contents 4 0 R /Annots [9 0 R]>> endobj 9 0 obj <</Subtype /Text>> endobj'))).toEqual([])
    expect(techniques(signed(''))).toEqual([])
  })
})

describe('a link over a page', () => {
  const covered = (rect: string, resources: string) =>
    scanBytes(
      buildPdf([
        '<</Type /Catalog>>',
        `<</Type /Page /MediaBox [0 0 100 100] /Resources <<${resources} /XObject <</I 3 0 R>>>> /Annots [<</Subtype /Link /Rect ${rect} /A <</S /URI /URI (https://host.example/)>>>>]>>`,
        { dictionary: '/Subtype /Image /Filter /DCTDecode', data: Buffer.from('image') },
      ]),
    )

  it('of nothing but a picture is a technique; over text it is a note, and a small one is nothing', () => {
    expect(techniques(covered('[0 0 100 90]', ''))).toEqual(['pdf-cover-link'])
    expect(notes(covered('[0 0 100 90]', '/Font <</F 4 0 R>>'))).toEqual(['pdf-cover-link'])
    expect(notes(covered('[0 0 100 10]', ''))).toEqual([])
  })
})

describe('a 3D model', () => {
  it('of which only a part of the proof is known lists candidates', () => {
    expect(candidates(scanBytes(modelPdf('U3D', u3dModel({ positions: 5, minimum: 3, shadings: 0x20000000 }))))).toEqual(['CVE-2009-3959'])
    expect(candidates(scanBytes(modelPdf('U3D', u3dModel({ positions: 5, minimum: 3, extra: [0xffffff44, 0xffffff16] }))))).toEqual(['CVE-2011-2462'])
    expect(candidates(scanBytes(modelPdf('PRC', prcModel(5000))))).toEqual(['CVE-2011-4369'])
    expect(candidates(scanBytes(modelPdf('U3D', u3dModel({ positions: 5, minimum: 5 }))))).toEqual([])
  })
})

describe('a form', () => {
  it('that fetches its style sheet, or calls an address in FormCalc, is a technique', () => {
    expect(techniques(scanBytes(formPdf('<?xml-stylesheet href="https://host.example/a.xsl"?><xdp/>')))).toEqual(['cve-2019-7089'])
    const calling = (language: string) => scanBytes(formPdf(`<script contentType="${language}">var a = GET("https://host.example/")</script>`))
    expect([techniques(calling('application/x-formcalc')), candidates(calling('application/x-formcalc'))]).toEqual([['formcalc-request'], ['CVE-2014-8453']])
    expect(techniques(calling('application/x-javascript'))).toEqual([])
  })
})

it('a script that opens a program by its path is a technique, one that opens a page is not', () => {
  const calling = (target: string) =>
    scanBytes(
      buildPdf([
        '<</Type /Catalog>>',
        '<</S /JavaScript /JS 3 0 R>>',
        { dictionary: '/Filter /Fl', data: deflateSync(Buffer.from(`app.launchURL("${target}", true)`)) },
      ]),
    )
  expect([techniques(calling('c:\\\\windows\\\\a.exe')), candidates(calling('c:\\\\windows\\\\a.exe'))]).toEqual([['launch-url'], ['CVE-2017-10951']])
  expect(techniques(calling('https://host.example/a.exe'))).toEqual([])
})

it('a player is noted, and one that starts by itself with more weight', () => {
  const playing = (condition: string) =>
    scanBytes(buildPdf(['<</Type /Catalog>>', `<</Subtype /RichMedia /Rect [0 0 1 1] /RichMediaSettings <</Activation <</Condition /${condition}>>>>>>`]))
  expect(playing('PV').verdict.notes).toMatchObject([{ id: 'pdf-media', severity: 'low' }])
  expect(playing('XA').verdict.notes).toMatchObject([{ id: 'pdf-media', severity: 'info' }])
})

it('parameters of a predictor that overflow otherwise than CVE-2009-3459 list it', () => {
  const report = scanBytes(
    buildPdf(['<</Type /Catalog>>', { dictionary: '/Filter /Fl /DecodeParms <</Predictor 12 /Columns 2147483647>>', data: Buffer.from('x') }]),
  )
  expect([report.verdict.exploit, candidates(report)]).toEqual(['none-seen', ['CVE-2009-3459']])
})
