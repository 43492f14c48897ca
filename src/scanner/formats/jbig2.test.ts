import { test } from '@fast-check/vitest'
import { expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { jbig2Segment, symbolDictionary } from '#test/harness/documents/pdf.ts'
import { damagedOf, reads, readsEveryFlip, readsEveryPrefix } from '#test/harness/hostile-pdf.ts'
import { readJbig2 } from './jbig2.ts'

const read = (bytes: Buffer) => readJbig2(bytes, new Budget())
const stream = Buffer.concat([
  jbig2Segment({ number: 0, type: 0, data: symbolDictionary(7) }),
  jbig2Segment({ number: 300, type: 6, page: 0x1234, refersTo: [0, 0, 0, 0, 0, 1], data: Buffer.alloc(3) }),
  jbig2Segment({ number: 2, type: 49 }),
])

it('reads the headers of segments, short and long forms', () => {
  expect(read(stream)).toMatchObject({
    segments: [
      { number: 0, type: 0, page: 1, largePage: false, exported: 7 },
      { number: 300, type: 6, page: 0x1234, largePage: true, refersTo: [0, 0, 0, 0, 0, 1], refersToCount: 6, dataLength: 3 },
      { number: 2, type: 49, dataLength: 0 },
    ],
  })
  expect(read(stream).damage).toBeUndefined()
})

it('passes over a file header that was left in the stream', () => {
  const header = Buffer.from('974a42320d0a1a0a0100000001', 'hex')
  expect(read(Buffer.concat([header, stream])).segments).toHaveLength(3)
})

it('says where it ended: a length past the stream, an unknown one, references that are not there', () => {
  const cut = jbig2Segment({ number: 5, type: 38, data: Buffer.alloc(9) }).subarray(0, -1)
  expect(read(cut)).toMatchObject({ segments: [{ number: 5 }], damage: 'segment 5 ends past the stream' })
  const unknown = Buffer.concat([jbig2Segment({ number: 5, type: 38 }).subarray(0, -4), Buffer.alloc(4, 0xff)])
  expect(read(unknown).damage).toBe('a segment of unknown length')
  expect(read(Buffer.from('0000000006ffffffff0000000000', 'hex')).damage).toMatch(/more than the stream holds/)
})

it('reads every prefix and every changed bit', () => {
  readsEveryPrefix(stream, read)
  readsEveryFlip(stream, read)
})

test.prop([damagedOf(stream)], { numRuns: 200 })('reads whatever bytes are changed', (bytes) => reads(bytes, read))
