import { sql } from 'kysely'
import { system } from '#platform/auth/actor.ts'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'

declare const payload: unique symbol

/** Where jobs of one kind wait: what the side that enqueues has to know. Times are in seconds on the database's clock. */
export interface JobQueue<T extends object> {
  readonly [payload]?: (data: T) => void
  /** `subject.verb`, unique in the program. */
  readonly name: string
  /** Without a heartbeat for this long the job goes back to the queue and another worker takes it; 20 unless said, 10 at least. */
  readonly heartbeatSeconds?: number
  /** Longest that one attempt may take; 900 unless said. */
  readonly limitSeconds?: number
  /** How often a failed job is tried again before it is dead; 5 unless said. */
  readonly retries?: number
  /** Wait before the first retry, doubled for each further one up to ten minutes; 2 unless said. */
  readonly retryDelaySeconds?: number
  /** At most one job waits and one runs; a second is enqueued with `wake`, which then does nothing. */
  readonly single?: true
}

/** A kind of background work, declared in a feature's `jobs.ts` and found there by the worker. `data` holds ids, never secrets. */
export interface JobKind<T extends object> extends JobQueue<T> {
  /** Five-field cron expression, in UTC, for work that recurs; its data is empty. */
  readonly cron?: string
  /** How many jobs of this kind one worker runs at the same time; 1 unless said. */
  readonly concurrency?: number
  /** How many jobs of one group run at the same time over all workers. Soft: a few more may start together. */
  readonly groupConcurrency?: number
  /** Called once when a worker that runs this kind starts, before its first job; gives how to end what it began, called when the worker has stopped. */
  begin?(app: App): Promise<() => Promise<void>>
  /**
   * Does the work. `signal` fires when the job is cancelled, taken over, over its limit, or the worker
   * stops (its reason is a `WorkerStops` in that case only): then throw (`signal.throwIfAborted()`) at the next safe point; returning means the work is
   * done. Must be harmless when repeated. What it throws is logged, so no secret belongs in a message.
   */
  run(app: App, data: T, signal: AbortSignal): Promise<void>
}

/** Why a signal fires when nothing is wrong with the job: it is given back, and that attempt does not count. */
export class WorkerStops extends Error {
  override name = 'WorkerStops'

  constructor() {
    super('the worker stops')
  }
}

/** Data of a job that needs none. */
export type NoData = Readonly<Record<string, never>>

/** Any kind, for lists: `export const jobs: readonly AnyJobKind[]`. */
export type AnyJobKind = JobKind<never>

export interface SendOptions {
  /** Higher is fetched first; 0 unless said. */
  readonly priority?: number
  /** Id that `groupConcurrency` counts by, such as a tenant's. */
  readonly group?: string
  /** Not before this instant of the trusted clock. */
  readonly startAfter?: Date
}

export interface Jobs {
  /** Enqueues in the same transaction, whoever its actor is: a rollback leaves no job. Throws when `data` holds more than ids and short names. */
  send<T extends object>(tx: Tx, queue: JobQueue<T>, data: T, options?: SendOptions): Promise<string>
  /** The same for a `single` queue, in a short transaction: does nothing while a job waits there already. */
  wake<T extends object>(tx: Tx, queue: JobQueue<T>, data: T, options?: SendOptions): Promise<void>
  /** Cancels a job that waits or runs, once the transaction commits: a running one has its signal fired within seconds. False when it had ended. */
  cancel<T extends object>(tx: Tx, queue: JobQueue<T>, id: string): Promise<boolean>
}

/** A worker that was killed leaves its row behind. */
const forgetWorkers: JobKind<NoData> = {
  name: 'jobs.forget-workers',
  cron: '17 3 * * *',
  run: (app) =>
    app.db.transaction(system('jobs.forget-workers'), async (tx) => {
      await sql`delete from worker_beat where beat_at < clock_timestamp() - interval '1 day'`.execute(tx.db)
    }),
}

export const jobs: readonly AnyJobKind[] = [forgetWorkers]
