import { test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { buildCursor, buildEmf, buildTiff, buildWmf, escapeRecord, jpegTiff, jpegWith } from '#test/harness/documents/pictures.ts'
import { damagedOf, reads, readsEveryFlip, readsEveryPrefix } from '#test/harness/hostile-pdf.ts'
import { readCursorHeaders } from './ani.ts'
import { readEmf } from './emf.ts'
import { readShortSegment } from './jpeg.ts'
import { readOversizedPairs } from './tiff-pairs.ts'
import { readJpegStrips } from './tiff-strips.ts'
import { readTiff } from './tiff.ts'
import { readWmf } from './wmf.ts'

const budget = () => new Budget()
const eps = Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n')

describe('a TIFF', () => {
  it.each([false, true])('gives the sum of its strips and its JPEG stream (big endian: %s)', (big) => {
    expect(readJpegStrips(jpegTiff([0xfffffff0, 0x20], 0x100, { big }), budget())).toMatchObject([
      { strips: 2, jpegBytes: 0x100, total: 0x100000110, wrapped: 0x110 },
    ])
  })

  it('is none of JPEG by another packing, or without the place of the stream', () => {
    expect(readJpegStrips(jpegTiff([1], 2, { compression: 1 }), budget())).toEqual([])
    expect(
      readJpegStrips(
        buildTiff([
          [259, 3, [6]],
          [279, 4, [1]],
          [514, 4, [9]],
        ]),
        budget(),
      ),
    ).toEqual([])
  })

  it('gives of the counts only those that are in the file', () => {
    const cut = jpegTiff([1, 2, 3, 4], 5).subarray(0, -6)
    expect(readJpegStrips(cut, budget())).toMatchObject([{ strips: 2, total: 8 }])
    const lying = jpegTiff([7], 5)
    lying.writeUInt32LE(0xffffffff, 10 + 4 * 12 + 4)
    expect(readJpegStrips(lying, budget())).toMatchObject([{ jpegBytes: 5 }])
  })

  it('whose directories lead in a circle ends', () => {
    const circle = buildTiff([[259, 3, [6]]])
    circle.writeUInt32LE(8, circle.length - 4)
    expect(readTiff(circle, budget())?.directories).toHaveLength(1)
  })

  it('costs what it holds', () => {
    const many = jpegTiff(
      Array.from({ length: 4000 }, () => 1),
      5,
    )
    expect(() => readJpegStrips(many, new Budget({ ...LIMITS, steps: 100 }))).toThrow(LimitReached)
    expect(readJpegStrips(many, new Budget({ ...LIMITS, steps: 1000 }))).toMatchObject([{ strips: 4000 }])
  })
})

describe('a JPEG', () => {
  it.each([0, 1])('shows a segment of %s bytes', (length) => {
    expect(readShortSegment(jpegWith(0xfe, length), budget())).toEqual({ marker: 0xfe, offset: 22, length })
  })

  it('is read to its picture data, over filling bytes', () => {
    expect(readShortSegment(jpegWith(0xfe, 2), budget())).toBeUndefined()
    expect(readShortSegment(Buffer.from('ffd8ffda0002fffe0000', 'hex'), budget())).toBeUndefined()
    expect(readShortSegment(Buffer.from('ffd8fffffffffe0000', 'hex'), budget())).toMatchObject({ marker: 0xfe })
  })
})

describe('a metafile', () => {
  it('gives its escapes, also of a record whose size is false', () => {
    const whole = buildWmf([escapeRecord(15, Buffer.from('abcd')), escapeRecord(9, Buffer.from('ef'))])
    expect(readWmf(whole, budget())).toMatchObject({ escapes: [{ function: 15, offset: 18, statedBytes: 4 }, { function: 9 }] })
    const lying = escapeRecord(9, Buffer.from('abcd'))
    lying.writeUInt32LE(1, 0)
    expect(readWmf(buildWmf([lying]), budget())).toMatchObject({ escapes: [{ function: 9 }], brokenAt: 18 })
    const placed = Buffer.concat([Buffer.from('d7cdc69a'.padEnd(44, '0'), 'hex'), whole])
    expect(readWmf(placed, budget()).escapes).toHaveLength(2)
  })

  it('of the enhanced kind gives the pictures that it carries', () => {
    expect(readEmf(buildEmf('eps', eps), budget())).toEqual([{ kind: 'eps', offset: 88 + 56, bytes: eps }])
    expect(readEmf(buildEmf('wmf', eps), budget())).toEqual([{ kind: 'wmf', offset: 88 + 36, bytes: eps }])
  })
})

it('an animated cursor gives its headers, in front of lists and behind them, and another RIFF file none', () => {
  const cursor = buildCursor([36, 81])
  expect(readCursorHeaders(cursor, budget())).toEqual([
    { offset: 16, statedBytes: 36 },
    { offset: 72, statedBytes: 81 },
  ])
  cursor.write('WAVE', 8, 'latin1')
  expect(readCursorHeaders(cursor, budget())).toEqual([])
})

const READERS: readonly (readonly [name: string, document: Buffer, read: (bytes: Buffer) => unknown])[] = [
  ['TIFF', jpegTiff([0xfffffff0, 0x20], 0x100), (bytes) => [readJpegStrips(bytes, budget()), readOversizedPairs(bytes, budget())]],
  ['JPEG', jpegWith(0xfe, 8), (bytes) => readShortSegment(bytes, budget())],
  ['metafile', buildWmf([escapeRecord(9, Buffer.from('abcd'))]), (bytes) => readWmf(bytes, budget())],
  ['cursor', buildCursor([36, 40]), (bytes) => readCursorHeaders(bytes, budget())],
  ['enhanced metafile', buildEmf('eps', eps), (bytes) => readEmf(bytes, budget())],
]

describe.each(READERS)('a hostile %s', (_, document, read) => {
  it('is read at every length and with every bit changed', () => {
    readsEveryPrefix(document, read)
    readsEveryFlip(document, read)
  })

  test.prop([damagedOf(document)], { numRuns: 200 })('is read whatever is changed', (bytes) => reads(bytes, read))
})
