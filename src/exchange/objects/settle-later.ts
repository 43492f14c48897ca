import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import type { JobQueue, NoData } from '#platform/jobs/jobs.ts'
import { asContributions } from '#exchange/objects/contribution.ts'
import { keepPositions, lockPositions } from '#exchange/objects/feed-store.ts'
import { keepSettled, positionRows } from '#exchange/objects/keep-settled.ts'
import { Positions } from '#exchange/objects/positions.ts'
import { settle, type Settled } from '#exchange/objects/settle.ts'
import { findUnsettled, insertUnsettled, keepUnsettled, listNextPointing, readUnsettled, type Unsettled } from '#exchange/objects/unsettled-store.ts'
import { listVersionsOf } from '#exchange/objects/version-store.ts'
import type { Place } from '#exchange/objects/version.ts'

export const SETTLING_QUEUE: JobQueue<NoData> = { name: 'exchange.settle', single: true }

/** Versions of others that one transaction looks at. */
const PIECE = 500
const ACTOR = system('exchange.settle')

/** Leaves what was deferred to the job; with the transaction. */
export async function settleLater(
  app: App,
  tx: Tx,
  db: Transaction<DB>,
  place: Pick<Place, 'collection' | 'operator'>,
  { deferred }: Pick<Settled, 'deferred'>,
): Promise<void> {
  if (deferred.length === 0) return
  await insertUnsettled(db, place, deferred)
  tx.beforeCommit((last) => app.jobs.wake(last, SETTLING_QUEUE, {}))
}

/**
 * Shows what points at objects that have appeared, piece by piece, each in a transaction that keeps how far it came: at new positions, so that pollers miss
 * none of it (C7). Until then it is hidden as before. Repeating it changes nothing.
 */
export async function settleDeferred(app: App, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const found = await app.db.read(ACTOR, (tx) => findUnsettled(tx.db))
    if (!found) return
    await app.db.transaction(ACTOR, (tx) => settlePiece(app, tx, found))
  }
}

async function settlePiece(app: App, tx: Tx, found: Unsettled): Promise<void> {
  const { db } = tx
  const place = { collection: found.collection_id, operator: found.operator_id }
  const state = await lockPositions(db, place.collection, app.clock.now())
  const now = state && (await readUnsettled(db, found))
  if (!now) return
  const pointing = await listNextPointing(db, now, PIECE)
  const objects = [...new Set(pointing.map(({ object_id: id }) => id))]
  const positions = new Positions(state, app.clock.now())
  tx.beforeCommit(async () => positions.check(app.clock.now()))
  const settled = await settle(db, place, asContributions(await listVersionsOf(db, place.collection, objects, 'all'), true), positions.base)
  const changed = await keepSettled(db, place, settled, positionRows(place, settled, positions), new Map(), positions)
  await keepPositions(db, place.collection, positions.last, changed)
  await settleLater(app, tx, db, place, settled)
  await keepUnsettled(db, now, pointing.length < PIECE ? undefined : pointing.at(-1)!.version_id)
}
