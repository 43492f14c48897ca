import { fc, test } from '@fast-check/vitest'
import { afterAll, describe, expect, it } from 'vitest'
import { advance, AGREEMENT_MS, judge, standsStill, type Memory } from '#platform/clock/judge.ts'
import { ClockWorld, HONEST_MS } from '#test/harness/clock-world.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const SCHEDULES = { numRuns: 1500, seed: 20_261_122 }

/** Starts before changes to and from summer time, before 29 February, before a year's end, and anywhere. */
const startsMs = fc.oneof(
  fc
    .constantFrom('2027-03-28T00:59:30Z', '2027-10-31T00:59:30Z', '2027-03-14T09:59:30Z', '2028-02-28T23:59:30Z', '2026-12-31T23:59:30Z')
    .map((text) => Date.parse(text)),
  fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2036-01-01T00:00:00Z') }),
)
/** Embargoes up to 60 days: beyond the 24.8 days that a timer can count. */
const embargoMs = fc.oneof(fc.integer({ min: SECOND, max: 10 * MINUTE }), fc.integer({ min: HOUR, max: 5 * DAY }), fc.integer({ min: 25 * DAY, max: 60 * DAY }))
const honestMs = fc.integer({ min: -HONEST_MS, max: HONEST_MS })
const leapMs = fc
  .tuple(fc.constantFrom(59 * SECOND, 61 * SECOND, 5 * MINUTE, HOUR, 5 * DAY, 30 * DAY, YEAR, 10 * YEAR), fc.constantFrom(1, 1, -1))
  .map(([size, sign]) => size * sign)
const waitMs = fc.oneof(fc.integer({ min: 0, max: 10 * SECOND }), fc.integer({ min: 10 * SECOND, max: 10 * MINUTE }), fc.integer({ min: HOUR, max: 30 * DAY }))
const which = fc.nat(5)

const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: waitMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('jump-wall' as const), machine: which, ms: leapMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('jump-database' as const), ms: leapMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('jump-all' as const), ms: leapMs }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('creep' as const),
      ms: fc.integer({ min: -59 * SECOND, max: 59 * SECOND }),
      times: fc.integer({ min: 2, max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('set-right' as const), ms: honestMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), machine: which, jumpMs: fc.option(leapMs), ms: waitMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reboot' as const), machine: which, jumpMs: fc.option(leapMs), ms: waitMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage' as const), ms: waitMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), ms: fc.oneof(honestMs, leapMs) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('confirm' as const), machine: which, typedMs: fc.nat(40 * SECOND) }) },
)
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

interface Tally {
  early: number
  naive: number
  bothClocks: number
}
const tally: Tally = { early: 0, naive: 0, bothClocks: 0 }

/** Plays a schedule and looks at every process all the time. */
class Schedule {
  readonly world: ClockWorld
  readonly opensMs: number
  readonly opened = { vedette: false, wall: false, both: false }
  #seen = new WeakMap<object, number>()
  #markMs = -Infinity

  constructor(startMs: number, embargo: number, honest: number) {
    this.world = new ClockWorld(startMs)
    this.world.databaseOffsetMs = honest
    this.opensMs = startMs + embargo
    this.world.start(this.world.addMachine(-honest))
    this.world.start(0)
    this.look()
  }

