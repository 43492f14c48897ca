import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { PRESETS, WINDOW_TIERS, type Programme } from '#program/releases/programme.ts'
import { formatMonth, monthAfter, monthsBetween, releaseIn, type Release } from '#program/releases/release.ts'
import { compareRules } from '#program/releases/rules/compare-rules.ts'
import { asOf, firstFree, firstTaken, plannedReleases, programmeOf, releaseOf, type RuleHistory } from '#program/releases/rules/in-force.ts'
import { faultsOf } from '#program/releases/rules/rule-faults.ts'
import { PRESET_RULES, RuleSet, toProgramme } from '#program/releases/rules/rule-set.ts'
import { workingHours, type WorkingTime } from '#program/releases/rules/working-hours.ts'
import { zoneDrift } from '#program/releases/rules/zone-drift.ts'
import { formatInstant } from '#program/releases/zoned-time.ts'

const { federal } = PRESETS
const FEDERAL = PRESET_RULES[0]!.rules
const QUARTERLY: RuleSet = {
  ...FEDERAL,
  name: 'quarterly',
  zone: 'Europe/Berlin',
  hour: 15,
  minute: 30,
  months: [1, 4, 7, 10],
  nth: 3,
  calendar: 'weekends-only@1',
}
/** Ten days of validate instead of fourteen. */
const SHORTER: RuleSet = { ...FEDERAL, windows: { ...FEDERAL.windows, validate: { days: 10, unit: 'calendar-days' } } }
const month = (text: string) => ({ year: Number(text.slice(0, 4)), month: Number(text.slice(5)) })
const at = (text: string) => new Date(text)
const adopted = (when: string, from: string, rules: RuleSet, version = 2) => ({ at: at(when), from: month(from), programme: toProgramme(rules, version) })
const instants = (releases: readonly { release: Release }[]) => releases.map(({ release }) => formatInstant(release.instant))

describe('a rule set', () => {
  it('is what the presets are, and back', () => {
    for (const { id, rules } of PRESET_RULES) {
      const preset: Programme = Object.values(PRESETS).find((one) => one.id === id)!
      expect(RuleSet.parse(JSON.parse(JSON.stringify(rules)))).toEqual(rules)
      const { release, windows, calendar } = toProgramme(rules, 1)
      expect({ windows, calendar, release: { ...release, id: preset.release.id } }).toEqual({
        windows: preset.windows,
        calendar: preset.calendar,
        release: preset.release,
      })
      expect(faultsOf(rules, month('2026-12'))).toEqual([])
    }
  })

  it('can be a third Tuesday of January, April, July and October', () => {
    const history = [adopted('2025-11-01T00:00:00Z', '2026-01', QUARTERLY)]
    expect(instants(plannedReleases(at('2026-01-01T00:00:00Z'), history, { months: 11 }))).toEqual([
      '2026-01-20T14:30:00Z',
      '2026-04-21T13:30:00Z',
      '2026-07-21T13:30:00Z',
      '2026-10-20T13:30:00Z',
    ])
  })

  const own = { id: 'own@1', from: '2026-01-01', to: '2028-12-31', dates: ['2026-12-07'] }
  it.each<[string, unknown]>([
    ['/zone', { zone: 'Mars/Olympus' }],
    ['/zone', { zone: '+02:00' }],
    ['/windows/advance', { windows: { ...FEDERAL.windows, validate: { days: 2, unit: 'calendar-days' } } }],
    ['/windows/entry', { windows: { ...FEDERAL.windows, entry: { days: 4, unit: 'business-days' } } }],
    [
      '/windows/validate',
      {
        windows: { ...FEDERAL.windows, validate: { days: 180, unit: 'business-days' } },
        calendar: { ...own, from: '2024-01-01', dates: everyDay('2025-10-01', 400) },
      },
    ],
    ['/calendar', { calendar: { ...own, to: '2028-10-31' } }],
    ['/calendar', { calendar: { ...own, from: '2026-12-05' } }],
    ['/calendar/to', { calendar: { ...own, to: '2025-12-31' } }],
    ['/calendar/dates/0', { calendar: { ...own, dates: ['2029-01-01'] } }],
    ['/calendar/dates/1', { calendar: { ...own, dates: ['2026-12-25', '2026-12-25'] } }],
    ['/minimumHours/advance', { minimumHours: { advance: 120 } }],
    ['/minimumHours/entry', { minimumHours: { entry: 25 } }],
  ])('that cannot be is refused with %s', (field, changes) => {
    expect(faultsOf(RuleSet.parse({ ...FEDERAL, ...(changes as object) }), month('2026-12')).map((fault) => fault.field)).toContain(field)
  })

  it('says which cycle breaks a promised minimum, and is accepted with one hour less', () => {
    expect(faultsOf({ ...FEDERAL, minimumHours: { advance: 120 } }, month('2026-01'))).toEqual([
      { field: '/minimumHours/advance', message: 'more than the 119 hours that the window has, first in 2026-03' },
    ])
    expect(faultsOf({ ...FEDERAL, minimumHours: { advance: 119, entry: 24, validate: 335 } }, month('2026-01'))).toEqual([])
  })

  it('without a release in two years is refused', () => {
    const dates = ['2027-01-19', '2028-01-18']
    const never: RuleSet = { ...QUARTERLY, months: [1], onHoliday: 'no-release', calendar: { id: 'own@1', from: '2026-01-01', to: '2029-12-31', dates } }
    expect(faultsOf(never, month('2026-12'))).toEqual([{ field: '/months', message: 'gives no release in 24 months' }])
    expect(faultsOf({ ...never, onHoliday: 'still-releases' }, month('2026-12'))).toEqual([])
  })

  it.each<[string, object]>([
    ['months', { months: [] }],
    ['months', { months: [1, 1] }],
    ['months', { months: [13] }],
    ['nth', { nth: 5 }],
    ['weekday', { weekday: 'Tuesday' }],
    ['hour', { hour: 24 }],
    ['calendar', { calendar: 'us-federal@2' }],
    ['calendar', { calendar: { ...own, dates: ['2027-02-29'] } }],
    ['name', { name: 'Patch day' }],
    ['', { extra: true }],
  ])('has a shape: %s of %j is refused', (field, changes) => {
    const { error } = RuleSet.safeParse({ ...FEDERAL, ...changes })
    expect(error?.issues.map(({ path }) => String(path[0] ?? ''))).toContain(field)
  })
})

