import { test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildCfb } from '#test/harness/documents.ts'
import { blip, drawingRecords } from '#test/harness/documents/office-art.ts'
import { buildWmf, escapeRecord, jpegTiff, jpegWith } from '#test/harness/documents/pictures.ts'
import { damagedOf, reads, readsEveryFlip, readsEveryPrefix } from '#test/harness/hostile-pdf.ts'
import { drawingGroup, readOfficePictures } from './office-art.ts'

const wmf = buildWmf([escapeRecord(9, Buffer.from('inert'))])
const tiff = jpegTiff([0xffffff00], 0x200)
const jpeg = jpegWith(0xfe, 0)
/** The pictures as far as they can be read, and what is said of the others. */
const read = (bytes: Buffer, budget = new Budget()) =>
  readOfficePictures(bytes, budget).pictures.map(({ offset, read: picture }) => {
    try {
      return { offset, bytes: picture() }
    } catch (error) {
      if (error instanceof Damaged || error instanceof LimitReached) return { offset, error: error.message }
      throw error
    }
  })

describe('pictures of a binary document', () => {
  it('are found by their records, with one id or two, packed or not', () => {
    const stream = Buffer.concat([
      Buffer.alloc(7, 0xf0),
      blip('tiff', tiff),
      blip('wmf', wmf),
      Buffer.alloc(3),
      blip('jpeg', jpeg, { ids: 2 }),
      blip('emf', wmf, { packed: false }),
    ])
    expect(read(stream).map(({ bytes }) => bytes)).toEqual([tiff, wmf, jpeg, wmf])
  })

  it('are given as far as they go, and damage ends only its own picture', () => {
    const cut = blip('tiff', tiff).subarray(0, -10)
    expect(read(cut)).toEqual([{ offset: 0, bytes: tiff.subarray(0, -10) }])
    const broken = blip('wmf', wmf)
    broken.fill(0xff, 8 + 16 + 34, 8 + 16 + 34 + 12)
    expect(read(Buffer.concat([broken, blip('tiff', tiff)]))).toMatchObject([{ offset: 0, error: expect.any(String) }, { bytes: tiff }])
  })

  it('cannot unpack without bound', () => {
    const bomb = blip('wmf', Buffer.alloc(200_000))
    const budget = new Budget({ ...LIMITS, ratio: 4, ratioFloor: 1000 })
    expect(read(Buffer.concat([bomb, blip('tiff', tiff)]), budget)).toMatchObject([{ error: expect.stringContaining('ratio') }, { bytes: tiff }])
    expect(drawingGroup(drawingRecords(Buffer.alloc(5000), 100), new Budget({ ...LIMITS, bytes: 9000 }))).toBeUndefined()
  })

  it('of a workbook are put together from the records that continue them', () => {
    expect(drawingGroup(drawingRecords(blip('tiff', tiff), 20), new Budget())).toEqual(blip('tiff', tiff))
    expect(drawingGroup(Buffer.from('3c000400deadbeef', 'hex'), new Budget())).toHaveLength(0)
  })

  const inside: readonly (readonly [document: string, bytes: Buffer, cve: string])[] = [
    [
      'presentation',
      buildCfb([
        { path: ['Pictures'], bytes: blip('wmf', wmf) },
        { path: ['PowerPoint Document'], bytes: Buffer.alloc(64) },
      ]),
      'CVE-2005-4560',
    ],
    ['document', buildCfb([{ path: ['Data'], bytes: blip('tiff', tiff) }]), 'CVE-2013-3906'],
    ['workbook', buildCfb([{ path: ['Workbook'], bytes: drawingRecords(blip('jpeg', jpeg), 30) }]), 'CVE-2004-0200'],
  ]
  it.each(inside)('of a %s are judged', (_, bytes, cve) => {
    expect(scanBytes(bytes).verdict.cve.map(({ id }) => id)).toEqual([cve])
  })

  const whole = Buffer.concat([blip('wmf', wmf), blip('tiff', tiff)])
  it('are read at every length and with every bit changed', () => {
    readsEveryPrefix(whole, (bytes) => read(bytes))
    readsEveryFlip(whole, (bytes) => read(bytes))
  })
  test.prop([damagedOf(whole)], { numRuns: 200 })('are read whatever is changed', (bytes) => reads(bytes, (one) => read(one)))
})
