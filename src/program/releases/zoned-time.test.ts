import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Problem } from '#platform/errors.ts'
import { addDays, civilTimeOf, formatDate, instantAt, instantsAt, ruleInstantAt, weekdayOf, type CivilTime } from '#program/releases/zoned-time.ts'

const PACIFIC = 'America/Los_Angeles'
/** Zones with odd offsets, half-hour summer time, a skipped day, summer time below the equator, and none at all. */
const ZONES = [
  'UTC',
  PACIFIC,
  'America/St_Johns',
  'America/Sao_Paulo',
  'Europe/Brussels',
  'Europe/Dublin',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Australia/Eucla',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
]
const zone = fc.oneof(fc.constantFrom(...ZONES), fc.constantFrom(...Intl.supportedValuesOf('timeZone')))
const minuteOf = (from: string, to: string) =>
  fc.integer({ min: Date.parse(from) / 60_000, max: Date.parse(to) / 60_000 }).map((minutes) => new Date(minutes * 60_000))
const modern = minuteOf('1973-01-01', '2100-01-01')
/** Minutes round the days on which clocks were or will be changed somewhere. */
const nearChanges = fc
  .tuple(
    fc.constantFrom('2026-03-08', '2026-11-01', '2026-03-29', '2026-10-25', '2028-03-12', '2011-12-30', '2026-04-05', '2026-10-04', '1995-01-01'),
    fc.integer({ min: -2000, max: 2000 }),
  )
  .map(([day, minutes]) => new Date(Date.parse(day) + minutes * 60_000))
const instant = fc.oneof(modern, nearChanges)
const iso = (dates: readonly Date[]) => dates.map((date) => date.toISOString())
const at = (text: string): CivilTime => {
  const [year, month, day, hour, minute] = text.split(/[- :]/).map(Number) as [number, number, number, number, number]
  return { year, month, day, hour, minute }
}
const codeOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error instanceof Problem ? error.code : error
  }
  return undefined
}

