import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Machine } from '#platform/clock/machine.ts'
import { startClock, type RunningClock } from '#platform/clock/trusted-clock.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { createLog } from '#platform/log.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'
import { TestMachine } from '#test/harness/machine.ts'

const DAY = 86_400_000
const log = createLog('test', 'silent')

let database: TestDatabase
let db: Database
const running: RunningClock[] = []

beforeEach(async () => {
  database = await freshDatabase()
  db = openDatabase(database.app, () => undefined)
})
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop()
  await db.close()
  await database.drop()
})

async function start(machine: Machine): Promise<RunningClock> {
  const started = await startClock({ db, log, machine, everyMs: 30_000 })
  running.push(started)
  return started
}

const markOf = async () => (await database.superuser.query<{ high_water: Date }>('select high_water from clock_mark')).rows[0]?.high_water
const isNow = (date: Date) => expect(Math.abs(date.getTime() - Date.now())).toBeLessThan(2000)

describe('while the clocks agree', () => {
  it('gives the time of day and stores how far it got', async () => {
    const { clock, sample } = await start(new TestMachine())
    isNow(clock.now())
    expect(clock.disagreement()).toBeUndefined()
    await sample()
    isNow((await markOf())!)
  })

  it('takes over a higher mark of another machine that its clocks agree with', async () => {
    const ahead = await start(new TestMachine('boot-1'))
    const behind = new TestMachine('boot-2')
    behind.wallOffsetMs = -30_000
    const { clock } = await start(behind)
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(ahead.clock.now().getTime() - 2000)
    expect(clock.disagreement()).toBeUndefined()
  })
})

describe('when the wall clock jumps', () => {
  it('stands still at once, before any sample, and advances again when the clock comes back', async () => {
    const machine = new TestMachine()
    const { clock } = await start(machine)
    const before = clock.now()
    machine.wallOffsetMs = 5 * DAY
    expect(clock.now()).toEqual(before)
    expect(clock.disagreement()).toMatch(/UTC/)
    machine.wallOffsetMs = 0
    isNow(clock.now())
    expect(clock.disagreement()).toBeUndefined()
  })

  it('stands still however long the jump lasts, and the mark with it', async () => {
    const machine = new TestMachine()
    const { clock, sample } = await start(machine)
    const before = await markOf()
    machine.wallOffsetMs = 5 * DAY
    for (let i = 0; i < 3; i++) await sample()
    isNow(clock.now())
    expect(await markOf()).toEqual(before)
  })

  it('closes nothing when the clock goes back ten years', async () => {
    const machine = new TestMachine()
    const { clock, sample } = await start(machine)
    const before = clock.now()
    machine.wallOffsetMs = -3652 * DAY
    await sample()
    expect(clock.now()).toEqual(before)
  })
})

describe('across a restart', () => {
  it('continues the line of the same boot, so that a jump in between is found', async () => {
    const machine = new TestMachine()
    await (await start(machine)).stop()
    machine.wallOffsetMs = 5 * DAY
    const { clock } = await start(machine)
    isNow(clock.now())
    expect(clock.disagreement()).toMatch(/5 days apart/)
  })

  it('does not begin at a mark that the line of the boot contradicts', async () => {
    const machine = new TestMachine()
    await (await start(machine)).stop()
    await database.superuser.query(`update clock_mark set high_water = high_water + interval '1 year'`)
    const { clock } = await start(machine)
    isNow(clock.now())
    expect(clock.disagreement()).toMatch(/ahead/)
  })

  it('holds a leap over a reboot for people to confirm', async () => {
    await (await start(new TestMachine('boot-1'))).stop()
    await database.superuser.query(`update clock_mark set high_water = high_water - interval '5 days'`)
    const { clock } = await start(new TestMachine('boot-2', 10_000))
    expect(clock.now()).toEqual(await markOf())
    expect(clock.disagreement()).toMatch(/5 days/)
  })

  it('lets a reboot pass that took less than a minute', async () => {
    await (await start(new TestMachine('boot-1'))).stop()
    const { clock } = await start(new TestMachine('boot-2', 10_000))
    expect(clock.disagreement()).toBeUndefined()
  })
})

describe('when the database', () => {
  it('is silent for over a minute, the trusted instant stands still', async () => {
    const machine = new TestMachine()
    const { clock } = await start(machine)
    const before = clock.now().getTime()
    machine.passedMs = 61_000
    expect(clock.now().getTime()).toBeLessThan(before + 1000)
    expect(clock.disagreement()).toMatch(/could not be read/)
  })

  it('cannot be reached at the start, the start fails', async () => {
    await db.close()
    db = openDatabase({ host: '/nonexistent', user: 'nobody' }, () => undefined)
    await expect(start(new TestMachine())).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  })
})