  look(): void {
    const { world } = this
    for (const process of world.processes) {
      const { trustedMs, wallMs, bothMs } = world.look(process)
      const beforeMs = this.#seen.get(process) ?? -Infinity
      expect(trustedMs).toBeGreaterThanOrEqual(beforeMs)
      const strays = wallMs > world.nowMs + AGREEMENT_MS + HONEST_MS || world.nowMs - process.sampledAtMs > AGREEMENT_MS
      if (strays && beforeMs > -Infinity) expect(trustedMs).toBe(beforeMs)
      this.#seen.set(process, trustedMs)
      expect(trustedMs).toBeLessThanOrEqual(world.nowMs + HONEST_MS)
      if (world.nowMs < this.opensMs - HONEST_MS) {
        this.opened.vedette ||= trustedMs >= this.opensMs
        this.opened.wall ||= wallMs >= this.opensMs
        this.opened.both ||= bothMs >= this.opensMs
      }
    }
    const markMs = world.markMs ?? -Infinity
    expect(markMs).toBeGreaterThanOrEqual(this.#markMs)
    this.#markMs = markMs
  }

  /** True time passes: looked at first with the readings of before, then with fresh ones. */
  wait(ms: number): void {
    this.world.nowMs += ms
    this.look()
    for (const process of this.world.processes) this.world.sample(process)
    this.look()
  }

  start(machine: number): void {
    const started = this.world.start(machine)
    if (started) expect(started.heldMs).toBeGreaterThanOrEqual(this.#markMs)
    this.look()
  }

  play(step: Event): void {
    const { world } = this
    const machineOf = (n: number) => n % world.machines.length
    const jump = (machine: number, ms: number) => (world.machines[machine]!.wallOffsetMs += ms)
    switch (step.kind) {
      case 'wait':
        return this.wait(step.ms)
      case 'jump-wall':
        jump(machineOf(step.machine), step.ms)
        return this.look()
      case 'jump-database':
        world.databaseOffsetMs += step.ms
        return this.look()
      case 'jump-all':
        this.#jumpAll(step.ms)
        return this.look()
      case 'creep':
        for (let i = 0; i < step.times; i++) {
          this.#jumpAll(step.ms)
          this.look()
          this.wait(5 * SECOND)
        }
        return
      case 'set-right':
        this.setRight(step.ms)
        return this.look()
      case 'restart': {
        const machine = machineOf(step.machine)
        world.processes = world.processes.filter((each) => each.machine !== machine)
        if (step.jumpMs !== null) this.#jumpAll(step.jumpMs)
        this.wait(step.ms)
        return this.start(machine)
      }
      case 'reboot': {
        const machine = machineOf(step.machine)
        world.reboot(machine)
        if (step.jumpMs !== null) this.#jumpAll(step.jumpMs)
        this.wait(step.ms)
        return this.start(machine)
      }
      case 'outage':
        world.databaseUp = false
        this.wait(Math.min(step.ms, 50 * SECOND))
        this.wait(step.ms)
        world.databaseUp = true
        return this.wait(0)
      case 'join':
        return this.start(world.addMachine(step.ms))
      case 'confirm':
        world.confirm(machineOf(step.machine), world.nowMs - step.typedMs)
        return this.wait(SECOND)
    }
  }

  setRight(honest: number): void {
    for (const machine of this.world.machines) machine.wallOffsetMs = honest
    this.world.databaseOffsetMs = -honest
  }

  #jumpAll(ms: number): void {
    for (const machine of this.world.machines) machine.wallOffsetMs += ms
    this.world.databaseOffsetMs += ms
  }

  expectOnTime(): void {
    for (const process of this.world.processes) {
      expect(this.world.disagreement(process)).toBeUndefined()
      expect(this.world.nowMs - this.world.look(process).trustedMs).toBeLessThanOrEqual(AGREEMENT_MS + HONEST_MS)
    }
  }
}

describe('under schedules of straying clocks', () => {
  test.prop([startsMs, embargoMs, honestMs, fc.array(event, { minLength: 5, maxLength: 40 })], SCHEDULES)(
    'never opens early, never goes back, and opens within a minute once clocks are right and people have confirmed',
    (startMs, embargo, honest, events) => {
      const schedule = new Schedule(startMs, embargo, honest)
      for (const step of events) schedule.play(step)
      tally.early += Number(schedule.opened.vedette)
      tally.naive += Number(schedule.opened.wall)
      tally.bothClocks += Number(schedule.opened.both)
      schedule.setRight(honest)
      expect(schedule.world.confirm(0, schedule.world.nowMs)).toBe(true)
      schedule.wait(5 * SECOND)
      schedule.expectOnTime()
      schedule.world.nowMs = Math.max(schedule.world.nowMs, schedule.opensMs)
      schedule.wait(AGREEMENT_MS + HONEST_MS)
      for (const process of schedule.world.processes) expect(schedule.world.look(process).trustedMs).toBeGreaterThanOrEqual(schedule.opensMs)
    },
  )

  // The control: the same schedules open early in hundreds of cases when only the wall clock is asked, or only both clocks.
  afterAll(() => {
    expect(tally.early).toBe(0)
    expect(tally.naive).toBeGreaterThan(SCHEDULES.numRuns / 10)
    expect(tally.bothClocks).toBeGreaterThan(SCHEDULES.numRuns / 10)
  })
})

const honestEvent = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: waitMs }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set-right' as const), ms: honestMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), machine: which, jumpMs: fc.constant(null), ms: waitMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage' as const), ms: waitMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), ms: honestMs }) },
)

describe('with honest clocks', () => {
  test.prop([startsMs, embargoMs, honestMs, fc.array(honestEvent, { minLength: 5, maxLength: 40 })], { ...SCHEDULES, numRuns: 1000 })(
    'is never over a minute late and asks nobody, over restarts, outages and new machines',
    (startMs, embargo, honest, events) => {
      const schedule = new Schedule(startMs, embargo, honest)
      for (const step of events) {
        schedule.play(step)
        schedule.wait(5 * SECOND)
        schedule.expectOnTime()
      }
    },
  )
})

