import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { idSchema, type OperatorId } from '#platform/ids.ts'
import { findCollection } from '#exchange/collections/find-collection.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { StatusId } from '#exchange/taxii/status-store.ts'

const Uuid = idSchema()

interface Named {
  readonly root: string
  readonly collection: string
}

/** The operator whose API root a path names. Throws NOT_FOUND for what cannot be one. */
export function readRoot({ root }: Pick<Named, 'root'>): OperatorId {
  return readId(root) as OperatorId
}

/** The status that a path names. Throws NOT_FOUND for what cannot be one. */
export function readStatusId(status: string): StatusId {
  return readId(status) as StatusId
}

/**
 * The collection that a path names, by its id or by its alias (section 5.2), which is looked up; what the caller may do there is asked
 * where it is done. Throws NOT_FOUND for an alias that is not in the caller's list.
 */
export async function findPlace<N extends Named>(
  app: App,
  actor: PersonActor,
  named: N,
): Promise<Omit<N, keyof Named> & { readonly root: OperatorId; readonly collection: CollectionId }> {
  const root = readRoot(named)
  const given = Uuid.safeParse(named.collection).data
  const collection = given ?? (await app.db.read(actor, (tx) => findCollection(tx, actor, root, named.collection))).id
  return { ...named, root, collection: collection as string as CollectionId }
}

function readId(text: string): string {
  const { data } = Uuid.safeParse(text)
  if (data === undefined) throw new Problem('NOT_FOUND')
  return data
}
