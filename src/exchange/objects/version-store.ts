import { sql, type RawBuilder, type Transaction } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { isOutermost, microseconds, shown } from '#exchange/objects/narrow.ts'
import type { CollectionId } from '#exchange/collections/store.ts'

/** Positions, and what follows from other rows (`open`, `standing`), are no evidence: they change as objects come. */
export const versionRow = binder('stix_version', [
  'id',
  'collection_id',
  'operator_id',
  'object_id',
  'type',
  'spec_version',
  'version',
  'version_at',
  'tlp',
  'organisation_id',
  'contribution_id',
  'revoked',
  'shown_with',
  'content_key',
  'sealed_body',
])

/** One stored version without its bytes. */
export interface VersionRow {
  readonly id: string
  readonly collection_id: CollectionId
  readonly operator_id: OperatorId
  readonly position: string
  readonly object_id: string
  readonly version: string
  readonly tlp: TlpLabel
  readonly organisation_id: OrganisationId | null
  readonly open: boolean
  readonly size: number
}

export interface NewVersion extends Omit<VersionRow, 'collection_id' | 'operator_id' | 'organisation_id' | 'open'> {
  readonly type: string
  readonly version_at: string
  readonly contribution_id: string
  readonly revoked: boolean
  /** Ids of objects in the same collection without which members are not shown it. */
  readonly shown_with: readonly string[]
  readonly value_keys: readonly Buffer[]
  /** Keyed digest of what it says, however it is written. */
  readonly content_key: Buffer
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

const COLUMNS = sql`v.id, v.collection_id, v.operator_id, v.object_id, v.version, v.tlp, v.organisation_id, v.open, v.size,
  ${microseconds('v.position')} as position`

/** Versions in a collection that the reader sees, by position. */
export async function listVersions(tx: Tx, reader: PersonActor, collection: CollectionId, filter: VersionFilter): Promise<VersionRow[]> {
  return (await versionsQuery(reader, collection, filter).execute(tx.db)).rows
}

/** The query of every exit of a collection: what it costs does not depend on versions that nobody asks for. */
export function versionsQuery(reader: PersonActor, collection: CollectionId, filter: VersionFilter): RawBuilder<VersionRow> {
  return sql<VersionRow>`select ${COLUMNS} from stix_version v join stix_contribution c on c.id = v.contribution_id
    where v.collection_id = ${collection} and v.position > ${filter.after ?? '-infinity'}::timestamptz
      and ${filter.ids ? sql`v.object_id = any(${filter.ids}::text[])` : sql`true`}
      and ${filter.types ? sql`v.type = any(${filter.types}::text[])` : sql`true`}
      and ${chosen(reader, filter.versions)} and ${shown(reader)}
    order by v.position limit ${filter.limit}`
}

function chosen(reader: PersonActor, versions: VersionChoice): RawBuilder<boolean> {
  if (versions.all) return sql`true`
  const ways = [
    ...(versions.at.length > 0 ? [sql<boolean>`v.version_at = any(${[...versions.at]}::timestamptz[])`] : []),
    ...(versions.first ? [isOutermost(reader, 'oldest')] : []),
    ...(versions.last ? [isOutermost(reader, 'newest')] : []),
  ]
  const any = sql<boolean>`(${sql.join(ways, sql` or `)})`
  // Said apart, so that the index of what stands serves it.
  return versions.at.length > 0 ? any : sql`v.standing and ${any}`
}

/** Whether the reader sees any version of the object in the collection. */
export async function isSeen(tx: Tx, reader: PersonActor, collection: CollectionId, object: string): Promise<boolean> {
  const { rows } = await sql`select from stix_version v join stix_contribution c on c.id = v.contribution_id
    where v.standing and v.collection_id = ${collection} and v.object_id = ${object} and ${shown(reader)} limit 1`.execute(tx.db)
  return rows.length > 0
}

/** What is stored already at the version or with the content asked for. */
export interface Rival {
  readonly contribution_id: string
  readonly version: string
  readonly version_at: string
  readonly content_key: Buffer
}

/** Versions of these contributions at these instants; of others' (`openOnly`) only what members see. */
export async function listAt(
  db: Transaction<DB>,
  asked: readonly { readonly contribution: string; readonly at: string; readonly openOnly: boolean }[],
): Promise<Rival[]> {
  if (asked.length === 0) return []
  const { rows } = await sql<Rival>`select distinct v.contribution_id, v.version, ${microseconds('v.version_at')} as version_at, v.content_key
    from unnest(${asked.map((one) => one.contribution)}::uuid[], ${asked.map((one) => one.at)}::timestamptz[], ${asked.map((one) => one.openOnly)}::boolean[])
      as asked (contribution_id, version_at, open_only)
    join stix_version v on v.contribution_id = asked.contribution_id and v.version_at = asked.version_at and (v.open or not asked.open_only)`.execute(db)
  return rows
}

/** Versions of these contributions with these contents; of others' (`openOnly`) only what members see. */
export async function listSaying(
  db: Transaction<DB>,
  asked: readonly { readonly contribution: string; readonly content: Buffer; readonly openOnly: boolean }[],
): Promise<Rival[]> {
  if (asked.length === 0) return []
  const { rows } = await sql<Rival>`select distinct v.contribution_id, v.version, ${microseconds('v.version_at')} as version_at, v.content_key
    from unnest(${asked.map((one) => one.contribution)}::uuid[], ${asked.map((one) => one.content)}::bytea[], ${asked.map((one) => one.openOnly)}::boolean[])
      as asked (contribution_id, content_key, open_only)
    join stix_version v on v.contribution_id = asked.contribution_id and v.content_key = asked.content_key and (v.open or not asked.open_only)`.execute(db)
  return rows
}

/** Sealed bytes by row id; authorise the rows first. */
export async function readBodies(db: Transaction<DB>, ids: readonly string[]): Promise<Map<string, { readonly sealed_body: Buffer; readonly tlp: TlpLabel }>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('stix_version')
    .select(['id', 'sealed_body', 'tlp'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute()
  return new Map(rows.map(({ id, sealed_body, tlp }) => [id, { sealed_body, tlp: tlp as TlpLabel }]))
}

/**
 * Locks the collection until commit and gives the instant after which positions are free, in microseconds since 1970: positions
 * become visible in the order in which they are given out, so no poller passes over one. Undefined when there is no such collection.
 */
export async function lockPositions(db: Transaction<DB>, collection: CollectionId, now: Date): Promise<number | undefined> {
  await sql`select from collection where id = ${collection} for update`.execute(db)
  const { rows } = await sql<{ last: number }>`select (extract(epoch from greatest(${now}::timestamptz, last_position)) * 1000000)::bigint as last
    from collection where id = ${collection}`.execute(db)
  return rows[0]?.last
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

/** Notes what the versions point at, to find them by it. */
export async function insertReferences(
  db: Transaction<DB>,
  { collection, operator }: Omit<Place, 'contributor'>,
  versions: readonly NewVersion[],
): Promise<void> {
  const pairs = versions.flatMap(({ id, object_id: object, shown_with: targets }) => targets.map((target) => ({ id, object, target })))
  if (pairs.length === 0) return
  await sql`insert into stix_reference (version_id, target_id, object_id, collection_id, operator_id)
    select version_id, target_id, object_id, ${collection}::uuid, ${operator}::uuid
    from unnest(${pairs.map(({ id }) => id)}::uuid[], ${pairs.map(({ target }) => target)}::text[], ${pairs.map(({ object }) => object)}::text[])
      as pairs (version_id, target_id, object_id)`.execute(db)
}

export async function moveTo(db: Transaction<DB>, places: readonly { readonly id: string; readonly position: string }[]): Promise<void> {
  await sql`update stix_version v set position = to_place.position
    from unnest(${places.map(({ id }) => id)}::uuid[], ${places.map(({ position }) => position)}::timestamptz[]) as to_place (id, position)
    where v.id = to_place.id`.execute(db)
}
