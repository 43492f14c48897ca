import { deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { decodeStream, unfilter } from './pdf-filters.ts'
import { PdfLexer, type PdfDict } from './pdf-lexer.ts'

const dictionary = (text: string) => new PdfLexer(Buffer.from(text), 0, new Budget()).value() as PdfDict
const decode = (text: string, data: Buffer) => decodeStream(dictionary(text), data, new Budget())

it('unpacks LZW as in the example of PDF 32000-1, 7.4.4.2', () => {
  expect([...decode('<</Filter /LZWDecode>>', Buffer.from('800B6050220C0C8501', 'hex'))]).toEqual([45, 45, 45, 45, 45, 65, 45, 45, 45, 66])
})

it('undoes several filters in their order, with short names', () => {
  const hex = Buffer.from(`${deflateSync(Buffer.from('text')).toString('hex')} >`)
  expect(decode('<</Filter [/AHx /Fl]>>', hex).toString()).toBe('text')
  expect(decode('<</Filter /ASCII85Decode>>', Buffer.from('<~87cURD]i,"Ebo80~>')).toString()).toBe('Hello World!')
  expect(decode('<</Filter /ASCII85Decode>>', Buffer.from('zz~>'))).toEqual(Buffer.alloc(8))
  expect(decode('<</Filter /RL>>', Buffer.from([2, 0x61, 0x62, 0x63, 254, 0x64, 128, 0x65])).toString()).toBe('abcddd')
})

it('undoes PNG and TIFF predictors', () => {
  const rows = Buffer.from([0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1])
  expect([...decode('<</Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 3>>>>', deflateSync(rows))]).toEqual([1, 2, 3, 1, 2, 3, 2, 3, 4])
  const tiff = (parameters: string, bytes: readonly number[]) => [
    ...decode(`<</Filter /FlateDecode /DecodeParms <</Predictor 2 ${parameters}>>>>`, deflateSync(Buffer.from(bytes))),
  ]
  expect(tiff('/Columns 3', [1, 2, 3, 5, 255, 1])).toEqual([1, 3, 6, 5, 4, 5])
  expect(tiff('/Colors 2 /Columns 2', [1, 2, 3, 4])).toEqual([1, 2, 4, 6])
  expect(tiff('/BitsPerComponent 16 /Columns 2', [0, 255, 0, 1])).toEqual([0, 255, 1, 0])
  expect(tiff('/BitsPerComponent 4 /Columns 2', [0x12])).toEqual([0x13])
  expect(tiff('/Colors 1073741838 /Columns 3', [1, 2])).toEqual([1, 2])
})

it('returns what a truncated or broken stream still holds, and says that it is broken', () => {
  const whole = deflateSync(Buffer.from('a long text '.repeat(50)), { level: 0 })
  expect(decode('<</Filter /FlateDecode>>', whole.subarray(0, 100)).toString()).toContain('a long text')
  const packed = deflateSync(Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i) % 251)))
  packed.fill(0xff, packed.length - 400, packed.length - 200)
  const found = unfilter(dictionary('<</Filter /FlateDecode>>'), packed, new Budget())
  expect(found.damage).toBe('the FlateDecode data are broken')
  expect(found.bytes.length).toBeGreaterThan(100)
  expect([...found.bytes.subarray(0, 50)]).toEqual(Array.from({ length: 50 }, (_, i) => (i * i) % 251))
  const lead = Buffer.concat([Buffer.from('\r\n'), deflateSync(Buffer.from('led by a line end'))])
  expect(unfilter(dictionary('<</Filter /Fl>>'), lead, new Budget()).bytes.toString()).toBe('led by a line end')
})

it('stops before a filter of images, and refuses to call that the content', () => {
  const found = unfilter(dictionary('<</Filter [/AHx /JBIG2Decode]>>'), Buffer.from('4142>'), new Budget())
  expect([found.bytes.toString(), found.left]).toEqual(['AB', ['JBIG2Decode']])
  expect(() => decode('<</Filter /JPXDecode>>', Buffer.from('x'))).toThrow(Damaged)
})

it('ends at its limits: filters, bytes, ratio', () => {
  const nine = Array.from({ length: 9 }, () => '/AHx').join(' ')
  expect(() => decode(`<</Filter [${nine}]>>`, Buffer.from('41'))).toThrow(LimitReached)
  const small = new Budget({ ...LIMITS, bytes: 1000 })
  expect(() => decodeStream(dictionary('<</Filter /Fl>>'), deflateSync(Buffer.alloc(5000)), small)).toThrow(LimitReached)
  const ratio = new Budget({ ...LIMITS, ratioFloor: 100, ratio: 2 })
  expect(() => decodeStream(dictionary('<</Filter /LZWDecode>>'), Buffer.from('800B6050220C0C8501', 'hex'), ratio)).not.toThrow()
  expect(() => decodeStream(dictionary('<</Filter /Fl>>'), deflateSync(Buffer.alloc(5000)), ratio)).toThrow(LimitReached)
})
