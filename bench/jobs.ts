import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { PgBoss, fromKysely } from 'pg-boss'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { migrate } from '#platform/db/migrate.ts'
import { openDatabase } from '#platform/db/database.ts'
import { openEmbedded } from '#platform/db/server.ts'
import { createJobs } from '#platform/jobs/create-jobs.ts'
import type { JobKind } from '#platform/jobs/jobs.ts'
import { startWorker } from '#platform/jobs/work.ts'
import { createLog } from '#platform/log.ts'
import { figure } from './figure.ts'

/** Jobs per CPU-second of this process: enqueued each in a transaction of its own, and worked off one by one; pg-boss used bare is the peer, with the same number of loops. */
const JOBS = 2_000
const LOOPS = 4

const dir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const server = await openEmbedded(join(dir, 'postgres', 'cluster'))
await migrate(server.owner)
const log = createLog('bench', 'warn')
const db = openDatabase(server.app, () => undefined)
const clock = { now: () => new Date(), disagreement: () => undefined }
const jobs = await createJobs({ db, clock, log })
const app = { db, log, clock, jobs } as unknown as App

// The first round of each warms the process up and is not shown.
let shown = false
for (const round of ['warm-up', 'measured']) {
  shown = round === 'measured'
  await ours(`bench.ours-${round}`)
  await bare(`bench.bare-${round}`)
}
await idle()
await jobs.close()
await db.close()
await server.embedded!.stop()
rmSync(dir, { recursive: true, force: true })

async function ours(name: string): Promise<void> {
  let done = 0
  const kind: JobKind<{ id: string }> = { name, concurrency: LOOPS, run: async () => void done++ }
  const actor = system('bench')
  const send = () => db.transaction(actor, (tx) => jobs.send(tx, kind, { id: randomUUID() }))
  await measure('vedette: enqueue, one transaction each', () => inLoops(JOBS, send))
  const worker = await startWorker(app, { kinds: [kind] })
  await measure('vedette: fetch, run and complete, one by one', () => reached(() => done === JOBS))
  await worker.stop()
}

async function bare(name: string): Promise<void> {
  let done = 0
  const boss = new PgBoss({
    schema: 'jobs',
    db: { executeSql: (text, values) => db.pool.query(text, values) },
    migrate: false,
    supervise: false,
    schedule: false,
  })
  boss.on('error', (error) => log.error(error))
  await boss.start()
  await boss.createQueue(name, { heartbeatSeconds: 20 })
  const send = () => db.transaction(system('bench'), (tx) => boss.send(name, { id: randomUUID() }, { db: fromKysely(tx.db) }))
  await measure('pg-boss bare: enqueue, one transaction each', () => inLoops(JOBS, send))
  for (let loop = 0; loop < LOOPS; loop++) {
    const id: string = await boss.work(name, { pollingIntervalSeconds: 0.5 }, async () => {
      boss.notifyWorker(id)
      done++
    })
  }
  await measure('pg-boss bare: fetch, run and complete, one by one', () => reached(() => done === JOBS))
  await boss.stop({ graceful: false })
}

/** What a worker costs that waits for every kind of job the program has. */
async function idle(): Promise<void> {
  const worker = await startWorker(app)
  await pause(3_000)
  const [before, elapsed] = [process.cpuUsage(), stopwatch()]
  await pause(15_000)
  const { user, system } = process.cpuUsage(before)
  figure('vedette: a worker with nothing to do', (user + system) / 1e4 / (elapsed() / 1e3), '% of one core')
  await worker.stop()
}

async function measure(what: string, work: () => Promise<void>): Promise<void> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  if (shown) figure(what, JOBS / ((user + system) / 1e6), 'jobs per CPU-second')
}

async function inLoops(count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count
  const loop = async () => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: LOOPS }, loop))
}

async function reached(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20)
}
