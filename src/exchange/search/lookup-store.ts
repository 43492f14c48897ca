import { sql, type RawBuilder, type Transaction } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import { MOST_FOUND } from '#exchange/search/contract.ts'
import { byteas, COLUMNS, onlySeen, WITH_VERSION, type FoundRow } from '#exchange/search/found-rows.ts'
import { isShown, type Scope } from '#exchange/search/scope.ts'

type Db = Transaction<DB>

/** Something found, with the key or id by which it was. */
export interface Hit extends FoundRow {
  readonly key: string
}

/** Versions that the keys of one batch may lead to before each key is read by itself. */
const MOST_TOGETHER = 20_000

/** What stands of the objects that name one of the values, of each key at most one more than `MOST_FOUND`. As the program itself: the scope is the wall. */
export async function findByKeys(db: Db, scope: Scope, keys: readonly string[]): Promise<Hit[]> {
  const hits: Hit[] = []
  // One statement for each collection reads one part of each table, and the keys in the order of its index.
  for (const collection of scope.collections) {
    const together = await findTogether(db, scope, collection, keys)
    hits.push(...(together ?? (await findOneByOne(db, scope, collection, keys))))
  }
  return onlySeen(scope, hits) as Hit[]
}

/** Which of the keys anything in one of the collections has, whoever may see it: what is looked for by them is decided on its own. */
export async function findNoted(db: Db, { collections }: Scope, keys: readonly string[]): Promise<Set<string>> {
  const noted = new Set<string>()
  for (const collection of keys.length === 0 ? [] : collections) {
    const { rows } = await sql<{ key: string }>`select encode(k.key, 'hex') as key from unnest(${byteas(keys)}::bytea[]) as k (key)
      cross join lateral (select from object_value n where n.collection_id = ${collection}::uuid and n.key = k.key limit 1) n`.execute(db)
    for (const { key } of rows) noted.add(key)
  }
  return noted
}

async function findTogether(db: Db, scope: Scope, collection: string, keys: readonly string[]): Promise<Hit[] | undefined> {
  const { rows: pairs } = await sql<{ key: string; version_id: string }>`select encode(key, 'hex') as key, version_id::text from object_value
    where collection_id = ${collection}::uuid and key = any(${byteas(keys)}::bytea[]) limit ${MOST_TOGETHER + 1}`.execute(db)
  if (pairs.length > MOST_TOGETHER) return undefined
  if (pairs.length === 0) return []
  const { rows } = await sql<FoundRow>`select ${COLUMNS} from unnest(${pgArray([...new Set(pairs.map(({ version_id: id }) => id))])}::uuid[]) as n (version_id)
    join object_feed f on f.version_id = n.version_id ${WITH_VERSION} where ${standsIn(scope, collection)}`.execute(db)
  const byVersion = new Map(rows.map((row) => [row.version_id, row]))
  return pairs.flatMap(({ key, version_id: id }) => {
    const row = byVersion.get(id)
    return row ? [{ ...row, key }] : []
  })
}

async function findOneByOne(db: Db, scope: Scope, collection: string, keys: readonly string[]): Promise<Hit[]> {
  const { rows } = await sql<Hit>`select encode(k.key, 'hex') as key, m.* from unnest(${byteas(keys)}::bytea[]) as k (key) cross join lateral
    (select ${COLUMNS} from object_value n join object_feed f on f.version_id = n.version_id ${WITH_VERSION}
      where n.collection_id = ${collection}::uuid and n.key = k.key and ${standsIn(scope, collection)} limit ${MOST_FOUND + 1}) m`.execute(db)
  return rows
}

/** What stands of the objects with these ids. */
export async function findByIds(db: Db, scope: Scope, ids: readonly string[]): Promise<Hit[]> {
  if (scope.collections.length === 0) return []
  const { rows } =
    await sql<Hit>`select v.object_id as key, ${COLUMNS} from unnest(${pgArray(ids.map((id) => id.slice(-36)))}::uuid[], ${pgArray(ids)}::text[]) as n (uuid, id)
    join object_version o on o.object_uuid = n.uuid and o.object_id = n.id
    join object_feed f on f.collection_id = o.collection_id and f.version_id = o.id ${WITH_VERSION} where f.newest and ${isShown(scope)}`.execute(db)
  return onlySeen(scope, rows) as Hit[]
}

function standsIn(scope: Scope, collection: string): RawBuilder<boolean> {
  return sql`(f.collection_id = ${collection}::uuid and f.newest and ${isShown(scope)})`
}
