import { randomBytes } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'

const keys = { master: randomBytes(32) }
const place = { purpose: 'test.name', context: ['row', '1'] }

describe('a sealed text', () => {
  test.prop([fc.string({ unit: 'grapheme' })])('opens as it was, and is never sealed the same twice', (text) => {
    const sealed = sealText(keys, place, text)
    expect(unsealText(keys, place, sealed)).toBe(text)
    expect(sealText(keys, place, text).equals(sealed)).toBe(false)
  })

  it('does not open in another row, another column, under another key, cut, or with any byte changed', () => {
    const sealed = sealText(keys, place, 'plan of the merger.doc')
    expect(sealed.includes('merger')).toBe(false)
    expect(() => unsealText(keys, { ...place, context: ['row', '2'] }, sealed)).toThrow()
    expect(() => unsealText(keys, { ...place, context: ['row"', '1'] }, sealed)).toThrow()
    expect(() => unsealText(keys, { ...place, purpose: 'test.other' }, sealed)).toThrow()
    expect(() => unsealText({ master: randomBytes(32) }, place, sealed)).toThrow()
    for (let length = 0; length < sealed.length; length++) expect(() => unsealText(keys, place, sealed.subarray(0, length))).toThrow()
    for (let at = 0; at < sealed.length; at++) {
      const altered = Buffer.from(sealed)
      altered[at]! ^= 1
      expect(() => unsealText(keys, place, altered)).toThrow()
    }
  })
})
