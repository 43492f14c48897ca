import { fc, test } from '@fast-check/vitest'
import { expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { packVba } from '#test/harness/documents.ts'
import { unpackVba } from './ovba.ts'

const unpack = (hex: string) => unpackVba(Buffer.from(hex.replaceAll(' ', ''), 'hex'), new Budget()).toString('latin1')

it('unpacks the examples of MS-OVBA 3.2', () => {
  expect(unpack('01 19 B0 00 61 62 63 64 65 66 67 68 00 69 6A 6B 6C 6D 6E 6F 70 00 71 72 73 74 75 76 2E')).toBe('abcdefghijklmnopqrstuv.')
  expect(unpack('01 03 B0 02 61 45 00')).toBe('a'.repeat(73))
  expect(
    unpack(
      '01 2F B0 00 23 61 61 61 62 63 64 65 82 66 00 70 61 67 68 69 6A 01 38 08 61 6B 6C 00 30 6D 6E 6F 70 06 71 02 70 04 10 72 73 74 75 76 10 77 78 79 7A 00 3C',
    ),
  ).toBe('#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa')
})

test.prop([fc.uint8Array({ minLength: 1, maxLength: 9000 })], { numRuns: 50 })('returns what was packed', (bytes) => {
  expect(unpackVba(packVba(Buffer.from(bytes)), new Budget()).equals(Buffer.from(bytes))).toBe(true)
})
