import { sql } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { ClassRelease } from '#exchange/embargoes/classes.ts'
import type { ReaderClass } from '#exchange/embargoes/contract.ts'

export type EmbargoId = Id<'object-embargo'>

const embargoRow = binder('object_embargo', ['operator_id', 'collection_id', 'title', 'package_id', 'zone', 'set_by', 'set_at'])
const releaseRow = binder('object_embargo_release', ['operator_id', 'collection_id', 'audience', 'package_id', 'opens_at', 'own_at'])

/** The rows of an embargo with its instants, as a leaf binds them. */
export function embargoRows(id: EmbargoId, releases: readonly Pick<ClassRelease, 'class'>[]): Binding[] {
  return [embargoRow({ id }), ...releases.map((release) => releaseRow({ embargo_id: id, class: release.class }))]
}

export interface StoredEmbargo {
  readonly id: EmbargoId
  readonly operator_id: OperatorId
  readonly collection_id: CollectionId
  readonly title: string
  readonly package_id: string | null
  readonly zone: string
  readonly set_by: PersonId | null
  readonly setter_name: string | null
  readonly set_at: Date
}

/** Embargoes that are listed at most. */
const MOST_LISTED = 200

const select = sql`select e.*, p.name as setter_name from object_embargo e left join person p on p.id = e.set_by`

export async function listEmbargoes(tx: Tx, operator: OperatorId, collection: CollectionId): Promise<StoredEmbargo[]> {
  const { rows } =
    await sql<StoredEmbargo>`${select} where e.operator_id = ${operator} and e.collection_id = ${collection} order by e.id desc limit ${MOST_LISTED}`.execute(
      tx.db,
    )
  return rows
}

export async function findEmbargo(tx: Tx, operator: OperatorId, id: EmbargoId): Promise<StoredEmbargo | undefined> {
  const { rows } = await sql<StoredEmbargo>`${select} where e.id = ${id} and e.operator_id = ${operator}`.execute(tx.db)
  return rows[0]
}

/** An embargo of the operator's; nobody else changes its instants until the transaction ends. */
export async function lockEmbargo(tx: Tx, operator: OperatorId, id: EmbargoId): Promise<StoredEmbargo | undefined> {
  await sql`select from object_embargo where id = ${id} and operator_id = ${operator} for update`.execute(tx.db)
  return findEmbargo(tx, operator, id)
}

export async function insertEmbargo(tx: Tx, embargo: Omit<StoredEmbargo, 'setter_name'>): Promise<void> {
  await tx.db.insertInto('object_embargo').values(embargo).execute()
}

/** Gives each class its instant, whether or not it had one; gives the audiences by class. */
export async function keepReleases(
  tx: Tx,
  { id, operator_id: operator, collection_id: collection, package_id: of }: Pick<StoredEmbargo, 'id' | 'operator_id' | 'collection_id' | 'package_id'>,
  releases: readonly ClassRelease[],
): Promise<Map<ReaderClass, string>> {
  const audiences = new Map<ReaderClass, string>()
  for (const { class: readers, opensAt, ownAt } of releases) {
    const { rows } = await sql<{
      audience: string
    }>`insert into object_embargo_release (embargo_id, class, operator_id, collection_id, audience, package_id, opens_at, own_at)
      values (${id}, ${readers}, ${operator}, ${collection}, ${readers === 'everybody' ? sql`${collection}::uuid` : sql`tier_audience(${operator}::uuid, ${readers})`},
        ${of}::uuid, ${opensAt}, ${ownAt})
      on conflict (embargo_id, class) do update set opens_at = excluded.opens_at, own_at = excluded.own_at returning audience`.execute(tx.db)
    audiences.set(readers, rows[0]!.audience)
  }
  return audiences
}

export interface StoredRelease extends ClassRelease {
  readonly embargo: EmbargoId
}

/** When each class of these embargoes is released to. */
export async function listReleases(tx: Tx, embargoes: readonly EmbargoId[]): Promise<Map<EmbargoId, StoredRelease[]>> {
  if (embargoes.length === 0) return new Map()
  const { rows } = await sql<StoredRelease>`select embargo_id as embargo, class, opens_at as "opensAt", own_at as "ownAt" from object_embargo_release
    where embargo_id = any(${[...embargoes]}::uuid[])
    order by embargo_id, array_position(array['validate', 'advance', 'entry', 'responder', 'everybody'], class)`.execute(tx.db)
  return Map.groupBy(rows, ({ embargo }) => embargo)
}

/** How many objects are released with each of these, and how many organisations of each class have read something since. */
export async function countHeld(
  tx: Tx,
  collection: CollectionId,
  embargoes: readonly EmbargoId[],
): Promise<Map<EmbargoId, { objects: number; readers: ReadonlyMap<string, number> }>> {
  if (embargoes.length === 0) return new Map()
  const ids = [...embargoes]
  return tx.asSystem(async (db) => {
    const { rows: objects } = await sql<{ id: EmbargoId; n: number }>`select audience as id, count(*) as n from object_feed
      where collection_id = ${collection} and audience = any(${ids}::uuid[]) and newest group by audience`.execute(db)
    const { rows: readers } = await sql<{
      id: EmbargoId
      tier: string
      n: number
    }>`select r.embargo_id as id, coalesce(m.tier, '') as tier, count(distinct r.organisation_id) as n
      from object_embargo_reading r left join membership m on m.organisation_id = r.organisation_id and m.operator_id = r.operator_id
      where r.collection_id = ${collection} and r.embargo_id = any(${ids}::uuid[]) group by r.embargo_id, m.tier`.execute(db)
    const counts = new Map(objects.map(({ id, n }) => [id, n]))
    return new Map(
      ids.map((id) => [id, { objects: counts.get(id) ?? 0, readers: new Map(readers.filter((row) => row.id === id).map(({ tier, n }) => [tier, n])) }]),
    )
  })
}

/** Embargoes of every operator that hang on a package and have a class that was not reached, with the package. */
export async function listFollowing(tx: Tx, now: Date): Promise<{ id: EmbargoId; operator: OperatorId; package: string }[]> {
  const { rows } = await sql<{
    id: EmbargoId
    operator: OperatorId
    package: string
  }>`select e.id, e.operator_id as operator, e.package_id as package from object_embargo e
    where e.package_id is not null and exists (select from object_embargo_release r where r.embargo_id = e.id and r.opens_at > ${now}) order by e.id limit 5000`.execute(
    tx.db,
  )
  return rows
}
