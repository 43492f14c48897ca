import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { askFeeds } from '#exchange/objects/ask-feeds.ts'
import { openMembers } from '#exchange/objects/open-union.ts'
import { afterAll, type UnionPlace } from '#exchange/objects/union-order.ts'
import { removalsStatement, shownVersionsStatement, type RemovedVersion } from '#exchange/objects/union-query.ts'
import type { RemovalPage, RemovalQuery } from '#exchange/removals/contract.ts'
import { fromEpochMicroseconds, toEpochMicroseconds } from '#exchange/stix/instant.ts'

const Cursor = z.tuple([z.number().int(), z.string()])

/**
 * What was taken from the reader of a collection, or of the collections of a union, in the order in which it was taken, up to now: versions that
 * were withdrawn or deleted while it could see them, and that it does not see again. Throws NOT_FOUND for a collection that is not in the reader's list, FORBIDDEN
 * for one that it may only write, BAD_CURSOR.
 */
export async function listRemovals(
  app: App,
  actor: PersonActor,
  collection: CollectionId,
  { after, limit, cursor }: z.output<typeof RemovalQuery>,
): Promise<z.input<typeof RemovalPage>> {
  const reader = await openMembers(app, actor, collection)
  const list = `removals ${collection} ${actor.person}`
  const from = cursor !== undefined ? placeOf(...Cursor.parse(openCursor(app, list, cursor))) : after === undefined ? undefined : afterAll(microseconds(after))
  if (reader.union.members.length === 0) return { items: [], next: null }
  const { text, values } = removalsStatement(reader, from, limit)
  const found = await askFeeds<RemovedVersion>(app, reader, { text, values })
  const last = found.at(-1)
  const next = found.length === limit && last ? sealCursor(app, list, [last.position, last.collection_id]) : null
  return { items: (await withoutShown(app, reader, found)).map(show), next }
}

/** What was taken from several audiences of the reader is told once, and what is shown to it (again), in whichever of the collections, not at all. */
async function withoutShown(app: App, reader: Awaited<ReturnType<typeof openMembers>>, removed: readonly RemovedVersion[]): Promise<RemovedVersion[]> {
  if (removed.length === 0) return []
  const { text, values } = shownVersionsStatement(reader, removed)
  const shown = new Set((await askFeeds<{ object_id: string; version: string }>(app, reader, { text, values })).map(nameOf))
  const latest = new Map(removed.map((one) => [`${nameOf(one)} ${one.collection_id}`, one]))
  return removed.filter((one) => !shown.has(nameOf(one)) && latest.get(`${nameOf(one)} ${one.collection_id}`) === one)
}

function nameOf({ object_id: id, version }: { readonly object_id: string; readonly version: string }): string {
  return `${id} ${version}`
}

function placeOf(at: number, collection: string): UnionPlace {
  return { at, removed: true, collection, position: at, n: Number.MAX_SAFE_INTEGER }
}

function show({ object_id: object, version, collection_id: collection, position }: RemovedVersion): z.input<typeof RemovalPage>['items'][number] {
  return { object, version, collection, removedAt: fromEpochMicroseconds(position) }
}

/** With any zone, as the console and the API take instants. */
function microseconds(text: string): number {
  const exact = toEpochMicroseconds(text)
  return exact === undefined ? Date.parse(text) * 1000 : Number(exact)
}
