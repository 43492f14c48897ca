import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { readSmartTags } from './word-smart-tags.ts'

/** A header with the place of the list of smart tags, and a table stream that holds one with these pointers. */
function build(pointers: readonly number[]): { document: Buffer; table: Buffer } {
  const entries = pointers.map((pointer) => {
    const entry = Buffer.alloc(14)
    entry.writeUInt16LE(6, 0)
    entry.writeUInt32LE(pointer, 10)
    return entry
  })
  const head = Buffer.from([0xff, 0xff, pointers.length, 0, 0, 0])
  const table = Buffer.concat([Buffer.alloc(16), head, ...entries])
  const document = Buffer.alloc(0x9a + 115 * 8)
  document.writeUInt16LE(136, 0x98)
  document.writeUInt32LE(16, 0x9a + 114 * 8)
  document.writeUInt32LE(table.length - 16, 0x9a + 114 * 8 + 4)
  return { document, table }
}

describe('smart tags of a binary Word document', () => {
  it('are listed with their pointers', () => {
    const { document, table } = build([0x0017_0c00, 0x0012_5ad6])
    expect(readSmartTags(document, table, new Budget())).toEqual([
      { offset: 24, pointer: 0x0017_0c00 },
      { offset: 38, pointer: 0x0012_5ad6 },
    ])
  })

  it('are none in older documents, and end where an entry is no smart tag', () => {
    const { document, table } = build([1, 2])
    const older = Buffer.from(document)
    older.writeUInt16LE(93, 0x98)
    expect(readSmartTags(older, table, new Budget())).toEqual([])
    table.writeUInt16LE(7, 36)
    expect(readSmartTags(document, table, new Budget())).toHaveLength(1)
  })

  const whole = build([1, 2, 3])
  test.prop([fc.nat({ max: whole.table.length }), fc.nat({ max: whole.document.length })], { numRuns: 200 })(
    'are read as far as they go',
    (table, document) => {
      expect(readSmartTags(whole.document.subarray(0, document), whole.table.subarray(0, table), new Budget()).length).toBeLessThanOrEqual(3)
    },
  )
})
