import { system } from '#platform/auth/actor.ts'
import type { Database } from '#platform/db/database.ts'
import type { Log } from '#platform/log.ts'
import type { Driver, StoredKey } from '#platform/objects/driver.ts'
import type { ObjectId, SweepReport } from '#platform/objects/objects.ts'

const BATCH = 500
/** Bytes may wait this long for their row. */
const GRACE_MS = 24 * 60 * 60 * 1000

export interface SweepOptions {
  readonly db: Database
  readonly driver: Driver
  readonly now: Date
  readonly log: Log
  readonly signal: AbortSignal | undefined
}

/** One pass over the store and one over the rows; throws when the signal fires. */
export async function sweepStore(options: SweepOptions): Promise<SweepReport> {
  const removed = await removeOrphans(options)
  const missing = await findMissing(options)
  if (removed > 0) options.log.info({ removed }, 'removed stored bytes that no row needs')
  if (missing.length > 0) options.log.error({ missing }, 'stored bytes are missing; restore them from a backup')
  return { removed, missing }
}

async function removeOrphans({ db, driver, now, signal }: SweepOptions): Promise<number> {
  let removed = 0
  for await (const keys of inBatches(oldKeys(driver, now))) {
    signal?.throwIfAborted()
    const kept = await rowsOf(db, keys)
    for (const key of keys) {
      if (kept.has(key)) continue
      await driver.delete(key)
      removed++
    }
  }
  return removed
}

/** Old by both clocks, the store's and the trusted one in the id: one of them set wrongly removes nothing that still waits for its row. */
async function* oldKeys(driver: Driver, now: Date): AsyncGenerator<StoredKey, void, undefined> {
  const limit = now.getTime() - GRACE_MS
  for await (const { key, storedAt } of driver.list()) {
    if (storedAt.getTime() < limit && instantOf(key) < limit) yield key
  }
}

/** Milliseconds since 1970 in the first 48 bits of a UUIDv7 (RFC 9562, section 5.7). */
function instantOf(key: StoredKey): number {
  return parseInt(key.slice(0, 8) + key.slice(9, 13), 16)
}

async function findMissing({ db, driver, signal }: SweepOptions): Promise<ObjectId[]> {
  const missing: ObjectId[] = []
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    signal?.throwIfAborted()
    const ids = await rowsAfter(db, after)
    const gone: string[] = []
    for (const id of ids) if (!(await driver.exists(id))) gone.push(id)
    // A row that was removed since the page was read misses nothing.
    const still = await rowsOf(db, gone)
    missing.push(...gone.filter((id) => still.has(id)).map((id) => id as ObjectId))
    if (ids.length < BATCH) return missing
    after = ids.at(-1)!
  }
}

function rowsAfter(db: Database, after: string): Promise<string[]> {
  return db.read(system('sweep'), async (tx) => {
    const rows = await tx.db.selectFrom('sealed_object').select('id').where('id', '>', after).orderBy('id').limit(BATCH).execute()
    return rows.map((row) => row.id)
  })
}

async function rowsOf(db: Database, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db.read(system('sweep'), (tx) => tx.db.selectFrom('sealed_object').select('id').where('id', 'in', ids).execute())
  return new Set(rows.map((row) => row.id))
}

async function* inBatches<T>(items: AsyncIterable<T>): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
