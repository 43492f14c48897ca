import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { counts, isOutermost, microseconds, seen } from '#exchange/taxii/narrow.ts'
import type { CollectionId } from '#exchange/taxii/store.ts'

/** One stored version without its bytes. */
export interface VersionRow {
  readonly id: string
  readonly collection_id: CollectionId
  readonly operator_id: OperatorId
  readonly position: string
  readonly object_id: string
  readonly version: string
  readonly version_at: string
  readonly tlp: TlpLabel
  readonly organisation_id: OrganisationId | null
  readonly contribution_id: string
  readonly contributed_at: string
  readonly size: number
}

export interface NewVersion extends Omit<VersionRow, 'collection_id' | 'operator_id' | 'organisation_id'> {
  readonly type: string
  readonly revoked: boolean
  /** Ids of objects in the same collection without which members are not shown it. */
  readonly shown_with: readonly string[]
  readonly value_keys: readonly Buffer[]
  readonly sealed_body: Buffer
}

/** Which versions of an object are asked for (TAXII 2.1, section 3.4.1); instants with six digits. */
export type VersionChoice = { readonly all: true } | { readonly all: false; readonly first: boolean; readonly last: boolean; readonly at: readonly string[] }

export interface VersionFilter {
  readonly after: string | undefined
  readonly ids: readonly string[] | undefined
  readonly types: readonly string[] | undefined
  readonly versions: VersionChoice
  readonly limit: number
}

const COLUMNS = sql`v.id, v.collection_id, v.operator_id, v.object_id, v.version, v.tlp, v.organisation_id, v.contribution_id, v.size,
  ${microseconds('v.position')} as position, ${microseconds('v.version_at')} as version_at, ${microseconds('v.contributed_at')} as contributed_at`

/** Versions in a collection that the reader sees, by position. */
export async function listVersions(tx: Tx, reader: PersonActor, collection: CollectionId, filter: VersionFilter): Promise<VersionRow[]> {
  const { rows } = await sql<VersionRow>`select ${COLUMNS} from stix_version v
    where v.collection_id = ${collection} and v.position > ${filter.after ?? '-infinity'}::timestamptz
      and (${filter.ids ?? null}::text[] is null or v.object_id = any(${filter.ids ?? null}::text[]))
      and (${filter.types ?? null}::text[] is null or v.type = any(${filter.types ?? null}::text[]))
      and ${chosen(reader, filter.versions)} and ${counts(reader, 'v')}
    order by v.position limit ${filter.limit}`.execute(tx.db)
  return rows
}

function chosen(reader: PersonActor, versions: VersionChoice): RawBuilder<boolean> {
  if (versions.all) return sql`true`
  const ways = [
    sql`v.version_at = any(${[...versions.at]}::timestamptz[])`,
    ...(versions.first ? [isOutermost(reader, 'v', 'older')] : []),
    ...(versions.last ? [isOutermost(reader, 'v', 'newer')] : []),
  ]
  return sql`(${sql.join(ways, sql` or `)})`
}

/** Whether the reader sees any version of the object in the collection. */
export async function isSeen(tx: Tx, reader: PersonActor, collection: CollectionId, object: string): Promise<boolean> {
  const { rows } =
    await sql`select from stix_version v where v.collection_id = ${collection} and v.object_id = ${object} and ${seen(reader, 'v')} limit 1`.execute(tx.db)
  return rows.length > 0
}

/** Versions that others contributed and that the contributor sees, of these objects. */
export async function listOthers(tx: Tx, contributor: PersonActor, collection: CollectionId, objects: readonly string[]): Promise<VersionRow[]> {
  const { rows } = await sql<VersionRow>`select ${COLUMNS} from stix_version v
    where v.collection_id = ${collection} and v.object_id = any(${objects}::text[]) and ${counts(contributor, 'v')}
      and v.organisation_id is distinct from ${contributor.kind === 'contact' ? contributor.organisation : null}::uuid`.execute(tx.db)
  return rows
}

/** What the contributor itself has of these objects in the collection. */
export async function listOwn(
  db: Transaction<DB>,
  collection: CollectionId,
  contributor: OrganisationId | null,
  objects: readonly string[],
): Promise<VersionRow[]> {
  const { rows } = await sql<VersionRow>`select ${COLUMNS} from stix_version v where v.collection_id = ${collection} and v.object_id = any(${objects}::text[])
    and v.organisation_id is not distinct from ${contributor}::uuid`.execute(db)
  return rows
}

/** Sealed bytes by row id; authorise the rows first. */
export async function readBodies(db: Transaction<DB>, ids: readonly string[]): Promise<Map<string, Buffer>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('stix_version')
    .select(['id', 'sealed_body'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute()
  return new Map(rows.map((row) => [row.id, row.sealed_body]))
}

/**
 * Locks the collection until commit and gives the first position that is free, in microseconds since 1970: positions become
 * visible in the order in which they are given out, so no poller passes over one. Undefined when there is no such collection.
 */
export async function lockPositions(db: Transaction<DB>, collection: CollectionId, now: Date): Promise<number | undefined> {
  await sql`select from collection where id = ${collection} for update`.execute(db)
  const { rows } = await sql<{ free: number }>`select
    (extract(epoch from greatest(${now}::timestamptz, last_position + interval '1 microsecond')) * 1000000)::bigint as free
    from collection where id = ${collection}`.execute(db)
  return rows[0]?.free
}

export async function keepLastPosition(db: Transaction<DB>, collection: CollectionId, last: string): Promise<void> {
  await sql`update collection set last_position = ${last}::timestamptz where id = ${collection}`.execute(db)
}

interface Place {
  readonly collection: CollectionId
  readonly operator: OperatorId
  readonly contributor: OrganisationId | null
}

/** Rows that one statement inserts: few enough for its parameters, many enough for speed. */
const AT_ONCE = 1000

export async function insertVersions(tx: Tx, { collection, operator, contributor }: Place, versions: readonly NewVersion[]): Promise<void> {
  for (let from = 0; from < versions.length; from += AT_ONCE) {
    const rows = versions.slice(from, from + AT_ONCE).map((row) => ({
      ...row,
      collection_id: collection,
      operator_id: operator,
      organisation_id: contributor,
      spec_version: '2.1',
      shown_with: [...row.shown_with],
      value_keys: [...row.value_keys],
    }))
    await tx.db.insertInto('stix_version').values(rows).execute()
  }
}

/** Relationships and sightings before `before` that point at one of the objects, by position. */
export async function listPointingAt(db: Transaction<DB>, collection: CollectionId, objects: readonly string[], before: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from stix_version
    where collection_id = ${collection} and shown_with && ${objects}::text[] and position < ${before}::timestamptz order by position`.execute(db)
  return rows.map(({ id }) => id)
}

export async function moveTo(db: Transaction<DB>, places: readonly { readonly id: string; readonly position: string }[]): Promise<void> {
  await sql`update stix_version v set position = to_place.position
    from unnest(${places.map(({ id }) => id)}::uuid[], ${places.map(({ position }) => position)}::timestamptz[]) as to_place (id, position)
    where v.id = to_place.id`.execute(db)
}
