import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { pause } from '#platform/clock/clock.ts'
import { consumer, emit } from '#platform/events/events.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import type { JobKind } from '#platform/jobs/jobs.ts'
import { startWorker } from '#platform/jobs/work.ts'
import { workerAlive } from '#platform/jobs/worker-beat.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'
import { abandoned, happened } from '#test/harness/doomed-worker.ts'
import { openJobsApp, until, type JobsApp } from '#test/harness/jobs.ts'

const SCRIPT = fileURLToPath(new URL('../../../test/harness/doomed-worker.ts', import.meta.url))
const act = system('test')

let database: TestDatabase
let app: JobsApp
beforeAll(async () => {
  database = await freshDatabase()
  app = await openJobsApp(database.app)
})
afterAll(async () => {
  await app?.close()
  await database?.drop()
})

/** Starts a worker process and resolves with it and the first line it says. */
async function doomed(what: 'jobs' | 'events'): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [SCRIPT, what, JSON.stringify(database.app)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { child, line }
}

describe.concurrent('a worker that is killed', () => {
  it('has its job finished by another, and a job whose worker lives is left alone', { timeout: 60_000 }, async () => {
    const id = await app.db.transaction(act, (tx) => app.jobs.send(tx, abandoned, { n: 1 }))
    const { child, line } = await doomed('jobs')
    expect(line).toBe('started 1')
    expect(await workerAlive(app.db)).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')

    const ran: number[] = []
    const long = 22_000
    const kind: JobKind<{ n: number }> = {
      ...abandoned,
      run: async (_, { n }) => {
        ran.push(n)
        // Longer than the heartbeat and the time until the next look for missed ones.
        if (n === 2) for (let ms = 0; ms < long; ms += 500) await pause(500)
      },
    }
    const workers = await Promise.all([startWorker(app, { kinds: [kind] }), startWorker(app, { kinds: [kind] })])
    const alive = await app.db.transaction(act, (tx) => app.jobs.send(tx, abandoned, { n: 2 }))
    const states = async () =>
      (await database.superuser.query(`select state, retry_count from jobs.job where id = any($1) order by data->>'n'`, [[id, alive]])).rows
    await until(async () => (await states()).every((row) => (row as { state: string }).state === 'completed'), 50_000)
    await Promise.all(workers.map((worker) => worker.stop()))
    expect(await states()).toMatchObject([{ retry_count: 1 }, { retry_count: 0 }])
    expect(ran.toSorted((a, b) => a - b)).toEqual([1, 2])
  })

  it('between handling an event and noting it, has the event delivered again by another', { timeout: 60_000 }, async () => {
    await app.db.transaction(act, (tx) => emit(app, tx, happened, { n: 5 }))
    await app.db.transaction(act, (tx) => emit(app, tx, happened, { n: 6 }))
    const { child, line } = await doomed('events')
    expect(line).toBe('handled 5')
    await (child.signalCode === null ? once(child, 'exit') : undefined)
    const seen: number[] = []
    const survives = consumer({ name: 'doomed.dies', type: happened, handle: async (_, event) => void seen.push(event.data.n) })
    const worker = await startWorker(app, { kinds: eventJobs([survives]) })
    await until(() => seen.length === 2, 50_000)
    await worker.stop()
    expect(seen).toEqual([5, 6])
  })
})

describe('a worker that nobody hears', () => {
  it('is not taken for alive: neither after it stopped, nor fifteen seconds after its last beat', async () => {
    await database.superuser.query('delete from worker_beat')
    const kind: JobKind<object> = { name: 'takeover.none', run: async () => undefined }
    const worker = await startWorker(app, { kinds: [kind] })
    expect(await workerAlive(app.db)).toBe(true)
    await worker.stop()
    expect(await workerAlive(app.db)).toBe(false)
    await database.superuser.query(`insert into worker_beat values (gen_random_uuid(), now() - interval '16 seconds')`)
    expect(await workerAlive(app.db)).toBe(false)
    await database.superuser.query(`update worker_beat set beat_at = now() - interval '10 seconds'`)
    expect(await workerAlive(app.db)).toBe(true)
  })
})
