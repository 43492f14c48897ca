import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'
import { DUTY_TO_REPORT, mayRead, NO_CEILING, opensAt, type ContactReader, type JurisdictionCeiling, type ReadableVersion } from '#program/embargo/may-read.ts'
import { TIERS } from '#program/membership/contract.ts'
import { fixHistory, stepsOf, type MemberStanding, type PlaceStanding } from '#program/membership/standing/standing.ts'
import { PARTS, type Part } from '#program/packages/contract.ts'
import { PRESETS } from '#program/releases/programme.ts'
import { releasesBetween } from '#program/releases/release.ts'

const RELEASE = releasesBetween({ year: 2026, month: 9 }, { year: 2026, month: 9 }, PRESETS.federal)[0]!
const { windows, instant: PUBLISHED } = RELEASE
const PACKAGE = 'package-1' as Id<'package'>
const OPERATOR = 'operator-1' as OperatorId
const MEMBER = 'organisation-1' as OrganisationId
const LONG_BEFORE = new Date('2026-01-01T00:00:00Z')
const HOUR = 3_600_000
const after = (instant: Date, hours: number) => new Date(instant.getTime() + hours * HOUR)

const version: ReadableVersion = {
  package: PACKAGE,
  version: 1,
  operator: OPERATOR,
  state: 'scheduled',
  contentHash: 'a',
  approvedHash: 'a',
  release: RELEASE,
  scheduledAt: LONG_BEFORE,
  endedAt: undefined,
  validateParts: ['attachments'],
}
const standing = (since: Date, changes: Partial<MemberStanding> = {}): MemberStanding => ({
  since,
  tier: 'advance',
  state: 'active',
  until: null,
  ceiling: NO_CEILING,
  bridges: false,
  ...changes,
})

interface World {
  readonly member: readonly MemberStanding[]
  readonly place?: readonly PlaceStanding[]
}

/** A contact whose member went through these standings, the last of them the present one; nothing else denies anything. */
function reader({ member, place = [{ since: LONG_BEFORE, ceiling: NO_CEILING }] }: World): ContactReader {
  const present = member.at(-1)!
  const { tier, state, until } = present
  return {
    kind: 'contact',
    contact: {
      organisation: MEMBER,
      active: true,
      needToKnow: new Set([PACKAGE]),
      proofOfConcept: true,
      holds: new Set(),
      keyUntil: new Date('2040-01-01T00:00:00Z'),
    },
    membership: { organisation: MEMBER, operator: OPERATOR, tier, state, until, since: member[0]!.since, reachable: true },
    agreement: [{ version: 1, sha256: 'a', acceptBy: LONG_BEFORE, countersignedAt: LONG_BEFORE }],
    jurisdiction: { entity: present.ceiling, contact: place.at(-1)!.ceiling },
    history: { member, place },
  }
}
const read = (world: World, now: Date, part: Part = 'bulletin') => mayRead(reader(world), version, part, now)
/** The control: a predicate that asks for the present standing only. */
const naive = (world: World, now: Date, part: Part = 'bulletin') =>
  mayRead(
    reader({
      member: [{ ...world.member.at(-1)!, since: LONG_BEFORE }],
      place: world.place?.slice(-1).map((where) => ({ ...where, since: LONG_BEFORE })) ?? [{ since: LONG_BEFORE, ceiling: NO_CEILING }],
    }),
    version,
    part,
    now,
  )
/** When it opens, asked at the release and after it with everything that is written. */
const opening = (world: World, part: Part = 'bulletin', now = after(PUBLISHED, 48)) => {
  const instant = opensAt(reader(world), version, part, now)
  return instant === undefined ? 'never' : new Date(instant).toISOString()
}
const iso = (instant: Date) => instant.toISOString()
/** An instant while the window of advance is open and that of entry is not. */
const WITHIN = after(windows.advance, 20)

