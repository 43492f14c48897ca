import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { findReserved, insertEmbargoRows, listWaiting, moveEmbargoRow, type EmbargoRow } from '#exchange/objects/embargo-store.ts'
import { keepPositions, lockPositions } from '#exchange/objects/feed-store.ts'
import { Positions } from '#exchange/objects/positions.ts'
import { asContributions, newestOf } from '#exchange/objects/contribution.ts'
import { listVersionsOf } from '#exchange/objects/version-store.ts'

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
 * Releases objects that the operator itself keeps in a collection to each audience at its instant (exchange design, 4.3): a position that lies
 * ahead, which no reader is shown before the trusted clock reaches it (V1) and which nothing else takes. Nothing has to happen then. A leaf says
 * what was set (V7). Throws NOT_FOUND for an object that was not stored for this embargo, in the operator's own name, and CONFLICT for so many
 * objects that they would reach behind what another embargo releases within the next moment.
 */
export async function setEmbargo(app: App, tx: Tx, place: EmbargoPlace, objects: readonly string[], releases: readonly Release[]): Promise<void> {
  await withPositions(app, tx, place, async (db, positions, now) => {
    const own = asContributions(await listVersionsOf(db, place.collection, objects, 'outermost'), false).filter(({ organisation }) => organisation === null)
    if (own.length !== new Set(objects).size || own.some(({ wasFor }) => wasFor !== place.embargo)) throw new Problem('NOT_FOUND')
    const byObject = new Map(own.map((one) => [one.object, newestOf(one).id]))
    for (const { audience, at } of releases) {
      const from = at.getTime() * 1000 > now ? await reserve(db, place.collection, at.getTime() * 1000, objects.length) : undefined
      const rows = objects.map((object, n): EmbargoRow => {
        const position = from === undefined ? positions.next() : from + n
        return { audience, position, version_id: byObject.get(object)!, opens_at: Math.min(at.getTime() * 1000, position) }
      })
      await insertEmbargoRows(db, place, rows)
    }
    // What readers keep of their pages has to look at the clock from now on.
    return true
  })
  record(app, tx, place, 'embargo.set', releases, objects.length)
}

/**
 * Moves what an audience has not reached yet to another instant, never into the past: what has come is shown from now on, at a new position. A
 * position that was reached stays where it is. Gives how many rows were moved. Throws CONFLICT as `setEmbargo` does.
 */
export async function moveEmbargo(app: App, tx: Tx, place: EmbargoPlace, releases: readonly Release[]): Promise<number> {
  let moved = 0
  await withPositions(app, tx, place, async (db, positions, now) => {
    const waiting = Map.groupBy(await listWaiting(db, place.collection, place.embargo, now), ({ audience }) => audience)
    for (const { audience, at } of releases) {
      const rows = waiting.get(audience) ?? []
      const instant = at.getTime() * 1000
      const from = instant > now ? await reserve(db, place.collection, instant, rows.length) : undefined
      for (const [n, row] of rows.entries()) {
        const position = from === undefined ? positions.next() : from + n
        await moveEmbargoRow(db, place.collection, row, { position, opensAt: from === undefined ? Math.min(now, position) : instant })
      }
      moved += rows.length
    }
    return moved > 0
  })
  record(app, tx, place, 'embargo.moved', releases, moved)
  return moved
}

/**
 * Leaves out what hangs on something that is not open to the reader, whatever its instant says (V2): `opened` gives those of the embargoes that
 * are open; an answer that is missing, late or a failure means no.
 */
export async function withoutHeld<Row extends { readonly embargo_id: string | null }>(
  rows: readonly Row[],
  opened: (embargoes: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<Row[]> {
  const embargoes = [...new Set(rows.flatMap(({ embargo_id: id }) => id ?? []))]
  const open = embargoes.length === 0 ? new Set<string>() : await opened(embargoes).catch(() => new Set<string>())
  return rows.filter(({ embargo_id: id }) => id === null || open.has(id))
}

/**
 * The first of so many free positions at an instant that lies ahead. Throws CONFLICT where they would reach behind those of another instant so
 * soon after that its readers, who have read these, would pass over them.
 */
async function reserve(db: Transaction<DB>, collection: CollectionId, at: number, count: number): Promise<number> {
  const { last, next } = await findReserved(db, collection, at)
  const from = Math.max(at, (last ?? 0) + 1)
  if (next !== null && from + count > next)
    throw new Problem('CONFLICT', 'Another embargo ends too soon after this instant; choose the same or an earlier one.')
  return from
}

async function withPositions(
  app: App,
  tx: Tx,
  { collection }: EmbargoPlace,
  step: (db: Transaction<DB>, positions: Positions, now: number) => Promise<boolean>,
): Promise<void> {
  await tx.asSystem(async (db) => {
    const now = app.clock.now()
    const state = await lockPositions(db, collection, now)
    if (state === undefined) throw new Problem('NOT_FOUND')
    const positions = new Positions(state, now)
    tx.beforeCommit(async () => positions.check(app.clock.now()))
    const changed = await step(db, positions, now.getTime() * 1000)
    await keepPositions(db, collection, Math.max(state.last_at, positions.last), changed)
  })
}

function record(app: App, tx: Tx, { collection, operator, embargo }: EmbargoPlace, action: string, releases: readonly Release[], rows: number): void {
  const instants = Object.fromEntries(releases.map(({ audience, at }) => [audience, at.toISOString()]))
  app.audit.record(tx, { action, subject: collection, operator, details: { embargo, rows, instants } })
}
