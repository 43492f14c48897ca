import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { confirmInstant } from '#platform/clock/confirm-instant.ts'
import { confirmOnHost } from '#platform/clock/confirm-on-host.ts'
import { noticeDisagreement } from '#platform/clock/notice-disagreement.ts'
import { proposeInstant } from '#platform/clock/propose-instant.ts'
import { startClock, type RunningClock } from '#platform/clock/trusted-clock.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TestMachine } from '#test/harness/machine.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

const DAY = 86_400_000
let test: TestApp
let operator: SeededOperator
let other: SeededOperator
let first: OperatorActor
let second: OperatorActor
let machine: TestMachine
let running: RunningClock

beforeAll(async () => {
  test = await testApp()
  ;[operator, other] = await seedPeople(test.app)
  first = operator.people.publisher.actor
  second = { ...operator.people.reviewer.actor, roles: ['publisher'] }
})
afterAll(() => test.close())

/** A machine that has just booted, five days after the last agreed reading. */
beforeEach(async () => {
  await query('delete from clock_anchor')
  await query('delete from clock_confirmation')
  await query(`insert into clock_mark (high_water) values (now()) on conflict (only_row) do update set high_water = now() - interval '5 days'`)
  await query(`update clock_mark set high_water = now() - interval '5 days'`)
  machine = new TestMachine(`boot-${Math.random()}`, 10_000)
  running = await startClock({ db: test.app.db, log: test.app.log, machine, everyMs: 30_000 })
  expect(running.clock.disagreement()).toMatch(/5 days/)
})
afterEach(() => running.stop())

const query = async (text: string) => (await test.database.superuser.query(text)).rows
const actions = async () => (await query('select action from audit_leaf order by index')).map((row: { action: string }) => row.action)
const isNow = (date: Date) => expect(Math.abs(date.getTime() - Date.now())).toBeLessThan(3000)
const now = () => new Date()

describe('after a leap that nothing explains', () => {
  it('goes on once two publishers have stated the time', async () => {
    const id = await proposeInstant(test.app, first, now(), machine)
    await running.sample()
    expect(running.clock.disagreement()).toBeDefined()
    await confirmInstant(test.app, second, id, now(), machine)
    await running.sample()
    expect(running.clock.disagreement()).toBeUndefined()
    isNow(running.clock.now())
    expect((await actions()).slice(-2)).toEqual(['clock.instant-proposed', 'clock.instant-confirmed'])
  })

  it('lets another machine adopt the confirmation with its next sample', async () => {
    const elsewhere = await startClock({ db: test.app.db, log: test.app.log, machine: new TestMachine('elsewhere'), everyMs: 30_000 })
    const id = await proposeInstant(test.app, first, now(), machine)
    await confirmInstant(test.app, second, id, now(), machine)
    await elsewhere.sample()
    expect(elsewhere.clock.disagreement()).toBeUndefined()
    isNow(elsewhere.clock.now())
    await elsewhere.stop()
  })

  it('still knows the confirmed line after a restart of the process', async () => {
    await confirmOnHost(test.app, { by: 'host', instant: now(), machine })
    await running.stop()
    running = await startClock({ db: test.app.db, log: test.app.log, machine, everyMs: 30_000 })
    expect(running.clock.disagreement()).toBeUndefined()
  })
})

