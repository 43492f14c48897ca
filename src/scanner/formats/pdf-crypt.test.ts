import { describe, expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { encryptedPdf, type Encryption } from '#test/harness/documents/encrypted-pdf.ts'
import { reads } from '#test/harness/hostile-pdf.ts'
import { rc4 } from './pdf-crypt.ts'
import { openPdf } from './pdf.ts'
import { isDict, type PdfValue } from './pdf-lexer.ts'

const open = (bytes: Buffer, ...passwords: string[]) => openPdf(bytes, new Budget(), passwords)

function scripts(bytes: Buffer, ...passwords: string[]): string[] | 'encrypted' {
  const pdf = open(bytes, ...passwords)
  if (pdf.encrypted) return 'encrypted'
  const inner = (value: PdfValue | undefined, ...keys: string[]) => keys.reduce((found, key) => (isDict(found) ? found.dict.get(key) : undefined), value)
  const catalog = [...pdf.objects].find(({ number }) => number === 1)!
  const stream = [...pdf.objects].find(({ number }) => number === 2)!
  const text = inner(catalog.value, 'OpenAction', 'JS')
  return [typeof text === 'string' ? text : '', pdf.decode(stream).toString()]
}

it('is RC4 as in RFC 6229', () => {
  expect(rc4(Buffer.from('0102030405', 'hex'), Buffer.alloc(16)).toString('hex')).toBe('b2396305f03dc027ccc3524a0a1118a8')
})

describe.each<Encryption>(['R2', 'R3', 'R4', 'R5', 'R6'])('revision %s of the standard security handler', (revision) => {
  const PLAIN = ['app.alert(1)', 'app.alert(2)']

  it('opens with the empty password, the user’s and the owner’s', () => {
    expect(scripts(encryptedPdf(revision, '', 'owner'))).toEqual(PLAIN)
    const locked = encryptedPdf(revision, 'user', 'owner')
    expect(scripts(locked)).toBe('encrypted')
    expect(scripts(locked, 'wrong', 'User')).toBe('encrypted')
    expect(scripts(locked, 'wrong', 'user')).toEqual(PLAIN)
    expect(scripts(locked, 'owner')).toEqual(PLAIN)
  })

  it('is read when it is cut off or its values are damaged', () => {
    const whole = encryptedPdf(revision, '', 'owner')
    const from = whole.indexOf('3 0 obj')
    for (let length = from; length < whole.length; length += 7) reads(whole.subarray(0, length), open)
    for (let at = from; at < whole.length; at += 11) {
      const copy = Buffer.from(whole)
      copy[at] = copy[at]! ^ 0x11
      reads(copy, open)
    }
  })
})

it('shows nothing of an encrypted document that no password opens', () => {
  const pdf = open(encryptedPdf('R4', 'user', 'owner'))
  expect([...pdf.objects].filter(({ number }) => number === 2).map((object) => pdf.decode(object).length)).toEqual([0])
  expect(JSON.stringify([...pdf.objects].map(({ value }) => (isDict(value) ? [...value.dict] : value)))).not.toContain('app.alert')
})

it('leaves a stream alone that names the identity filter, and knows when only files are locked', () => {
  const files = Buffer.from(
    '%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\ntrailer\n<</Root 1 0 R /Encrypt <</Filter /Standard /V 4 /R 4 /P 0 /O <00> /U <00> /CF <</F <</CFM /AESV2>>>> /StmF /Identity /StrF /Identity /EFF /F>>>>',
  )
  expect([open(files).encrypted, open(files).filesLocked]).toEqual([false, true])
  const clear = Buffer.concat([Buffer.from('9 0 obj\n<</Filter /Crypt /Length 5>>\nstream\nclear\nendstream\nendobj\n'), encryptedPdf('R4', '', 'owner')])
  const pdf = open(clear)
  expect(pdf.decode([...pdf.objects][0]!).toString()).toBe('clear')
})

it('does not open what names a cipher with a longer key than its revision makes', () => {
  const swapped = (revision: Encryption, from: string, to: string) =>
    Buffer.from(encryptedPdf(revision, '', 'owner').toString('latin1').replace(from, to), 'latin1')
  expect(scripts(encryptedPdf('R4', '', 'owner'))).not.toBe('encrypted')
  expect(scripts(swapped('R4', 'AESV2', 'AESV3'))).toBe('encrypted')
  expect(scripts(swapped('R2', '/V 1', '/V 4 /CF <</F <</CFM /AESV2>>>> /StmF /F'))).toBe('encrypted')
})