describe('rules in force', () => {
  const december = releaseIn(month('2026-12'), federal)!

  it('E8: adopted during an open window, change nothing in this cycle, and the next follows them', () => {
    const now = at('2026-12-04T12:00:00Z')
    const programme = toProgramme(SHORTER, 2)
    expect(firstTaken([], { from: month('2026-12'), programme }, [], now)).toEqual(month('2026-12'))
    expect(firstFree([], programme, now)).toEqual(month('2027-01'))
    expect(firstTaken([], { from: month('2027-01'), programme }, [], now)).toBeUndefined()
    const history = [{ at: now, from: month('2027-01'), programme }]
    expect(releaseOf(month('2026-12'), history)).toEqual(december)
    expect(formatInstant(releaseOf(month('2027-01'), history)!.windows.validate)).toBe('2027-01-02T18:00:00Z')
    // The control: before the first window of the cycle opens, the cycle can still follow other rules.
    expect(firstFree([], programme, at('2026-11-24T17:59:59.999Z'))).toEqual(month('2026-12'))
    expect(firstFree([], programme, december.windows.validate)).toEqual(month('2027-01'))
  })

  it('E8: take no cycle over that would have begun by them, nor one that holds a package', () => {
    const longer = toProgramme({ ...FEDERAL, windows: { ...FEDERAL.windows, validate: { days: 30, unit: 'calendar-days' } } }, 2)
    expect(firstFree([], longer, at('2026-11-20T00:00:00Z'))).toEqual(month('2027-01'))
    const from = month('2027-01')
    expect(firstTaken([], { from, programme: longer }, [month('2027-03'), month('2027-02')], at('2026-11-20T00:00:00Z'))).toEqual(month('2027-02'))
    expect(firstTaken([], { from, programme: longer }, [month('2026-12')], at('2026-11-20T00:00:00Z'))).toBeUndefined()
  })

  it('can be asked again for every past instant', () => {
    const history = [adopted('2026-11-01T00:00:00Z', '2027-03', SHORTER), adopted('2027-01-15T00:00:00Z', '2027-06', QUARTERLY)]
    const seen = (now: string, cycle: string) => {
      const release = releaseOf(month(cycle), asOf(history, at(now)))
      return release ? [release.rule, formatInstant(release.windows.validate)] : release
    }
    expect(seen('2026-10-31T23:59:59Z', '2027-03')).toEqual(['update-tuesday@1', '2027-02-23T18:00:00Z'])
    expect(seen('2026-11-01T00:00:00Z', '2027-03')).toEqual(['federal@2', '2027-02-27T18:00:00Z'])
    expect(seen('2027-01-14T23:59:59Z', '2027-06')).toEqual(['federal@2', '2027-05-29T17:00:00Z'])
    expect(seen('2027-02-01T00:00:00Z', '2027-06')).toBeUndefined()
    expect(seen('2027-02-01T00:00:00Z', '2027-05')).toEqual(['federal@2', '2027-05-01T17:00:00Z'])
    expect(seen('2027-02-01T00:00:00Z', '2027-07')).toEqual(['quarterly@2', '2027-07-06T13:30:00Z'])
  })

  it('end where their calendar does', () => {
    const short = [adopted('2026-11-01T00:00:00Z', '2027-01', { ...FEDERAL, calendar: { id: 'own@1', from: '2026-12-01', to: '2027-03-31', dates: [] } })]
    expect(instants(plannedReleases(at('2026-12-01T00:00:00Z'), short, { months: 24 }))).toEqual([
      '2026-12-08T18:00:00Z',
      '2027-01-12T18:00:00Z',
      '2027-02-09T18:00:00Z',
      '2027-03-09T18:00:00Z',
    ])
  })

  const rules = fc.constantFrom(
    FEDERAL,
    SHORTER,
    QUARTERLY,
    { ...FEDERAL, nth: 4 as const, hour: 0 },
    { ...QUARTERLY, zone: 'Pacific/Kiritimati', nth: 1 as const },
  )
  const step = fc.record({ days: fc.integer({ min: 0, max: 90 }), wait: fc.integer({ min: 0, max: 4 }), rules })
  test.prop([fc.array(step, { maxLength: 5 })], { numRuns: 60 })('E8: whatever is adopted, no cycle that has begun ever changes', (steps) => {
    let history: RuleHistory = []
    let now = at('2026-01-01T00:00:00Z')
    for (const { days, wait, rules: wish } of steps) {
      now = new Date(now.getTime() + days * 86_400_000)
      const programme = toProgramme(wish, history.length + 2)
      const from = monthAfter(firstFree(history, programme, now), wait)
      const begun = cycles(history).filter((release) => release.windows.validate <= now)
      history = [...history, { at: now, from, programme }]
      const after = cycles(history).filter((release) => release.windows.validate <= now)
      expect(after).toEqual(begun)
    }
    const all = cycles(history).map(({ instant }) => instant.getTime())
    expect(all).toEqual([...all].sort((a, b) => a - b))
  })

  function cycles(history: RuleHistory): Release[] {
    return monthsBetween(month('2025-12'), month('2027-12')).flatMap((each) => releaseIn(each, programmeOf(each, history)) ?? [])
  }
})

