import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, LimitReached } from '#scanner/intake/limits.ts'
import { buildEml } from '#test/harness/documents/mail.ts'
import { readMime } from './mime.ts'
import { decodeWords, parameters } from './mime-header.ts'
import { decodeTransfer } from './mime-transfer.ts'

const read = (text: string | Buffer) => readMime(Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1'), new Budget())
const contents = (text: string | Buffer) => read(text).parts.map((part) => [part.number, part.type, part.name, part.read().toString('latin1')])
const decode = (text: string, encoding: string) => decodeTransfer(Buffer.from(text, 'latin1'), encoding, new Budget()).toString('latin1')

describe('a message', () => {
  it('without parts is one part, its header unfolded', () => {
    const { fields, parts } = read('Subject: a\r\n b\r\nno field\r\nContent-Type: Text/Plain;\r\n\tcharset=utf-8\r\n\r\nhello\r\n')
    expect(fields).toEqual([
      { name: 'subject', value: 'a b' },
      { name: 'content-type', value: 'Text/Plain; charset=utf-8' },
    ])
    expect(parts.map((part) => [part.type, part.read().toString()])).toEqual([['text/plain', 'hello\r\n']])
  })

  it('is read through its tree of parts, one boundary the beginning of another', () => {
    const inner = 'Content-Type: multipart/alternative; boundary="cut-inner"'
    const body = '--cut-inner\r\n\r\nplain\r\n--cut-inner\r\nContent-Type: text/html\r\n\r\n<p>\r\n--cut-inner--'
    expect(
      contents(
        buildEml([
          [inner, body],
          ['Content-Disposition: attachment; filename="a;b.txt"', 'file'],
        ]),
      ),
    ).toEqual([
      ['1.1', 'text/plain', '', 'plain'],
      ['1.2', 'text/html', '', '<p>'],
      ['2', 'text/plain', 'a;b.txt', 'file'],
    ])
  })

  it('without its closing boundary, or without any, keeps what is there', () => {
    expect(contents('Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n\ntwo')).toEqual([
      ['1', 'text/plain', '', 'one'],
      ['2', 'text/plain', '', 'two'],
    ])
    expect(contents('Content-Type: multipart/mixed\n\n--x\n\none')).toEqual([['1', 'multipart/mixed', '', '--x\n\none']])
  })

  it('of too many or too deep parts says so', () => {
    expect(read(buildEml(Array.from({ length: 1200 }, () => ['A: b', 'x'] as const)))).toMatchObject({ skipped: ['more than 1000 parts'] })
    const deep = Array.from({ length: 40 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}x\n\n--b${i}x\n`).join('')
    expect(read(deep)).toMatchObject({ parts: [{}], skipped: ['more than 16 multiparts inside each other'] })
  })

  const whole = buildEml([
    ["Content-Type: text/html; name*0*=utf-8''%61; name*1=b\r\nContent-Transfer-Encoding: base64", 'aGVsbG8='],
    ['Content-Type: text/plain; name="=?utf-8?Q?a=5Fb?="\r\nContent-Transfer-Encoding: quoted-printable', 'a=3Db=\r\nc'],
  ])

  it('is read at every length', () => {
    for (let length = 0; length <= whole.length; length++) for (const part of read(whole.subarray(0, length)).parts) part.read()
    expect(contents(whole).map((part) => part.slice(2))).toEqual([
      ['ab', 'hello'],
      ['a_b', 'a=bc'],
    ])
  })

  test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 12 })], { numRuns: 300 })(
    'is read with changed bytes',
    (changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      for (const part of read(copy).parts) part.read()
    },
  )

  it.each(['\n--x\n', '--x', 'a:', ' ', '\n'])('costs no more than the length of many %j', (unit) => {
    const before = process.cpuUsage().user
    try {
      read(`Content-Type: multipart/mixed; boundary=x\n\n${unit.repeat(200_000)}`)
    } catch (error) {
      expect(error).toBeInstanceOf(LimitReached)
    }
    expect(process.cpuUsage().user - before).toBeLessThan(3e6)
  })
})

describe('transfer encodings', () => {
  it('are undone as mail programs do, and unknown ones left', () => {
    expect(decode('aGVs\r\nbG8=\r\n', 'Base64')).toBe('hello')
    expect(decode('aGU=bGxv*bw==!', 'base64')).toBe('helloo')
    expect(decode('a=3d=\nb=zz=', 'quoted-printable')).toBe('a=b=zz=')
    expect(decode('x\nbegin 644 a.txt\n%:&5L;&\\ \n`\nend\n', 'x-uuencode')).toBe('hello')
    expect(decode('aGVs', '8bit')).toBe('aGVs')
  })
})

describe('header values', () => {
  it('show their encoded words', () => {
    expect(decodeWords('=?iso-8859-1?q?caf=E9_x?= =?UTF-8?B?4oKs?= y')).toBe('café x€ y')
    expect(decodeWords('=?no-such-set?q?=E9?=, =?utf-8?q?broken')).toBe('é, =?utf-8?q?broken')
  })

  it('show parameters that are quoted, split and encoded', () => {
    const { value, of } = parameters(`Attachment; a="x\\";y"; filename*1*=%20b; filename*0*=utf-8'en'%e2%82%ac; filename*2="c"; name=plain`)
    expect([value, ...of]).toEqual(['attachment', ['a', 'x";y'], ['name', 'plain'], ['filename', '€ bc']])
  })
})
