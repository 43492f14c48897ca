import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { openBlock } from '#exchange/objects/block.ts'
import { readBlocks } from '#exchange/objects/block-store.ts'
import type { StixObject } from '#exchange/stix/check.ts'

/** Where the bytes of a version are. */
export interface BodyPlace {
  readonly collection_id: string
  readonly version_id: string
  readonly block_id: string
  readonly start: number
  readonly size: number
}

/** The exact bytes of versions by their ids, each block opened once; authorise what is opened first. What was deleted meanwhile is not among them. */
export async function openBodies(app: Pick<App, 'keys'>, db: Transaction<DB>, places: readonly BodyPlace[]): Promise<Map<string, Buffer>> {
  const bodies = new Map<string, Buffer>()
  for (const [collection, of] of Map.groupBy(places, ({ collection_id: id }) => id)) {
    const blocks = await readBlocks(
      db,
      collection as CollectionId,
      of.map(({ block_id: id }) => id),
    )
    for (const [id, inBlock] of Map.groupBy(of, ({ block_id: block }) => block)) {
      const block = blocks.get(id)
      if (!block) continue
      const plain = openBlock(app.keys, { id, collection }, block.sealed)
      for (const { version_id: version, start, size } of inBlock) bodies.set(version, plain.subarray(start, start + size))
    }
  }
  return bodies
}

/** The objects themselves. A version whose bytes were taken out while it was read is not among them. */
export async function openObjects(app: Pick<App, 'keys'>, db: Transaction<DB>, places: readonly BodyPlace[]): Promise<Map<string, StixObject>> {
  const objects = new Map<string, StixObject>()
  for (const [id, bytes] of await openBodies(app, db, places)) {
    const object = parse(bytes)
    if (object) objects.set(id, object)
  }
  return objects
}

function parse(bytes: Buffer): StixObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as StixObject) : undefined
  } catch {
    // Blanked: whoever deleted it came between the row and its bytes.
    return undefined
  }
}