describe('the confirmation', () => {
  it('needs a second person', async () => {
    const id = await proposeInstant(test.app, first, now(), machine)
    await expect(confirmInstant(test.app, first, id, now(), machine)).rejects.toMatchObject({ code: 'SECOND_PERSON_NEEDED' })
  })

  it('is done once', async () => {
    const id = await proposeInstant(test.app, first, now(), machine)
    await confirmInstant(test.app, second, id, now(), machine)
    await expect(confirmInstant(test.app, second, id, now(), machine)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('is made once when two people confirm at the same moment', async () => {
    const third: OperatorActor = { ...operator.people.author.actor, roles: ['publisher'] }
    const id = await proposeInstant(test.app, first, now(), machine)
    const both = await Promise.allSettled([second, third].map((actor) => confirmInstant(test.app, actor, id, now(), machine)))
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('does not exist for another operator', async () => {
    const id = await proposeInstant(test.app, first, now(), machine)
    await expect(confirmInstant(test.app, other.people.publisher.actor, id, now(), machine)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it.each([61_000, -61_000, DAY])('refuses a time %i ms from the clocks, in either statement', async (offMs) => {
    const off = () => new Date(Date.now() + offMs)
    await expect(proposeInstant(test.app, first, off(), machine)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/instant' }] })
    const id = await proposeInstant(test.app, first, now(), machine)
    await expect(confirmInstant(test.app, second, id, off(), machine)).rejects.toMatchObject({ code: expect.stringMatching(/VALIDATION_FAILED|CONFLICT/) })
    await running.sample()
    expect(running.clock.disagreement()).toBeDefined()
  })

  it('is refused while wall clock and database disagree, even to people who agree with one of them', async () => {
    machine.wallOffsetMs = 5 * DAY
    for (const instant of [now(), new Date(machine.wallMs())]) {
      await expect(proposeInstant(test.app, first, instant, machine)).rejects.toMatchObject({ code: 'CONFLICT' })
    }
  })

  it('lapses when the second statement comes over 15 minutes after the first', async () => {
    const id = await proposeInstant(test.app, first, now(), machine)
    await query(`update clock_confirmation set instant = instant - interval '16 minutes'`)
    await expect(confirmInstant(test.app, second, id, now(), machine)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('leaves nothing behind when the log cannot be written', async () => {
    const id = await proposeInstant(test.app, first, now(), machine)
    const silent = {
      ...test.app,
      audit: {
        ...test.app.audit,
        record: (tx: { beforeCommit(work: () => Promise<void>): void }) => tx.beforeCommit(() => Promise.reject(new Error('no log'))),
      },
    }
    await expect(confirmInstant(silent, second, id, now(), machine)).rejects.toThrow('no log')
    await running.sample()
    expect(running.clock.disagreement()).toBeDefined()
  })
})

describe('on the machine itself', () => {
  it('one word is enough, and the log says whose', async () => {
    await confirmOnHost(test.app, { by: 'demonstration', machine })
    await running.sample()
    isNow(running.clock.now())
    expect((await actions()).at(-1)).toBe('clock.confirmed-on-host')
  })

  it('sets back a mark that lies ahead only when asked to, and a new process then starts from the stated time', async () => {
    await query(`update clock_mark set high_water = now() + interval '1 year'`)
    expect(await confirmOnHost(test.app, { by: 'host', machine })).toBeUndefined()
    await running.sample()
    expect(running.clock.disagreement()).toMatch(/ahead/)
    expect(await confirmOnHost(test.app, { by: 'host', lowerMark: true, machine })).toBeInstanceOf(Date)
    await running.sample()
    expect(running.clock.disagreement()).toBeUndefined()
    isNow(running.clock.now())
  })
})

describe('a disagreement', () => {
  const notices = () =>
    query(`select n.person_id from notice n join role_grant r using (person_id) where kind = 'clock.disagreement' and role = 'operator:publisher'`)

  it('is told to every publisher once, and again when there is another one', async () => {
    await query('delete from notice')
    await Promise.all([noticeDisagreement(test.app), noticeDisagreement(test.app)])
    await noticeDisagreement(test.app)
    expect((await notices()).length).toBe(2)
    expect(await query(`select from notice where kind = 'clock.disagreement'`)).toHaveLength(2)
    await confirmOnHost(test.app, { by: 'host', machine })
    await running.sample()
    await noticeDisagreement(test.app)
    expect((await notices()).length).toBe(2)
    machine.wallOffsetMs = DAY
    await running.sample()
    await noticeDisagreement(test.app)
    expect((await notices()).length).toBe(4)
  })
})
