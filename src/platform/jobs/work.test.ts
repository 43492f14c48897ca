import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import type { AnyJobKind, JobKind, SendOptions } from '#platform/jobs/jobs.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'
import { openJobsApp, until, type JobsApp } from '#test/harness/jobs.ts'

let database: TestDatabase
let app: JobsApp
const workers: Worker[] = []
beforeAll(async () => {
  database = await freshDatabase()
  app = await openJobsApp(database.app)
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})
afterAll(async () => {
  await app?.close()
  await database?.drop()
})

const act = system('test')
const work = async (...kinds: AnyJobKind[]) => {
  const worker = await startWorker(app, { kinds })
  workers.push(worker)
  return worker
}
const send = <T extends object>(kind: JobKind<T>, data: T, options?: SendOptions) => app.db.transaction(act, (tx) => app.jobs.send(tx, kind, data, options))
const row = async (id: string) =>
  (
    await database.superuser.query<{ state: string; retry_count: number; retry_limit: number; output: { message?: string } | null }>(
      'select state, retry_count, retry_limit, output from jobs.job where id = $1',
      [id],
    )
  ).rows[0]!
const inState = (id: string, state: string) => until(async () => ((await row(id)).state === state ? row(id) : undefined))

describe('a worker', () => {
  it('runs what was enqueued, with its data, and is ready and heard of meanwhile', async () => {
    const ran: unknown[] = []
    const kind: JobKind<{ n: number }> = { name: 'work.plain', run: async (_, data) => void ran.push(data) }
    const id = await send(kind, { n: 7 })
    const worker = await work(kind)
    expect(worker.ready()).toBe(true)
    await inState(id, 'completed')
    expect(ran).toEqual([{ n: 7 }])
    await worker.stop()
    expect(worker.ready()).toBe(false)
  })

  it('drains a backlog without waiting between jobs', async () => {
    const ran: number[] = []
    const kind: JobKind<{ n: number }> = { name: 'work.backlog', run: async (_, { n }) => void ran.push(n) }
    for (let n = 0; n < 40; n++) await send(kind, { n })
    const elapsed = stopwatch()
    await work(kind)
    await until(() => ran.length === 40)
    // One look each half second would take 20 s.
    expect(elapsed()).toBeLessThan(10_000)
    expect(ran).toEqual([...ran].sort((a, b) => a - b))
  })

  it('takes the higher priority first', async () => {
    const ran: number[] = []
    const kind: JobKind<{ n: number }> = { name: 'work.priority', run: async (_, { n }) => void ran.push(n) }
    await send(kind, { n: 1 })
    await send(kind, { n: 2 }, { priority: 10 })
    await send(kind, { n: 3 }, { priority: 5 })
    await work(kind)
    await until(() => ran.length === 3)
    expect(ran).toEqual([2, 3, 1])
  })

  it('tries a failing job again, and then leaves it dead where people can see it', async () => {
    let attempts = 0
    const kind: JobKind<{ n: number }> = {
      name: 'work.failing',
      retries: 2,
      retryDelaySeconds: 1,
      run: async () => {
        attempts++
        throw Object.assign(new Error('always'), { detail: 'Key (name)=(secret)' })
      },
    }
    const id = await send(kind, { n: 1 })
    await work(kind)
    await inState(id, 'failed')
    expect(attempts).toBe(3)
    const dead = await database.superuser.query(`select data, source_id, source_name, output, source_output from jobs.job where name = 'dead'`)
    expect(dead.rows).toMatchObject([{ data: { n: 1 }, source_id: id, source_name: kind.name }])
    expect(JSON.stringify(dead.rows)).toContain('always')
    expect(JSON.stringify([dead.rows, await row(id)])).not.toMatch(/secret|node_modules|work\.test/)
  })

  it('succeeds at the second attempt without leaving anything dead', async () => {
    let attempts = 0
    const kind: JobKind<object> = {
      name: 'work.second',
      retryDelaySeconds: 1,
      run: async () => {
        if (attempts++ === 0) throw new Error('once')
      },
    }
    const id = await send(kind, {})
    await work(kind)
    await inState(id, 'completed')
    expect(attempts).toBe(2)
  })

  it('fires the signal of a running job that is cancelled, and does not run it again', async () => {
    let runs = 0
    let fired = false
    const kind: JobKind<object> = {
      name: 'work.cancelled',
      run: async (_, __, signal) => {
        runs++
        while (!signal.aborted) await pause(50, signal)
        fired = true
        signal.throwIfAborted()
      },
    }
    const id = await send(kind, {})
    await work(kind)
    await until(() => runs === 1)
    const elapsed = stopwatch()
    expect(await app.db.transaction(act, (tx) => app.jobs.cancel(tx, kind, id))).toBe(true)
    await until(() => fired)
    expect(elapsed()).toBeLessThan(3_000)
    await pause(1_500)
    expect((await row(id)).state).toBe('cancelled')
    expect(runs).toBe(1)
  })

  it('ends a job that is over its limit', async () => {
    const reasons: string[] = []
    const kind: JobKind<object> = {
      name: 'work.limit',
      limitSeconds: 1,
      retries: 0,
      run: async (_, __, signal) => {
        while (!signal.aborted) await pause(50, signal)
        reasons.push('aborted')
      },
    }
    const id = await send(kind, {})
    await work(kind)
    await inState(id, 'failed')
    await until(() => reasons.length === 1)
  })

  it('gives running jobs back when it stops, without using up a retry, and another finishes them', async () => {
    const started: string[] = []
    const finished: string[] = []
    let holding = true
    const kind: JobKind<{ name: string }> = {
      name: 'work.stopped',
      concurrency: 2,
      retries: 0,
      run: async (_, { name }, signal) => {
        started.push(name)
        // One heeds the signal, the other never looks at it.
        while (holding && !(name === 'heeds' && signal.aborted)) await pause(50)
        signal.throwIfAborted()
        finished.push(name)
      },
    }
    const ids = [await send(kind, { name: 'heeds' }), await send(kind, { name: 'ignores' })]
    const first = await work(kind)
    await until(() => started.length === 2)
    const elapsed = stopwatch()
    await first.stop()
    expect(elapsed()).toBeLessThan(8_000)
    for (const id of ids) expect(await row(id)).toMatchObject({ state: 'created', retry_count: 0, retry_limit: 1 })
    expect(finished).toEqual([])
    holding = false
    await pause(200)
    await work(kind)
    for (const id of ids) expect(await inState(id, 'completed')).toMatchObject({ retry_count: 1 })
    expect(finished.sort()).toEqual(['heeds', 'ignores'])
  })

  it('runs what recurs', async () => {
    let runs = 0
    const kind: JobKind<object> = { name: 'work.recurs', cron: '* * * * *', run: async () => void runs++ }
    await work(kind)
    await until(() => runs > 0, 25_000)
    const { rows } = await database.superuser.query('select cron, timezone from jobs.schedule where name = $1', [kind.name])
    expect(rows).toEqual([{ cron: '* * * * *', timezone: 'UTC' }])
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    await work({ name: 'work.other', run: async () => undefined })
    expect((await database.superuser.query('select from jobs.schedule where name = $1', [kind.name])).rowCount).toBe(0)
  })

  it('goes on after the database dropped all of its connections', async () => {
    let ran = 0
    const kind: JobKind<object> = { name: 'work.dropped', run: async () => void ran++ }
    const worker = await work(kind)
    await database.superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename like 'vedette_app%'`)
    await until(() => send(kind, {}).catch(() => undefined))
    await until(() => ran === 1)
    // A beat that fell into the gap is made up for with the next.
    await until(() => worker.ready())
  })

  it('shares jobs with another worker, and no job is run by both', async () => {
    const ran: number[] = []
    const kind: JobKind<{ n: number }> = { name: 'work.shared', concurrency: 3, run: async (_, { n }) => (ran.push(n), await pause(20)) }
    for (let n = 0; n < 60; n++) await send(kind, { n })
    await Promise.all([work(kind), work(kind)])
    await until(() => ran.length >= 60)
    await pause(1_000)
    expect(ran.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })
})
