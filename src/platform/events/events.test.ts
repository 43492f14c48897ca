import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { pause } from '#platform/clock/clock.ts'
import { deliverTo } from '#platform/events/deliver.ts'
import { dispatchEvents } from '#platform/events/dispatch.ts'
import { consumer, defineEvent, emit, type Consumer } from '#platform/events/events.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'
import { openJobsApp, until, type JobsApp } from '#test/harness/jobs.ts'

const happened = defineEvent('test.happened', z.object({ n: z.number().int() }))
const act = system('test')
const alive = new AbortController().signal

let database: TestDatabase
let app: JobsApp
let workers: Worker[] = []
beforeAll(async () => {
  database = await freshDatabase()
  app = await openJobsApp(database.app)
})
beforeEach(async () => {
  await database.superuser.query('delete from event_delivery; delete from outbox_event; delete from jobs.job')
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  workers = []
})
afterAll(async () => {
  await app?.close()
  await database?.drop()
})

const emitAll = (...numbers: number[]) =>
  app.db.transaction(act, async (tx) => {
    for (const n of numbers) await emit(app, tx, happened, { n })
  })
const work = async (...consumers: Consumer[]) => void workers.push(await startWorker(app, { kinds: eventJobs(consumers) }))
const count = async (what: string) => (await database.superuser.query<{ n: number }>(`select count(*)::int as n from ${what}`)).rows[0]!.n
/** Hands on and delivers once, without a worker in between. */
const deliver = async (...consumers: Consumer[]) => {
  await dispatchEvents(app, consumers)
  for (const each of consumers) await deliverTo(app, each, alive)
}
function recorder(name: string, seen: number[]): Consumer {
  return consumer({ name, type: happened, handle: async (_, event) => void seen.push(event.data.n) })
}

describe('emitting', () => {
  it('leaves event and job when the transaction commits, one job however many events', async () => {
    await emitAll(1, 2, 3)
    expect(await count('outbox_event')).toBe(3)
    expect(await count(`jobs.job where name = 'events.dispatch'`)).toBe(1)
  })

  it('leaves nothing when the transaction is rolled back', async () => {
    const refused = app.db.transaction(act, async (tx) => {
      await emit(app, tx, happened, { n: 1 })
      throw new Error('no')
    })
    await expect(refused).rejects.toThrow('no')
    expect([await count('outbox_event'), await count('jobs.job')]).toEqual([0, 0])
  })

  it('refuses data that does not fit the schema, and keeps only what the schema names', async () => {
    await expect(app.db.transaction(act, (tx) => emit(app, tx, happened, { n: 1.5 }))).rejects.toThrow(z.ZodError)
    const more = { n: 1, secret: 'x' }
    await app.db.transaction(act, (tx) => emit(app, tx, happened, more))
    expect((await database.superuser.query('select data from outbox_event')).rows).toEqual([{ data: { n: 1 } }])
  })

  it('names the operator of the actor, and lets no one but the program read it back', async () => {
    const credential = { kind: 'session', id: randomUUID() as never, method: 'passkey' } as const
    const operator: OperatorActor = { kind: 'operator', person: randomUUID() as PersonId, operator: randomUUID() as OperatorId, roles: [], credential }
    await app.db.transaction(operator, (tx) => emit(app, tx, happened, { n: 1 }))
    expect((await database.superuser.query('select operator_id from outbox_event')).rows).toEqual([{ operator_id: operator.operator }])
    const read = (actor: OperatorActor | typeof act) => app.db.read(actor, (tx) => tx.db.selectFrom('outbox_event').selectAll().execute())
    expect(await read(operator)).toEqual([])
    expect(await read(act)).toHaveLength(1)
  })

  it('does not make one transaction wait for another that emits too', async () => {
    await app.db.transaction(act, async (tx) => {
      await emit(app, tx, happened, { n: 1 })
      await emitAll(2)
    })
    expect(await count('outbox_event')).toBe(2)
  })

  it('refuses a second kind of the same name', () => {
    expect(() => defineEvent('test.happened', z.object({}))).toThrow('test.happened')
  })
})

