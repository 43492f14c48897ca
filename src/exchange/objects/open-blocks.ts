import type { App } from '#platform/app.ts'
import type { Actor } from '#platform/auth/actor.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import { openBlock } from '#exchange/objects/block.ts'
import { ByteCache } from '#exchange/objects/byte-cache.ts'

const BLOCKS = 'select id, sealed from object_block where collection_id = $1 and id = any($2::uuid[])'

const caches = new WeakMap<App, ByteCache<Buffer>>()

function cacheOf(app: App): ByteCache<Buffer> {
  let cache = caches.get(app)
  if (!cache) caches.set(app, (cache = new ByteCache(app.config.cacheBytes / 2, ({ length }) => length)))
  return cache
}

/** What was deleted from these blocks is in this process no longer; in another one for ten minutes at most. */
export function forgetBlocks(app: App, ids: Iterable<string>): void {
  for (const id of ids) cacheOf(app).forget(id)
}

interface Sealed {
  readonly id: string
  readonly sealed: Buffer
}

/**
 * Blocks with the bytes of versions that the actor was found to be shown, by id, from memory where they were opened lately. A version that
 * was deleted meanwhile may be blank, and a block of which nothing is left is not there.
 */
export function openBlocks(
  app: App,
  { actor, collection }: { readonly actor: Actor; readonly collection: string },
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, Buffer>> {
  return openBlocksBy(app, collection, ids, (missing) => app.db.ask<Sealed>(actor, BLOCKS, [collection, pgArray(missing)]))
}

/** The same where the caller reads what is not in memory: within its own transaction, for one that holds a connection must not wait for another. */
export async function openBlocksBy(
  app: App,
  collection: string,
  ids: Iterable<string>,
  read: (missing: readonly string[]) => Promise<Iterable<Sealed>>,
): Promise<ReadonlyMap<string, Buffer>> {
  const cache = cacheOf(app)
  const found = new Map<string, Buffer>()
  const missing: string[] = []
  for (const id of new Set(ids)) {
    const kept = cache.get(id)
    if (kept) found.set(id, kept)
    else missing.push(id)
  }
  if (missing.length === 0) return found
  for (const { id, sealed } of await read(missing)) {
    const opened = openBlock(app.keys, { id, collection }, sealed)
    cache.set(id, opened)
    found.set(id, opened)
  }
  return found
}
