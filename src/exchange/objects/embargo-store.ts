import { sql, type RawBuilder, type Transaction } from 'kysely'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'

type Db = Transaction<DB>

/** The last position behind an instant that what opens until then holds, and the first that what opens later does. */
export async function findReserved(db: Db, collection: CollectionId, at: number): Promise<{ readonly last: number | null; readonly next: number | null }> {
  const { rows } = await sql<{ last: number | null; next: number | null }>`select max(position) filter (where opens_at <= ${at}::bigint) as last,
      min(position) filter (where opens_at > ${at}::bigint) as next
    from object_feed where collection_id = ${collection} and embargo_id is not null and position >= ${at}::bigint`.execute(db)
  return rows[0]!
}

/** Those of the audiences that are embargoes. */
export async function listEmbargoesAmong(db: Db, audiences: readonly string[]): Promise<string[]> {
  if (audiences.length === 0) return []
  const { rows } = await sql<{ id: string }>`select id from object_embargo where id = any(${pgArray(audiences)}::uuid[])`.execute(db)
  return rows.map(({ id }) => id)
}

/**
 * Those of the objects, with the embargo of each, that a member was shown: somebody of it has read it, or could by now. Where the program has to be
 * asked about a package, reading alone counts.
 */
export async function listShownTo(
  db: Db,
  { collection, organisation, at }: { readonly collection: CollectionId; readonly organisation: string; readonly at: Date },
  of: readonly { readonly embargo: string; readonly object: string }[],
): Promise<{ embargo: string; object: string }[]> {
  if (of.length === 0) return []
  const { rows } = await sql<{ embargo: string; object: string }>`select n.embargo, n.object
    from unnest(${pgArray(of.map(({ embargo }) => embargo))}::uuid[], ${pgArray(of.map(({ object }) => object))}::text[]) as n (embargo, object)
    where exists (select from object_embargo_reading r where r.collection_id = ${collection} and r.embargo_id = n.embargo
        and r.organisation_id = ${organisation}::uuid and r.object_id = n.object)
      or exists (select from object_embargo_release o left join membership m on m.operator_id = o.operator_id and m.organisation_id = ${organisation}::uuid
        left join tier_since t on t.operator_id = m.operator_id and t.organisation_id = m.organisation_id
        where o.embargo_id = n.embargo and o.package_id is null and o.opens_at <= ${at}
          and (o.audience = ${collection}::uuid or (t.changed_at is null and o.audience = tier_audience(m.operator_id, m.tier))))`.execute(db)
  return rows
}

/** Versions that others are shown with these embargoes: all of them, or those named. Each has a row in the feed that bears the embargo's own id, which nobody reads. */
export interface Held {
  readonly collection: CollectionId
  readonly embargoes: readonly string[]
  readonly versions: readonly string[] | undefined
}

function heldRows({ collection, embargoes, versions }: Held): RawBuilder<unknown> {
  const named = versions === undefined ? sql`true` : sql`s.version_id = any(${pgArray(versions)}::uuid[])`
  return sql`s.collection_id = ${collection} and s.audience = any(${pgArray(embargoes)}::uuid[]) and ${named}`
}

/** A version that a class of readers has no row for yet. */
export interface Missing {
  readonly embargo_id: string
  readonly audience: string
  readonly version_id: string
  readonly package_id: string | null
  /** Microseconds since 1970. */
  readonly opens_at: number
}

/** In the order in which they open and came. */
export async function listMissing(db: Db, held: Held): Promise<Missing[]> {
  const { rows } =
    await sql<Missing>`select s.audience as embargo_id, r.audience, s.version_id, r.package_id, (extract(epoch from r.opens_at) * 1000000)::bigint as opens_at
    from object_feed s join object_embargo_release r on r.embargo_id = s.audience
    where ${heldRows(held)} and not exists (select from object_feed f where f.collection_id = ${held.collection} and f.version_id = s.version_id
      and f.audience = r.audience and f.embargo_id = s.audience)
    order by r.opens_at, r.audience, s.position`.execute(db)
  return rows
}

export interface EmbargoRow extends Missing {
  readonly position: number
}

