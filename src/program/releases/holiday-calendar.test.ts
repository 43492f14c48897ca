import { describe, expect, it } from 'vitest'
import { Problem } from '#platform/errors.ts'
import { businessDaysBefore, isBusinessDay, US_FEDERAL, WEEKENDS_ONLY } from '#program/releases/holiday-calendar.ts'
import { addDays, formatDate, weekdayOf, type CivilDate } from '#program/releases/zoned-time.ts'

/** The law's own rules (5 U.S.C. 6103), as an oracle for the dates that were written down. */
function lawfulHolidays(year: number): string[] {
  const fixed = (month: number, day: number) => observed({ year, month, day })
  return [
    fixed(1, 1),
    nth(year, 1, 1, 3),
    nth(year, 2, 1, 3),
    addDays(nth(year, 6, 1, 1), -7),
    fixed(6, 19),
    fixed(7, 4),
    nth(year, 9, 1, 1),
    nth(year, 10, 1, 2),
    fixed(11, 11),
    nth(year, 11, 4, 4),
    fixed(12, 25),
  ].map(formatDate)
}

function nth(year: number, month: number, weekday: number, count: number): CivilDate {
  const days = Array.from({ length: 31 }, (_, at) => addDays({ year, month, day: 1 }, at))
  return days.filter((day) => weekdayOf(day) === weekday)[count - 1]!
}

function observed(date: CivilDate): CivilDate {
  return addDays(date, ({ 6: -1, 0: 1 } as Record<number, number>)[weekdayOf(date)] ?? 0)
}

describe('the federal calendar', () => {
  it('holds exactly the holidays of 2024 to 2040 as the law has them observed', () => {
    const years = Array.from({ length: 18 }, (_, at) => 2024 + at)
    const expected = years.flatMap(lawfulHolidays).filter((day) => day >= '2024' && day < '2041')
    expect([...US_FEDERAL.dates].sort()).toEqual(expected.sort())
  })

  it('E4: holds the observed days that libraries miss', () => {
    for (const day of ['2026-07-03', '2027-12-31', '2028-11-10']) expect(US_FEDERAL.dates.has(day), day).toBe(true)
    for (const day of ['2028-01-01', '2028-11-11']) expect(US_FEDERAL.dates.has(day), day).toBe(false)
  })
})

describe('business days', () => {
  const day = (text: string): CivilDate => {
    const [year, month, day] = text.split('-').map(Number) as [number, number, number]
    return { year, month, day }
  }

  it('are counted back without weekends and holidays, and without the day itself', () => {
    expect(formatDate(businessDaysBefore(day('2026-09-08'), 1, US_FEDERAL))).toBe('2026-09-04')
    expect(formatDate(businessDaysBefore(day('2026-09-08'), 1, WEEKENDS_ONLY))).toBe('2026-09-07')
    expect(formatDate(businessDaysBefore(day('2028-11-14'), 3, US_FEDERAL))).toBe('2028-11-08')
    expect(formatDate(businessDaysBefore(day('2026-09-08'), 0, US_FEDERAL))).toBe('2026-09-08')
  })

  it('are never counted past the days that the calendar knows', () => {
    expect(() => businessDaysBefore(day('2024-01-02'), 1, US_FEDERAL)).toThrow(Problem)
    expect(() => isBusinessDay(day('2041-01-02'), US_FEDERAL)).toThrow(Problem)
    expect(isBusinessDay(day('2040-12-31'), US_FEDERAL)).toBe(true)
    expect(isBusinessDay(day('2024-01-02'), US_FEDERAL)).toBe(true)
  })
})
