import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'

export type CollectionId = Id<'collection'>

export const collectionRow = binder('collection', ['id', 'operator_id', 'title', 'description', 'created_at', 'purpose', 'aggregates', 'alias'])
/** To which collection an alias belongs. */
export const aliasRow = binder('given_alias', ['operator_id', 'alias', 'collection_id', 'given_at'])
export const collectionRightRow = binder('collection_right', ['collection_id', 'organisation_id', 'operator_id', 'can_read', 'can_write'])

/** Operators whose exchange the caller can reach, in a stable order. */
export function listRoots(tx: Tx) {
  return tx.db.selectFrom('operator').select(['id', 'name']).orderBy('id').execute()
}

/** Collections of an operator that the caller may read or write, with the rights of `organisation`; an operator's own people may read all. */
export function listCollections(tx: Tx, operator: OperatorId, organisation: OrganisationId | undefined) {
  return tx.db
    .selectFrom('collection')
    .leftJoin('collection_right', (join) =>
      join.onRef('collection_right.collection_id', '=', 'collection.id').on('collection_right.organisation_id', '=', organisation ?? null),
    )
    .select((is) => [
      'collection.id',
      'collection.title',
      'collection.description',
      'collection.alias',
      'collection.purpose',
      'collection.aggregates',
      is.fn.coalesce('collection_right.can_read', sql<boolean>`${organisation === undefined}`).as('can_read'),
      is.fn.coalesce('collection_right.can_write', sql<boolean>`false`).as('can_write'),
    ])
    .where('collection.operator_id', '=', operator)
    .orderBy('collection.id')
    .execute()
}

export interface NewCollection {
  readonly id: CollectionId
  readonly operator: OperatorId
  readonly title: string
  readonly description: string
  readonly at: Date
  /** Name of its own in paths, unique among the operator's collections. */
  /** What the program itself publishes into it; at most one collection of an operator each. */
  readonly purpose?: CollectionPurpose
  /** Collections whose union it shows; nothing is stored in such a one. */
  readonly aggregates?: readonly CollectionId[]
  readonly alias?: string | null
}

export type CollectionPurpose = 'scanner-findings'

export async function insertCollection(tx: Tx, { id, operator, title, description, at, purpose, aggregates, alias }: NewCollection): Promise<void> {
  const kept = { purpose: purpose ?? null, aggregates: aggregates ? [...aggregates] : null, alias: alias ?? null }
  await tx.db
    .insertInto('collection')
    .values({ id, operator_id: operator, title, description, created_at: at, ...kept })
    .execute()
}

/** The operator's collection of that purpose. */
export async function findByPurpose(tx: Tx, operator: OperatorId, purpose: CollectionPurpose): Promise<CollectionId | undefined> {
  const row = await tx.db.selectFrom('collection').select('id').where('operator_id', '=', operator).where('purpose', '=', purpose).executeTakeFirst()
  return row?.id as CollectionId | undefined
}

export async function insertRight(
  tx: Tx,
  right: { collection: CollectionId; operator: OperatorId; organisation: OrganisationId; canRead: boolean; canWrite: boolean },
): Promise<void> {
  await tx.db
    .insertInto('collection_right')
    .values({
      collection_id: right.collection,
      organisation_id: right.organisation,
      operator_id: right.operator,
      can_read: right.canRead,
      can_write: right.canWrite,
    })
    .execute()
}

export interface StoredCollection {
  readonly id: CollectionId
  readonly operator_id: OperatorId
  readonly title: string
  readonly description: string
  readonly created_at: Date
  readonly purpose: CollectionPurpose | null
  readonly aggregates: readonly CollectionId[] | null
  readonly alias: string | null
}

/** A collection of the operator's; nobody else changes it or the rights in it until the transaction ends. */
export async function lockCollection(tx: Tx, operator: OperatorId, id: CollectionId): Promise<StoredCollection | undefined> {
  const row = await tx.db
    .selectFrom('collection')
    .select(['id', 'operator_id', 'title', 'description', 'created_at', 'purpose', 'aggregates', 'alias'])
    .where('id', '=', id)
    .where('operator_id', '=', operator)
    .forUpdate()
    .executeTakeFirst()
  return row as StoredCollection | undefined
}

/**
 * Locks a collection of the operator's together with the unions that it is part of, in the one order in which several are locked: by their ids. Nobody
 * adds to them, or makes another union of it, until the transaction ends.
 */
export async function lockWithUnions(tx: Tx, operator: OperatorId, id: CollectionId): Promise<void> {
  await sql`select from collection where operator_id = ${operator} and (id = ${id} or aggregates @> array[${id}::uuid]) order by id for update`.execute(tx.db)
}

/** Whether it is a collection of the operator's. */
export async function findCollectionOf(tx: Tx, operator: OperatorId, id: CollectionId): Promise<boolean> {
  const row = await tx.db.selectFrom('collection').select('id').where('id', '=', id).where('operator_id', '=', operator).executeTakeFirst()
  return row !== undefined
}

