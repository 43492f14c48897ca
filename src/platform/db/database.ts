import { AsyncLocalStorage } from 'node:async_hooks'
import { CompiledQuery, Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import type { Actor } from '#platform/auth/actor.ts'
import { PLAN_CHANGED } from '#platform/db/keep-plans.ts'
import { laneOf, openLanes, type Lane } from '#platform/db/lanes.ts'
import { Problem } from '#platform/errors.ts'
import type { DB } from '#platform/db/types.ts'

// Sizes and positions are bigint in the database; all of ours fit a safe integer, and one that does not is refused.
pg.types.setTypeParser(pg.types.builtins.INT8, (value) => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`bigint out of range: ${value}`)
  return number
})

/** A transaction in the name of an actor. Row-level security sees that actor and nobody else. */
export interface Tx {
  readonly db: Transaction<DB>
  readonly actor: Actor
  /** Runs before commit, in the order added, after everything the use case did. */
  beforeCommit(work: (tx: Tx) => Promise<void>): void
  /** Runs after commit; a failure there is logged and undoes nothing. */
  afterCommit(work: () => void): void
  /** Runs one step that crosses the actor's own rows, such as ending another person's sessions; authorise first. */
  asSystem<T>(step: (db: Transaction<DB>) => Promise<T>): Promise<T>
}

