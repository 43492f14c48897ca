import { sql, type RawBuilder, type Transaction } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { FeedRow, Place, Version } from '#exchange/objects/version.ts'

type Db = Transaction<DB>

const COLUMNS = sql`v.id, v.contribution_id, v.organisation_id, v.object_id, v.type, v.versioned, v.version, v.version_at::text as version_at, v.tlp, v.audience, v.revoked,
  v.shown_with, v.content, v.block_id, v.start, v.size, v.oldest, v.newest, v.open, v.leads, v.contributed_at, v.shown_since`

type Stored = Omit<Version, 'version_at'> & { readonly version_at: string }

async function read(db: Db, query: RawBuilder<Stored>): Promise<Version[]> {
  const { rows } = await query.execute(db)
  return rows.map((row) => ({ ...row, version_at: BigInt(row.version_at) }))
}

/** The UUID of an object's id, by which versions are found. */
export function uuidOf(id: string): string {
  return id.slice(-36)
}

export interface Asked {
  readonly object: string
  /** Undefined for an observable. */
  readonly at: bigint | undefined
  readonly content: Buffer
}

/** Versions of the object that `asked` names: found by its index one object at a time (`offset 0`), for a join would walk over all of the collection. */
function ofObject(collection: CollectionId): RawBuilder<unknown> {
  return sql`select v.* from object_version v where v.collection_id = ${collection} and v.object_uuid = asked.uuid and v.object_id = asked.id offset 0`
}

/** Everybody's versions of these objects: the outermost of each contribution, and those that are what is asked for. */
export async function listStanding(db: Db, collection: CollectionId, asked: readonly Asked[]): Promise<Version[]> {
  if (asked.length === 0) return []
  const versions = await read(
    db,
    sql`select ${COLUMNS} from unnest(${pgArray(asked.map(({ object }) => uuidOf(object)))}::uuid[], ${pgArray(asked.map(({ object }) => object))}::text[],
      ${pgArray(asked.map(({ at }) => at ?? null))}::bigint[], ${pgArray(asked.map(({ content }) => content.toString('hex')))}::text[]) as asked (uuid, id, at, content)
    cross join lateral (${ofObject(collection)}) v where v.oldest or v.newest or v.version_at = asked.at or v.content = decode(asked.content, 'hex')`,
  )
  return unique(versions)
}

/** Everybody's versions of these objects, all or the outermost of each contribution. */
export async function listVersionsOf(db: Db, collection: CollectionId, objects: readonly string[], which: 'all' | 'outermost'): Promise<Version[]> {
  if (objects.length === 0) return []
  return read(
    db,
    sql`select ${COLUMNS} from unnest(${pgArray(objects.map(uuidOf))}::uuid[], ${pgArray(objects)}::text[]) as asked (uuid, id)
    cross join lateral (${ofObject(collection)}) v where ${which === 'all' ? sql`true` : sql`(v.oldest or v.newest)`}`,
  )
}

/** A version with the collection that it is in, and whose that is. */
export interface InBlock extends Version {
  readonly collection_id: string
  readonly operator_id: string
}

/** The versions whose bytes lie in these blocks. */
export async function listInBlocks(db: Db, blocks: readonly string[]): Promise<InBlock[]> {
  const { rows } = await sql<
    Omit<InBlock, 'version_at'> & { readonly version_at: string }
  >`select ${COLUMNS}, v.collection_id, v.operator_id from object_version v
    where v.block_id = any(${pgArray(blocks)}::uuid[])`.execute(db)
  return rows.map((row) => ({ ...row, version_at: BigInt(row.version_at) }))
}

/** All versions of these contributions. */
export async function listContributed(db: Db, collection: CollectionId, contributions: readonly string[]): Promise<Version[]> {
  if (contributions.length === 0) return []
  return read(
    db,
    sql`select ${COLUMNS} from object_version v where v.collection_id = ${collection} and v.contribution_id = any(${pgArray(contributions)}::uuid[])`,
  )
}

export async function countVersions(db: Db, collection: CollectionId, contributions: readonly string[]): Promise<Map<string, number>> {
  if (contributions.length === 0) return new Map()
  const { rows } = await sql<{ id: string; count: number }>`select contribution_id as id, count(*) as count from object_version
    where collection_id = ${collection} and contribution_id = any(${pgArray(contributions)}::uuid[]) group by contribution_id`.execute(db)
  return new Map(rows.map(({ id, count }) => [id, count]))
}

