import { sql, type RawBuilder } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { isShown } from '#exchange/objects/feed-query.ts'
import { uuidOf } from '#exchange/objects/version-store.ts'
import { byteas } from '#exchange/search/found-rows.ts'
import type { BodyPlace } from '#exchange/search/open-bodies.ts'
import type { KeyHex } from '#exchange/search/value-keys.ts'

/** The latest version of an indicator that the reader sees, with what its own organisation reported. */
export interface IndicatorRow {
  readonly id: string
  readonly object_id: string
  readonly operator_id: OperatorId
  readonly organisation_id: string | null
  readonly tlp: TlpLabel
  readonly open: boolean
  readonly revoked: boolean
  readonly position: number
  readonly block_id: string
  readonly start: number
  readonly size: number
  /** The embargo that released it to the reader. */
  readonly embargo_id: string | null
  readonly sealed: Buffer
  readonly collection_id: string
  readonly collection_title: string
  readonly own_count: number | null
  readonly own_last_seen: Date | null
}

/** An object in its collection, whoever contributed it. */
export interface IndicatorPlace {
  readonly collection_id: string
  readonly object_id: string
}

type Choice = { readonly before: readonly [position: number, id: string] | undefined; readonly limit: number } | { readonly named: readonly IndicatorPlace[] }

/** Feeds that the reader reads, over all collections: `a` with `collection_id`, `title` and `audience`. */
function feedsOf(reader: PersonActor): RawBuilder<unknown> {
  if (reader.kind === 'operator')
    return sql`(select k.id as collection_id, k.title, audience from collection k cross join unnest(array[k.id, k.operator_id]) as audience
      where k.operator_id = ${reader.operator})`
  return sql`(select k.id as collection_id, k.title, audience from collection k cross join unnest((select reader_audiences())::uuid[]) as audience
    where k.id = any((select readable_collections())::uuid[]) and (audience = k.id or audience <> all((select readable_collections())::uuid[])))`
}

/** Newest first: a page of them, or those named. */
export async function listIndicators(tx: Tx, reader: PersonActor, choice: Choice): Promise<IndicatorRow[]> {
  const organisation = reader.kind === 'contact' ? reader.organisation : null
  const limit = 'limit' in choice ? choice.limit : null
  const which =
    'named' in choice
      ? sql`(f.collection_id, f.version_id) in (select v.collection_id, v.id from unnest(${pgArray(choice.named.map((one) => one.collection_id))}::uuid[],
          ${pgArray(choice.named.map((one) => uuidOf(one.object_id)))}::uuid[]) as named (collection_id, uuid)
          join object_version v on v.collection_id = named.collection_id and v.object_uuid = named.uuid)`
      : choice.before
        ? sql`(f.position, f.version_id) < (${choice.before[0]}::bigint, ${choice.before[1]}::uuid)`
        : sql`true`
  const { rows } = await sql<IndicatorRow>`with page as (select f.*, a.title from ${feedsOf(reader)} a cross join lateral (select f.* from object_feed f
        where f.collection_id = a.collection_id and f.audience = a.audience and (f.oldest or f.newest) and f.newest and f.type = 'indicator' and ${which} and ${isShown(reader)}
        order by f.position desc limit ${limit}) f
      order by f.position desc, f.version_id desc limit ${limit})
    select v.id, v.object_id, v.operator_id, v.organisation_id, v.tlp, v.open, v.revoked, b.sealed, v.block_id, v.start, v.size,
      page.embargo_id, page.position, page.collection_id, page.title as collection_title, own.count as own_count, own.last_seen as own_last_seen
    from page join object_version v on v.collection_id = page.collection_id and v.id = page.version_id
      join object_block b on b.collection_id = page.collection_id and b.id = v.block_id
      left join lateral (select case when count(*) > 0 then least(sum(s.count), ${Number.MAX_SAFE_INTEGER}::bigint)::bigint end as count, max(s.last_seen) as last_seen
        from sighting s where s.collection_id = v.collection_id and s.indicator = v.object_id and s.organisation_id = ${organisation}::uuid and s.replaced_at is null) own on true
    order by page.position desc, page.version_id desc`.execute(tx.db)
  return rows
}