export interface Database {
  /** One transaction: commits when `work` resolves, rolls everything back when it throws. */
  transaction<T>(actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T>
  /** The same in a read-only transaction. */
  read<T>(actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T>
  /** A read-only transaction that sees one state of the database from beginning to end, however long it takes. */
  snapshot<T>(actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * What one statement answers, read-only: one message to the database and one back. For what is asked with every request;
   * `text` is a constant with `$1` and so on for `values`.
   */
  ask<R>(actor: Actor, text: string, values: readonly unknown[]): Promise<R[]>
  /** The database's own clock. */
  instant(): Promise<Date>
  /** Tells row-level security the trusted instant from now on, as each transaction finds it at its beginning; until then policies on time let nothing through. */
  keepTime(now: () => Date): void
  /** For libraries that bring their own SQL (the job engine): the pool of the lane `inside`. */
  readonly pool: pg.Pool
  /** Every pool, for measurements. */
  readonly lanes: Readonly<Record<Lane, pg.Pool>>
  close(): Promise<void>
}

const along = new AsyncLocalStorage<(tx: Tx) => Promise<void>>()

/** Runs `work`; each writing transaction that commits within it also does `step`, so that what was done and the fact that it was done are one. */
export function withEachCommit<T>(step: (tx: Tx) => Promise<void>, work: () => Promise<T>): Promise<T> {
  return along.run(step, work)
}

/** Runs `work` apart from that: a transaction in it says nothing about the request being done, such as the record of its refusal. */
export function apartFromCommit<T>(work: () => Promise<T>): Promise<T> {
  return along.exit(work)
}

/** How values look as text is fixed too: the audit log keeps digests of rows. */
const SESSION_SETTINGS = [
  'timezone=UTC',
  'search_path=public,pg_temp',
  'bytea_output=hex',
  'extra_float_digits=1',
  'intervalstyle=iso_8601',
  'statement_timeout=60000',
  'idle_in_transaction_session_timeout=60000',
]

/** Opens no connection yet. `max` is the total of all lanes; whose work goes which way is told by the actor (lanes.ts). */
export function openDatabase(connection: pg.PoolConfig, report: (error: Error) => void): Database {
  const options = SESSION_SETTINGS.map((setting) => `-c ${setting}`).join(' ')
  const lanes = openLanes({ ...connection, options }, [WHO_ASKS, WHO_READS], report)
  const over = (pool: pg.Pool) => new Kysely<DB>({ dialect: new PostgresDialect({ pool, cursor: Cursor }) })
  const by = { inside: over(lanes.inside), identity: over(lanes.identity), outside: over(lanes.outside), clock: over(lanes.clock) }

  let trusted: (() => Date) | undefined

  async function run<T>(actor: Actor, work: (tx: Tx) => Promise<T>, mode: 'write' | 'read' | 'snapshot'): Promise<T> {
    const before: ((tx: Tx) => Promise<void>)[] = []
    const after: (() => void)[] = []
    const kysely = by[laneOf(actor)]
    const result = await translateErrors(() => {
      const builder = mode === 'write' ? kysely.transaction() : kysely.transaction().setAccessMode('read only')
      return (mode === 'snapshot' ? builder.setIsolationLevel('repeatable read') : builder).execute(async (db) => {
        const now = trusted?.()
        await identify(db, actor, now)
        const tx: Tx = {
          db,
          actor,
          beforeCommit: (step) => before.push(step),
          afterCommit: (step) => after.push(step),
          asSystem: async (step) => {
            await identify(db, { kind: 'system', name: 'elevated' }, now)
            const value = await step(db).catch(async (error: unknown) => {
              // After a failed statement the whole transaction is dead, and this with it; otherwise the actor is back.
              await identify(db, actor, now).catch(() => undefined)
              throw error
            })
            await identify(db, actor, now)
            return value
          },
        }
        const value = await work(tx)
        if (mode === 'write') await along.getStore()?.(tx)
        for (const step of before) await step(tx)
        return value
      })
    })
    for (const step of after) {
      try {
        step()
      } catch (error) {
        report(error as Error)
      }
    }
    return result
  }

  async function ask<R>(actor: Actor, text: string, values: readonly unknown[]): Promise<R[]> {
    const client = await lanes[laneOf(actor)].connect()
    try {
      void client.query(WHO_READS, said(actor, trusted?.()))
      return (await client.query(text, [...values])).rows as R[]
    } finally {
      client.release()
    }
  }

  return {
    pool: lanes.inside,
    lanes,
    transaction: (actor, work) => run(actor, work, 'write'),
    read: (actor, work) => run(actor, work, 'read'),
    snapshot: (actor, work) => run(actor, work, 'snapshot'),
    ask: (actor, text, values) => translateErrors(() => ask(actor, text, values)),
    instant: async () => {
      const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(by.inside)
      return rows[0]!.now
    },
    keepTime: (now) => {
      trusted = now
    },
    close: async () => {
      for (const kysely of Object.values(by)) await kysely.destroy()
    },
  }
}

/** Tells row-level security who asks and when, for this transaction only. */
const WHO_ASKS = `select set_config('vedette.system', $1, true), set_config('vedette.operator_id', $2, true),
  set_config('vedette.organisation_id', $3, true), set_config('vedette.person_id', $4, true), set_config('vedette.now', $5, true)`
/** The same for a transaction of one statement, which may change nothing, and which is planned once for all values: to plan costs more than to run. */
const WHO_READS = `${WHO_ASKS}, set_config('transaction_read_only', 'on', true), set_config('plan_cache_mode', 'force_generic_plan', true)`

async function identify(db: Transaction<DB>, actor: Actor, now: Date | undefined): Promise<void> {
  await db.executeQuery(CompiledQuery.raw(WHO_ASKS, said(actor, now)))
}

/** The values of those statements; what is not said denies. */
function said(actor: Actor, now: Date | undefined): string[] {
  const operator = actor.kind === 'operator' ? actor.operator : ''
  const organisation = actor.kind === 'contact' ? actor.organisation : ''
  const person = actor.kind === 'operator' || actor.kind === 'contact' ? actor.person : ''
  return [actor.kind === 'system' ? 'on' : '', operator, organisation, person, now?.toISOString() ?? '']
}

/** What the pool says when every connection of a lane stayed in use. */
const WAITED_TOO_LONG = 'timeout exceeded when trying to connect'

/** Deadlock and serialisation failure: one of the two was undone whole, and would succeed if sent again. */
const CROSSED = new Set(['40P01', '40001'])

/** A row that may be there once is there already: whoever else wrote it came first. */
const TAKEN = '23505'

const CONNECTION_LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', '57P01', '57P02', '57P03', '08000', '08003', '08006', '08001'])

async function translateErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asProblem(error) ?? error
  }
}

/** Gives the failures that a caller can do something about their code; undefined for everything else. */
export function asProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (code === '53100' || code === 'ENOSPC') return new Problem('STORAGE_FULL', undefined, { cause: error })
  // Nothing broke, so there is nothing to look into: whoever sheds load by this must not fill the log with it.
  if (message === WAITED_TOO_LONG) return new Problem('DATABASE_UNAVAILABLE', 'Too much waits for the database; send it again in a moment.')
  if (code === TAKEN) return new Problem('CONFLICT', undefined, { cause: error })
  if (CROSSED.has(code)) return new Problem('DATABASE_UNAVAILABLE', 'Two requests crossed; send this one again.', { cause: error })
  const lost = CONNECTION_LOST.has(code) || /Connection terminated|connection error and is not queryable|timeout expired/.test(message)
  return lost || message === PLAN_CHANGED ? new Problem('DATABASE_UNAVAILABLE', undefined, { cause: error }) : undefined
}