/** Objects that point at these, directly or not, as many as are asked for: each found by its target, however many there are. */
export async function listPointing(db: Db, collection: CollectionId, objects: readonly string[], most?: number): Promise<string[]> {
  if (objects.length === 0) return []
  return (await pointingQuery(collection, objects, most).execute(db)).rows.map(({ object_id: id }) => id)
}

export function pointingQuery(collection: CollectionId, objects: readonly string[], most?: number): RawBuilder<{ object_id: string }> {
  return sql<{ object_id: string }>`with recursive pointing (object_id) as (
      select r.object_id from unnest(${pgArray(objects)}::text[]) as target (id) join object_reference r on r.collection_id = ${collection} and r.target_id = target.id
      union
      select next.object_id from pointing cross join lateral (select r.object_id from object_reference r
        where r.target_id = pointing.object_id and r.collection_id = ${collection} offset 0) next)
    select object_id from pointing limit ${most ?? null}::bigint`
}

/** For whom others those of the objects are that anybody else sees, by object. */
export async function listOpen(db: Db, collection: CollectionId, objects: readonly string[]): Promise<Map<string, Set<string>>> {
  if (objects.length === 0) return new Map()
  const { rows } = await sql<{ id: string; audience: string }>`select distinct v.object_id as id, v.audience
    from unnest(${pgArray(objects.map(uuidOf))}::uuid[], ${pgArray(objects)}::text[]) as asked (uuid, id)
    join object_version v on v.collection_id = ${collection} and v.object_uuid = asked.uuid and v.object_id = asked.id and v.open`.execute(db)
  return new Map([...Map.groupBy(rows, ({ id }) => id)].map(([id, of]) => [id, new Set(of.map(({ audience }) => audience))]))
}

function unique(versions: readonly Version[]): Version[] {
  return [...new Map(versions.map((version) => [version.id, version])).values()]
}

/** Versions as they are inserted; those of one call have one contributor. */
export async function insertVersions(db: Db, { collection, operator, contributor }: Place, versions: readonly Version[]): Promise<void> {
  if (versions.length === 0) return
  const list = <T extends string | number | bigint | boolean | null>(of: (version: Version) => T) => pgArray(versions.map(of))
  const bytes = versions[0]!.content.length
  await sql`insert into object_version (collection_id, operator_id, organisation_id, id, contribution_id, object_id, object_uuid, type, versioned, version, version_at, tlp,
      audience, revoked, shown_with, content, block_id, start, size, oldest, newest, open, leads, contributed_at, shown_since)
    select ${collection}::uuid, ${operator}::uuid, ${contributor}::uuid, n.id, n.contribution_id, n.object_id, n.object_uuid, n.type, n.versioned, n.version, n.version_at, n.tlp,
      n.audience, n.revoked, string_to_array(n.shown_with, ' '), substring(${Buffer.concat(versions.map(({ content }) => content))}::bytea from (n.at::int - 1) * ${bytes}::int + 1 for ${bytes}::int),
      n.block_id, n.start, n.size, n.oldest, n.newest, n.open, n.leads, n.contributed_at, n.shown_since
    from unnest(${list(({ id }) => id)}::uuid[], ${list((v) => v.contribution_id)}::uuid[], ${list((v) => v.object_id)}::text[],
      ${list((v) => uuidOf(v.object_id))}::uuid[], ${list(({ type }) => type)}::text[], ${list(({ versioned }) => versioned)}::boolean[], ${list(({ version }) => version)}::text[],
      ${list((v) => v.version_at)}::bigint[], ${list(({ tlp }) => tlp)}::text[], ${list(({ audience }) => audience)}::uuid[],
      ${list(({ revoked }) => revoked)}::boolean[], ${`{${versions.map((v) => `"${v.shown_with.join(' ')}"`).join(',')}}`}::text[],
      ${list((v) => v.block_id)}::uuid[], ${list(({ start }) => start)}::int[], ${list(({ size }) => size)}::int[], ${list(({ oldest }) => oldest)}::boolean[],
      ${list(({ newest }) => newest)}::boolean[], ${list(({ open }) => open)}::boolean[], ${list(({ leads }) => leads)}::boolean[],
      ${list((v) => v.contributed_at)}::bigint[], ${list((v) => v.shown_since)}::bigint[]) with ordinality
      as n (id, contribution_id, object_id, object_uuid, type, versioned, version, version_at, tlp, audience, revoked, shown_with, block_id, start, size, oldest, newest, open, leads,
        contributed_at, shown_since, at)`.execute(db)
}

