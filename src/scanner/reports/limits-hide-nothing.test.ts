import { describe, expect, it } from 'vitest'
import { LIMITS } from '#scanner/intake/limits.ts'
import { buildOle1, buildPdf, buildRtf, buildZip, equationObject, fontRecord, objectStream } from '#test/harness/documents.ts'
import { buildTar } from '#test/harness/documents/archives.ts'
import { buildAgile } from '#test/harness/documents/encrypted.ts'
import { scriptedPdf } from '#test/harness/documents/pdf-scripts.ts'
import { scanBytes } from './scan-report.ts'

/** What a limit ends is said, and takes neither what was found before nor what stands behind it. */
const exploit = equationObject(fontRecord(Buffer.alloc(0x30, 0x41)))
const icon = 'var s = "AA"; while (s.length < 0x4000) s += s; app.doc.Collab.getIcon(s.substring(0, 0x3ff7) + "_N.bundle");'
const zip = (...files: (readonly [name: string, bytes: Buffer])[]) => buildZip(files.map(([name, bytes]) => ({ name, bytes })))
const names = (bytes: Buffer, limits = {}) => {
  const { verdict, outcome } = scanBytes(bytes, { limits: { ...LIMITS, ...limits } })
  return { cve: verdict.cve.map(({ id }) => id), outcome, limits: [...new Set(verdict.not_checked.flatMap(({ limit }) => limit ?? []))] }
}
const named = { cve: ['CVE-2017-11882'], outcome: 'refused' }

describe('an exploit behind a member that reaches a limit', () => {
  const costlyKey = () => buildAgile(Buffer.alloc(600), 'secret', { rounds: 1_000_000 })

  it.each([
    ['of steps', zip(['a.xml', Buffer.from('<a b="|"/>'.repeat(2000))], ['b.doc', exploit]), { steps: 4000 }],
    ['of facts', zip(['a.csv', Buffer.from("a,=cmd|'/c x'!A0\n".repeat(900))], ['b.doc', exploit]), { facts: 500 }],
    [
      'of objects',
      zip(['a.tar', buildTar(Array.from({ length: 60 }, (_, i) => ({ name: `f${i}`, bytes: Buffer.from(`x${i}`) })))], ['b.doc', exploit]),
      { objects: 50 },
    ],
    ['of the cost of a key', zip(['a.docx', costlyKey()], ['b.doc', exploit]), { steps: 4_000_000 }],
  ] as const)('%s is named', (_, bytes, limits) => expect(names(bytes, limits)).toMatchObject(named), 20_000)

  it('of unpacked bytes is named, however many such members there are', () => {
    const bombs = Array.from({ length: 8 }, (_, i): [string, Buffer] => [`a${i}`, Buffer.alloc(900_000, i + 1)])
    expect(names(zip(...bombs, ['b.doc', exploit]), { bytes: 4 * 2 ** 20, ratioFloor: 10_000, ratio: 2000 })).toMatchObject({ ...named, limits: ['bytes'] })
  })
})

describe('an exploit in front of what reaches a limit', () => {
  it.each([
    [
      'in an archive of too many files',
      buildTar([{ name: 'b.doc', bytes: exploit }, ...Array.from({ length: 60 }, (_, i) => ({ name: `f${i}` }))]),
      { objects: 50 },
    ],
    [
      'in a ZIP of too many entries',
      zip(['b.doc', exploit], ...Array.from({ length: 60 }, (_, i): [string, Buffer] => [`f${i}`, Buffer.from(`x${i}`)])),
      { objects: 50 },
    ],
  ] as const)('%s is named', (_, bytes, limits) => expect(names(bytes, limits)).toMatchObject({ ...named, limits: ['objects'] }))

  it('is named in an RTF that is full of fields', () => {
    const rtf = buildRtf(buildOle1('Equation.3', exploit).toString('hex'))
    const full = Buffer.concat([Buffer.from(`{\\rtf1 ${'{\\fldinst X}'.repeat(2000)}`), rtf.subarray(1)])
    expect(names(full)).toEqual({ ...named, limits: ['facts'] })
  })

  it('is named in a PDF whose other objects use up its steps', () => {
    const many = Buffer.concat([scriptedPdf(icon), Buffer.from('9 0 obj [1 2 3] endobj\n'.repeat(12_000))])
    expect(names(many, { steps: 40_000 })).toMatchObject({ cve: ['CVE-2009-0927'], outcome: 'refused', limits: ['steps'] })
  })

  it('is named though another stream of the PDF has more filters than are undone', () => {
    const pdf = buildPdf([
      { dictionary: `/Type /EmbeddedFile /Filter [${'/Crypt '.repeat(9)}]`, data: Buffer.from('x') },
      `<</Type /Catalog /OpenAction <</S /JavaScript /JS (${icon.replace(/[()]/g, String.raw`\$&`)})>>>>`,
    ])
    expect(names(pdf)).toEqual({ cve: ['CVE-2009-0927'], outcome: 'refused', limits: ['depth'] })
  })
})

