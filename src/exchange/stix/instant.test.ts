import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareInstants, fromEpochMicroseconds, isInstant, toMicroseconds } from '#exchange/stix/instant.ts'

describe('instants', () => {
  it('are read with any fraction and written with six digits', () => {
    expect(toMicroseconds('2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:00.000000Z')
    expect(toMicroseconds('2026-01-01T00:00:00.1234567Z')).toBe('2026-01-01T00:00:00.123456Z')
    const none = [
      '2026-01-01',
      '2026-01-01T00:00:00',
      '2026-01-01T24:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01T00:00:00.Z',
      '',
      '2026-01-01t00:00:00z',
      '2026-02-29T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '2026-01-00T00:00:00Z',
      '2026-01-01T00:00:0.Z',
      '2026-01-01T00:60:00Z',
      ' 026-01-01T00:00:00Z',
      `2026-01-01T00:00:00.${'0'.repeat(31)}Z`,
    ]
    expect(none.filter((text) => toMicroseconds(text) !== undefined)).toEqual([])
    expect(fromEpochMicroseconds(Date.UTC(2026, 0, 1) * 1000 + 7)).toBe('2026-01-01T00:00:00.000007Z')
  })

  it('are those that the calendar has', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) =>
        isInstant(date.toISOString()),
      ),
    )
    for (let day = 1; day <= 31; day++) {
      for (const month of ['01', '02', '04', '12']) {
        for (const year of ['1900', '2000', '2024', '2026']) {
          const text = `${year}-${month}-${String(day).padStart(2, '0')}T00:00:00.000Z`
          const time = Date.parse(text)
          expect(isInstant(text), text).toBe(!Number.isNaN(time) && new Date(time).toISOString() === text)
        }
      }
    }
  })

  it('are compared to their last digit', () => {
    expect(compareInstants('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z')).toBe(0)
    expect(compareInstants('2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.10000000001Z')).toBeLessThan(0)
    expect(compareInstants('2026-01-01T00:00:01Z', '2026-01-01T00:00:00.9Z')).toBeGreaterThan(0)
  })
})
