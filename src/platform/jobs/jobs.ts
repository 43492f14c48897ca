import type { Tx } from '#platform/db/database.ts'

/** A kind of background work, declared in a feature's `jobs.ts` and found there by the worker. `data` holds ids, never secrets. */
export interface JobKind<T extends object> {
  readonly name: string
  /** Seconds without a heartbeat after which another worker takes the job over. */
  readonly heartbeatSeconds?: number
  readonly retries?: number
  /** Five-field cron expression, in UTC, for work that recurs. */
  readonly cron?: string
  /** Does the work. `signal` fires when the job is cancelled or the worker stops. Must be harmless when repeated. */
  run(app: import('#platform/app.ts').App, data: T, signal: AbortSignal): Promise<void>
}

export interface Jobs {
  /** Enqueues in the same transaction: a rollback leaves no job. */
  send<T extends object>(
    tx: Tx,
    kind: JobKind<T>,
    data: T,
    options?: { readonly priority?: number; readonly group?: string; readonly startAfter?: Date },
  ): Promise<string>
}