/** A position as the version of an observable, which has none of its own: none lies before it was there for its reader (C11). */
export function textOf(position: string): RawBuilder<string> {
  return sql`to_char(timestamp 'epoch' + ${sql.ref(position)} * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** The operator's people have rows of their own from the beginning: these are `late`, not for them. */
export async function insertEmbargoRows(db: Db, collection: CollectionId, rows: readonly EmbargoRow[]): Promise<void> {
  if (rows.length === 0) return
  const list = <T extends string | number | null>(of: (row: EmbargoRow) => T) => pgArray(rows.map(of))
  await sql`insert into object_feed (collection_id, operator_id, audience, position, version_id, organisation_id, object_id, type, version, version_at, block_id,
      start, size, oldest, newest, late, opens_at, embargo_id, package_id, tlp)
    select v.collection_id, v.operator_id, n.audience, n.position, v.id, v.organisation_id, v.object_id, v.type,
      case when v.versioned then v.version else ${textOf('n.position')} end, case when v.versioned then v.version_at else n.position end, v.block_id, v.start, v.size,
      false, false, true, n.opens_at, n.embargo_id, n.package_id, v.tlp
    from unnest(${list(({ audience }) => audience)}::uuid[], ${list(({ position }) => position)}::bigint[], ${list((row) => row.version_id)}::uuid[],
      ${list((row) => row.opens_at)}::bigint[], ${list((row) => row.embargo_id)}::uuid[], ${list((row) => row.package_id)}::uuid[])
      as n (audience, position, version_id, opens_at, embargo_id, package_id)
    cross join lateral (select v.* from object_version v where v.collection_id = ${collection} and v.id = n.version_id offset 0) v`.execute(db)
}

export interface Unheld {
  readonly audience: string
  readonly position: number
  readonly object: string
  readonly version: string
  readonly opens_at: number
  readonly package_id: string | null
}

/** Rows of what is no longer shown with its embargo. */
export async function listUnheld(db: Db, held: Held & { readonly versions: readonly string[] }): Promise<Unheld[]> {
  const { rows } = await sql<Unheld>`select f.audience, f.position, f.object_id as object, f.version, f.opens_at, f.package_id from object_feed f
    where f.collection_id = ${held.collection} and f.version_id = any(${pgArray(held.versions)}::uuid[]) and f.embargo_id = any(${pgArray(held.embargoes)}::uuid[])
      and not exists (select from object_feed s where s.collection_id = ${held.collection} and s.version_id = f.version_id and s.audience = f.embargo_id)`.execute(
    db,
  )
  return rows
}

/** Lets every class be told the same first and last version, and leave out the same readers, as the embargo's own feed says; gives how many rows changed. */
export async function followHeld(db: Db, held: Held): Promise<number> {
  const flags = await sql`update object_feed f set oldest = s.oldest, newest = s.newest from object_feed s
    where ${heldRows(held)} and f.collection_id = ${held.collection} and f.version_id = s.version_id and f.embargo_id = s.audience
      and (f.oldest, f.newest) is distinct from (s.oldest, s.newest)`.execute(db)
  const excluded = await sql`insert into object_exclusion (collection_id, operator_id, organisation_id, audience, position)
    select x.collection_id, x.operator_id, x.organisation_id, f.audience, f.position
    from object_feed s join object_exclusion x on x.collection_id = s.collection_id and x.audience = s.audience and x.position = s.position
      join object_feed f on f.collection_id = ${held.collection} and f.version_id = s.version_id and f.embargo_id = s.audience
    where ${heldRows(held)} on conflict do nothing`.execute(db)
  return Number((flags.numAffectedRows ?? 0n) + (excluded.numAffectedRows ?? 0n))
}

/** Positions of an embargo that a class of readers has not reached at this instant, in their order. */
export async function listWaiting(
  db: Db,
  collection: CollectionId,
  { embargo, audience }: { embargo: string; audience: string },
  now: number,
): Promise<number[]> {
  const { rows } = await sql<{ position: number }>`select position from object_feed
    where collection_id = ${collection} and embargo_id = ${embargo} and audience = ${audience} and opens_at > ${now}::bigint order by position`.execute(db)
  return rows.map(({ position }) => position)
}

/** Puts rows of one class to other positions, with whoever is left out of them. The new ones are free, or given up by the same rows. */
export async function moveRows(
  db: Db,
  collection: CollectionId,
  audience: string,
  from: readonly number[],
  to: { readonly positions: readonly number[]; readonly opensAt: number | undefined },
): Promise<void> {
  if (from.length === 0) return
  const pairs = sql`unnest(${pgArray(from)}::bigint[], ${pgArray(to.positions)}::bigint[]) as n (old, new)`
  // First out of the way: a position may pass from one row to another of the same move.
  for (const table of [sql`object_exclusion`, sql`object_feed`]) {
    await sql`update ${table} f set position = -n.new from ${pairs} where f.collection_id = ${collection} and f.audience = ${audience} and f.position = n.old`.execute(
      db,
    )
    await sql`update ${table} f set position = n.new from ${pairs} where f.collection_id = ${collection} and f.audience = ${audience} and f.position = -n.new`.execute(
      db,
    )
  }
  await sql`update object_feed f set opens_at = ${to.opensAt === undefined ? sql`n.new` : sql`${to.opensAt}::bigint`} from ${pairs}
    where f.collection_id = ${collection} and f.audience = ${audience} and f.position = n.new`.execute(db)
  await sql`update object_feed f set version = ${textOf('n.new')}, version_at = n.new from ${pairs}
    where f.collection_id = ${collection} and f.audience = ${audience} and f.position = n.new
      and not (select v.versioned from object_version v where v.collection_id = ${collection} and v.id = f.version_id)`.execute(db)
}
