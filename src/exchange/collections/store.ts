import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'

export type CollectionId = Id<'collection'>

export const collectionRow = binder('collection', ['id', 'operator_id', 'title', 'description', 'created_at', 'purpose', 'alias'])
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
  readonly alias?: string
  /** What the program itself publishes into it; at most one collection of an operator each. */
  readonly purpose?: CollectionPurpose
}

export type CollectionPurpose = 'scanner-findings'

export async function insertCollection(tx: Tx, { id, operator, title, description, at, purpose, alias }: NewCollection): Promise<void> {
  await tx.db
    .insertInto('collection')
    .values({ id, operator_id: operator, title, description, created_at: at, purpose: purpose ?? null, alias: alias ?? null })
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
