import { sql, type RawBuilder } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { toEpochMicroseconds } from '#exchange/stix/instant.ts'
import { uuidOf } from '#exchange/objects/version-store.ts'

/** One version at its place in the reader's feeds, without its bytes. */
export interface FeedEntry {
  readonly id: string
  readonly operator_id: OperatorId
  readonly organisation_id: OrganisationId | null
  readonly object_id: string
  readonly version: string
  readonly position: number
  readonly tlp: TlpLabel
  readonly open: boolean
  readonly block_id: string
  readonly start: number
  readonly size: number
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

/** The audiences that a reader belongs to in a collection. */
function audiencesOf(reader: PersonActor, collection: CollectionId): RawBuilder<string[]> {
  const own = [collection, reader.kind === 'operator' ? reader.operator : reader.organisation]
  if (reader.kind === 'operator') return sql`${pgArray(own)}::uuid[]`
  return sql`(${pgArray(own)}::uuid[] || array(select group_id from sharing_group_member where organisation_id = ${reader.organisation}))`
}

/** What of rows `f` of `object_feed` the reader is shown. */
export function isShown(reader: PersonActor): RawBuilder<boolean> {
  if (reader.kind === 'operator') return sql`(f.operator_id = ${reader.operator} and (f.audience = ${reader.operator} or not f.late))`
  return sql`((f.audience = ${reader.organisation} or not (f.late and f.organisation_id is not distinct from ${reader.organisation}::uuid))
    and not exists (select from object_exclusion x where x.collection_id = f.collection_id and x.organisation_id = ${reader.organisation}
      and x.audience = f.audience and x.position = f.position)
    and not exists (select from sharing_group_member g where g.group_id = f.audience and g.organisation_id = ${reader.organisation} and f.position <= g.joined_position))`
}

/** Versions in a collection that the reader is shown, by position. */
export async function listEntries(tx: Tx, reader: PersonActor, collection: CollectionId, filter: VersionFilter): Promise<FeedEntry[]> {
  return (await entriesQuery(reader, collection, filter).execute(tx.db)).rows
}

export function entriesQuery(reader: PersonActor, collection: CollectionId, filter: VersionFilter): RawBuilder<FeedEntry> {
  const { after, ids, types, versions } = filter
  return sql<FeedEntry>`select f.version_id as id, f.operator_id, f.organisation_id, f.object_id, f.version, f.position, v.tlp, v.open, f.block_id, f.start, f.size
    from object_feed f join object_version v on v.collection_id = f.collection_id and v.id = f.version_id
    where f.collection_id = ${collection} and f.audience = any(${audiencesOf(reader, collection)})
      and f.position > ${after === undefined ? 0n : toEpochMicroseconds(after)!}::bigint
      and ${ids ? sql`f.version_id in (select id from object_version where collection_id = ${collection} and object_uuid = any(${pgArray(ids.map(uuidOf))}::uuid[]) and object_id = any(${ids}::text[]))` : sql`true`}
      and ${types ? sql`f.type = any(${types}::text[])` : sql`true`} and ${chosen(versions)} and ${isShown(reader)}
    order by f.position limit ${filter.limit}`
}

function chosen(versions: VersionChoice): RawBuilder<boolean> {
  if (versions.all) return sql`true`
  const ways = [
    ...(versions.at.length > 0 ? [sql<boolean>`f.version_at = any(${pgArray(versions.at.map((at) => toEpochMicroseconds(at)!))}::bigint[])`] : []),
    ...(versions.first ? [sql<boolean>`f.oldest`] : []),
    ...(versions.last ? [sql<boolean>`f.newest`] : []),
  ]
  const any = sql<boolean>`(${sql.join(ways, sql` or `)})`
  // Said apart, so that the index of what stands serves it.
  return versions.at.length > 0 ? any : sql`(f.oldest or f.newest) and ${any}`
}

/** Whether the reader is shown any version of the object in the collection. */
export async function isSeen(tx: Tx, reader: PersonActor, collection: CollectionId, object: string): Promise<boolean> {
  const filter = { after: undefined, ids: [object], types: undefined, versions: { all: true }, limit: 1 } as const
  return (await listEntries(tx, reader, collection, filter)).length > 0
}
