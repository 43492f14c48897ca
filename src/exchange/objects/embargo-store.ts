import { sql, type Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'

type Db = Transaction<DB>

/** Gives the audience that the members of one tier of an operator are. */
export async function tierAudience(db: Db, operator: OperatorId, tier: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`select tier_audience(${operator}::uuid, ${tier}) as id`.execute(db)
  return rows[0]!.id
}

/** The last position behind an instant that what opens until then holds, and the first that what opens later does. */
export async function findReserved(db: Db, collection: CollectionId, at: number): Promise<{ readonly last: number | null; readonly next: number | null }> {
  const { rows } = await sql<{ last: number | null; next: number | null }>`select max(position) filter (where opens_at <= ${at}::bigint) as last,
      min(position) filter (where opens_at > ${at}::bigint) as next
    from object_feed where collection_id = ${collection} and embargo_id is not null and position >= ${at}::bigint`.execute(db)
  return rows[0]!
}

export interface EmbargoRow {
  readonly audience: string
  readonly position: number
  readonly version_id: string
  readonly opens_at: number
}

/** The operator's people have rows of their own from the beginning: these are `late`, not for them. */
export async function insertEmbargoRows(
  db: Db,
  { collection, operator, embargo }: { readonly collection: CollectionId; readonly operator: OperatorId; readonly embargo: string },
  rows: readonly EmbargoRow[],
): Promise<void> {
  for (const row of rows)
    await sql`insert into object_feed (collection_id, operator_id, audience, position, version_id, organisation_id, object_id, type, version, version_at, block_id,
        start, size, oldest, newest, late, opens_at, embargo_id, tlp)
      select collection_id, ${operator}::uuid, ${row.audience}::uuid, ${row.position}, id, organisation_id, object_id, type, version, version_at, block_id, start, size,
        true, true, true, ${row.opens_at}, ${embargo}::uuid, tlp
      from object_version where collection_id = ${collection} and id = ${row.version_id}`.execute(db)
}

/** Rows of an embargo that no reader has reached at this instant, in their order. */
export async function listWaiting(db: Db, collection: CollectionId, embargo: string, now: number): Promise<EmbargoRow[]> {
  const { rows } = await sql<EmbargoRow>`select audience, position, version_id, opens_at from object_feed
    where collection_id = ${collection} and embargo_id = ${embargo} and opens_at > ${now}::bigint order by position`.execute(db)
  return rows
}

export async function moveEmbargoRow(
  db: Db,
  collection: CollectionId,
  row: EmbargoRow,
  to: { readonly position: number; readonly opensAt: number },
): Promise<void> {
  await sql`update object_feed set position = ${to.position}, opens_at = ${to.opensAt}
    where collection_id = ${collection} and audience = ${row.audience} and position = ${row.position}`.execute(db)
}