describe('one sample', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  const nothing: Memory = { markMs: undefined, zeroMs: undefined, trustedMs: undefined, confirmationId: undefined, confirmation: undefined }
  const readings = { wallMs: now, databaseMs: now, uptimeMs: HOUR }
  const anchored: Memory = { ...nothing, markMs: now - 5 * SECOND, zeroMs: now - HOUR, trustedMs: now - 5 * SECOND }

  it('takes the earlier of two clocks that agree on the very first start', () => {
    expect(judge({ ...readings, databaseMs: now - 20 * SECOND }, nothing, undefined)).toMatchObject({ trustedMs: now - 20 * SECOND, disagreement: undefined })
  })

  it('refuses to begin with two clocks that do not', () => {
    expect(judge({ ...readings, databaseMs: now + 61 * SECOND }, nothing, undefined)).toMatchObject({ disagreement: 'WALL_AND_DATABASE', zeroMs: undefined })
  })

  it.each([
    [60 * SECOND, undefined],
    [60 * SECOND + 1, 'WALL_AND_DATABASE'],
    [-60 * SECOND, undefined],
    [-60 * SECOND - 1, 'WALL_AND_DATABASE'],
  ])('with the database %i ms off finds %s', (offMs, found) => {
    expect(judge({ ...readings, databaseMs: now + offMs }, anchored, now - 5 * SECOND).disagreement).toBe(found)
  })

  it('never moves a line by itself, whatever the clocks show', () => {
    for (const offMs of [59 * SECOND, -59 * SECOND, DAY]) {
      const off = { ...readings, wallMs: now + offMs, databaseMs: now + offMs }
      expect(judge(off, anchored, now).zeroMs).toBe(anchored.zeroMs)
    }
  })

  it('holds a boot whose clocks lie behind the mark for people to confirm, and stays at the mark', () => {
    expect(judge({ ...readings, uptimeMs: 10 * SECOND }, { ...nothing, markMs: now + HOUR }, undefined)).toMatchObject({
      disagreement: 'LEAP',
      trustedMs: now + HOUR,
    })
  })

  it('does not follow a mark that lies ahead of clocks that agree', () => {
    expect(judge(readings, { ...anchored, markMs: now + YEAR }, now)).toMatchObject({ disagreement: 'MARK_AHEAD', trustedMs: now })
  })

  it('tells that it stands still when it got ahead of clocks that people confirmed since', () => {
    expect(judge(readings, anchored, now + DAY)).toMatchObject({ disagreement: 'MARK_AHEAD', trustedMs: now + DAY })
  })

  it('adopts a fresh confirmation that its clocks agree with, and no old or refuted one', () => {
    const lost: Memory = { ...nothing, markMs: now - DAY }
    const at = (ageMs: number, instantMs: number) => judge(readings, { ...lost, confirmation: { id: 'c', instantMs, databaseMs: now - ageMs } }, now - DAY)
    expect(at(5 * SECOND, now - 5 * SECOND)).toMatchObject({ disagreement: undefined, lineMs: now - 5 * SECOND, confirmationId: 'c' })
    expect(at(31 * SECOND, now - 31 * SECOND)).toMatchObject({ disagreement: 'LEAP' })
    expect(at(5 * SECOND, now - HOUR)).toMatchObject({ disagreement: 'LEAP' })
  })
})

describe('between samples', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  const last = judge(
    { wallMs: now, databaseMs: now - 30 * SECOND, uptimeMs: HOUR },
    { markMs: now - MINUTE, zeroMs: now - HOUR, trustedMs: now - MINUTE, confirmationId: undefined, confirmation: undefined },
    undefined,
  )

  it('advances with the earliest of the clocks', () => {
    expect(advance(last, last.trustedMs, now + 2 * SECOND, 2 * SECOND)).toBe(now - 28 * SECOND)
    expect(advance(last, last.trustedMs, now - 29 * SECOND, 2 * SECOND)).toBe(now - 29 * SECOND)
  })

  it.each([
    [40 * SECOND, 'WALL_AND_DATABASE'],
    [-70 * SECOND, 'WALL_AND_LINE'],
    [20 * SECOND, undefined],
  ])('with the wall clock %i ms off finds %s', (offMs, found) => {
    expect(standsStill(last, now + SECOND + offMs, SECOND)).toBe(found)
    if (found) expect(advance(last, last.trustedMs, now + SECOND + offMs, SECOND)).toBe(last.trustedMs)
  })
})
