import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { readBlocks } from '#exchange/objects/block-store.ts'
import { openBlocksBy } from '#exchange/objects/open-blocks.ts'
import type { StixObject } from '#exchange/stix/check.ts'

/** Where the bytes of a version are. */
export interface BodyPlace {
  readonly collection_id: string
  readonly version_id: string
  readonly block_id: string
  readonly start: number
  readonly size: number
}

/**
 * The exact bytes of versions by their ids, from memory where their blocks were opened lately; authorise what is opened first. What was deleted
 * meanwhile is not among them, or blank.
 */
export async function openBodies(app: App, db: Transaction<DB>, places: readonly BodyPlace[]): Promise<Map<string, Buffer>> {
  const bodies = new Map<string, Buffer>()
  for (const [id, of] of Map.groupBy(places, ({ collection_id: collection }) => collection)) {
    const blocks = of.map(({ block_id: block }) => block)
    const opened = await openBlocksBy(app, id, blocks, async (missing) => (await readBlocks(db, id as CollectionId, missing)).values())
    for (const { version_id: version, block_id: block, start, size } of of) {
      const plain = opened.get(block)
      if (plain) bodies.set(version, plain.subarray(start, start + size))
    }
  }
  return bodies
}

/** The objects themselves. A version whose bytes were taken out while it was read is not among them. */
export async function openObjects(app: App, db: Transaction<DB>, places: readonly BodyPlace[]): Promise<Map<string, StixObject>> {
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
