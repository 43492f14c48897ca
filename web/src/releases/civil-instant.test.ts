import { describe, expect, it } from 'vitest'
import { instantOf, meaningOf } from './civil-instant.ts'

const ZONE = 'America/Los_Angeles'
const input = (date: string, time: string, later = false) => ({ date, time, later })

describe('a civil time in a form', () => {
  it('means one instant on most days', () => {
    expect(instantOf(input('2026-12-08', '10:00'), ZONE)).toBe('2026-12-08T18:00:00.000Z')
    expect(instantOf(input('2026-12-08', '10:00'), 'UTC')).toBe('2026-12-08T10:00:00.000Z')
  })

  it('means none where the clocks leap over it', () => {
    expect(meaningOf(input('2027-03-14', '02:30'), ZONE)).toEqual({ kind: 'never' })
    expect(instantOf(input('2027-03-14', '02:30'), ZONE)).toBeUndefined()
  })

  it('means the one that is chosen where the clocks are set back', () => {
    expect(meaningOf(input('2026-11-01', '01:30'), ZONE)).toMatchObject({
      kind: 'twice',
      first: '2026-11-01T08:30:00.000Z',
      second: '2026-11-01T09:30:00.000Z',
    })
    expect(instantOf(input('2026-11-01', '01:30'), ZONE)).toBe('2026-11-01T08:30:00.000Z')
    expect(instantOf(input('2026-11-01', '01:30', true), ZONE)).toBe('2026-11-01T09:30:00.000Z')
  })

  it.each([
    ['', ''],
    ['2026-12-08', ''],
    ['', '10:00'],
    ['2026-02-30', '10:00'],
    ['0002-01-01', '10:00'],
    ['x', 'y'],
  ])('means nothing yet as %j %j', (date, time) => {
    expect(meaningOf(input(date, time), ZONE)).toEqual({ kind: 'incomplete' })
  })
})
