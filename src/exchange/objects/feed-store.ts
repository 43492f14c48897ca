import { sql, type Transaction } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { FeedRow, Place, Version } from '#exchange/objects/version.ts'

type Db = Transaction<DB>

/** What a collection's positions go on from. */
export interface PositionState {
  /** The last that was given out, or up to which nothing will be. */
  readonly last_at: number
  /** The highest position of an embargo that is over. */
  readonly reached_at: number | null
  /** When the next embargo ends. */
  readonly reserved_at: number | null
}

/**
 * Locks the collection until commit and tells where its positions stand: they become visible in the order in which they are given out,
 * so no poller passes over one. Undefined when there is no such collection.
 */
export async function lockPositions(db: Db, collection: CollectionId, now: Date): Promise<PositionState | undefined> {
  await sql`select from collection where id = ${collection} for update`.execute(db)
  // A statement of its own: the first one's view is of before it waited.
  const { rows } = await sql<PositionState>`select greatest(c.last_at, c.floor_at) as last_at,
      (select max(position) from object_feed where collection_id = ${collection} and embargo_id is not null and opens_at <= ${now.getTime() * 1000}::bigint) as reached_at,
      (select min(opens_at) from object_feed where collection_id = ${collection} and embargo_id is not null and opens_at > ${now.getTime() * 1000}::bigint) as reserved_at
    from collection c where c.id = ${collection}`.execute(db)
  return rows[0]
}

/** Notes the position that was given out last, and whether something that was there before has changed. */
export async function keepPositions(db: Db, collection: CollectionId, last: number, changed: boolean): Promise<void> {
  await sql`update collection set last_at = ${last}, generation = generation + ${changed ? 1 : 0} where id = ${collection}`.execute(db)
}

export interface NewFeedRow extends FeedRow {
  readonly version: Version
}

export async function insertFeeds(db: Db, { collection, operator }: Pick<Place, 'collection' | 'operator'>, rows: readonly NewFeedRow[]): Promise<void> {
  if (rows.length === 0) return
  const list = <T extends string | number | bigint | boolean | null>(of: (row: NewFeedRow) => T) => pgArray(rows.map(of))
  await sql`insert into object_feed (collection_id, operator_id, audience, position, version_id, organisation_id, object_id, type, version, version_at, block_id,
      start, size, oldest, newest, late, tlp)
    select ${collection}::uuid, ${operator}::uuid, n.* from unnest(${list(({ audience }) => audience)}::uuid[], ${list(({ position }) => position)}::bigint[],
      ${list(({ version }) => version.id)}::uuid[], ${list(({ version }) => version.organisation_id)}::uuid[], ${list(({ version }) => version.object_id)}::text[],
      ${list(({ version }) => version.type)}::text[], ${list(({ version }) => version.version)}::text[], ${list(({ version }) => version.version_at)}::bigint[],
      ${list(({ version }) => version.block_id)}::uuid[], ${list(({ version }) => version.start)}::int[], ${list(({ version }) => version.size)}::int[],
      ${list(({ oldest }) => oldest)}::boolean[], ${list(({ newest }) => newest)}::boolean[], ${list(({ late }) => late)}::boolean[],
      ${list(({ version }) => version.tlp)}::text[]) as n`.execute(db)
}

export async function changeFeeds(db: Db, collection: CollectionId, rows: readonly FeedRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`update object_feed f set oldest = n.oldest, newest = n.newest, late = n.late
    from unnest(${pgArray(rows.map(({ audience }) => audience))}::uuid[], ${pgArray(rows.map(({ position }) => position))}::bigint[],
      ${pgArray(rows.map(({ oldest }) => oldest))}::boolean[], ${pgArray(rows.map(({ newest }) => newest))}::boolean[], ${pgArray(rows.map(({ late }) => late))}::boolean[])
      as n (audience, position, oldest, newest, late)
    where f.collection_id = ${collection} and f.audience = n.audience and f.position = n.position`.execute(db)
}

/** Takes rows away, together with what says who is not shown them. */
export async function removeFeeds(db: Db, collection: CollectionId, rows: readonly Pick<FeedRow, 'audience' | 'position'>[]): Promise<void> {
  if (rows.length === 0) return
  const places = sql`unnest(${pgArray(rows.map(({ audience }) => audience))}::uuid[], ${pgArray(rows.map(({ position }) => position))}::bigint[]) as n (audience, position)`
  await sql`delete from object_feed f using ${places} where f.collection_id = ${collection} and f.audience = n.audience and f.position = n.position`.execute(db)
  await sql`delete from object_exclusion x using ${places} where x.collection_id = ${collection} and x.audience = n.audience and x.position = n.position`.execute(
    db,
  )
}

export interface Removal {
  readonly audience: string
  readonly position: number
  /** Where it was in the feed. */
  readonly was: number
  readonly object: string
  readonly version: string
  /** What it hung on: only who may read that is told. */
  readonly package_id?: string | null
}

/** Tells readers of the feeds what is taken from them, but not those who were not shown it there; before the rows are gone. */
export async function insertRemovals(db: Db, { collection, operator }: Pick<Place, 'collection' | 'operator'>, removals: readonly Removal[]): Promise<void> {
  if (removals.length === 0) return
  await sql`insert into object_removal (collection_id, operator_id, audience, position, object_id, version, package_id, kept_from)
    select ${collection}::uuid, ${operator}::uuid, n.audience, n.position, n.object_id, n.version, n.package_id, array(select x.organisation_id from object_exclusion x
      where x.collection_id = ${collection} and x.audience = n.audience and x.position = n.was)
    from unnest(${pgArray(removals.map(({ audience }) => audience))}::uuid[], ${pgArray(removals.map(({ position }) => position))}::bigint[],
      ${pgArray(removals.map(({ was }) => was))}::bigint[], ${pgArray(removals.map(({ object }) => object))}::text[],
      ${pgArray(removals.map(({ version }) => version))}::text[], ${pgArray(removals.map((one) => one.package_id ?? null))}::uuid[])
      as n (audience, position, was, object_id, version, package_id)`.execute(db)
}

/** Leaves the rows by which everybody is shown a contribution out for those who have contributed its object themselves; gives how many are new. */
export async function excludeContributors(
  db: Db,
  { collection, operator }: Pick<Place, 'collection' | 'operator'>,
  of: readonly { readonly contribution: string; readonly audience: string; readonly organisation: string }[],
): Promise<number> {
  if (of.length === 0) return 0
  const { numAffectedRows } = await sql`insert into object_exclusion (collection_id, operator_id, organisation_id, audience, position)
    select ${collection}::uuid, ${operator}::uuid, n.organisation_id, f.audience, f.position
    from unnest(${pgArray(of.map(({ contribution }) => contribution))}::uuid[], ${pgArray(of.map(({ audience }) => audience))}::uuid[],
      ${pgArray(of.map(({ organisation }) => organisation))}::uuid[]) as n (contribution_id, audience, organisation_id)
    join object_version v on v.collection_id = ${collection} and v.contribution_id = n.contribution_id
    join object_feed f on f.collection_id = ${collection} and f.version_id = v.id and f.audience = n.audience
    on conflict do nothing`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