describe('a script', () => {
  const script = (source: string) => names(scriptedPdf(source))

  it('is named for a call that stands behind many others', () => {
    expect(script(`for (var i = 0; i < 900; i++) app.alert(i);${icon}`)).toEqual({ cve: ['CVE-2009-0927'], outcome: 'complete', limits: [] })
    expect(script(`for (var i = 0; i < 1500; i++) app.alert(i);${icon}`)).toMatchObject({ cve: ['CVE-2009-0927'], outcome: 'refused' })
  })

  it('is followed behind a megabyte of blanks; where it is longer than is read, that is said', () => {
    expect(script(' '.repeat(2 ** 20) + icon)).toMatchObject({ cve: ['CVE-2009-0927'], outcome: 'complete' })
    expect(script(' '.repeat(2 ** 22) + icon)).toMatchObject({ cve: [], outcome: 'refused' })
  })

  it('keeps what it did before it used up what it may cost', () =>
    expect(script(`${icon}for (;;) {}`)).toMatchObject({ cve: ['CVE-2009-0927'], outcome: 'refused' }))
})

it('a page and a message are read behind more scripts, links and header fields than any needs', () => {
  const run = '<script>new ActiveXObject("WScript.Shell").Run("calc")</script>'
  const page = (html: string) => scanBytes(Buffer.from(`<html>${html}`)).verdict.exploit
  expect(page(Array.from({ length: 500 }, (_, i) => `<script>var a${i}</script>`).join('') + run)).toBe('technique-only')
  expect(page(`${Array.from({ length: 1200 }, (_, i) => `<a href="h${i}">`).join('')}<iframe src="ms-msdt:/id x">`)).toBe('technique-only')
  const scripts = scanBytes(Buffer.from(`<html>${Array.from({ length: 1001 }, (_, i) => `<script>var a${i}</script>`).join('')}${run}`))
  expect(scripts.outcome).toBe('refused')
  const attached = `--b\r\nContent-Type: application/msword\r\nContent-Transfer-Encoding: base64\r\n\r\n${exploit.toString('base64')}\r\n--b--\r\n`
  const mail = `From: a\r\nMIME-Version: 1.0\r\n${'X-a: b\r\n'.repeat(2001)}Content-Type: multipart/mixed; boundary=b\r\n\r\n${attached}`
  expect(names(Buffer.from(mail))).toEqual({ cve: ['CVE-2017-11882'], outcome: 'complete', limits: [] })
})

it('a hundred findings of one kind take no place from those of another', () => {
  const report = scanBytes(zip(['a.csv', Buffer.from("a,=cmd|'/c x'!A0\n".repeat(3000))], ['b.doc', exploit]))
  expect(report.verdict.cve).toHaveLength(1)
  expect(report.verdict.techniques).toHaveLength(499)
  expect(report).toMatchObject({ outcome: 'refused' })
})

it('object streams of more objects than are kept end with a named limit', () => {
  const many = objectStream(Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [i + 10, '1'])))
  expect(names(buildPdf([many, '<</Type /Catalog>>']), { steps: 3000 })).toMatchObject({ outcome: 'refused', limits: ['steps'] })
})
