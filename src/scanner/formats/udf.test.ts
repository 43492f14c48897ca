import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildIso, buildUdf } from '#test/harness/documents/archives.ts'

const csv = Buffer.from("a,b\n=cmd|'/k calc'!A0,c\n")
const scan = (bytes: Buffer) => ScanReport.parse(scanBytes(bytes, { limits: LIMITS }))
const seen = ({ verdict: { techniques } }: ScanReport) => techniques.map(({ id }) => id)
const SECTOR = 2048
/** The sectors of the image that hold something. */
const USED = [16, 17, 18, 32, 33, 34, 256, 300, 301, 302, 303, 304, 305, 306]

describe('an image of UDF', () => {
  const image = buildUdf('a file.csv', csv)

  it('shows its files', () => {
    const report = scan(image)
    expect([report.type, seen(report), report.verdict.not_checked]).toEqual(['udf', ['dde'], []])
    expect(report.extracted).toMatchObject([{ path: '/folder/a file.csv', size: csv.length }])
  })

  it('shows them beside those of ISO 9660, where an image has both', () => {
    const iso = buildIso('B.TXT', Buffer.from('nothing here'))
    const both = Buffer.from(image)
    // The volume descriptors stand in front of the recognition area of UDF; the folders of the other tree lie behind.
    iso.copy(both, 40 * SECTOR, 18 * SECTOR)
    iso.copy(both, 16 * SECTOR, 16 * SECTOR, 17 * SECTOR)
    for (const [i, mark] of ['BEA01', 'NSR02', 'TEA01'].entries()) both.write(`\0${mark}\x01`, (17 + i) * SECTOR, 'latin1')
    both.writeUInt32LE(40, 16 * SECTOR + 158)
    const report = scan(both)
    expect([report.type, seen(report)]).toEqual(['iso', ['dde']])
  })

  it('whose names leave the folder is found', () => {
    expect(seen(scan(buildUdf('../../../a.csv', Buffer.from('text'))))).toEqual(['archive-trick'])
  })

  it('whose folders run in a circle is read once', () => {
    const circle = Buffer.from(image)
    // The folder inside leads to the root again.
    circle.writeUInt32LE(1, 302 * SECTOR + 24)
    expect(scan(circle).verdict.not_checked).toMatchObject([{ reason: 'damaged', why: 'the folders run in a circle' }])
  })

  it('without its anchor, or cut off, is damaged', () => {
    const none = Buffer.from(image)
    none.fill(0, 256 * SECTOR, 257 * SECTOR)
    for (const bytes of [none, image.subarray(0, 200 * SECTOR), image.subarray(0, 301 * SECTOR)])
      expect(scan(bytes).verdict.not_checked).toMatchObject([{ reason: 'damaged' }])
  })

  test.prop([fc.array(fc.tuple(fc.constantFrom(...USED), fc.nat({ max: 470 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 5 })], { numRuns: 80 })(
    'is answered when bytes are changed',
    (changes) => {
      const copy = Buffer.from(image)
      for (const [sector, at, value] of changes) copy[sector * SECTOR + at] = value
      scan(copy)
    },
  )
})