describe('what a member held since a window opened', () => {
  it('entitles at the opening when nothing changed, and when what changed was over before', () => {
    expect(opening({ member: [standing(LONG_BEFORE)] })).toBe(iso(windows.advance))
    expect(opening({ member: [standing(windows.advance)] })).toBe(iso(windows.advance))
    const suspended = [standing(LONG_BEFORE), standing(after(windows.advance, -10), { state: 'suspended' }), standing(after(windows.advance, -1))]
    expect(opening({ member: suspended })).toBe(iso(windows.advance))
  })

  it('E26: is nothing for who joined while the window was open, before the release and after it', () => {
    const joined = { member: [standing(WITHIN)] }
    expect(opening(joined)).toBe('never')
    for (const now of [after(WITHIN, 1), PUBLISHED, after(PUBLISHED, 1000)]) {
      expect(read(joined, now)).toEqual({ read: false, reason: 'standing' })
      expect(naive(joined, now).read).toBe(true)
    }
    expect(opening({ member: [standing(WITHIN, { tier: 'entry' })] })).toBe(iso(windows.entry))
  })

  it('is nothing of what was over before the member joined', () => {
    expect(opening({ member: [standing(after(PUBLISHED, 1))] })).toBe('never')
  })

  it('E27: counts a higher tier from the next cycle, and a lower one at once', () => {
    const raised = { member: [standing(LONG_BEFORE, { tier: 'entry' }), standing(WITHIN)] }
    expect(opening(raised)).toBe(iso(windows.entry))
    expect(read(raised, after(WITHIN, 1))).toEqual({ read: false, reason: 'not-open' })
    expect(naive(raised, after(WITHIN, 1)).read).toBe(true)
    expect(opening({ member: [standing(LONG_BEFORE, { tier: 'entry' }), standing(after(windows.advance, -1))] })).toBe(iso(windows.advance))
    const lowered = { member: [standing(LONG_BEFORE), standing(WITHIN, { tier: 'entry' })] }
    expect(opening(lowered)).toBe(iso(windows.entry))
    expect(read(lowered, WITHIN).read).toBe(false)
    // Lowered and raised again: what was lost in between comes with the release's own later window.
    expect(opening({ member: [...lowered.member, standing(after(WITHIN, 1))] })).toBe(iso(windows.entry))
  })

  it('E27: compares tiers by part: validate is not simply less than advance', () => {
    const raised = { member: [standing(LONG_BEFORE, { tier: 'validate' }), standing(WITHIN)] }
    expect(['guidance', 'attachments', 'bulletin'].map((part) => opening(raised, part as Part))).toEqual([
      iso(windows.advance),
      iso(windows.advance),
      iso(PUBLISHED),
    ])
    const lowered = { member: [standing(LONG_BEFORE), standing(WITHIN, { tier: 'validate' })] }
    expect(['guidance', 'attachments', 'bulletin'].map((part) => opening(lowered, part as Part))).toEqual([
      iso(windows.advance),
      iso(windows.advance),
      iso(PUBLISHED),
    ])
  })

  it('E25: is lost by a suspension within the window, whatever came after it, unless two people gave it back', () => {
    const cut = [standing(LONG_BEFORE), standing(WITHIN, { state: 'suspended' })]
    const reinstated = { member: [...cut, standing(after(WITHIN, 2))] }
    for (const now of [after(WITHIN, 3), PUBLISHED, after(PUBLISHED, 1000)]) expect(read(reinstated, now).reason).toBe('standing')
    expect(naive(reinstated, after(WITHIN, 3)).read).toBe(true)
    expect(opening({ member: [...cut, standing(after(WITHIN, 2), { bridges: true })] })).toBe(iso(windows.advance))
    // Over by the release: what came later does not matter to it, and a later bridge does not reach back over another gap.
    expect(opening({ member: [standing(LONG_BEFORE), standing(after(PUBLISHED, 1), { state: 'suspended' }), standing(after(PUBLISHED, 2))] })).toBe(
      iso(windows.advance),
    )
    const twice = [...reinstated.member, standing(after(WITHIN, 4), { state: 'suspended' }), standing(after(WITHIN, 5), { bridges: true })]
    expect(opening({ member: twice })).toBe('never')
  })

  it('E25: is not bridged over an end or a lapse, and a bridge has the tier that was held in the gap', () => {
    const gone = (state: MemberStanding['state']) => [standing(LONG_BEFORE), standing(WITHIN, { state }), standing(after(WITHIN, 2), { bridges: true })]
    expect(opening({ member: gone('terminated') })).toBe('never')
    expect(opening({ member: gone('paused') })).toBe(iso(windows.advance))
    const lapsed = [standing(LONG_BEFORE, { until: WITHIN }), standing(after(WITHIN, 2), { bridges: true })]
    expect(opening({ member: lapsed })).toBe('never')
    const lower = [standing(LONG_BEFORE), standing(WITHIN, { state: 'suspended', tier: 'entry' }), standing(after(WITHIN, 2), { bridges: true })]
    expect(opening({ member: lower })).toBe(iso(windows.entry))
  })

  it('E30: ends with the membership, and a renewal in time leaves no gap', () => {
    expect(opening({ member: [standing(LONG_BEFORE, { until: WITHIN }), standing(WITHIN, { until: null })] })).toBe(iso(windows.advance))
    expect(opening({ member: [standing(LONG_BEFORE, { until: WITHIN }), standing(after(WITHIN, 1), { until: null })] })).toBe('never')
    expect(read({ member: [standing(LONG_BEFORE, { until: WITHIN })] }, WITHIN).reason).toBe('membership')
  })

  it('E29: takes a stricter jurisdiction at once and a looser one from the next cycle, of the entity and of the place of work', () => {
    const stricter = { member: [standing(LONG_BEFORE), standing(WITHIN, { ceiling: DUTY_TO_REPORT })] }
    const looser = { member: [standing(LONG_BEFORE, { ceiling: DUTY_TO_REPORT }), standing(WITHIN)] }
    const places = (...ceilings: (JurisdictionCeiling | undefined)[]) => ({
      member: [standing(LONG_BEFORE)],
      place: ceilings.map((ceiling, n) => ({ since: n === 0 ? LONG_BEFORE : WITHIN, ceiling })),
    })
    for (const world of [stricter, looser, places(NO_CEILING, DUTY_TO_REPORT), places(DUTY_TO_REPORT, NO_CEILING)]) {
      expect(['description', 'bulletin'].map((part) => opening(world, part as Part))).toEqual([iso(PUBLISHED), 'never'])
      expect(read(world, after(WITHIN, 1), 'description').read).toBe(false)
    }
    expect(naive(looser, after(WITHIN, 1)).read).toBe(true)
    expect(opening(places(undefined, NO_CEILING))).toBe('never')
  })

  it('does not ask where a contact worked before anything was said of it', () => {
    expect(opening({ member: [standing(LONG_BEFORE)], place: [{ since: WITHIN, ceiling: NO_CEILING }] })).toBe(iso(windows.advance))
  })

  it('counts what was written at one instant, and what clocks that went back put in another order', () => {
    const at = [standing(LONG_BEFORE), standing(WITHIN, { state: 'suspended' }), standing(WITHIN)]
    expect(opening({ member: at })).toBe('never')
    const back = [standing(LONG_BEFORE), standing(WITHIN, { state: 'suspended' }), standing(after(windows.advance, -5))]
    expect(opening({ member: back })).toBe('never')
    const ahead = [standing(LONG_BEFORE), standing(after(PUBLISHED, 48), { state: 'suspended' })]
    expect(opening({ member: ahead }, 'bulletin', WITHIN)).toBe('never')
  })
})