/** Deletes versions, together with what they are found by. */
export async function deleteVersions(db: Db, collection: CollectionId, versions: readonly Version[], values: readonly ValueOf[]): Promise<void> {
  const ids = pgArray(versions.map(({ id }) => id))
  const targets = pgArray([...new Set(versions.flatMap(({ shown_with: refs }) => refs))])
  await sql`delete from object_reference where collection_id = ${collection} and target_id = any(${targets}::text[]) and version_id = any(${ids}::uuid[])`.execute(
    db,
  )
  // Decoded apart: row-level security lets an index serve plain values alone.
  await sql`delete from object_value v using (select version_id, decode(key, 'hex') as key from unnest(${pgArray(values.map(({ version }) => version))}::uuid[],
      ${pgArray(values.map(({ key }) => key))}::text[]) as n (version_id, key) offset 0) n
    where v.collection_id = ${collection} and v.key = n.key and v.version_id = n.version_id`.execute(db)
  await sql`delete from object_feed where collection_id = ${collection} and version_id = any(${ids}::uuid[])`.execute(db)
  await sql`delete from object_version where collection_id = ${collection} and id = any(${ids}::uuid[])`.execute(db)
}

/** Keeps what follows from other rows, of versions that are stored. */
export async function keepStanding(db: Db, collection: CollectionId, versions: readonly Version[]): Promise<void> {
  if (versions.length === 0) return
  await sql`update object_version v set open = n.open, leads = n.leads, shown_since = n.shown_since, oldest = n.oldest, newest = n.newest
    from unnest(${pgArray(versions.map(({ id }) => id))}::uuid[], ${pgArray(versions.map(({ open }) => open))}::boolean[], ${pgArray(versions.map(({ leads }) => leads))}::boolean[],
      ${pgArray(versions.map((v) => v.shown_since))}::bigint[], ${pgArray(versions.map(({ oldest }) => oldest))}::boolean[], ${pgArray(versions.map(({ newest }) => newest))}::boolean[])
      as n (id, open, leads, shown_since, oldest, newest)
    where v.collection_id = ${collection} and v.id = n.id`.execute(db)
}

/** Notes what the versions point at, to find them by it. */
export async function insertReferences(db: Db, { collection, operator }: Place, versions: readonly Version[]): Promise<void> {
  const pairs = versions.flatMap(({ id, object_id: object, shown_with: targets }) => targets.map((target) => ({ id, object, target })))
  if (pairs.length === 0) return
  await sql`insert into object_reference (collection_id, operator_id, version_id, target_id, object_id)
    select ${collection}::uuid, ${operator}::uuid, version_id, target_id, object_id
    from unnest(${pgArray(pairs.map(({ id }) => id))}::uuid[], ${pgArray(pairs.map(({ target }) => target))}::text[], ${pgArray(pairs.map(({ object }) => object))}::text[])
      as pairs (version_id, target_id, object_id)`.execute(db)
}

export interface ValueOf {
  readonly version: string
  /** 16 bytes in hexadecimal digits. */
  readonly key: string
}

/** Notes what the versions name, to find them by it. */
export async function insertValues(db: Db, { collection, operator }: Place, values: readonly ValueOf[]): Promise<void> {
  if (values.length === 0) return
  await sql`insert into object_value (collection_id, operator_id, version_id, key)
    select ${collection}::uuid, ${operator}::uuid, version_id, decode(key, 'hex')
    from unnest(${pgArray(values.map(({ version }) => version))}::uuid[], ${pgArray(values.map(({ key }) => key))}::text[]) as pairs (version_id, key)`.execute(
    db,
  )
}

/** The feeds' rows of these versions, by version; those under an embargo follow its instants alone. */
export async function listFeeds(db: Db, collection: CollectionId, versions: readonly string[]): Promise<Map<string, FeedRow[]>> {
  if (versions.length === 0) return new Map()
  const { rows } = await sql<FeedRow & { version_id: string }>`select version_id, audience, position, oldest, newest, late, version as shown_as from object_feed
    where collection_id = ${collection} and version_id = any(${pgArray(versions)}::uuid[]) and embargo_id is null`.execute(db)
  return Map.groupBy(rows, ({ version_id: id }) => id)
}
