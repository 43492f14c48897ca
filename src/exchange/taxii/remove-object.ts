import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { findCollection } from '#exchange/collections/find-collection.ts'
import { deleteObjects, type ObjectPlace } from '#exchange/objects/delete-objects.ts'
import type { VersionChoice } from '#exchange/objects/feed-query.ts'

/**
 * Takes away what the actor's side contributed of an object (TAXII 2.1, section 5.7), in the versions chosen. Throws NOT_FOUND for a collection
 * that is not in the actor's list and where nothing is left to delete, FORBIDDEN for one that it may not both read and write, and where only
 * others contributed what it sees.
 */
export async function removeObject(app: App, actor: PersonActor, place: ObjectPlace, choice: VersionChoice | undefined): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const collection = await findCollection(tx, actor, place.root, place.collection)
    if (!collection.can_read || !collection.can_write)
      throw new Problem('FORBIDDEN', 'To delete, you have to be able to read this collection and to write to it.')
    if (choice === undefined || (await deleteObjects(app, tx, actor, place, choice)) === 0) throw new Problem('NOT_FOUND')
  })
}