describe('a civil time in a zone', () => {
  it('is one instant on ordinary days, with the offset of that day', () => {
    expect(instantAt(at('2026-01-13 10:00'), PACIFIC).toISOString()).toBe('2026-01-13T18:00:00.000Z')
    expect(instantAt(at('2026-07-14 10:00'), PACIFIC).toISOString()).toBe('2026-07-14T17:00:00.000Z')
    expect(instantAt(at('2026-07-14 10:00'), 'Asia/Kathmandu').toISOString()).toBe('2026-07-14T04:15:00.000Z')
    expect(instantAt(at('2026-01-01 00:00'), 'Pacific/Kiritimati').toISOString()).toBe('2025-12-31T10:00:00.000Z')
  })

  it('E5a: is refused when the clocks leap over it, with the reason', () => {
    expect(instantsAt(at('2026-03-08 02:30'), PACIFIC)).toEqual([])
    expect(() => instantAt(at('2026-03-08 02:30'), PACIFIC)).toThrow(/does not exist in America\/Los_Angeles/)
    expect(codeOf(() => instantAt(at('2026-03-08 02:30'), PACIFIC))).toBe('VALIDATION_FAILED')
  })

  it('E5b: is refused when it occurs twice, and both instants are offered', () => {
    expect(iso(instantsAt(at('2026-11-01 01:30'), PACIFIC))).toEqual(['2026-11-01T08:30:00.000Z', '2026-11-01T09:30:00.000Z'])
    expect(() => instantAt(at('2026-11-01 01:30'), PACIFIC)).toThrow(/2026-11-01T08:30:00Z or 2026-11-01T09:30:00Z/)
  })

  it('exists on both edges of a leap and of a repeated hour', () => {
    expect(iso(instantsAt(at('2026-03-08 01:59'), PACIFIC))).toEqual(['2026-03-08T09:59:00.000Z'])
    expect(iso(instantsAt(at('2026-03-08 03:00'), PACIFIC))).toEqual(['2026-03-08T10:00:00.000Z'])
    expect(instantsAt(at('2026-11-01 00:59'), PACIFIC)).toHaveLength(1)
    expect(instantsAt(at('2026-11-01 01:00'), PACIFIC)).toHaveLength(2)
    expect(instantsAt(at('2026-11-01 02:00'), PACIFIC)).toHaveLength(1)
  })

  it('knows leaps of half an hour and of a whole day', () => {
    expect(instantsAt(at('2026-10-04 02:15'), 'Australia/Lord_Howe')).toEqual([])
    expect(instantsAt(at('2026-10-04 02:30'), 'Australia/Lord_Howe')).toHaveLength(1)
    expect(instantsAt(at('2011-12-30 12:00'), 'Pacific/Apia')).toEqual([])
    expect(instantsAt(at('2011-12-29 12:00'), 'Pacific/Apia')).toHaveLength(1)
  })

  it('means the earlier of two to a rule, and as much later as the clocks leap', () => {
    expect(ruleInstantAt(at('2026-11-01 01:30'), PACIFIC).toISOString()).toBe('2026-11-01T08:30:00.000Z')
    expect(ruleInstantAt(at('2026-03-08 02:30'), PACIFIC).toISOString()).toBe('2026-03-08T10:30:00.000Z')
    expect(ruleInstantAt(at('2011-12-30 12:00'), 'Pacific/Apia').toISOString()).toBe('2011-12-30T22:00:00.000Z')
  })

  it('is refused for days, hours, years and zones that do not exist', () => {
    for (const wrong of ['2026-02-29 10:00', '2026-13-01 10:00', '2026-00-01 10:00', '2026-01-00 10:00', '2026-01-01 24:00', '2026-01-01 10:60']) {
      expect(
        codeOf(() => instantsAt(at(wrong), PACIFIC)),
        wrong,
      ).toBe('VALIDATION_FAILED')
    }
    for (const year of [0, 99, 1899, 2200, Number.NaN, 2026.5]) {
      expect(
        codeOf(() => instantsAt({ ...at('2026-01-01 10:00'), year }, PACIFIC)),
        String(year),
      ).toBe('VALIDATION_FAILED')
    }
    for (const zone of ['', 'Mars/Olympus', 'America/Los Angeles']) expect(codeOf(() => instantsAt(at('2026-01-01 10:00'), zone))).toBe('VALIDATION_FAILED')
  })

  test.prop([instant, zone], { numRuns: 3000 })('of any instant leads back to that instant', (instant, zone) => {
    expect(iso(instantsAt(civilTimeOf(instant, zone), zone))).toContain(instant.toISOString())
  })

  test.prop([instant, zone, zone], { numRuns: 1500 })(
    'exists once, twice or not at all, each time truly, and a rule always finds an instant',
    (instant, seenIn, zone) => {
      const time = civilTimeOf(instant, seenIn)
      const found = instantsAt(time, zone)
      expect(found.length).toBeLessThanOrEqual(2)
      for (const each of found) expect(civilTimeOf(each, zone)).toEqual(time)
      const chosen = ruleInstantAt(time, zone)
      if (found.length > 0) expect(chosen).toEqual(found[0])
      else expect(asNumber(civilTimeOf(chosen, zone))).toBeGreaterThan(asNumber(time))
    },
  )

  test.prop([nearChanges, fc.constantFrom(...ZONES)], { numRuns: 60 })('agrees with looking at every quarter of an hour round it', (instant, zone) => {
    const time = civilTimeOf(new Date(Math.floor(instant.getTime() / 900_000) * 900_000), 'UTC')
    const base = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute)
    const steps = Array.from({ length: 4 * 52 + 1 }, (_, step) => new Date(base + (step - 4 * 26) * 900_000))
    const seen = steps.filter((each) => asNumber(civilTimeOf(each, zone)) === asNumber(time))
    expect(iso(instantsAt(time, zone))).toEqual(iso(seen))
  })
})

describe('civil dates', () => {
  it('count over leap days, month ends and year ends', () => {
    expect(formatDate(addDays({ year: 2028, month: 3, day: 14 }, -14))).toBe('2028-02-29')
    expect(formatDate(addDays({ year: 2027, month: 3, day: 14 }, -14))).toBe('2027-02-28')
    expect(formatDate(addDays({ year: 2026, month: 1, day: 13 }, -14))).toBe('2025-12-30')
    expect(weekdayOf({ year: 2026, month: 1, day: 13 })).toBe(2)
  })

  test.prop([fc.integer({ min: 0, max: 80_000 }), fc.integer({ min: -20_000, max: 20_000 })])('move by days and back', (from, days) => {
    const date = addDays({ year: 1960, month: 1, day: 1 }, from % 60_000)
    expect(addDays(addDays(date, days % 10_000), -(days % 10_000))).toEqual(date)
    expect(weekdayOf(addDays(date, 7))).toBe(weekdayOf(date))
  })
})

function asNumber({ year, month, day, hour, minute }: CivilTime): number {
  return Date.UTC(year, month - 1, day, hour, minute)
}
