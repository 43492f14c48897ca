import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, upstreamVersion } from './debian-version.ts'

describe('versions of Debian packages', () => {
  it('stand in the order of dpkg', () => {
    const ordered = [
      '1.0~rc1-1',
      '1.0-1',
      '1.0-1+b1',
      '1.0-1+deb11u1',
      '1.0-2',
      '1.0a-1',
      '1.0.1-1',
      '1.9-1',
      '1.10-1',
      '20.09.0-3.1+deb11u1',
      '20.09.0-3.1+deb11u2',
      '22.12.0-2+deb12u1',
      '1:0.5-1',
      '1:7.0.4-4+deb11u13',
      '4:7.4.7-1+deb12u8',
    ]
    for (const [i, a] of ordered.entries()) for (const [j, b] of ordered.entries()) expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j))
  })

  it('are ordered whatever they are', () => {
    const version = fc.oneof(
      fc.constantFrom('1.0', '1.0~', '1.0-1', '1:1', 'a', '', '-', ':', '1.00', '1..0'),
      fc.string({ unit: fc.constantFrom(...'0129.:~+-aZ'.split('')), maxLength: 12 }),
    )
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(-compareVersions(b, a)) + 0)
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('are said without what Debian adds', () => {
    expect(['4:7.4.7-1+deb12u8', '22.12.0-2+deb12u1', '1.21.1+ds2-1', '142.0.7444.175-1~deb12u1', '16.0.5000'].map(upstreamVersion)).toEqual([
      '7.4.7',
      '22.12.0',
      '1.21.1',
      '142.0.7444.175',
      '16.0.5000',
    ])
  })
})