describe('delivering', () => {
  it('gives every consumer every event of its type in order, through a worker', async () => {
    const [first, second]: [number[], number[]] = [[], []]
    await work(recorder('test.first', first), recorder('test.second', second))
    await emitAll(1, 2, 3)
    await emitAll(4)
    await until(() => first.length === 4 && second.length === 4)
    expect([first, second]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ])
    await until(async () => (await count('event_delivery')) === 0)
    expect(await count('outbox_event where dispatched_at is null')).toBe(0)
  })

  it('keeps the order with two workers', async () => {
    const seen: number[] = []
    const slow = consumer({
      name: 'test.slow',
      type: happened,
      handle: async (_, event) => {
        await pause(5)
        seen.push(event.data.n)
      },
    })
    await Promise.all([work(slow), work(slow)])
    for (let n = 0; n < 40; n++) await emitAll(n)
    await until(() => seen.length >= 40)
    await pause(500)
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  it('loses no event of a transaction that commits late, though a later position was delivered before', async () => {
    const seen: number[] = []
    const each = recorder('test.late', seen)
    const late = new pg.Client(database.owner)
    await late.connect()
    try {
      await late.query('begin')
      await late.query(`select set_config('vedette.system', 'on', true)`)
      await late.query(`insert into outbox_event (id, type, data, happened_at) values ($1, 'test.happened', '{"n":1}', now())`, [randomUUID()])
      await emitAll(2)
      await deliver(each)
      expect(seen).toEqual([2])
      await late.query('commit')
    } finally {
      await late.end()
    }
    const { rows } = await database.superuser.query<{ n: number }>(`select (data->>'n')::int as n from outbox_event order by position`)
    expect(rows).toEqual([{ n: 1 }, { n: 2 }])
    await deliver(each)
    expect(seen).toEqual([2, 1])
  })

  it('delivers again what was handled when that could not be noted', async () => {
    const seen: number[] = []
    const each = recorder('test.unnoted', seen)
    await emitAll(7)
    await dispatchEvents(app, [each])
    await database.superuser.query('revoke delete on event_delivery from vedette_app')
    await expect(deliverTo(app, each, alive)).rejects.toThrow(/permission denied/)
    await database.superuser.query('grant delete on event_delivery to vedette_app')
    await deliverTo(app, each, alive)
    expect(seen).toEqual([7, 7])
    expect(await count('event_delivery')).toBe(0)
  })

  it('goes on for the others while one consumer fails, and for that one once the event is parked', async () => {
    const [good, bad]: [number[], number[]] = [[], []]
    const failing = consumer({
      name: 'test.failing',
      type: happened,
      attempts: 2,
      handle: async (_, event) => {
        bad.push(event.data.n)
        if (event.data.n === 1) throw new Error('cannot')
      },
    })
    await work(recorder('test.good', good), failing)
    await emitAll(1, 2)
    await until(() => bad.includes(2))
    expect(good).toEqual([1, 2])
    expect(bad).toEqual([1, 1, 2])
    const left = async () => (await database.superuser.query('select consumer, attempts, parked_at is not null as parked from event_delivery')).rows
    // That the second was taken is noted after its consumer is done.
    await expect.poll(left, { timeout: 10_000 }).toEqual([{ consumer: 'test.failing', attempts: 2, parked: true }])
  })

  it('holds later events back while an earlier one is tried again', async () => {
    const seen: number[] = []
    let fail = true
    const each = consumer({
      name: 'test.holds',
      type: happened,
      handle: async (_, event) => {
        if (event.data.n === 1 && fail) throw new Error('not yet')
        seen.push(event.data.n)
      },
    })
    await emitAll(1, 2)
    await deliver(each)
    expect(seen).toEqual([])
    fail = false
    await pause(1_100)
    await deliverTo(app, each, alive)
    expect(seen).toEqual([1, 2])
  })

  it('parks at once what does not fit the schema', async () => {
    const seen: number[] = []
    const each = recorder('test.schema', seen)
    await emitAll(1, 2)
    await database.superuser.query(`update outbox_event set data = '{"n":"x"}' where data->>'n' = '1'`)
    await deliver(each)
    expect(seen).toEqual([2])
    expect(await count('event_delivery where parked_at is not null')).toBe(1)
  })

  it('keeps the event for later when the worker stops in the middle of it, without counting an attempt', async () => {
    const stopping = new AbortController()
    const each = consumer({
      name: 'test.stops',
      type: happened,
      handle: async (_, __, signal) => {
        stopping.abort(new Error('the worker stops'))
        signal.throwIfAborted()
      },
    })
    await emitAll(1)
    await dispatchEvents(app, [each])
    await expect(deliverTo(app, each, stopping.signal)).rejects.toThrow('stops')
    expect((await database.superuser.query('select attempts from event_delivery')).rows).toEqual([{ attempts: 0 }])
  })

  it('finds what a crash left between noting and waking', async () => {
    const seen: number[] = []
    const each = recorder('test.swept', seen)
    await emitAll(1, 2)
    await dispatchEvents(app, [each])
    await database.superuser.query('delete from jobs.job')
    await emitAll(3)
    await database.superuser.query('delete from jobs.job')
    const sweep = eventJobs([each]).find((kind) => kind.name === 'events.sweep')!
    await sweep.run(app, {} as never, alive)
    workers.push(await startWorker(app, { kinds: eventJobs([each]).filter((kind) => kind.name.startsWith('events.deliver')) }))
    await until(() => seen.length === 3)
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('forgetting', () => {
  it('removes what everyone took thirty days ago, and nothing that someone has still to take', async () => {
    const { jobs } = await import('#platform/events/jobs.ts')
    const forget = jobs.find((kind) => kind.name === 'events.forget')!
    const seen: number[] = []
    const each = recorder('test.forget', seen)
    await emitAll(1)
    await deliver(each)
    await emitAll(2, 3)
    await dispatchEvents(app, [each])
    await database.superuser.query(`update outbox_event set dispatched_at = now() - interval '31 days' where data->>'n' in ('1', '2')`)
    await database.superuser.query(`delete from event_delivery using outbox_event e where e.position = event_delivery.position and data->>'n' = '3'`)
    await forget.run(app, {} as never, alive)
    const left = await database.superuser.query(`select (data->>'n')::int as n from outbox_event order by position`)
    // 2 waits for a consumer that no longer exists: its delivery and then the event go with it.
    expect(left.rows).toEqual([{ n: 3 }])
  })
})
