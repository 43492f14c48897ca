import { sql, type Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import { isInPlace, type Scope } from '#exchange/search/scope.ts'

/**
 * The newest position up to which all that the reader is shown has been read for its words, or 0 where nothing has; undefined when
 * nothing waits. Told by rows that the reader is shown alone: what is stored for others moves nothing. As the program itself.
 */
export async function searchedTo(db: Transaction<DB>, scope: Scope): Promise<number | undefined> {
  const { collections, audiences } = scope
  if (collections.length === 0) return undefined
  const shown = sql`f.collection_id = c.id and f.audience = a.id and f.newest and f.opens_at is null and ${isInPlace(scope)}`
  const { rows } = await sql<{
    read_to: number
  }>`with c as materialized (select n.id, coalesce(i.indexed_to, 0) as read_to from unnest(${pgArray(collections)}::uuid[]) as n (id)
        left join object_indexed i on i.collection_id = n.id),
      a as materialized (select n.id, n.id = any(${pgArray(collections)}::uuid[]) as is_collection from unnest(${pgArray(audiences)}::uuid[]) as n (id)),
      waiting as materialized (select c.id, c.read_to from c where exists (select from a cross join lateral
        (select from object_feed f where ${shown} and f.position > c.read_to limit 1) s where not a.is_collection or a.id = c.id))
    select coalesce(max(s.position), 0) as read_to from waiting c left join a on not a.is_collection or a.id = c.id
      left join lateral (select f.position from object_feed f where ${shown} and f.position <= c.read_to order by f.position desc limit 1) s on true
    group by c.id order by 1 limit 1`.execute(db)
  return rows[0]?.read_to
}
