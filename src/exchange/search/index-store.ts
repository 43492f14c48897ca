import { sql, type Transaction } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { Facts } from '#exchange/search/facts.ts'
import type { BodyPlace } from '#exchange/search/open-bodies.ts'

type Db = Transaction<DB>

/** How far the reading of a collection has come. */
export interface Progress {
  readonly collection_id: string
  readonly operator_id: string
  /** Position that was given out last. */
  readonly last_at: number
  readonly last_id: string | null
  readonly indexed_to: number | null
}

export interface Unread extends BodyPlace {
  readonly tlp: TlpLabel
}

export interface ReadVersion {
  readonly version: string
  readonly facts: Facts
  /** Keys of its words, labels and references. */
  readonly keys: readonly string[]
}

/** Collections that hold what was not read yet. */
export async function listBehind(db: Db): Promise<Progress[]> {
  const { rows } = await sql<Progress>`select c.id as collection_id, c.operator_id, c.last_at, i.last_id, i.indexed_to
    from collection c left join object_indexed i on i.collection_id = c.id where c.last_at > coalesce(i.indexed_to, 0) order by c.id`.execute(db)
  return rows
}

/** The position that a collection has given out last: whatever lies below it can be read from now on. */
export async function lastPosition(db: Db, collection: string): Promise<number> {
  const { rows } = await sql<{ last_at: number }>`select last_at from collection where id = ${collection}::uuid`.execute(db)
  return rows[0]?.last_at ?? 0
}

export async function listUnread(db: Db, collection: string, after: string, limit: number): Promise<Unread[]> {
  const { rows } = await sql<Unread>`select v.collection_id, v.id as version_id, v.block_id, v.start, v.size, v.tlp from object_version v
    where v.collection_id = ${collection}::uuid and v.id > ${after}::uuid
      and not exists (select from object_fact x where x.collection_id = ${collection}::uuid and x.version_id = v.id)
    order by v.id limit ${limit}`.execute(db)
  return rows
}

export async function insertRead(db: Db, { collection_id: collection, operator_id: operator }: Progress, read: readonly ReadVersion[]): Promise<void> {
  if (read.length === 0) return
  const of = (pick: (facts: Facts) => string | number | null) => pgArray(read.map(({ facts }) => pick(facts)))
  await sql`insert into object_fact (collection_id, operator_id, version_id, marked, created_at, valid_from, valid_until, confidence)
    select ${collection}::uuid, ${operator}::uuid, n.* from unnest(${pgArray(read.map(({ version }) => version))}::uuid[], ${of(({ marked }) => marked)}::text[],
      ${of((facts) => facts.created_at)}::bigint[], ${of((facts) => facts.valid_from)}::bigint[], ${of((facts) => facts.valid_until)}::bigint[],
      ${of(({ confidence }) => confidence)}::smallint[]) as n on conflict do nothing`.execute(db)
  const words = read.flatMap(({ version, keys }) => keys.map((key) => ({ version, key })))
  for (let from = 0; from < words.length; from += 20_000) {
    const some = words.slice(from, from + 20_000)
    // In the order of the index, whose pages are then written one after another.
    some.sort((a, b) => (a.key < b.key ? -1 : 1))
    await sql`insert into object_word (collection_id, key, version_id) select ${collection}::uuid, n.* from unnest(${pgArray(some.map(({ key }) => key))}::uuid[],
      ${pgArray(some.map(({ version }) => version))}::uuid[]) as n on conflict do nothing`.execute(db)
  }
}

/** Notes how far the reading has come; `to` once nothing below that position is left. */
export async function keepProgress(
  db: Db,
  { collection_id: collection, operator_id: operator }: Progress,
  lastId: string,
  to: number | undefined,
): Promise<void> {
  await sql`insert into object_indexed (collection_id, operator_id, last_id, indexed_to) values (${collection}::uuid, ${operator}::uuid, ${lastId}::uuid, ${to ?? 0}::bigint)
    on conflict (collection_id) do update set last_id = greatest(object_indexed.last_id, excluded.last_id), indexed_to = greatest(object_indexed.indexed_to, excluded.indexed_to)`.execute(
    db,
  )
}

/** Takes out what belongs to versions that are gone; gives how many they were. */
export async function deleteOrphans(db: Db, collection: string): Promise<number> {
  const { rows } = await sql<{ version_id: string }>`delete from object_fact x where x.collection_id = ${collection}::uuid
    and not exists (select from object_version v where v.collection_id = ${collection}::uuid and v.id = x.version_id) returning x.version_id`.execute(db)
  if (rows.length === 0) return 0
  await sql`delete from object_word where collection_id = ${collection}::uuid and version_id = any(${pgArray(rows.map(({ version_id: id }) => id))}::uuid[])`.execute(
    db,
  )
  return rows.length
}

export async function listIndexed(db: Db): Promise<string[]> {
  const { rows } = await sql<{ collection_id: string }>`select collection_id from object_indexed order by collection_id`.execute(db)
  return rows.map(({ collection_id: id }) => id)
}
