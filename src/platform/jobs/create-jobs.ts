import { fromKysely } from 'pg-boss'
import type { Clock } from '#platform/clock/clock.ts'
import type { Database, Tx } from '#platform/db/database.ts'
import { discover } from '#platform/discover.ts'
import { ensureQueues, openEngine } from '#platform/jobs/engine.ts'
import { checkJobData } from '#platform/jobs/job-data.ts'
import type { AnyJobKind, JobQueue, Jobs, SendOptions } from '#platform/jobs/jobs.ts'
import type { Log } from '#platform/log.ts'

/** Every kind of job that a feature's `jobs.ts` declares. Throws when two share a name. */
export async function discoverJobs(): Promise<readonly AnyJobKind[]> {
  const kinds = (await discover<readonly AnyJobKind[]>('jobs.ts', 'jobs')).flatMap(({ value }) => value)
  const names = new Set<string>()
  for (const { name } of kinds) {
    if (names.has(name)) throw new Error(`two kinds of job are called ${name}`)
    names.add(name)
  }
  return kinds
}

/** The side of the queue that enqueues: opens the engine without its timers and makes the discovered queues. */
export async function createJobs({ db, clock, log }: { db: Database; clock: Clock; log: Log }): Promise<Jobs & { close(): Promise<void> }> {
  const engine = await openEngine(db, log, {})
  const queues = new Map<string, Promise<void>>()
  const discovered = await discoverJobs()
  const made = ensureQueues(engine, discovered)
  for (const { name } of discovered) queues.set(name, made)
  await made

  async function ready(queue: JobQueue<never>): Promise<void> {
    const making = queues.get(queue.name) ?? ensureQueues(engine, [queue])
    queues.set(queue.name, making)
    await making.catch((error: unknown) => {
      queues.delete(queue.name)
      throw error
    })
  }

  async function insert<T extends object>(tx: Tx, queue: JobQueue<T>, data: T, options: SendOptions): Promise<string | null> {
    checkJobData(queue.name, data)
    await ready(queue)
    // The engine waits on the database's clock, instants are of the trusted one: what passes between them is the wait.
    const waitSeconds = options.startAfter ? Math.ceil((options.startAfter.getTime() - clock.now().getTime()) / 1000) : 0
    return engine.send(queue.name, data, {
      db: fromKysely(tx.db),
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      ...(options.group === undefined ? {} : { group: { id: options.group } }),
      ...(waitSeconds > 0 ? { startAfter: waitSeconds } : {}),
    })
  }

  return {
    send: async (tx, queue, data, options = {}) => {
      const id = await insert(tx, queue, data, options)
      if (id === null) throw new Error(`${queue.name} takes one job at a time; wake it instead`)
      return id
    },
    wake: async (tx, queue, data, options = {}) => {
      await insert(tx, queue, data, options)
    },
    cancel: async (tx, queue, id) => {
      await ready(queue)
      const { affected } = (await engine.cancel(queue.name, id, { db: fromKysely(tx.db) })) as { affected: number }
      return affected === 1
    },
    close: () => engine.stop({ graceful: false }),
  }
}
