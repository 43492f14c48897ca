import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Damaged } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildOle1, buildPackage, buildRtf } from '#test/harness/documents.ts'
import { ole1Link } from '#test/harness/documents/ole-links.ts'
import { readOle1, readPackage } from './ole1.ts'

/** A package that holds only the path of its file. */
const linkedPackage = (label: string, file: string) =>
  Buffer.concat([Buffer.from([2, 0]), Buffer.from(`${label}\0${file}\0`, 'latin1'), Buffer.from([0, 0, 1, 0])])
const inRtf = (native: Buffer) => scanBytes(buildRtf(buildOle1('Package', native).toString('hex'))).verdict

describe('an OLE 1.0 object', () => {
  it('is embedded with its data, or linked with where it leads', () => {
    expect(readOle1(buildOle1('Package', Buffer.from('abc')))).toMatchObject({ linked: false, className: 'Package', data: Buffer.from('abc'), statedBytes: 3 })
    expect(readOle1(ole1Link('htmlfile', 'http://host.example/', 'x'))).toMatchObject({
      linked: true,
      className: 'htmlfile',
      topic: 'http://host.example/',
      item: 'x',
    })
  })

  it('gives the data that are there when its size lies', () => {
    const bytes = buildOle1('Package', Buffer.from('abc'))
    bytes.writeUInt32LE(0xffffffff, bytes.length - 7)
    expect(readOle1(bytes)).toMatchObject({ data: Buffer.from('abc'), statedBytes: 0xffffffff })
  })

  it('is damaged, and nothing else, when it is cut off or changed', () => {
    for (const whole of [buildOle1('Equation.3', Buffer.alloc(20)), ole1Link('htmlfile', 'http://host.example/')])
      for (let i = 0; i < whole.length; i++)
        try {
          readOle1(whole.subarray(0, i))
        } catch (error) {
          expect(error).toBeInstanceOf(Damaged)
        }
  })
})

describe('a package', () => {
  it('that holds only a path on another host says so, and is a candidate', () => {
    expect(readPackage(linkedPackage('EmbeddedStg1.txt', '\\\\host.example\\public\\slides.inf'))).toMatchObject({ linked: true, data: Buffer.alloc(0) })
    const verdict = inRtf(linkedPackage('EmbeddedStg1.txt', '\\\\host.example\\public\\slides.inf'))
    expect([verdict.exploit, verdict.cve, verdict.candidates.map(({ id }) => id)]).toEqual(['technique-only', [], ['CVE-2014-4114']])
    expect(inRtf(linkedPackage('a.txt', 'C:\\a.txt')).candidates).toEqual([])
    expect(inRtf(buildPackage('a.txt', Buffer.from('inert'))).candidates).toEqual([])
  })

  const whole = buildPackage('note.txt', Buffer.from('inert'))
  const safely = (bytes: Buffer) => {
    try {
      readPackage(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(Damaged)
    }
  }
  it('is read cut off at every byte', () => {
    for (let i = 0; i <= whole.length; i++) safely(whole.subarray(0, i))
  })
  test.prop([fc.nat({ max: whole.length * 8 - 1 }), fc.nat({ max: whole.length * 8 - 1 })], { numRuns: 300 })('is read with bits turned', (one, other) => {
    const copy = Buffer.from(whole)
    copy[one >> 3]! ^= 1 << (one & 7)
    copy[other >> 3]! ^= 1 << (other & 7)
    safely(copy)
  })
})
