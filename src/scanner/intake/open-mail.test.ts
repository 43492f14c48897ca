import { deflateSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildDocx, buildVba } from '#test/harness/documents.ts'
import { buildEml, buildMsg, buildOneNote, buildTnef, htmlMail, packRtf, reminder } from '#test/harness/documents/mail.ts'
import { LIMITS } from './limits.ts'

const vba = buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' })
const docm = buildDocx({ 'word/vbaProject.bin': vba })
const base64 = (name: string, bytes: Buffer) =>
  [`Content-Type: application/octet-stream; name="${name}"\r\nContent-Transfer-Encoding: base64`, bytes.toString('base64')] as const
const techniques = (bytes: Buffer) => scanBytes(bytes).verdict.techniques.map(({ id }) => id)
const paths = (bytes: Buffer) => scanBytes(bytes).extracted.map(({ path, type }) => `${path} ${type}`)
const unread = (bytes: Buffer) => scanBytes(bytes).verdict.not_checked.map(({ why }) => why)

describe('an Outlook message', () => {
  const message = buildMsg({
    properties: [
      { id: 0x1000, value: 'Hello' },
      { id: 0x1013, value: Buffer.from('<html><body>Hello</body></html>') },
      { id: 0x1009, value: packRtf('{\\rtf1 Hello {\\field{\\*\\fldinst DDEAUTO cmd}}}') },
    ],
    attachments: [
      { name: 'letter.docm', bytes: docm },
      { name: 'inner', message: { properties: [{ id: 0x1000, value: 'Inside' }], attachments: [{ name: 'again.docm', bytes: docm }] } },
    ],
  })

  it('is opened with its bodies, attachments, and messages attached to it', () => {
    expect(scanBytes(message).type).toBe('msg')
    expect(paths(message).filter((path) => !path.includes('!/'))).toEqual([
      '/body.txt text',
      '/body.html html',
      '/body.rtf rtf',
      '/__attach_version1.0_#00000000/letter.docm zip',
      '/__attach_version1.0_#00000001/body.txt text',
      '/__attach_version1.0_#00000001/__attach_version1.0_#00000000/again.docm zip',
    ])
    expect(techniques(message)).toEqual(['vba-autoexec', 'dde'])
  })

  it('with a reminder on another host that plays nothing lists the CVE as a candidate', () => {
    const { verdict } = scanBytes(buildMsg({ properties: reminder('\\\\host.example\\a.wav', true, false) }))
    expect([verdict.exploit, verdict.candidates.map(({ id }) => id)]).toEqual(['none-seen', ['CVE-2023-23397']])
  })

  it('as TNEF shows the same', () => {
    const tnef = buildTnef({
      attachments: [
        { name: 'letter.docm', bytes: docm },
        { name: 'inner', message: { attachments: [{ name: 'x.docm', bytes: Buffer.from(docm) }] } },
      ],
    })
    expect(paths(tnef).filter((path) => !path.includes('!/'))).toEqual(['/attachment-1/letter.docm zip', '/attachment-2/attachment-1/x.docm zip'])
    expect(techniques(buildEml([base64('winmail.dat', tnef)]))).toEqual(['vba-autoexec'])
  })
})

describe('a message', () => {
  it('is opened with its bodies and attachments', () => {
    const mail = buildEml([['Content-Type: text/plain', 'Hello'], base64('letter.docm', docm)])
    expect(scanBytes(mail).type).toBe('eml')
    expect(paths(mail).slice(0, 2)).toEqual(['/1/body.txt text', '/2/letter.docm zip'])
    expect(techniques(mail)).toEqual(['vba-autoexec'])
  })

  it('inside a message is opened even when nothing but its media type says that it is one', () => {
    const inner = `Odd: header\r\nContent-Transfer-Encoding: base64\r\n\r\n${docm.toString('base64')}`
    expect(techniques(buildEml([['Content-Type: message/rfc822', inner]]))).toEqual(['vba-autoexec'])
    expect(techniques(buildEml([['Content-Type: message/rfc822', buildEml([base64('a.docm', docm)]).toString('latin1')]]))).toEqual(['vba-autoexec'])
  })

  it('that brings a program brings a technique', () => {
    const program = Buffer.concat([Buffer.from('7f454c46', 'hex'), Buffer.alloc(100)])
    expect(techniques(buildEml([base64('a.txt', program)]))).toEqual(['embedded-executable'])
  })
})

describe('a web archive', () => {
  const activeMime = (data: Buffer) => Buffer.concat([Buffer.from('ActiveMime\0'), Buffer.alloc(0x32 - 11), deflateSync(data)])
  const archive = (data: Buffer) =>
    Buffer.concat([
      Buffer.from('MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="cut"\r\n\r\n--cut\r\nContent-Location: file:///C:/a/editdata.mso\r\n'),
      Buffer.from(`Content-Transfer-Encoding: base64\r\nContent-Type: application/x-mso\r\n\r\n${activeMime(data).toString('base64')}\r\n--cut--\r\n`),
    ])

  it('with the macros of a document is one more technique, and not without them', () => {
    expect(scanBytes(archive(vba)).type).toBe('mhtml')
    expect(paths(archive(vba)).slice(0, 1)).toEqual(['/1/editdata.mso activemime'])
    expect(techniques(archive(vba))).toEqual(['vba-autoexec', 'web-archive-document'])
    expect(techniques(archive(Buffer.from('text')))).toEqual([])
  })
})

