import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'
import { microseconds } from '#exchange/objects/narrow.ts'
import type { CollectionId } from '#exchange/collections/store.ts'

/** What stands of one contributor's versions of one object, as far as a new version changes it. */
export interface Contribution {
  readonly id: string
  readonly object_id: string
  readonly contributed_at: string
  readonly versions: number
  /** Whether the newest version revokes the object. */
  readonly revoked: boolean
  /** Whether the newest version is marked for members; of an observable, which has no versions, whether any is. */
  readonly community: boolean
  /** What the newest version points at. */
  readonly shown_with: readonly string[]
  readonly first_id: string
  readonly first_at: string
  readonly last_id: string
  readonly last_at: string
}

export interface StoredContribution extends Contribution {
  readonly organisation_id: OrganisationId | null
  /** Whether members see it. */
  readonly open: boolean
  /** Whether it is the one that everybody but another contributor is shown. */
  readonly leads: boolean
}

const COLUMNS = sql`c.id, c.object_id, c.organisation_id, c.versions, c.revoked, c.community, c.shown_with, c.open, c.leads, c.first_id, c.last_id,
  ${microseconds('c.contributed_at')} as contributed_at, ${microseconds('c.first_at')} as first_at, ${microseconds('c.last_at')} as last_at`

/** Everybody's contributions of these objects. */
export async function listContributions(db: Transaction<DB>, collection: CollectionId, objects: readonly string[]): Promise<StoredContribution[]> {
  const { rows } = await sql<StoredContribution>`select ${COLUMNS} from stix_contribution c
    where c.collection_id = ${collection} and c.object_id = any(${objects}::text[])`.execute(db)
  return rows
}

/** Everybody's contributions of these objects and of all that points at them, directly or not: each found by its target, however many there are. */
export async function listReaching(db: Transaction<DB>, collection: CollectionId, objects: readonly string[]): Promise<StoredContribution[]> {
  return (await reachingQuery(collection, objects).execute(db)).rows
}

export function reachingQuery(collection: CollectionId, objects: readonly string[]): RawBuilder<StoredContribution> {
  return sql<StoredContribution>`with recursive reached (object_id) as (
      select unnest(${objects}::text[])
      union
      select pointing.object_id from reached cross join lateral (select r.object_id from stix_reference r
        where r.target_id = reached.object_id and r.collection_id = ${collection} offset 0) pointing)
    select ${COLUMNS} from reached join stix_contribution c on c.collection_id = ${collection} and c.object_id = reached.object_id`
}

/** Those of the objects that members see. */
export async function listOpen(db: Transaction<DB>, collection: CollectionId, objects: readonly string[]): Promise<Set<string>> {
  if (objects.length === 0) return new Set()
  const { rows } = await sql<{ object_id: string }>`select distinct object_id from stix_contribution
    where collection_id = ${collection} and object_id = any(${objects}::text[]) and open`.execute(db)
  return new Set(rows.map(({ object_id: id }) => id))
}

interface Place {
  readonly collection: CollectionId
  readonly operator: OperatorId
  readonly contributor: OrganisationId | null
}

const AT_ONCE = 1000

export async function keepContributions(db: Transaction<DB>, { collection, operator, contributor }: Place, kept: readonly Contribution[]): Promise<void> {
  for (let from = 0; from < kept.length; from += AT_ONCE) {
    const rows = kept.slice(from, from + AT_ONCE).map((row) => ({
      ...row,
      shown_with: [...row.shown_with],
      collection_id: collection,
      operator_id: operator,
      organisation_id: contributor,
    }))
    await db
      .insertInto('stix_contribution')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((is) => ({
          versions: is.ref('excluded.versions'),
          revoked: is.ref('excluded.revoked'),
          community: is.ref('excluded.community'),
          shown_with: is.ref('excluded.shown_with'),
          first_id: is.ref('excluded.first_id'),
          first_at: is.ref('excluded.first_at'),
          last_id: is.ref('excluded.last_id'),
          last_at: is.ref('excluded.last_at'),
        })),
      )
      .execute()
  }
}

