import { sql, type Transaction } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { Place } from '#exchange/objects/version.ts'

type Db = Transaction<DB>

/** An object at which more point than are settled at once. */
export interface Unsettled {
  readonly collection_id: CollectionId
  readonly target_id: string
  readonly operator_id: OperatorId
  readonly after_id: string | null
}

/** Notes objects of which what points at them is settled later, from the beginning where that is under way. */
export async function insertUnsettled(db: Db, { collection, operator }: Pick<Place, 'collection' | 'operator'>, targets: readonly string[]): Promise<void> {
  await sql`insert into object_unsettled (collection_id, operator_id, target_id)
    select ${collection}::uuid, ${operator}::uuid, target from unnest(${pgArray(targets)}::text[]) as target
    on conflict (collection_id, target_id) do update set after_id = null`.execute(db)
}

export async function findUnsettled(db: Db): Promise<Unsettled | undefined> {
  const { rows } = await sql<Unsettled>`select * from object_unsettled order by collection_id, target_id limit 1`.execute(db)
  return rows[0]
}

/** The same as it is now, under the collection's lock. */
export async function readUnsettled(db: Db, { collection_id: collection, target_id: target }: Unsettled): Promise<Unsettled | undefined> {
  const { rows } = await sql<Unsettled>`select * from object_unsettled where collection_id = ${collection} and target_id = ${target}`.execute(db)
  return rows[0]
}

/** What points at it after the last that was looked at. */
export async function listNextPointing(
  db: Db,
  { collection_id: collection, target_id: target, after_id: after }: Unsettled,
  limit: number,
): Promise<{ readonly object_id: string; readonly version_id: string }[]> {
  const { rows } = await sql<{ object_id: string; version_id: string }>`select object_id, version_id from object_reference
    where collection_id = ${collection} and target_id = ${target} and version_id > coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000')
    order by version_id limit ${limit}`.execute(db)
  return rows
}

/** How far it came; undefined: to the end. */
export async function keepUnsettled(db: Db, { collection_id: collection, target_id: target }: Unsettled, after: string | undefined): Promise<void> {
  if (after === undefined) await sql`delete from object_unsettled where collection_id = ${collection} and target_id = ${target}`.execute(db)
  else await sql`update object_unsettled set after_id = ${after} where collection_id = ${collection} and target_id = ${target}`.execute(db)
}