describe('in all histories', () => {
  const times = Array.from({ length: 60 }, (_, n) => after(windows.validate, n * 6 - 24))
  const ceiling = fc.constantFrom<JurisdictionCeiling>(NO_CEILING, NO_CEILING, NO_CEILING, DUTY_TO_REPORT)
  const state = fc.constantFrom<MemberStanding['state']>('active', 'active', 'active', 'active', 'suspended', 'paused', 'terminated')
  const until = fc.constantFrom<Date | null>(null, null, null, times[20]!, times[40]!)
  const tier = fc.constantFrom(...TIERS)
  const kept = fc.record({ tier, state, until, ceiling, bridges: fc.boolean() })
  const world = fc
    .record({
      joins: fc.boolean(),
      at: fc.uniqueArray(fc.nat(times.length - 1), { minLength: 1, maxLength: 6 }),
      rows: fc.array(kept, { minLength: 6, maxLength: 6 }),
      moved: fc.option(fc.record({ at: fc.nat(times.length - 1), from: ceiling, to: ceiling })),
    })
    .map(({ joins, at, rows, moved }): Required<World> => ({
      member: at.toSorted((one, other) => one - other).map((time, n) => ({ ...rows[n]!, since: n === 0 && !joins ? LONG_BEFORE : times[time]! })),
      place: moved
        ? [
            { since: LONG_BEFORE, ceiling: moved.from },
            { since: times[moved.at]!, ceiling: moved.to },
          ]
        : [{ since: LONG_BEFORE, ceiling: NO_CEILING }],
    }))
  const part = fc.constantFrom(...PARTS)
  const moment = fc.constantFrom(...times, PUBLISHED, after(PUBLISHED, 500))

  /** The world as it was known at an instant. */
  const knownAt = ({ member, place }: Required<World>, now: Date): Required<World> | undefined => {
    const written = member.filter(({ since }) => since <= now)
    return written.length === 0 ? undefined : { member: written, place: place.filter(({ since }) => since <= now) }
  }
  type Predicate = (world: World, now: Date, part: Part) => { read: boolean }

  /** Whether a predicate opens a part no earlier than every standing in force since then allows: each instant from its opening on is one at which the standing in force would read it by itself. */
  function isHonest(predicate: Predicate, whole: Required<World>, one: Part, now: Date): boolean {
    const known = knownAt(whole, now)
    if (!known || known.member.some(({ bridges }) => bridges) || !predicate(known, now, one).read) return true
    const end = Math.min(now.getTime(), PUBLISHED.getTime())
    const opened = [...times, PUBLISHED].find((time) => opensAt(reader(known), version, one, now)! <= time.getTime()) ?? PUBLISHED
    const since = predicate === read ? opened : (windows[known.member.at(-1)!.tier as 'advance'] ?? PUBLISHED)
    return times
      .filter((time) => time >= since && time.getTime() <= end)
      .every((time) => {
        const then = knownAt(whole, time)
        return then !== undefined && naive(then, time, one).read
      })
  }
  const asRead: Predicate = read
  const asNaive: Predicate = naive

  test.prop([world, part, moment], { numRuns: 6000 })('opens nothing earlier than any standing in force since then allows', (whole, one, now) => {
    expect(isHonest(asRead, whole, one, now)).toBe(true)
  })
  it('as the present standing alone would', () => {
    const honest = fc.property(world, part, moment, (whole, one, now) => isHonest(asNaive, whole, one, now))
    expect(fc.check(honest, { numRuns: 6000 }).failed).toBe(true)
  })

  test.prop([world, fc.array(moment, { minLength: 2, maxLength: 8 })], { numRuns: 4000 })(
    'are the same steps once fixed, whatever was asked before',
    (whole, moments) => {
      const fixed = fixHistory(whole)
      for (const now of moments) expect(stepsOf(fixed, now.getTime())).toEqual(stepsOf(whole, now.getTime()))
    },
  )
  it('and are worked out once for every instant between two changes', () => {
    const fixed = fixHistory({ member: [standing(LONG_BEFORE, { until: times[20]! })], place: [] })
    const steps = (now: Date) => stepsOf(fixed, now.getTime())
    expect(steps(times[1]!)).toBe(steps(times[19]!))
    expect(steps(times[20]!)).toBe(steps(times[40]!))
    expect(steps(times[20]!)).not.toEqual(steps(times[19]!))
  })

  /** Openings of a part under a standing alone, later is narrower. */
  const own = (row: Omit<MemberStanding, 'since'>, one: Part, { place }: Required<World>) =>
    row.state === 'active'
      ? (opensAt(
          reader({ member: [{ ...row, since: LONG_BEFORE, until: null, bridges: false }], place: [{ since: LONG_BEFORE, ceiling: place.at(-1)!.ceiling }] }),
          version,
          one,
          after(PUBLISHED, 1000),
        ) ?? Infinity)
      : Infinity
  const change = fc.record({ whole: world, row: kept, one: part, at: fc.constantFrom(...times), now: moment })
  type Changed = typeof change extends fc.Arbitrary<infer T> ? T : never
  /** The world with and without one more standing, where it is known. */
  function appended({ whole, row, at, now }: Changed): { before: Required<World>; after: Required<World> } | undefined {
    const before = knownAt(whole, at)
    // Two changes of one instant are one change, which may be narrower than either.
    if (!before || now < at || [before.member, before.place].some((rows) => rows.at(-1)!.since >= at)) return undefined
    return { before, after: { member: [...before.member, { ...row, since: at, bridges: false, until: before.member.at(-1)!.until }], place: before.place } }
  }

  const narrowingHolds = (predicate: Predicate) => (changed: Changed) => {
    const worlds = appended(changed)
    if (!worlds || own(changed.row, changed.one, worlds.before) < own(worlds.before.member.at(-1)!, changed.one, worlds.before)) return true
    // No part is read without the existence of the version.
    if (own(changed.row, 'existence', worlds.before) < own(worlds.before.member.at(-1)!, 'existence', worlds.before)) return true
    return !predicate(worlds.after, changed.now, changed.one).read || predicate(worlds.before, changed.now, changed.one).read
  }
  test.prop([change], { numRuns: 8000 })('a narrowing change opens nothing, then or later', (changed) => {
    expect(narrowingHolds(asRead)(changed)).toBe(true)
  })

  const wideningHolds = (predicate: Predicate) => (changed: Changed) => {
    const worlds = appended(changed)
    if (!worlds || predicate(worlds.before, changed.now, changed.one).read) return true
    const opened = Math.max(own(changed.row, changed.one, worlds.before), own(changed.row, 'existence', worlds.before)) < changed.at.getTime()
    return !(opened && predicate(worlds.after, changed.now, changed.one).read)
  }
  test.prop([change], { numRuns: 8000 })('a change opens nothing whose window is open already', (changed) => {
    expect(wideningHolds(asRead)(changed)).toBe(true)
  })
  it('as the present standing alone would too', () => {
    expect(fc.check(fc.property(change, wideningHolds(asNaive)), { numRuns: 8000 }).failed).toBe(true)
  })

  /** The same version with an early end, and as if that end were the release that had been decided. */
  const early = (endedAt: Date): ReadableVersion => ({ ...version, endedAt })
  const asReleased = (endedAt: Date): ReadableVersion => {
    const earlier = (instant: Date) => (instant > endedAt ? endedAt : instant)
    const { validate, advance, entry } = windows
    return {
      ...version,
      release: { ...RELEASE, instant: earlier(PUBLISHED), windows: { validate: earlier(validate), advance: earlier(advance), entry: earlier(entry) } },
    }
  }
  const end = fc.constantFrom(...times, after(PUBLISHED, 24))
  const under = (whole: World, of: ReadableVersion, now: Date, one: Part) => mayRead(reader(whole), of, one, now).read

  // What holds of a version on a release holds of one that ended early: it is read by its own windows or as if the end were its release.
  test.prop([world, end, part, moment], { numRuns: 8000 })(
    'E35: an early end opens what a release at that instant would, besides what opens anyway',
    (whole, at, one, now) => {
      const known = knownAt(whole, now)
      if (!known) return
      expect(under(known, early(at), now, one)).toBe(under(known, version, now, one) || under(known, asReleased(at), now, one))
    },
  )
  test.prop([world, end, part, moment], { numRuns: 4000 })('E35: an early end takes nothing away, and opens nothing before it', (whole, at, one, now) => {
    const known = knownAt(whole, now)
    if (!known) return
    if (under(known, version, now, one)) expect(under(known, early(at), now, one)).toBe(true)
    if (now < at) expect(under(known, early(at), now, one)).toBe(under(known, version, now, one))
  })
  it('as one that merely moved the release would: who joins after it and before their window would lose it', () => {
    const kept = fc.property(world, end, part, moment, (whole, at, one, now) => {
      const known = knownAt(whole, now)
      return !known || !under(known, version, now, one) || under(known, asReleased(at), now, one)
    })
    expect(fc.check(kept, { numRuns: 8000 }).failed).toBe(true)
  })
  it('E35: gives it to whoever held a tier at the end whose window lay after it, and to nobody who was suspended then', () => {
    const endedAt = after(windows.entry, -12)
    const opens = (...member: MemberStanding[]) => {
      const instant = opensAt(reader({ member }), early(endedAt), 'bulletin', after(PUBLISHED, 48))
      return instant === undefined ? 'never' : iso(new Date(instant))
    }
    expect(opens(standing(LONG_BEFORE, { tier: 'entry' }))).toBe(iso(endedAt))
    expect(opens(standing(after(endedAt, -1), { tier: 'entry' }))).toBe(iso(endedAt))
    expect(opens(standing(endedAt, { tier: 'entry' }))).toBe(iso(endedAt))
    expect(opens(standing(after(endedAt, 1), { tier: 'entry' }))).toBe(iso(windows.entry))
    // Joined while its own window was open: that release is lost, early or not.
    expect(opens(standing(after(endedAt, -1)))).toBe('never')
    expect(
      opens(
        standing(LONG_BEFORE, { tier: 'entry' }),
        standing(after(endedAt, -1), { tier: 'entry', state: 'suspended' }),
        standing(after(endedAt, 1), { tier: 'entry' }),
      ),
    ).toBe(iso(windows.entry))
    expect(
      opens(
        standing(LONG_BEFORE, { tier: 'entry' }),
        standing(after(endedAt, 1), { tier: 'entry', state: 'suspended' }),
        standing(after(endedAt, 2), { tier: 'entry' }),
      ),
    ).toBe(iso(endedAt))
  })

  test.prop([change], { numRuns: 8000 })('a change that is nowhere narrower takes nothing away', (changed) => {
    const worlds = appended(changed)
    if (
      !worlds ||
      [changed.one, 'existence' as const].some((each) => own(changed.row, each, worlds.before) > own(worlds.before.member.at(-1)!, each, worlds.before))
    )
      return
    if (read(worlds.before, changed.now, changed.one).read) expect(read(worlds.after, changed.now, changed.one).read).toBe(true)
  })
})
