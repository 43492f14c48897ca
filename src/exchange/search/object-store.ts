import { sql, type RawBuilder, type Transaction } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import { byteas, COLUMNS, onlySeen, WITH_VERSION, type FoundRow } from '#exchange/search/found-rows.ts'
import { isShown, type Scope } from '#exchange/search/scope.ts'
import { hasId } from '#exchange/search/search-store.ts'

type Db = Transaction<DB>

/** Versions of one object that are listed at most, over all collections. */
const MOST_VERSIONS = 2_000

/** All versions of an object that the reader is shown, the newest of each collection first. As the program itself. */
export async function listVersions(db: Db, scope: Scope, id: string): Promise<FoundRow[]> {
  const { rows } = await sql<FoundRow>`with n as materialized (select collection_id, id as version_id from object_version
      where collection_id = any(${pgArray(scope.collections)}::uuid[]) and ${hasId(id)})
    select ${COLUMNS} from n join object_feed f on f.collection_id = n.collection_id and f.version_id = n.version_id ${WITH_VERSION}
    where ${isShown(scope)} order by f.collection_id, f.newest desc, f.version_at desc, f.position desc limit ${MOST_VERSIONS}`.execute(db)
  return onlySeen(scope, rows)
}

/** What stands of objects that the reader is shown, found by something that leads to their versions; with what it was. */
export interface Neighbour extends FoundRow {
  readonly via: string
}

/** Objects with these ids. */
export function listByIds(db: Db, scope: Scope, ids: readonly string[], limit: number): Promise<Neighbour[]> {
  const found = sql`select v.collection_id, v.id as version_id, v.object_id as via from unnest(${pgArray(ids.map((id) => id.slice(-36)))}::uuid[], ${pgArray(ids)}::text[])
      as i (uuid, id) join object_version v on v.object_uuid = i.uuid and v.object_id = i.id where v.collection_id = any(${pgArray(scope.collections)}::uuid[])`
  return neighbours(db, scope, found, limit)
}

/** Objects that refer to this one: what hangs on it is known at once, other references once their object was read. */
export function listReferring(db: Db, scope: Scope, id: string, key: string, limit: number): Promise<Neighbour[]> {
  const inScope = sql`collection_id = any(${pgArray(scope.collections)}::uuid[])`
  const found = sql`select collection_id, version_id, ''::text as via from object_word where ${inScope} and key = ${key}::uuid
    union select collection_id, version_id, '' from object_reference where ${inScope} and target_id = ${id}`
  return neighbours(db, scope, found, limit)
}

/** Objects that name one of these values. */
export function listNaming(db: Db, scope: Scope, keys: readonly string[], limit: number): Promise<Neighbour[]> {
  const found = sql`select collection_id, version_id, encode(key, 'hex') as via from object_value
    where collection_id = any(${pgArray(scope.collections)}::uuid[]) and key = any(${byteas(keys)}::bytea[])`
  return neighbours(db, scope, found, limit)
}

async function neighbours(db: Db, scope: Scope, found: RawBuilder<unknown>, limit: number): Promise<Neighbour[]> {
  if (scope.collections.length === 0) return []
  const { rows } = await sql<Neighbour>`select n.via, ${COLUMNS} from (${found}) n
    join object_feed f on f.collection_id = n.collection_id and f.version_id = n.version_id ${WITH_VERSION}
    where f.newest and ${isShown(scope)} order by f.position desc, f.collection_id desc limit ${limit}`.execute(db)
  const seen = new Set(onlySeen(scope, rows))
  return rows.filter((row) => seen.has(row))
}