describe('the links of a message', () => {
  const link = (target: string, text: string) => techniques(htmlMail(`<html><a href="${target}">${text}</a></html>`))

  it.each([
    ['https://evil.example/login', 'https://www.bank.test/login'],
    ['https://evil.example/', '<b>www.bank.test</b>'],
    ['https://www.bank.test@evil.example/', 'here'],
    ['https://evil.example/www.bank.test/', 'www.bank.test/login'],
  ])('to %s that show %j deceive', (target, text) => expect(link(target, text)).toEqual(['deceptive-link']))

  it.each([
    ['https://login.bank.test/a', 'https://www.bank.test/'],
    ['https://www.bank.co.uk/', 'bank.co.uk'],
    ['https://count.example/?to=https%3A%2F%2Fwww.bank.test%2F', 'https://www.bank.test/'],
    ['https://files.example/x', 'report.pdf'],
    ['https://evil.example/', 'Sign in'],
    ['https://me:secret@host.example/', 'here'],
    ['mailto:a@bank.test', 'a@other.test'],
    ['https://evil.example/', 'a@bank.test'],
  ])('to %s that show %j do not', (target, text) => expect(link(target, text)).toEqual([]))

  it('to a domain in punycode are a note', () => {
    const { verdict } = scanBytes(htmlMail('<html><a href="https://xn--bnk-sna.test/">Sign in</a></html>'))
    expect([verdict.exploit, verdict.notes.map(({ id }) => id)]).toEqual(['none-seen', ['deceptive-link']])
  })
})

describe('a OneNote section', () => {
  const page = Buffer.from('<html><script>x</script></html>')

  it('shows the files that it keeps, and names the ones that run', () => {
    const section = buildOneNote([
      { name: 'invoice.hta', bytes: page },
      { name: 'letter.docm', bytes: docm },
    ])
    expect(scanBytes(section).type).toBe('onenote')
    expect(paths(section).slice(0, 2)).toEqual(['/file-1 html', '/file-2 zip'])
    expect(techniques(section)).toEqual(['vba-autoexec', 'onenote-file', 'onenote-file'])
    expect(scanBytes(section).verdict.seen.map(({ value }) => value)).toContain('invoice.hta')
    expect(techniques(buildOneNote([{ name: 'a.txt', bytes: Buffer.from('hello') }]))).toEqual([])
  })

  it('whose file is cut off says so', () => {
    const section = buildOneNote([{ name: 'a.txt', bytes: Buffer.alloc(500, 65) }])
    expect(unread(section.subarray(0, section.length - 300))).toContain('the file at 1092 is cut off')
  })

  it('whose files lie over each other costs what they cost', () => {
    const mark = Buffer.from('e716e3bd65261145a4c48d4d0b7a9eac00000010000000000000000000000000', 'hex')
    const section = Buffer.concat([buildOneNote([]), Buffer.alloc(mark.length * 5000, mark)])
    expect(scanBytes(section, { limits: { ...LIMITS, bytes: 2 ** 20 } }).verdict.not_checked.map(({ limit }) => limit)).toContain('bytes')
  })
})

describe.each(
  Object.entries({
    msg: buildMsg({
      properties: [...reminder('\\\\host.example\\a.wav', true), { id: 0x1009, value: packRtf('{\\rtf1\\fromhtml1 x}') }],
      attachments: [{ name: 'a', message: {} }],
    }),
    tnef: buildTnef({
      properties: reminder('\\\\host.example\\a.wav', true),
      attachments: [{ name: 'a', message: { attachments: [{ name: 'b', bytes: Buffer.from('hello') }] } }],
    }),
    onenote: buildOneNote([{ name: 'a.hta', bytes: Buffer.from('<html><script>x</script></html>') }]),
    eml: htmlMail('<a href="file:///\\\\host.example\\a.rtf!b">c</a>'),
  }),
)('a hostile %s', (_, whole) => {
  const limits = { ...LIMITS, steps: 500_000, bytes: 4 * 2 ** 20 }
  const answers = (bytes: Buffer) => expect(ScanReport.parse(scanBytes(bytes, { limits })).size).toBe(bytes.length)

  it('shows something while it is whole', () => expect(scanBytes(whole).verdict.exploit).not.toBe('none-seen'))

  it('is answered at lengths all along', () => {
    for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 400)) answers(whole.subarray(0, length))
  })

  test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 12 })], { numRuns: 150 })(
    'is answered when bytes are changed',
    (changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      answers(copy)
    },
  )
})