describe('a preview of other rules', () => {
  const now = at('2026-12-04T12:00:00Z')

  it('gives for each cycle of 24 months both sets of instants and the hours that each tier gains or loses', () => {
    const changes = compareRules([], { from: month('2027-01'), programme: toProgramme(SHORTER, 2) }, now)
    expect(changes.map((one) => formatMonth(one.month))).toEqual(monthsBetween(month('2026-12'), month('2028-12')).map(formatMonth))
    expect(changes[0]).toMatchObject({ taken: false, change: 'same', before: { windows: { validate: at('2026-11-24T18:00:00Z') } } })
    expect(changes[1]).toMatchObject({
      taken: true,
      change: 'moved',
      before: { instant: at('2027-01-12T18:00:00Z'), windows: { validate: at('2026-12-29T18:00:00Z') } },
      after: { instant: at('2027-01-12T18:00:00Z'), windows: { validate: at('2027-01-02T18:00:00Z') } },
      hours: { validate: { before: 336, after: 240, gained: -96 }, advance: { before: 120, after: 120, gained: 0 } },
    })
    // Clocks change inside the longer window of November 2027 and inside the shorter one.
    expect(changes.find((one) => formatMonth(one.month) === '2027-11')!.hours.validate).toEqual({ before: 337, after: 241, gained: -96 })
  })

  it('shows cycles that vanish and that appear', () => {
    const toQuarterly = compareRules([], { from: month('2027-01'), programme: toProgramme(QUARTERLY, 1) }, now)
    expect(toQuarterly.slice(0, 5).map(({ change }) => change)).toEqual(['same', 'moved', 'vanishes', 'vanishes', 'moved'])
    expect(toQuarterly[2]).toMatchObject({ after: null, hours: { entry: { before: 24, after: null, gained: null } } })
    const quarterly = [{ at: at('2026-01-01T00:00:00Z'), from: month('2026-01'), programme: toProgramme(QUARTERLY, 1) }]
    const back = compareRules(quarterly, { from: month('2027-02'), programme: toProgramme(FEDERAL, 2) }, now)
    expect(back[0]).toMatchObject({ month: month('2027-01'), change: 'same', taken: false })
    expect(back[1]).toMatchObject({ month: month('2027-02'), change: 'appears', before: null, hours: { advance: { before: null, after: 120, gained: null } } })
  })

  it('of the rules in force shows no difference', () => {
    const changes = compareRules([], { from: month('2027-01'), programme: toProgramme(FEDERAL, 2) }, now)
    expect(new Set(changes.map(({ change }) => change))).toEqual(new Set(['same']))
  })
})

