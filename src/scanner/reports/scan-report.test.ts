import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
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
import { scanBytes } from './scan-report.ts'

const scan = (bytes: Buffer, limits = LIMITS) => ScanReport.parse(scanBytes(bytes, { limits }))
const idsOf = ({ verdict: { techniques, notes } }: ScanReport) => [...techniques, ...notes].map(({ id }) => id)
const ids = (bytes: Buffer) => idsOf(scan(bytes))
const named = (bytes: Buffer) => scan(bytes).verdict.cve.map(({ id }) => id)
const font = (length: number) => fontRecord(Buffer.alloc(length, 0x41))

describe('an equation', () => {
  it('with an ordinary font name proves nothing', () => {
    expect(scan(equationObject(fontRecord(Buffer.from('Times New Roman')))).verdict).toMatchObject({ exploit: 'none-seen', cve: [] })
  })

  it('names CVE-2017-11882 alone for a font name over the first buffer, with offset and bound', () => {
    const { verdict } = scan(equationObject(font(0x30)))
    expect(verdict.exploit).toBe('attempted')
    expect(verdict.cve.map(({ id }) => id)).toEqual(['CVE-2017-11882'])
    expect(verdict.cve).toMatchObject([{ basis: 'structure', findings: [0, 1] }])
    expect(verdict.seen[0]).toEqual({
      path: '/Equation Native',
      offset: 38,
      field: 'MTEF FONT name length',
      value: 0x30,
      limit: 0x28,
      why: "A font name of 48 bytes in an equation overflows the Equation Editor's buffer of 40 bytes.",
    })
  })

  it.each([
    [0x28, []],
    [0x29, ['CVE-2017-11882']],
    [0x8f, ['CVE-2017-11882']],
    [0x90, ['CVE-2018-0802']],
    [0x200, ['CVE-2018-0802']],
  ])('of %i bytes of font name is judged at the bounds', (length, expected) => {
    expect(named(equationObject(font(length)))).toEqual(expected)
  })

  it('names CVE-2018-0798 for a matrix whose partition lines do not fit', () => {
    expect(named(equationObject(matrixRecord(31, 31)))).toEqual([])
    expect(named(equationObject(matrixRecord(3, 32)))).toEqual(['CVE-2018-0798'])
  })

  it('with two overflows names the first, behind which data stand, and two equations name both', () => {
    expect(named(equationObject(Buffer.concat([font(0x30), matrixRecord(200, 2)])))).toEqual(['CVE-2017-11882'])
    const two = { 'word/embeddings/1.bin': equationObject(font(0x30)), 'word/embeddings/2.bin': equationObject(matrixRecord(200, 2)) }
    expect(named(buildDocx(two))).toEqual(['CVE-2017-11882', 'CVE-2018-0798'])
  })

  it('is found in a Word document, in RTF and in an Ole10Native stream of its class', () => {
    const object = equationObject(font(0x30))
    expect(named(buildDocx({ 'word/embeddings/oleObject1.bin': object }))).toEqual(['CVE-2017-11882'])
    expect(named(buildRtf(buildOle1('Equation.3', object).toString('hex')))).toEqual(['CVE-2017-11882'])
    const native = Buffer.concat([Buffer.from([3, 1, 1, 3, 10, 10, 1]), font(0x30), Buffer.from([0, 0])])
    expect(named(buildCfb([{ path: ['\u0001Ole10Native'], bytes: nativeStream(native) }], { '': '02ce020000000000c000000000000046' }))).toEqual([
      'CVE-2017-11882',
    ])
    expect(named(buildCfb([{ path: ['\u0001Ole10Native'], bytes: nativeStream(native) }]))).toEqual([])
  })
})

describe('an object in RTF', () => {
  const hex = buildOle1('Equation.3', equationObject(font(0x30))).toString('hex')
  const [head, tail] = [hex.slice(0, 101), hex.slice(101)]

  it.each([
    ['white space and line ends between digits', hex.replaceAll(/(.{7})/g, '$1 \r\n\t')],
    ['an ignorable group between the halves of a byte', `${head}{\\*\\nothing abcdef0123}${tail}`],
    ['a known destination between the halves of a byte', `${head}{\\proptype\\staticval\r\nabc}${tail}`],
    ['control words between digits', hex.replaceAll(/(.{40})/g, '$1\\par \\b0 ')],
    ['nested groups round digits', `${head}{{${tail}}}`],
    ['upper case', hex.toUpperCase()],
    ['a half byte that an escaped character drops', `${hex.slice(0, 100)}f\\'41${hex.slice(100)}`],
    ['raw bytes of \\bin', `${hex.slice(0, 100)}\\bin2 ${Buffer.from(hex.slice(100, 104), 'hex').toString('latin1')}${hex.slice(104)}`],
    ['a long number behind the control word', `\\objupdate00000000000000000001 ${hex}`],
  ])('is read through %s', (_, data) => {
    expect(named(buildRtf(data))).toEqual(['CVE-2017-11882'])
  })

  it('that cannot be read leaves the next one readable', () => {
    const broken = buildOle1('Equation.3', Buffer.from([9, 9, 9, 9])).toString('hex')
    const both = buildRtf(hex, `{\\object{\\*\\objdata ${broken}}}`)
    expect(named(both)).toEqual(['CVE-2017-11882'])
    expect(scan(both).verdict.not_checked.map(({ reason }) => reason)).toContain('damaged')
  })

  it('that is a package shows the file and opens it', () => {
    const report = scan(
      buildRtf(buildOle1('Package', buildPackage('note.pdf', buildPdf(['<</OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>>>>']))).toString('hex')),
    )
    expect(idsOf(report)).toEqual(['embedded-package', 'pdf-action', 'rtf-disguise'])
    expect([report.type, ...report.extracted.map(({ type }) => type)]).toEqual(['rtf', 'pdf'])
  })
})

