import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { openBlock } from '#exchange/objects/block.ts'
import { readBlocks } from '#exchange/objects/block-store.ts'
import { asContributions, newestOf } from '#exchange/objects/contribution.ts'
import { listVersionsOf } from '#exchange/objects/version-store.ts'
import type { Place, Version } from '#exchange/objects/version.ts'

interface OwnObject {
  readonly object: StixObject
  readonly tlp: TlpLabel
}

/** The newest versions of what the contributor itself has of these objects, and for whom they are. */
export async function readOwn(
  app: App,
  tx: Tx,
  of: Pick<Place, 'collection' | 'contributor'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, OwnObject>> {
  return ids.length === 0 ? new Map() : tx.asSystem((db) => readOwnObjects(app, db, of, ids))
}

/** The same in a step that the program itself does already. */
export async function readOwnObjects(
  app: App,
  db: Transaction<DB>,
  { collection, contributor }: Pick<Place, 'collection' | 'contributor'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, OwnObject>> {
  const versions = await listVersionsOf(db, collection, ids, 'outermost')
  const newest = asContributions(
    versions.filter(({ organisation_id: by }) => by === contributor),
    false,
  ).map(newestOf)
  const bodies = await readBodies(app, db, collection, newest)
  return new Map(newest.map(({ id, object_id: object, tlp }) => [object, { object: JSON.parse(bodies.get(id)!.toString('utf8')) as StixObject, tlp }]))
}

type Placed = Pick<Version, 'id' | 'block_id' | 'start' | 'size'>

/** The bytes of these versions, by version. */
export async function readBodies(
  app: Pick<App, 'keys'>,
  db: Transaction<DB>,
  collection: CollectionId,
  versions: readonly Placed[],
): Promise<Map<string, Buffer>> {
  if (versions.length === 0) return new Map()
  const blocks = await readBlocks(
    db,
    collection,
    versions.map(({ block_id: id }) => id),
  )
  const opened = new Map([...blocks].map(([id, { sealed }]) => [id, openBlock(app.keys, { id, collection }, sealed)]))
  return new Map(versions.map(({ id, block_id: block, start, size }) => [id, opened.get(block)!.subarray(start, start + size)]))
}
