import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { listCollections, type CollectionId } from '#exchange/collections/store.ts'

/** A collection in the reader's own list, with its rights. Throws NOT_FOUND for every other, whether or not it exists (C8). */
export async function findCollection(tx: Tx, reader: PersonActor, root: OperatorId, id: CollectionId) {
  const collections = await listCollections(tx, root, reader.kind === 'contact' ? reader.organisation : undefined)
  const found = collections.find((collection) => collection.id === id)
  if (!found) throw new Problem('NOT_FOUND')
  return found
}