/** Collections that the caller sees, whichever operators' they are, with the rights of `organisation`. */
export async function listAllCollections(
  tx: Tx,
  organisation: OrganisationId | undefined,
): Promise<(StoredCollection & { readonly operator_name: string; readonly can_read: boolean; readonly can_write: boolean })[]> {
  const rows = await tx.db
    .selectFrom('collection')
    .innerJoin('operator', 'operator.id', 'collection.operator_id')
    .leftJoin('collection_right', (join) =>
      join.onRef('collection_right.collection_id', '=', 'collection.id').on('collection_right.organisation_id', '=', organisation ?? null),
    )
    .select((is) => [
      'collection.id',
      'collection.operator_id',
      'operator.name as operator_name',
      'collection.title',
      'collection.description',
      'collection.created_at',
      'collection.purpose',
      'collection.aggregates',
      'collection.alias',
      is.fn.coalesce('collection_right.can_read', sql<boolean>`${organisation === undefined}`).as('can_read'),
      is.fn.coalesce('collection_right.can_write', sql<boolean>`false`).as('can_write'),
    ])
    .orderBy('collection.title')
    .orderBy('collection.id')
    .limit(1000)
    .execute()
  return rows as Awaited<ReturnType<typeof listAllCollections>>
}

export async function findRight(tx: Tx, collection: CollectionId, organisation: OrganisationId): Promise<{ canRead: boolean; canWrite: boolean } | undefined> {
  return tx.db
    .selectFrom('collection_right')
    .select(['can_read as canRead', 'can_write as canWrite'])
    .where('collection_id', '=', collection)
    .where('organisation_id', '=', organisation)
    .executeTakeFirst()
}

/** Members with a right in the collection, by name: for the operator's people. */
export async function listRights(tx: Tx, collection: CollectionId) {
  return tx.db
    .selectFrom('collection_right')
    .innerJoin('organisation', 'organisation.id', 'collection_right.organisation_id')
    .select(['organisation.id', 'organisation.name', 'organisation.kind', 'collection_right.can_read as canRead', 'collection_right.can_write as canWrite'])
    .$narrowType<{ kind: 'vendor' | 'responder' }>()
    .where('collection_right.collection_id', '=', collection)
    .orderBy('organisation.name')
    .orderBy('organisation.id')
    .limit(5000)
    .execute()
}

/**
 * From which position on a right to read dates that is given now: one that lies after everything that was read of the collection, or of a union that
 * it is part of, and before whatever comes. All of them are locked.
 */
export async function dateRight(tx: Tx, operator: OperatorId, id: CollectionId): Promise<number> {
  const { rows } = await sql<{ since: number }>`with dated as (select id, max(greatest(last_at, floor_at)) over () + 1 as since from collection
      where operator_id = ${operator} and (id = ${id} or aggregates @> array[${id}::uuid]))
    update collection c set floor_at = dated.since from dated where c.id = dated.id returning dated.since`.execute(tx.db)
  return rows[0]!.since
}

/** `since`: from which position on a right to read dates that was not held before. */
export async function setRight(
  tx: Tx,
  right: { collection: CollectionId; operator: OperatorId; organisation: OrganisationId; canRead: boolean; canWrite: boolean; since?: number },
): Promise<void> {
  const held = { can_read: right.canRead, can_write: right.canWrite, ...(right.since !== undefined && { reads_since: right.since }) }
  await tx.db
    .insertInto('collection_right')
    .values({ collection_id: right.collection, organisation_id: right.organisation, operator_id: right.operator, ...held })
    .onConflict((conflict) => conflict.columns(['collection_id', 'organisation_id']).doUpdateSet(held))
    .execute()
}

export async function setCollectionText(
  tx: Tx,
  id: CollectionId,
  text: { readonly title: string; readonly description: string; readonly alias: string | null },
): Promise<void> {
  await tx.db.updateTable('collection').set(text).where('id', '=', id).execute()
}

/** Whether another collection of the operator's than `own` has the alias. */
export async function isAliasTaken(tx: Tx, operator: OperatorId, alias: string, own: CollectionId | undefined): Promise<boolean> {
  const row = await tx.db
    .selectFrom('collection')
    .select('id')
    .where('operator_id', '=', operator)
    .where('alias', '=', alias)
    .$if(own !== undefined, (query) => query.where('id', '<>', own!))
    .executeTakeFirst()
  return row !== undefined
}

/** The collection to which an alias belongs: the one that had it last, whether or not it has it at present. */
export async function findAliasOwner(tx: Tx, operator: OperatorId, alias: string): Promise<CollectionId | undefined> {
  const { rows } = await sql<{ id: CollectionId }>`select collection_id as id from given_alias where operator_id = ${operator} and alias = ${alias}`.execute(
    tx.db,
  )
  return rows[0]?.id
}

/** Notes to which collection an alias belongs from now on. */
export async function keepAliasOwner(tx: Tx, { operator, collection, alias, at }: GivenAlias): Promise<void> {
  await sql`insert into given_alias (operator_id, alias, collection_id, given_at) values (${operator}, ${alias}, ${collection}, ${at})
    on conflict (operator_id, alias) do update set collection_id = excluded.collection_id, given_at = excluded.given_at
      where given_alias.collection_id <> excluded.collection_id`.execute(tx.db)
}

export interface GivenAlias {
  readonly operator: OperatorId
  readonly collection: CollectionId
  readonly alias: string
  readonly at: Date
}

/** Gives a collection an alias, which belongs to it from now on. */
export async function giveAlias(tx: Tx, given: GivenAlias): Promise<void> {
  await tx.db.updateTable('collection').set({ alias: given.alias }).where('id', '=', given.collection).execute()
  await keepAliasOwner(tx, given)
}