describe('what a weekend leaves of a window', () => {
  const riyadh: WorkingTime = { zone: 'Asia/Riyadh', weekend: [5, 6], from: 9, to: 17 }
  const brussels: WorkingTime = { zone: 'Europe/Brussels', weekend: [6, 0], from: 9, to: 17 }
  const hoursOf = (release: Release, worker: WorkingTime) =>
    Object.fromEntries(WINDOW_TIERS.map((tier) => [tier, workingHours({ from: release.windows[tier], to: release.instant }, worker)]))

  it('E9: a weekend of Friday and Saturday moves no opening; the hours that are left are counted', () => {
    const january = releaseIn(month('2027-01'), federal)!
    // Thursday 21:00 to Tuesday 21:00 in Riyadh: of Friday to Tuesday it works Sunday, Monday and Tuesday.
    expect(hoursOf(january, riyadh)).toEqual({ validate: 80, advance: 24, entry: 8 })
    expect(hoursOf(january, brussels)).toEqual({ validate: 80, advance: 24, entry: 8 })
    // Labor Day: the entry window opens on Friday at 20:00 in Riyadh, so Sunday to Tuesday are left of it, and Monday and Tuesday in Brussels.
    const september = releaseIn(month('2026-09'), federal)!
    expect(hoursOf(september, riyadh)).toEqual({ validate: 80, advance: 32, entry: 24 })
    expect(hoursOf(september, brussels)).toEqual({ validate: 80, advance: 32, entry: 16 })
    expect(hoursOf(september, { ...riyadh, weekend: [] })).toEqual({ validate: 112, advance: 48, entry: 32 })
  })

  it('E9: the hours are those of the member’s own clocks, also when they are changed', () => {
    const span = { from: at('2026-03-28T00:00:00Z'), to: at('2026-03-29T23:00:00Z') }
    expect(workingHours(span, { ...brussels, weekend: [], from: 0, to: 4 })).toBe(7)
    expect(workingHours({ from: span.from, to: span.from }, brussels)).toBe(0)
    expect(workingHours({ from: at('2026-03-30T08:30:00Z'), to: at('2026-03-30T09:15:00Z') }, brussels)).toBe(0.75)
  })

  it('E9: a promised minimum of hours is checked for each cycle', () => {
    expect(faultsOf({ ...FEDERAL, minimumHours: { entry: 24 } }, month('2026-01'))).toEqual([])
    expect(
      faultsOf({ ...FEDERAL, minimumHours: { entry: 24 }, windows: { ...FEDERAL.windows, entry: { days: 0, unit: 'calendar-days' } } }, month('2026-01')),
    ).toEqual([{ field: '/minimumHours/entry', message: 'more than the 0 hours that the window has, first in 2026-01' }])
  })
})

describe('newer zone data', () => {
  const july = releaseIn(month('2027-07'), federal)!
  /** The rule under other zone data: as if clocks of the programme's zone were set an hour ahead, as Denver's are. */
  const denver: Programme = { ...federal, release: { ...federal.release, zone: 'America/Denver' } }
  const hour = 3_600_000

  it('E10: give other instants for a release to come, and none for one that has happened', () => {
    const moved = zoneDrift(july, denver, at('2027-06-01T00:00:00Z'))!
    expect(moved.instant.getTime()).toBe(july.instant.getTime() - hour)
    for (const tier of WINDOW_TIERS) expect(moved.windows[tier].getTime(), tier).toBe(july.windows[tier].getTime() - hour)
    expect(zoneDrift(july, denver, july.instant)).toBeUndefined()
    expect(zoneDrift(july, federal, at('2027-06-01T00:00:00Z'))).toBeUndefined()
  })

  it('E10: leave windows as they were that have opened', () => {
    const given = zoneDrift(july, denver, july.windows.advance)!
    expect(given.windows).toEqual({
      validate: july.windows.validate,
      advance: july.windows.advance,
      entry: new Date(july.windows.entry.getTime() - hour),
    })
  })
})

function everyDay(from: string, count: number): string[] {
  return Array.from({ length: count }, (_, day) => new Date(Date.parse(from) + day * 86_400_000).toISOString().slice(0, 10))
}
