import type { Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { findReserved, followHeld, insertEmbargoRows, listMissing, listUnheld, type EmbargoRow, type Held } from '#exchange/objects/embargo-store.ts'
import { insertRemovals, removeFeeds } from '#exchange/objects/feed-store.ts'
import type { Positions } from '#exchange/objects/positions.ts'

/**
 * Lets the rows of every class of readers follow what is shown with an embargo: a version that came gets a row at the instant of each class, or at
 * a position of now where that has passed; one that went is taken away, and whoever may have seen it is told; first and last version are told
 * apart for each. True when something that was there before has changed. Throws CONFLICT as `reserve` does.
 */
export async function holdRows(db: Transaction<DB>, { operator, ...held }: Held & { readonly operator: OperatorId }, positions: Positions): Promise<boolean> {
  const { collection, versions } = held
  const removed = versions === undefined ? [] : await listUnheld(db, { ...held, versions })
  const told = removed.filter(({ opens_at: at }) => at <= positions.now)
  await insertRemovals(
    db,
    { collection, operator },
    told.map((row) => ({ ...row, was: row.position, position: positions.next() })),
  )
  await removeFeeds(db, collection, removed)
  const missing = await listMissing(db, held)
  for (const of of Map.groupBy(missing, ({ audience, opens_at: at }) => `${audience} ${at}`).values()) {
    const at = of[0]!.opens_at
    const from = at > positions.now ? await reserve(db, collection, at, of.length) : undefined
    const rows = of.map((row, n): EmbargoRow => {
      const position = from === undefined ? positions.next() : from + n
      return { ...row, position, opens_at: from === undefined ? Math.min(at, position) : at }
    })
    await insertEmbargoRows(db, collection, rows)
  }
  const followed = await followHeld(db, held)
  return removed.length + missing.length + followed > 0
}

/**
 * The first of so many free positions at an instant that lies ahead, in microseconds since 1970. Throws CONFLICT where they would reach behind those
 * of another instant so soon after that its readers, who have read these, would pass over them.
 */
export async function reserve(db: Transaction<DB>, collection: CollectionId, at: number, count: number): Promise<number> {
  const { last, next } = await findReserved(db, collection, at)
  const from = Math.max(at, (last ?? 0) + 1)
  if (next !== null && from + count > next)
    throw new Problem('CONFLICT', 'Another embargo ends too soon after this instant; choose the same or an earlier one.')
  return from
}
