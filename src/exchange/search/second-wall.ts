import { sql } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { Tx } from '#platform/db/database.ts'
import type { FoundRow } from '#exchange/search/found-rows.ts'

/**
 * Of what was found as the program itself, within the scope, that which row-level security lets the reader itself read: a fault in the scope
 * shows nobody what is not for them. Rows are asked for by their keys, so it costs one short statement for each collection that something was
 * found in, however much was looked through.
 */
export async function letThrough<T extends FoundRow>(tx: Tx, found: readonly T[]): Promise<T[]> {
  const readable = new Set<string>()
  for (const [collection, of] of Map.groupBy(found, ({ collection_id: id }) => id)) {
    const rows = [...new Map(of.map((row) => [keyOf(row), row])).values()]
    // The collection by itself: the part of each table is known before, and not looked for row by row.
    const { rows: read } = await sql<{ version_id: string; audience: string }>`select n.version_id::text, n.audience::text
      from unnest(${pgArray(rows.map((row) => row.audience))}::uuid[], ${pgArray(rows.map((row) => row.position))}::bigint[],
        ${pgArray(rows.map((row) => row.version_id))}::uuid[]) as n (audience, position, version_id)
      cross join lateral (select from object_feed f where f.collection_id = ${collection}::uuid and f.audience = n.audience and f.position = n.position
        and f.version_id = n.version_id offset 0) f
      cross join lateral (select from object_version v where v.collection_id = ${collection}::uuid and v.id = n.version_id offset 0) v`.execute(tx.db)
    for (const row of read) readable.add(keyOf(row))
  }
  return found.filter((row) => readable.has(keyOf(row)))
}

function keyOf({ version_id: version, audience }: Pick<FoundRow, 'version_id' | 'audience'>): string {
  return `${version} ${audience}`
}
