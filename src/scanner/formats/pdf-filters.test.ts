import { deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { Budget, Damaged } from '#scanner/intake/limits.ts'
import { decodeStream } from './pdf-filters.ts'
import { PdfLexer, type PdfDict } from './pdf-lexer.ts'

const decode = (dictionary: string, data: Buffer) => decodeStream(new PdfLexer(Buffer.from(dictionary), 0, new Budget()).value() as PdfDict, data, new Budget())

it('unpacks LZW as in the example of PDF 32000-1, 7.4.4.2', () => {
  expect([...decode('<</Filter /LZWDecode>>', Buffer.from('800B6050220C0C8501', 'hex'))]).toEqual([45, 45, 45, 45, 45, 65, 45, 45, 45, 66])
})

it('undoes several filters in their order, with short names', () => {
  const hex = Buffer.from(`${deflateSync(Buffer.from('text')).toString('hex')} >`)
  expect(decode('<</Filter [/AHx /Fl]>>', hex).toString()).toBe('text')
  expect(decode('<</Filter /ASCII85Decode>>', Buffer.from('<~87cURD]i,"Ebo80~>')).toString()).toBe('Hello World!')
  expect(decode('<</Filter /RL>>', Buffer.from([2, 0x61, 0x62, 0x63, 254, 0x64, 128, 0x65])).toString()).toBe('abcddd')
})

it('undoes PNG predictors', () => {
  const rows = Buffer.from([0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1])
  expect([...decode('<</Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 3>>>>', deflateSync(rows))]).toEqual([1, 2, 3, 1, 2, 3, 2, 3, 4])
})

it('returns what a truncated stream still holds, and refuses unknown filters', () => {
  const whole = deflateSync(Buffer.from('a long text '.repeat(50)), { level: 0 })
  expect(decode('<</Filter /FlateDecode>>', whole.subarray(0, 100)).toString()).toContain('a long text')
  expect(() => decode('<</Filter /Crypt>>', Buffer.from('x'))).toThrow(Damaged)
})
