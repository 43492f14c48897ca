import { describe, expect, it } from 'vitest'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { AGREEMENT_MS } from '#platform/clock/judge.ts'
import { mayRead, NO_CEILING, type ContactReader, type ReadableVersion } from '#program/embargo/may-read.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PRESETS } from '#program/releases/programme.ts'
import { releaseIn } from '#program/releases/release.ts'
import { ClockWorld } from '#test/harness/clock-world.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const organisation = 'organisation-1' as OrganisationId
const operator = 'operator-1' as OperatorId
const id = 'package-1' as PackageId
const long = new Date('2020-01-01T00:00:00Z')
const release = releaseIn({ year: 2026, month: 12 }, PRESETS.federal)!
const OPENS = release.windows.advance.getTime()

const reader: ContactReader = {
  kind: 'contact',
  contact: { organisation, active: true, needToKnow: new Set([id]), proofOfConcept: true, holds: new Set(), keyUntil: new Date('2040-01-01T00:00:00Z') },
  membership: { organisation, operator, tier: 'advance', state: 'active', since: long, until: null, reachable: true },
  agreement: [{ version: 1, sha256: 'a', acceptBy: long, countersignedAt: long }],
  jurisdiction: { entity: NO_CEILING, contact: NO_CEILING },
  history: { member: [{ since: long, tier: 'advance', state: 'active', until: null, ceiling: NO_CEILING, bridges: false }], place: [] },
}
const version: ReadableVersion = {
  package: id,
  version: 1,
  operator,
  state: 'scheduled',
  contentHash: 'a',
  approvedHash: 'a',
  release,
  scheduledAt: new Date(OPENS - 30 * DAY),
  endedAt: undefined,
  validateParts: [],
}
const reads = (ms: number) => mayRead(reader, version, 'bulletin', new Date(ms)).read

/** The trusted clock of a process that has run for a while before an instant; `to` lets true time pass with samples every five seconds. */
function running(startMs: number) {
  const world = new ClockWorld(startMs)
  const process = world.start(world.addMachine(0))!
  return {
    world,
    to(ms: number) {
      for (; world.nowMs < ms; world.nowMs = Math.min(ms, world.nowMs + 5000)) world.sample(process)
      world.sample(process)
    },
    reads: () => reads(world.look(process).trustedMs),
    naive: () => reads(world.look(process).wallMs),
    stands: () => world.disagreement(process),
  }
}

describe('the embargo under clocks that stray', () => {
  it('E11: stays open when the clocks step back over the opening', () => {
    const clock = running(OPENS - 5 * MINUTE)
    expect(clock.reads()).toBe(false)
    clock.to(OPENS + MINUTE)
    expect([clock.reads(), clock.naive()]).toEqual([true, true])
    clock.world.machines[0]!.wallOffsetMs = -DAY
    clock.world.databaseOffsetMs = -DAY
    clock.to(OPENS + 2 * MINUTE)
    expect([clock.reads(), clock.naive()]).toEqual([true, false])
    expect(clock.stands()).toBeDefined()
  })

  it.each([AGREEMENT_MS + 1000, DAY, 30 * DAY])('E11: opens nothing early when every clock jumps %i ms ahead, and says so', (leap) => {
    const clock = running(OPENS - leap + 1000)
    clock.to(OPENS - leap + MINUTE / 2)
    clock.world.machines[0]!.wallOffsetMs = leap
    clock.world.databaseOffsetMs = leap
    clock.to(OPENS - leap + MINUTE)
    expect([clock.reads(), clock.naive()]).toEqual([false, true])
    expect(clock.stands()).toBeDefined()
    // Set right again, it opens when it should.
    clock.world.machines[0]!.wallOffsetMs = 0
    clock.world.databaseOffsetMs = 0
    clock.to(OPENS - 1)
    expect(clock.reads()).toBe(false)
    clock.to(OPENS + 2000)
    expect([clock.reads(), clock.stands()]).toEqual([true, undefined])
  })
})