/** An indicator as a sighting refers to it. */
export interface FoundIndicator extends IndicatorPlace, BodyPlace {
  readonly contribution_id: string
  readonly operator_id: OperatorId
  readonly revoked: boolean
  /** The keys among those asked for that it names. */
  readonly value_keys: readonly KeyHex[]
}

/** Indicators that the reader sees, by id or by a value that their pattern names, within a collection where one is given; the one shown first comes first. */
export async function findIndicators(
  tx: Tx,
  reader: PersonActor,
  {
    ids: asked = [],
    valueKeys = [],
    collection,
  }: { readonly ids?: readonly string[]; readonly valueKeys?: readonly KeyHex[]; readonly collection?: string | undefined },
): Promise<FoundIndicator[]> {
  const ids = asked.filter((id) => STIX_ID.test(id))
  if (ids.length + valueKeys.length === 0) return []
  const named = await findNaming(tx, reader, valueKeys, collection)
  const { rows } = await sql<Omit<FoundIndicator, 'value_keys'>>`
    select distinct on (v.shown_since, v.contributed_at, v.id) v.id as version_id, v.object_id, v.collection_id, v.contribution_id, v.operator_id, v.revoked, v.block_id, v.start, v.size
    from ${feedsOf(reader)} a cross join lateral (
        select id from object_version where collection_id = a.collection_id and type = 'indicator' and object_uuid = any(${pgArray(ids.map(uuidOf))}::uuid[]) and object_id = any(${ids}::text[])
        union select id from object_version where collection_id = a.collection_id and type = 'indicator' and id = any(${pgArray([...named.keys()])}::uuid[])) found
      join object_version v on v.collection_id = a.collection_id and v.id = found.id
      join object_feed f on f.collection_id = a.collection_id and f.audience = a.audience and f.version_id = v.id
    where f.newest and ${collection === undefined ? sql`true` : sql`v.collection_id = ${collection}::uuid`} and ${isShown(reader)}
    order by v.shown_since, v.contributed_at, v.id`.execute(tx.db)
  return rows.map((row) => ({ ...row, value_keys: named.get(row.version_id) ?? [] }))
}

/** Most versions of indicators that count for one value in one collection: those that came first. */
const MOST_NAMING = 200

/**
 * Versions of indicators that name one of the values, in collections that the reader reads: the first that came, of those that it may be shown. What it
 * costs does not grow with how many name a value. Show nothing of them that was not authorised.
 */
async function findNaming(tx: Tx, reader: PersonActor, keys: readonly KeyHex[], collection: string | undefined): Promise<Map<string, KeyHex[]>> {
  if (keys.length === 0) return new Map()
  const collections = collection === undefined ? await listReadable(tx, reader) : [collection]
  const own = reader.kind === 'contact' ? sql`(v.open or v.organisation_id = ${reader.organisation}::uuid)` : sql`true`
  const { rows } = await tx.asSystem((db) =>
    sql<{ version_id: string; key: KeyHex }>`select m.version_id, encode(m.key, 'hex') as key
      from unnest(${pgArray(collections)}::uuid[]) as c (id) cross join unnest(${byteas(keys)}::bytea[]) as k (key) cross join lateral
        (select n.version_id, n.key from object_value n cross join lateral (select v.type, v.open, v.organisation_id, v.newest from object_version v
            where v.collection_id = c.id and v.id = n.version_id offset 0) v
          where n.collection_id = c.id and n.key = k.key and v.type = 'indicator' and v.newest and ${own} order by n.version_id limit ${MOST_NAMING}) m`.execute(
      db,
    ),
  )
  return new Map([...Map.groupBy(rows, ({ version_id: id }) => id)].map(([id, of]) => [id, of.map(({ key }) => key)]))
}

async function listReadable(tx: Tx, reader: PersonActor): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select distinct a.collection_id as id from ${feedsOf(reader)} a`.execute(tx.db)
  return rows.map(({ id }) => id)
}
