import { sql, type RawBuilder } from 'kysely'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import { allowPackages } from '#exchange/embargoes/ask-packages.ts'

/** For whom, and where, something is looked for: read anew for each request, so that a right that ended shows nothing more. */
export interface Scope {
  readonly reader: PersonActor
  /** Collections that the reader may read. */
  readonly collections: readonly string[]
  /** Audiences to which the reader belongs in them. */
  readonly audiences: readonly string[]
  /** Whether it belongs to sharing groups, whose rows are its own from its joining on. */
  readonly isGrouped: boolean
  /** Whether the tier that it changed to counts for it since a position alone. */
  readonly isTiered: boolean
  /** Operators whose feeds do not follow its tier yet: nothing of a tier's is shown. */
  readonly changing: readonly string[]
  /** Packages that the program lets it read now, of those that something hangs on. */
  readonly packages: readonly string[]
  /** Microseconds since 1970 of the trusted instant: an embargo that ends later is not over. */
  readonly now: number
}

export interface CollectionTitle {
  readonly id: string
  readonly title: string
}

/** What the reader may look through, narrowed to one collection, or those of a union, where one is named; a collection that is not the reader's leaves nothing. */
export async function openScope(app: App, tx: Tx, reader: PersonActor, collection?: string): Promise<Scope> {
  const of = reader.kind === 'contact' ? await ofContact(tx) : await ofOperator(tx, reader.operator)
  const named = collection === undefined ? [] : await partsOf(tx, of, collection)
  const collections = collection === undefined ? of.collections : of.collections.filter((id) => named.includes(id))
  const packages = await allowPackages(app, tx, reader, of.packages)
  const { audiences, grouped: isGrouped, tiered: isTiered, changing } = of
  return { reader, collections, audiences, isGrouped, isTiered, changing, packages, now: app.clock.now().getTime() * 1000 }
}

async function partsOf(tx: Tx, { collections }: Rights, collection: string): Promise<readonly string[]> {
  if (!collections.includes(collection)) return []
  const { rows } = await sql<{ aggregates: string[] | null }>`select aggregates::text[] from collection where id = ${collection}::uuid`.execute(tx.db)
  return rows[0]?.aggregates ?? [collection]
}

interface Rights {
  readonly collections: readonly string[]
  readonly audiences: readonly string[]
  readonly grouped: boolean
  readonly tiered: boolean
  readonly changing: readonly string[]
  readonly packages: readonly string[]
}

/** The functions by which row-level security decides, too. */
async function ofContact(tx: Tx): Promise<Rights> {
  const { rows } = await sql<Rights>`select readable_collections()::text[] as collections, reader_audiences()::text[] as audiences,
    exists (select from sharing_group_member where organisation_id = current_organisation()) as grouped,
    exists (select from tier_since where organisation_id = current_organisation()) as tiered, pending_tiers()::text[] as changing,
    array(select distinct package_id from object_embargo_release where package_id is not null and collection_id = any((select readable_collections())::uuid[]))::text[] as packages`.execute(
    tx.db,
  )
  return rows[0]!
}

/** The operator's people read what everybody reads, and by rows of their own what members alone have. */
async function ofOperator(tx: Tx, operator: string): Promise<Rights> {
  const { rows } = await sql<{ id: string }>`select id::text from collection where operator_id = ${operator}::uuid order by id`.execute(tx.db)
  const collections = rows.map(({ id }) => id)
  return { collections, audiences: [...collections, operator], grouped: false, tiered: false, changing: [], packages: [] }
}

/**
 * Whether the reader is shown a row `f` of a feed: one of its audiences' in one of its collections, opened, not left out for it because
 * it is shown something else instead, and not a second row for what it has already by one of its own.
 */
export function isShown(scope: Scope): RawBuilder<boolean> {
  const { collections, audiences } = scope
  return sql`(f.collection_id = any(${pgArray(collections)}::uuid[]) and f.audience = any(${pgArray(audiences)}::uuid[]) and ${isInPlace(scope)})`
}

/** The same where collection and audience are given already. */
export function isInPlace({ reader, now, isGrouped, isTiered, changing, packages }: Scope): RawBuilder<boolean> {
  const opened = sql`(f.opens_at is null or f.opens_at <= ${now}::bigint)`
  if (reader.kind === 'operator') return sql`(${opened} and (f.audience = ${reader.operator}::uuid or not f.late))`
  const own = sql`${reader.organisation}::uuid`
  const joined = isGrouped
    ? sql`not exists (select from sharing_group_member g where g.group_id = f.audience and g.organisation_id = ${own} and f.position <= g.joined_position)`
    : sql`true`
  const ranked = isTiered
    ? sql`not exists (select from tier_since t where t.audience = f.audience and t.organisation_id = ${own} and f.position <= t.since_position)
        and not (f.embargo_id is not null and f.audience = ${own} and f.operator_id = any(${pgArray(changing)}::uuid[]))`
    : sql`true`
  const asked = sql`(f.package_id is null or f.package_id = any(${pgArray(packages)}::uuid[]))`
  return sql`(${opened} and ${joined} and ${ranked} and ${asked} and (f.audience = ${own} or not (f.late and f.organisation_id is not distinct from ${own})) and not exists (select from object_exclusion x
    where x.collection_id = f.collection_id and x.organisation_id = ${own} and x.audience = f.audience and x.position = f.position))`
}

/** Titles of the collections that are looked through, by their ids. */
export async function titlesOf(tx: Tx, ids: readonly string[]): Promise<Map<string, CollectionTitle>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<CollectionTitle>`select id::text, title from collection where id = any(${pgArray(ids)}::uuid[])`.execute(tx.db)
  return new Map(rows.map((row) => [row.id, row]))
}
