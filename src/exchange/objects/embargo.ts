import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { listWaiting, moveRows } from '#exchange/objects/embargo-store.ts'
import { keepPositions, lockPositions } from '#exchange/objects/feed-store.ts'
import { holdRows, reserve } from '#exchange/objects/hold-rows.ts'
import { Positions } from '#exchange/objects/positions.ts'

export interface EmbargoPlace {
  readonly collection: CollectionId
  readonly operator: OperatorId
  /** Names what is released together. */
  readonly embargo: string
}

/** When an audience is shown something. The audiences of one embargo have no reader in common. */
export interface Release {
  readonly audience: string
  readonly at: Date
}

/**
 * Moves what an audience has not reached yet to another instant, never into the past: what has come is shown from now on, at a new position. A
 * position that was reached stays where it is. An audience that has no rows yet gets them. The instants themselves are written already. Gives how
 * many rows were moved. Throws CONFLICT as `reserve` does.
 */
export async function moveEmbargo(app: App, tx: Tx, place: EmbargoPlace, releases: readonly Release[]): Promise<number> {
  let moved = 0
  await withPositions(app, tx, place, async (db, positions) => {
    for (const { audience, at } of releases) {
      const waiting = await listWaiting(db, place.collection, { embargo: place.embargo, audience }, positions.now)
      const instant = at.getTime() * 1000
      const from = instant > positions.now ? await reserve(db, place.collection, instant, waiting.length) : undefined
      const to = waiting.map((_, n) => (from === undefined ? positions.next() : from + n))
      await moveRows(db, place.collection, audience, waiting, { positions: to, opensAt: from === undefined ? undefined : instant })
      moved += waiting.length
    }
    const held = { collection: place.collection, embargoes: [place.embargo], versions: undefined }
    return (await holdRows(db, { operator: place.operator, ...held }, positions)) || moved > 0
  })
  return moved
}

/** One step under the collection's lock; it tells whether something that was there before has changed. */
export async function withPositions(
  app: App,
  tx: Tx,
  { collection }: Pick<EmbargoPlace, 'collection'>,
  step: (db: Transaction<DB>, positions: Positions) => Promise<boolean>,
): Promise<void> {
  await tx.asSystem(async (db) => {
    const now = app.clock.now()
    const state = await lockPositions(db, collection, now)
    if (state === undefined) throw new Problem('NOT_FOUND')
    const positions = new Positions(state, now)
    tx.beforeCommit(async () => positions.check(app.clock.now()))
    const changed = await step(db, positions)
    await keepPositions(db, collection, Math.max(state.last_at, positions.last), changed)
  })
}
