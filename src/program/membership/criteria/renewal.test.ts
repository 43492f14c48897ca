import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { dueAfter, graceEnds, lapsesAt, yearsAfter } from '#program/membership/criteria/renewal.ts'
import type { CivilDate } from '#program/releases/zoned-time.ts'

const date = (text: string): CivilDate => {
  const [year, month, day] = text.split('-').map(Number)
  return { year: year!, month: month!, day: day! }
}
const text = ({ year, month, day }: CivilDate) => [year, String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-')

describe('a renewal', () => {
  it('E7 a, E30 a: of 29 February falls on 28 February in other years, and on 29 February again in leap years', () => {
    const leapDay = date('2028-02-29')
    expect([1, 2, 3, 4, 72].map((years) => text(yearsAfter(leapDay, years)))).toEqual(['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2100-02-28'])
    expect(text(dueAfter(leapDay, date('2029-02-27')))).toBe('2029-02-28')
    expect(text(dueAfter(leapDay, date('2029-02-28')))).toBe('2030-02-28')
  })

  it('has 30 days of grace, over the end of a month and a year', () => {
    expect(text(graceEnds(date('2026-12-15')))).toBe('2027-01-14')
    expect(text(graceEnds(date('2028-02-28')))).toBe('2028-03-29')
  })

  it('lapses with the last day of grace, by the programme’s zone', () => {
    const admitted = new Date('2026-11-25T07:30:00.000Z')
    expect(lapsesAt(admitted, admitted, 'America/Los_Angeles').toISOString()).toBe('2027-12-25T08:00:00.000Z')
    expect(lapsesAt(admitted, new Date('2027-11-24T07:59:00.000Z'), 'America/Los_Angeles').toISOString()).toBe('2027-12-25T08:00:00.000Z')
    expect(lapsesAt(admitted, new Date('2027-11-24T08:00:00.000Z'), 'America/Los_Angeles').toISOString()).toBe('2028-12-25T08:00:00.000Z')
  })

  const days = fc
    .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2090-12-31T00:00:00Z'), noInvalidDate: true })
    .map((day) => date(day.toISOString().slice(0, 10)))
  test.prop([days, days])('is always to come, at most a year away once the first is past, and on the day of admission', (admitted, today) => {
    const due = text(dueAfter(admitted, today))
    expect(due > text(today)).toBe(true)
    expect(due.slice(5) === text(admitted).slice(5) || due.endsWith('02-28')).toBe(true)
    if (text(today) > text(admitted)) expect(due <= text(yearsAfter(today, 1)) || due.endsWith('02-29')).toBe(true)
  })
})
