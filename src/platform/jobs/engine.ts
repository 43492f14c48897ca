import { PgBoss, type ConstructorOptions } from 'pg-boss'
import type { Database } from '#platform/db/database.ts'
import { JOBS_SCHEMA } from '#platform/db/migrate.ts'
import type { JobQueue } from '#platform/jobs/jobs.ts'
import type { Log } from '#platform/log.ts'

/** Queue that holds what failed for good, for people to look at. */
const DEAD_QUEUE = 'dead'
const DAY = 86_400

/**
 * Opens the job engine on the application's own pool, so as the role that owns nothing. What would
 * need an owner is off here: migrations (db/migrate.ts does them), rebuilding indexes, partitions.
 */
export async function openEngine(db: Database, log: Log, options: Partial<ConstructorOptions>): Promise<PgBoss> {
  const engine = new PgBoss({
    schema: JOBS_SCHEMA,
    db: { executeSql: (text, values) => db.pool.query(text, values) },
    migrate: false,
    supervise: false,
    schedule: false,
    reindex: false,
    ...options,
  })
  engine.on('error', (error) => log.error({ failure: describeFailure(error) }, 'the job engine reports an error'))
  engine.on('warning', ({ message }) => log.warn({ reason: message }, 'the job engine warns'))
  await engine.start()
  return engine
}

/** Makes the queues that are missing and brings the others up to what the code says. Harmless when repeated, and by many at once. */
export async function ensureQueues(engine: PgBoss, queues: readonly JobQueue<never>[]): Promise<void> {
  const known = new Set((await engine.getQueues()).map((queue) => queue.name))
  if (!known.has(DEAD_QUEUE)) await engine.createQueue(DEAD_QUEUE, { retentionSeconds: 90 * DAY, deleteAfterSeconds: DAY })
  for (const queue of queues) {
    const settings = settingsOf(queue)
    if (known.has(queue.name)) await engine.updateQueue(queue.name, settings)
    else await engine.createQueue(queue.name, { ...settings, policy: queue.single ? 'stately' : 'standard' })
  }
}

function settingsOf(queue: JobQueue<never>) {
  return {
    heartbeatSeconds: queue.heartbeatSeconds ?? 20,
    expireInSeconds: queue.limitSeconds ?? 900,
    retryLimit: queue.retries ?? 5,
    retryDelay: queue.retryDelaySeconds ?? 2,
    retryBackoff: true,
    retryDelayMax: 600,
    deleteAfterSeconds: DAY,
    deadLetter: DEAD_QUEUE,
  }
}

/** What a log line says of an error: no other fields, since a database error's `detail` quotes rows. */
export function describeFailure(error: unknown): { name: string; code: string | undefined; message: string; stack: string | undefined } {
  const { name, message, stack, code }: Error & { code?: string } = error instanceof Error ? error : new Error(String(error))
  return { name, code, message, stack }
}