/** Opens and closes contributions; one that opens for the first time is ranked by `since`. */
export async function keepOpen(db: Transaction<DB>, opened: readonly string[], closed: readonly string[], since: string): Promise<void> {
  if (opened.length > 0)
    await sql`update stix_contribution set open = true, shown_since = coalesce(shown_since, ${since}::timestamptz) where id = any(${opened}::uuid[])`.execute(
      db,
    )
  if (closed.length > 0) await sql`update stix_contribution set open = false where id = any(${closed}::uuid[])`.execute(db)
}

/** Of the contributions of each object, the one that members see since longest leads; where they see none, the one that came first. */
export async function chooseLeading(db: Transaction<DB>, collection: CollectionId, objects: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`update stix_contribution c set leads = (c.id = first.id)
    from (select distinct on (object_id) object_id, id from stix_contribution where collection_id = ${collection} and object_id = any(${objects}::text[])
      order by object_id, open desc, shown_since, contributed_at) first
    where c.collection_id = ${collection} and c.object_id = first.object_id and c.leads is distinct from (c.id = first.id)
    returning case when c.leads then c.id end as id`.execute(db)
  return new Set(rows.flatMap(({ id }) => id ?? []))
}

export interface OpenedVersion {
  readonly id: string
  readonly contribution_id: string
}

/**
 * Decides for each version of these contributions, for these versions and for those that point at one of the objects whether
 * members see it; gives those that they see from now on.
 */
export async function openVersions(
  db: Transaction<DB>,
  collection: CollectionId,
  of: { readonly contributions: readonly string[]; readonly versions: readonly string[]; readonly pointingAt: readonly string[] },
): Promise<OpenedVersion[]> {
  const { rows } = await sql<OpenedVersion & { open: boolean }>`update stix_version v set open = decided.open
    from (select d.id, c.open and d.tlp = any(${[...COMMUNITY]}::text[]) and not exists (select from unnest(d.shown_with) as target (id)
        where not exists (select from stix_contribution t where t.collection_id = d.collection_id and t.object_id = target.id and t.open)) as open
      from stix_version d join stix_contribution c on c.id = d.contribution_id
      where d.id in (select unnest(${of.versions}::uuid[]) union select id from stix_version where contribution_id = any(${of.contributions}::uuid[])
        union select version_id from stix_reference where collection_id = ${collection} and target_id = any(${of.pointingAt}::text[]))) decided
    where v.id = decided.id and v.open <> decided.open
    returning v.id, v.contribution_id, v.open`.execute(db)
  return rows.filter(({ open }) => open)
}

/** Notes which versions stand: the newest and the oldest of each contribution, for its contributor and for members. */
export async function keepStanding(db: Transaction<DB>, contributions: readonly string[]): Promise<void> {
  await sql`update stix_contribution c set
      open_first_id = (select v.id from stix_version v where v.contribution_id = c.id and v.open order by v.version_at limit 1),
      open_last_id = (select v.id from stix_version v where v.contribution_id = c.id and v.open order by v.version_at desc limit 1)
    where c.id = any(${contributions}::uuid[])`.execute(db)
  await sql`update stix_version v set standing = false from stix_contribution c
    where v.contribution_id = any(${contributions}::uuid[]) and v.standing and c.id = v.contribution_id
      and v.id is distinct from c.open_first_id and v.id is distinct from c.open_last_id and v.id <> c.first_id and v.id <> c.last_id`.execute(db)
  await sql`update stix_version set standing = true where not standing and id in (
    select unnest(array[first_id, last_id, open_first_id, open_last_id]) from stix_contribution where id = any(${contributions}::uuid[]))`.execute(db)
}

/** Versions that members see of these contributions, and these versions, by position. */
export async function listToMove(db: Transaction<DB>, contributions: readonly string[], versions: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from stix_version
    where id in (select unnest(${versions}::uuid[]) union select id from stix_version where contribution_id = any(${contributions}::uuid[]) and open)
    order by position`.execute(db)
  return rows.map(({ id }) => id)
}
