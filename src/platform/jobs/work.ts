import { fromKysely, type JobWithMetadata, type PgBoss } from 'pg-boss'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { startBeat } from '#platform/jobs/worker-beat.ts'
import { discoverJobs } from '#platform/jobs/create-jobs.ts'
import { describeFailure, ensureQueues, openEngine } from '#platform/jobs/engine.ts'
import { WorkerStops, type AnyJobKind } from '#platform/jobs/jobs.ts'

/** How long running jobs may take to end once the worker stops; whatever runs then still is given back all the same. */
const GRACE_MS = 5_000
/** How long the engine itself may take after that. */
const CLOSE_MS = 2_000

export interface Worker {
  /** Takes no more jobs, signals those that run, gives back what did not finish; within nine seconds. */
  stop(): Promise<void>
  /** Whether this worker takes jobs and could lately say so. */
  ready(): boolean
}

type Fetched = JobWithMetadata

/** Runs the kinds of job that features declare, until stopped. Tests name their own kinds. */
export async function startWorker(app: App, options: { kinds?: readonly AnyJobKind[] } = {}): Promise<Worker> {
  const kinds = options.kinds ?? (await discoverJobs())
  const engine = await openEngine(app.db, app.log, {
    supervise: true,
    schedule: true,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    maintenanceIntervalSeconds: 600,
    flowIntervalSeconds: 600,
    cronMonitorIntervalSeconds: 5,
    cronWorkerIntervalSeconds: 1,
  })
  await ensureQueues(engine, kinds)
  await keepSchedules(engine, kinds)
  const stopping = new AbortController()
  const running = new Map<string, { kind: AnyJobKind; job: Fetched; ended: Promise<void> }>()

  async function perform(kind: AnyJobKind, job: Fetched): Promise<void> {
    if (stopping.signal.aborted) return giveBack(app, engine, kind, job)
    const ended = runJob(app, engine, kind, job, stopping.signal)
    running.set(job.id, { kind, job, ended: ended.catch(() => undefined) })
    try {
      await ended
    } finally {
      running.delete(job.id)
    }
  }

  const beat = await startBeat(app.db, app.log)
  const ends: (() => Promise<void>)[] = []
  for (const kind of kinds) if (kind.begin) ends.push(await kind.begin(app))
  for (const kind of kinds) await takeJobs(engine, kind, perform)

  return {
    ready: () => !stopping.signal.aborted && beat.heard(),
    stop: async () => {
      stopping.abort(new WorkerStops())
      await Promise.all(kinds.map((kind) => engine.offWork(kind.name, { wait: false })))
      const said = beat.stop().catch((error: unknown) => app.log.warn({ failure: describeFailure(error) }, 'the worker could not say that it ends'))
      await Promise.race([Promise.all([...running.values()].map(({ ended }) => ended)), pause(GRACE_MS)])
      await Promise.race([Promise.allSettled([...running.values()].map(({ kind, job }) => giveBack(app, engine, kind, job))), pause(CLOSE_MS / 2)])
      await Promise.race([Promise.allSettled(ends.map((end) => end())), pause(CLOSE_MS / 2)])
      await Promise.race([Promise.all([said, engine.stop({ graceful: false })]), pause(CLOSE_MS / 2)])
    },
  }
}

/** Starts as many loops as the kind allows. Each looks twice a second, what recurs every five, and again at once after a job. */
async function takeJobs(engine: PgBoss, kind: AnyJobKind, perform: (kind: AnyJobKind, job: Fetched) => Promise<void>): Promise<void> {
  const settings = {
    includeMetadata: true,
    pollingIntervalSeconds: kind.cron === undefined ? 0.5 : 5,
    // The heartbeat is also how a running job learns that it was cancelled.
    heartbeatRefreshSeconds: 1,
    ...(kind.groupConcurrency === undefined ? {} : { groupConcurrency: kind.groupConcurrency }),
  } as const
  for (let loop = 0; loop < (kind.concurrency ?? 1); loop++) {
    const id: string = await engine.work<object, void, typeof settings>(kind.name, settings, async ([job]) => {
      engine.notifyWorker(id)
      await perform(kind, job!)
    })
  }
}

async function runJob(app: App, engine: PgBoss, kind: AnyJobKind, job: Fetched, stopping: AbortSignal): Promise<void> {
  const log = app.log.child({ job: job.id, kind: kind.name, attempt: job.retryCount + 1 })
  const elapsed = stopwatch()
  try {
    await kind.run(app, job.data as never, AbortSignal.any([job.signal, stopping]))
    log.debug({ ms: Math.round(elapsed()) }, 'job done')
  } catch (error) {
    if (stopping.aborted) return giveBack(app, engine, kind, job)
    const failure = describeFailure(error)
    if (job.signal.aborted) log.info({ failure }, 'job ended: cancelled, taken over or over its limit')
    else if (job.retryCount >= job.retryLimit) log.error({ failure }, 'job is dead')
    else log.warn({ failure }, 'job failed, will be tried again')
    // The engine keeps what is thrown beside the job: the text, without the stack.
    throw Object.assign(new Error(failure.message), { name: failure.name, code: failure.code, stack: undefined })
  }
}

/**
 * Puts a job that this attempt still holds back in its queue, at once and without using up a retry. The
 * attempt's number still rises when it is next fetched, so whatever this attempt does late is ignored.
 * Throws when it could not: then the attempt counts as failed, or its heartbeat runs out.
 */
async function giveBack(app: App, engine: PgBoss, kind: AnyJobKind, job: Fetched): Promise<void> {
  await app.db.transaction(system('worker'), async (tx) => {
    const options = { db: fromKysely(tx.db) }
    const { affected } = (await engine.cancel(kind.name, { id: job.id, retryCount: job.retryCount }, options)) as { affected: number }
    if (affected === 0) return
    await engine.resume(kind.name, job.id, options)
    await engine.update(kind.name, undefined, { id: job.id, retryLimit: job.retryLimit + 1, ...options })
    tx.afterCommit(() => app.log.info({ job: job.id, kind: kind.name }, 'job given back, the worker stops'))
  })
}

async function keepSchedules(engine: PgBoss, kinds: readonly AnyJobKind[]): Promise<void> {
  const wanted = new Map(kinds.flatMap((kind) => (kind.cron === undefined ? [] : [[kind.name, kind.cron] as const])))
  for (const { name } of await engine.getSchedules()) if (!wanted.has(name)) await engine.unschedule(name)
  for (const [name, cron] of wanted) await engine.schedule(name, cron, {}, { tz: 'UTC' })
}
