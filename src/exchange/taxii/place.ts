import { Problem } from '#platform/errors.ts'
import { idSchema, type Id, type OperatorId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'

const OperatorIdText = idSchema<'operator'>()
const CollectionIdText = idSchema<'collection'>()
const StatusIdText = idSchema<'taxii-status'>()

interface Named {
  readonly root: string
  readonly collection: string
}

/** The operator whose API root a path names. Throws NOT_FOUND for what cannot be one. */
export function readRoot({ root }: Pick<Named, 'root'>): OperatorId {
  return orNotFound(OperatorIdText.safeParse(root).data)
}

/** The collection that a path names. Throws NOT_FOUND for what cannot be one. */
export function readPlace<N extends Named>(named: N): Omit<N, keyof Named> & { readonly root: OperatorId; readonly collection: CollectionId } {
  return { ...named, root: readRoot(named), collection: orNotFound(CollectionIdText.safeParse(named.collection).data) }
}

/** The status that a path names. Throws NOT_FOUND for what cannot be one. */
export function readStatusId(status: string): Id<'taxii-status'> {
  return orNotFound(StatusIdText.safeParse(status).data)
}

function orNotFound<T>(found: T | undefined): T {
  if (found === undefined) throw new Problem('NOT_FOUND')
  return found
}