describe('an object in flat XML, ActiveMime or gzip', () => {
  const object = equationObject(font(0x30))
  const word2003 = (data: Buffer) =>
    Buffer.from(`<?xml version="1.0"?><w:wordDocument><w:binData w:name="oledata.mso">${data.toString('base64')}</w:binData></w:wordDocument>`)

  it('is opened', () => {
    const size = Buffer.alloc(4)
    expect(named(word2003(object))).toEqual(['CVE-2017-11882'])
    expect(named(word2003(buildCfb([{ path: ['_1577691300'], bytes: Buffer.concat([size, deflateSync(object)]) }])))).toEqual(['CVE-2017-11882'])
    expect(named(Buffer.concat([Buffer.from('ActiveMime'), Buffer.alloc(0x28), deflateSync(object)]))).toEqual(['CVE-2017-11882'])
    expect(named(gzipSync(object))).toEqual(['CVE-2017-11882'])
  })
})

describe('VBA', () => {
  it('that starts by itself is a technique, and says what it can do', () => {
    const { verdict } = scan(buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' }) }))
    expect(verdict.exploit).toBe('technique-only')
    expect(verdict.techniques).toMatchObject([{ id: 'vba-autoexec', severity: 'high' }])
    expect(verdict.techniques[0]!.findings.map((place) => verdict.seen[place]!.path)).toContain('/word/vbaProject.bin!/VBA/ThisDocument')
  })

  it.each([
    'Sub Macro1()\r\n  Shell "calc"\r\nEnd Sub',
    "' Sub AutoOpen()\r\nSub M()\r\nEnd Sub",
    'Sub M()\r\n  x = "Sub AutoOpen()"\r\nEnd Sub',
    'Rem Sub AutoOpen()\r\nSub M()\r\nEnd Sub',
  ])('that somebody has to start is a note: %j', (source) => {
    expect(scan(buildVba({ Module1: source })).verdict).toMatchObject({ exploit: 'none-seen', techniques: [], notes: [{ id: 'vba-autoexec' }] })
  })

  it('is read across continued lines and in the project of a presentation', () => {
    const project = deflateSync(buildVba({ Slide1: 'Public _\r\n Sub Auto_Open()\r\nEnd Sub' }))
    const record = Buffer.alloc(12)
    record.writeUInt16LE(0x0010, 0)
    record.writeUInt16LE(0x1011, 2)
    record.writeUInt32LE(project.length + 4, 4)
    expect(scan(buildCfb([{ path: ['PowerPoint Document'], bytes: Buffer.concat([record, project]) }])).verdict.exploit).toBe('technique-only')
  })
})

describe('a relationship', () => {
  const withTarget = (type: string, target: string, mode?: string) =>
    scan(buildDocx({ 'word/_rels/settings.xml.rels': relationships(type, target, mode) })).verdict

  it('that loads a template or an object from another host is a technique', () => {
    expect(withTarget('attachedTemplate', 'http://template.example/a.dotm').exploit).toBe('technique-only')
    expect(withTarget('oleObject', '\\\\host.example\\share\\a.doc').exploit).toBe('technique-only')
    expect(withTarget('oleObject', 'file://host.example/share/a.doc').exploit).toBe('technique-only')
  })

  it.each([
    ['hyperlink', 'http://page.example/', 'External'],
    ['attachedTemplate', 'file:///C:\\Templates\\Normal.dotm', 'External'],
    ['attachedTemplate', 'http://template.example/a.dotm', 'Internal'],
    ['image', 'media/image1.png', 'Internal'],
  ])('of type %s to %s (%s) is none', (type, target, mode) => {
    expect(withTarget(type, target, mode).exploit).toBe('none-seen')
  })

  it('lists a CVE as a candidate only, when the other half of the proof is outside', () => {
    expect(withTarget('oleObject', 'https://page.example/a.html!')).toMatchObject({
      exploit: 'technique-only',
      cve: [],
      candidates: [{ id: 'CVE-2022-30190' }],
    })
  })

  it('names CVE-2021-40444 for mhtml with x-usc, encoded too, and not for one half of it', () => {
    expect(withTarget('oleObject', 'mhtml:http://page.example/a.html!x-usc:http://page.example/a.html').cve).toMatchObject([{ id: 'CVE-2021-40444' }])
    expect(withTarget('oleObject', '&#109;html%3Ahttp://page.example/a.html!x-usc:http://page.example/a.html').cve).toMatchObject([{ id: 'CVE-2021-40444' }])
    expect(withTarget('oleObject', 'mhtml:http://page.example/a.html').cve).toEqual([])
  })
})

describe('dynamic data exchange', () => {
  const document = (body: string) => buildDocx({ 'word/document.xml': `<w:document><w:p>${body}</w:p></w:document>` })
  const run = (text: string) => `<w:r><w:instrText>${text}</w:instrText></w:r>`
  const mark = (type: string) => `<w:r><w:fldChar w:fldCharType="${type}"/></w:r>`

  it('is found in fields, split over runs, spelled by QUOTE, and simple', () => {
    expect(ids(document(`${mark('begin')}${run('DD')}${run('EAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"')}${mark('end')}`))).toEqual(['dde'])
    expect(ids(document(`${mark('begin')}${mark('begin')}${run(' QUOTE 68 68 69 ')}${mark('end')}${run(' c:\\\\cmd.exe')}${mark('end')}`))).toEqual(['dde'])
    expect(ids(document('<w:fldSimple w:instr="DDE cmd.exe x"/>'))).toEqual(['dde'])
    expect(ids(Buffer.from('{\\rtf1{\\field{\\*\\fldinst {DDE}AUTO c:\\\\\\\\cmd.exe "/k calc"}{\\fldrslt x}}}'))).toEqual(['dde'])
  })

  it('is not found in text that only speaks of it', () => {
    expect(ids(document('<w:r><w:t>DDEAUTO c:\\\\cmd.exe</w:t></w:r>'))).toEqual([])
    expect(ids(document(`${mark('begin')}${run('HYPERLINK "http://dde.example/"')}${mark('end')}`))).toEqual([])
  })

  it('is found in CSV, SLK and spreadsheet links', () => {
    expect(ids(Buffer.from("a,b\n=cmd|'/k calc'!A0,c\n"))).toEqual(['dde'])
    expect(ids(Buffer.from("ID;P\nC;X1;Y1;K0;Ecmd|' /c calc'!A0\nE\n"))).toEqual(['dde'])
    expect(
      ids(
        buildZip([
          { name: 'xl/externalLinks/externalLink1.xml', bytes: Buffer.from('<externalLink><ddeLink ddeService="cmd" ddeTopic="/k calc"/></externalLink>') },
        ]),
      ),
    ).toEqual(['dde'])
    expect(scan(Buffer.from('name,amount\na|b!c,=1+2\n')).verdict).toMatchObject({ exploit: 'none-seen', seen: [] })
  })
})

describe('a PDF', () => {
  it('that runs JavaScript when it opens is a technique, directly, by name tree and from an object stream', () => {
    const script = '<</S /JavaScript /JS (app.alert\\(1\\))>>'
    expect(scan(buildPdf([`<</Type /Catalog /OpenAction ${script}>>`])).verdict.exploit).toBe('technique-only')
    expect(scan(buildPdf(['<</Type /Catalog /Names <</JavaScript 2 0 R>>>>', '<</Kids [3 0 R]>>', `<</Names [(a) ${script}]>>`])).verdict.exploit).toBe(
      'technique-only',
    )
    const inside = scan(buildPdf(['<</Type /Catalog /OpenAction 9 0 R>>', objectStream({ 9: script })]))
    expect(inside.verdict).toMatchObject({ techniques: [{ findings: [0] }], seen: [{ path: '/object-2' }] })
  })

  it('whose script waits for the reader has a note', () => {
    expect(scan(buildPdf(['<</Type /Catalog>>', '<</Subtype /Widget /A <</S /JavaScript /JS (f\\(\\))>>>>'])).verdict).toMatchObject({
      exploit: 'none-seen',
      techniques: [],
      notes: [{ id: 'pdf-action' }],
    })
  })

  it('that hides names, circles references or stands behind %%EOF is read all the same', () => {
    expect(ids(buildPdf(['<</Type /Catalog /Open#41ction <</S /J#61vaScript /JS (x)>>>>']))).toEqual(['pdf-action', 'pdf-hidden-names'])
    expect(scan(buildPdf(['<</OpenAction 2 0 R>>', '3 0 R', '2 0 R'])).verdict.exploit).toBe('none-seen')
    expect(ids(Buffer.concat([buildPdf(['<</Type /Catalog>>']), Buffer.from('\n7 0 obj <</Type /Action /S /Launch /F (cmd.exe)>> endobj')]))).toEqual([
      'pdf-action',
    ])
  })

  it('opens embedded files', () => {
    const inner = buildDocx({ 'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }) })
    const report = scan(
      buildPdf([
        '<</Type /Catalog>>',
        { dictionary: '/Type /EmbeddedFile /Filter [/ASCIIHexDecode /FlateDecode]', data: Buffer.from(`${deflateSync(inner).toString('hex')}>`) },
      ]),
    )
    expect(idsOf(report)).toEqual(['vba-autoexec'])
  })

  it('that is encrypted says so', () => {
    expect(scan(Buffer.from('%PDF-1.7\n1 0 obj<</Type /Catalog>>endobj trailer<</Encrypt 2 0 R>>')).verdict.not_checked).toMatchObject([
      { reason: 'encrypted' },
    ])
  })
})

describe('limits', () => {
  const nested = (depth: number): Buffer => (depth === 0 ? Buffer.from('end') : buildZip([{ name: 'a.zip', bytes: nested(depth - 1) }]))
  const refused = (bytes: Buffer, limits = LIMITS) => {
    const { outcome, verdict } = scan(bytes, limits)
    return { outcome, limits: [...new Set(verdict.not_checked.flatMap(({ limit }) => limit ?? []))] }
  }

  it('refuse what is nested too deeply, and not what is just below', () => {
    expect(refused(nested(LIMITS.depth + 1))).toEqual({ outcome: 'refused', limits: ['depth'] })
    expect(refused(nested(LIMITS.depth))).toEqual({ outcome: 'complete', limits: [] })
  })

  it('refuse a bomb by what it unpacks to, whatever its headers say', () => {
    const bomb = buildZip([{ name: 'a', bytes: Buffer.alloc(8 * 2 ** 20), statedBytes: 10 }])
    expect(refused(bomb)).toEqual({ outcome: 'refused', limits: ['ratio'] })
    const many = buildZip(Array.from({ length: 6 }, (_, i) => ({ name: `a${i}`, bytes: Buffer.alloc(2 ** 20, i) })))
    expect(refused(many, { ...LIMITS, bytes: 4 * 2 ** 20 })).toEqual({ outcome: 'refused', limits: ['bytes'] })
  })

  it('refuse too many objects, too much work and too large an input', () => {
    const many = buildZip(Array.from({ length: 50 }, (_, i) => ({ name: `a${i}`, bytes: Buffer.from(`${i}`) })))
    expect(refused(many, { ...LIMITS, objects: 20 }).limits).toEqual(['objects'])
    expect(refused(many, { ...LIMITS, steps: 10 }).limits).toEqual(['steps'])
    expect(refused(many, { ...LIMITS, inputBytes: 100 })).toEqual({ outcome: 'refused', limits: ['inputBytes'] })
  })

  it('keep what was found before them', () => {
    const both = buildZip([
      { name: 'a.bin', bytes: equationObject(font(0x30)) },
      { name: 'b', bytes: Buffer.alloc(8 * 2 ** 20) },
    ])
    expect(scan(both)).toMatchObject({ outcome: 'refused', verdict: { exploit: 'attempted', cve: [{ id: 'CVE-2017-11882' }] } })
  })

  it('name encrypted, lying and overlapping entries', () => {
    expect(scan(buildZip([{ name: 'a', bytes: Buffer.from('x'), encrypted: true }])).verdict.not_checked).toMatchObject([{ reason: 'encrypted' }])
    expect(scan(buildZip([{ name: 'a', bytes: Buffer.alloc(500, 65), statedBytes: 10 }])).verdict.not_checked).toMatchObject([{ reason: 'damaged' }])
  })
})

it('never passes a document whose format it does not read for one that it has read', () => {
  expect(scan(buildCfb([{ path: ['FileHeader'], bytes: Buffer.alloc(256, 1) }]))).toMatchObject({
    outcome: 'incomplete',
    verdict: { exploit: 'none-seen', not_checked: [{ reason: 'unsupported' }] },
  })
  expect(scan(Buffer.from('89504e470d0a1a0a0000', 'hex'))).toMatchObject({ outcome: 'incomplete', verdict: { not_checked: [{ reason: 'unsupported' }] } })
})

it('answers the same bytes with the same bytes', () => {
  const bytes = buildDocx({ 'word/a.bin': equationObject(font(0x30)), 'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }) })
  expect(JSON.stringify(scanBytes(bytes))).toBe(JSON.stringify(scanBytes(Buffer.from(bytes))))
})
