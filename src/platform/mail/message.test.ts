import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { refusalOf, waitAfter } from '#platform/mail/attempts.ts'
import { isAddress, plainMessage } from '#platform/mail/message.ts'
import { readSmtpUrl } from '#platform/mail/smtp-url.ts'

const hostile = fc.string({
  unit: fc.oneof(fc.constantFrom('\r', '\n', '\0', '\u2028', '\u0085', ':', '\u202E', ' ', 'Bcc: a@b.example'), fc.string()),
  maxLength: 60,
})

describe('a message', () => {
  test.prop([hostile])('has a subject of one line without control characters, whatever it is made of', (subject) => {
    const plain = plainMessage({ to: 'a@b.example', subject, text: '' })
    expect(plain.subject).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u)
  })

  test.prop([hostile])('has a text of lines, tabs and printable characters', (text) => {
    expect(plainMessage({ to: 'a@b.example', subject: 'x', text }).text).toMatch(/^[\P{C}\n\t]*$/u)
  })

  it('keeps what it says', () => {
    const message = { to: 'a@b.example', subject: 'Prüfung – 第一', text: 'Grüße,\n\tzwei Zeilen 🙂\n' }
    expect(plainMessage(message)).toEqual(message)
  })

  test.prop([hostile, hostile])('goes to one address, or to none', (a, b) => {
    const to = `${a}@${b}`
    if (isAddress(to)) expect(to).toMatch(/^[^\s,;<>@"]+@[^\s,;<>@"]+$/u)
  })

  it.each([
    'a@b.example,c@d.example',
    '<a@b.example>',
    'A <a@b.example>',
    'a@b.example\r\nRCPT TO:<c@d.example>',
    '"a b"@c.example',
    'a@',
    '@b',
    'a@-b',
    'a b@c',
  ])('does not go to %j', (to) => expect(isAddress(to)).toBe(false))

  it.each(['a@b.example', "o'brien+x@mail.example.org", 'jürgen@münchen.example', 'root@localhost'])('goes to %j', (to) => expect(isAddress(to)).toBe(true))
})

describe('the mail server’s address', () => {
  it.each([
    ['smtps://me:p%40ss@mail.example:1465', { host: 'mail.example', port: 1465, security: 'tls', login: { user: 'me', password: 'p@ss' } }],
    ['smtps://mail.example', { host: 'mail.example', port: 465, security: 'tls', login: undefined }],
    ['smtp://mail.example/', { host: 'mail.example', port: 587, security: 'starttls', login: undefined }],
    ['smtp://localhost:25', { host: 'localhost', port: 25, security: 'none', login: undefined }],
    ['smtp://[::1]:25', { host: '::1', port: 25, security: 'none', login: undefined }],
    ['smtp://localhost.mail.example', { host: 'localhost.mail.example', port: 587, security: 'starttls', login: undefined }],
  ])('%s', (url, read) => expect(readSmtpUrl(url)).toEqual(read))

  it.each([
    '',
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp://mail.example/x',
    'smtp://mail.example?a=b',
    'smtp://me@mail.example',
    'smtp://%zz:x@mail.example',
  ])('%j is none', (url) => expect(readSmtpUrl(url)).toBeUndefined())
})

describe('a refusal', () => {
  it.each([
    [
      { command: 'RCPT TO', responseCode: 550 },
      { failure: 'smtp-550', final: true, bounced: true },
    ],
    [
      { command: 'RCPT TO', responseCode: 451 },
      { failure: 'smtp-451', final: false, bounced: false },
    ],
    [
      { command: 'DATA', responseCode: 554 },
      { failure: 'smtp-554', final: true, bounced: false },
    ],
    [
      { command: 'AUTH PLAIN', responseCode: 535 },
      { failure: 'smtp-535', final: false, bounced: false },
    ],
    [{ code: 'ECONNREFUSED' }, { failure: 'econnrefused', final: false, bounced: false }],
    [new Error('secret'), { failure: 'not-sent', final: false, bounced: false }],
  ])('%j', (error, refusal) => expect(refusalOf(error)).toEqual(refusal))

  it('is followed by later and later attempts, and then by none', () => {
    const waits = Array.from({ length: 14 }, (_, n) => waitAfter(n + 1))
    expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * 60_000))
    expect(waits.slice(11)).toEqual([undefined, undefined, undefined])
  })
})
