import { constants, deflateRawSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { expect, it } from 'vitest'
import { Budget, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { inflateUpToDamage } from './inflate-damaged.ts'

const text = fc.array(fc.constantFrom('stream ', 'a', '\u0000', 'endobj\n', 'zz'), { maxLength: 400 }).map((parts) => Buffer.from(parts.join('')))
const options = fc.constantFrom({ level: 9 }, { level: 0 }, { level: 6, strategy: constants.Z_FIXED }, { level: 6, strategy: constants.Z_HUFFMAN_ONLY })

test.prop([text, options], { numRuns: 60 })('unpacks what the library packs', (bytes, how) => {
  const found = inflateUpToDamage(deflateRawSync(bytes, how), 1e6, new Budget())
  expect(found.damaged).toBe(false)
  expect(found.bytes.equals(bytes)).toBe(true)
})

test.prop([text, options, fc.nat(), fc.nat({ max: 7 })], { numRuns: 150 })(
  'never throws for changed bits, and keeps what stood before them',
  (bytes, how, place, bit) => {
    const packed = deflateRawSync(bytes, how)
    const at = place % packed.length
    packed[at]! ^= 1 << bit
    const found = inflateUpToDamage(packed, 1e6, new Budget())
    expect(found.bytes.length).toBeLessThanOrEqual(1e6)
  },
)

it('keeps everything before a cut, and no more than it may', () => {
  const bytes = Buffer.from('abcdefgh'.repeat(500))
  const packed = deflateRawSync(bytes, { level: 0 })
  const cut = inflateUpToDamage(packed.subarray(0, 2000), 1e6, new Budget())
  expect(cut.damaged).toBe(true)
  expect(cut.bytes.equals(bytes.subarray(0, 1995))).toBe(true)
  expect(inflateUpToDamage(deflateRawSync(Buffer.alloc(9999)), 100, new Budget())).toMatchObject({ damaged: true })
})

it('ends at the limit of steps', () => {
  const packed = deflateRawSync(Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919) % 251)))
  expect(() => inflateUpToDamage(packed, 1e6, new Budget({ ...LIMITS, steps: 100 }))).toThrow(LimitReached)
})
