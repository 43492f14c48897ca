import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { seesVersion } from '#exchange/stix/visible.ts'
import { findCollection } from '#exchange/collections/find-collection.ts'
import type { PageAsked } from '#exchange/taxii/object-query.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { isSeen, listEntries, type FeedEntry } from '#exchange/objects/feed-query.ts'
import { readBodies } from '#exchange/objects/read-own.ts'

/** Most bytes of objects in one page, but for a first object that is larger by itself. */
const MOST_BYTES = 10 * 1024 * 1024

export interface Place {
  readonly root: OperatorId
  readonly collection: CollectionId
  /** When one object is asked for: NOT_FOUND where the reader sees no version of it. */
  readonly object?: string
}

export type PageRow = Omit<FeedEntry, 'position'> & {
  /** With six digits of fraction. */
  readonly position: string
}

export interface Page {
  readonly rows: readonly PageRow[]
  /** Present when there is more. */
  readonly next: string | undefined
}

/** One page of the versions that the reader sees. Throws NOT_FOUND for a collection that is not in the reader's list, FORBIDDEN for one that it may only write. */
export async function readPage(tx: Tx, reader: PersonActor, place: Place, asked: PageAsked): Promise<Page> {
  const collection = await findCollection(tx, reader, place.root, place.collection)
  if (!collection.can_read) throw new Problem('FORBIDDEN', 'You may write to this collection, not read it.')
  if (place.object !== undefined && !(STIX_ID.test(place.object) && (await isSeen(tx, reader, place.collection, place.object)))) throw new Problem('NOT_FOUND')
  const ids = place.object === undefined ? asked.ids : [place.object]
  const found = await listEntries(tx, reader, place.collection, { ...asked, ids, limit: asked.limit + 1 })
  const fitting = found.slice(0, howManyFit(found.slice(0, asked.limit)))
  const rows = fitting
    .filter(({ operator_id: operator, organisation_id: contributor, tlp, open }) => seesVersion(reader, { operator, contributor, tlp, open }, true))
    .map((row) => ({ ...row, position: fromEpochMicroseconds(row.position) }))
  const last = fitting.at(-1)
  return { rows, next: found.length > fitting.length && last ? asked.seal(fromEpochMicroseconds(last.position)) : undefined }
}

function howManyFit(rows: readonly FeedEntry[]): number {
  let bytes = 0
  const tooMany = rows.findIndex(({ size }, n) => (bytes += size) > MOST_BYTES && n > 0)
  return tooMany < 0 ? rows.length : tooMany
}

/** A page with its objects, as the bytes that came. `tx` is a snapshot: what is listed is what is read. */
export async function readEnvelope(app: App, tx: Tx, reader: PersonActor, place: Place, asked: PageAsked): Promise<Page & { readonly bytes: Buffer }> {
  const page = await readPage(tx, reader, place, asked)
  const bodies = await readBodies(app, tx.db, place.collection, page.rows)
  const objects = page.rows.map(({ id }) => bodies.get(id)!.toString('utf8'))
  const head = page.next === undefined ? [] : ['"more":true', `"next":${JSON.stringify(page.next)}`]
  const members = objects.length === 0 ? head : [...head, `"objects":[${objects.join(',')}]`]
  return { ...page, bytes: Buffer.from(`{${members.join(',')}}`) }
}
