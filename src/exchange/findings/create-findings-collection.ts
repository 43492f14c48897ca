import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { findingFoundation } from '#exchange/stix/finding.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { insertCollection, type NewCollection } from '#exchange/collections/store.ts'
import { storeObjects, type Incoming } from '#exchange/objects/store-objects.ts'

/** Creates the collection that the scanner's findings of an operator are published in; the caller records it and gives rights. */
export async function createFindingsCollection(app: App, tx: Tx, collection: Omit<NewCollection, 'purpose'>): Promise<void> {
  await insertCollection(tx, { ...collection, purpose: 'scanner-findings' })
  await storeFoundation(app, tx, collection)
}

/** Stores what all findings refer to: with the collection, so that its coming betrays no hidden finding. Nothing the second time. */
export async function storeFoundation(app: App, tx: Tx, { id, operator }: Pick<NewCollection, 'id' | 'operator'>): Promise<void> {
  const { name, createdAt } = await readOperator(tx, operator)
  await storeObjects(app, tx, { collection: id, operator, contributor: null, by: undefined }, asIncoming(findingFoundation({ id: operator, name, createdAt })))
}

async function readOperator(tx: Tx, id: OperatorId): Promise<{ name: string; createdAt: Date }> {
  return tx.db.selectFrom('operator').select(['name', 'created_at as createdAt']).where('id', '=', id).executeTakeFirstOrThrow()
}

export function asIncoming(objects: readonly StixObject[]): Incoming[] {
  return objects.map((object) => ({ object, bytes: Buffer.from(JSON.stringify(object)) }))
}
