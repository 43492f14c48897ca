import { randomUUID } from 'node:crypto'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { findCollection } from '#exchange/collections/find-collection.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { readPosted, type PostedObject } from '#exchange/taxii/envelope.ts'
import { POSTED_QUEUE } from '#exchange/taxii/queue.ts'
import { insertStatus, type NewStatus, type StatusId } from '#exchange/taxii/status-store.ts'
import { MOST_NAMED, statusOf, type StatusResource } from '#exchange/taxii/status.ts'
import { PIECE, storePiece, type Place } from '#exchange/taxii/store-piece.ts'

interface Target {
  readonly root: OperatorId
  readonly collection: CollectionId
}

/**
 * Adds the objects of an envelope (TAXII 2.1, section 5.5): at once where they are few, otherwise later, and the status tells how far it
 * is. Until then the bytes that came lie sealed. Throws what parseStrictJson throws, UNPROCESSABLE for what is no envelope, NOT_FOUND and
 * FORBIDDEN as reading does.
 */
export async function addObjects(app: App, actor: PersonActor, target: Target, body: Buffer): Promise<StatusResource> {
  const objects = readPosted(body)
  if (objects.length <= PIECE) return app.db.transaction(actor, (tx) => takeNow(app, tx, actor, target, objects))
  // Whoever may not write is told so before the bytes are kept.
  await app.db.read(actor, (tx) => requireWritable(tx, actor, target))
  const stored = await app.objects.store(once(body), { limit: body.length })
  return app.db.transaction(actor, async (tx) => {
    await requireWritable(tx, actor, target)
    const { id: object } = await app.objects.record(tx, stored)
    const status = newStatus(app, actor, target, { total: objects.length, succeeded: 0, failed: 0, object })
    await insertStatus(tx, status, undefined)
    await app.jobs.send(tx, POSTED_QUEUE, { status: status.id as StatusId })
    return statusOf(status, [])
  })
}

async function takeNow(app: App, tx: Tx, actor: PersonActor, target: Target, objects: readonly PostedObject[]): Promise<StatusResource> {
  const place = await requireWritable(tx, actor, target)
  const taken = await storePiece(app, tx, actor, place, objects, MOST_NAMED)
  const counts = { total: taken.count, succeeded: taken.count - taken.failed, failed: taken.failed, object: undefined }
  const status = newStatus(app, actor, target, counts)
  await insertStatus(tx, status, taken)
  return statusOf(status, [taken])
}

/** Throws NOT_FOUND and FORBIDDEN for whoever may not write. */
export async function requireWritable(tx: Tx, actor: PersonActor, { root, collection: id }: Target): Promise<Place> {
  const collection = await findCollection(tx, actor, root, id)
  if (!collection.can_write) throw new Problem('FORBIDDEN', 'You may read this collection, not write to it.')
  return { root, collection: id, reads: collection.can_read }
}

function newStatus(app: App, by: PersonActor, target: Target, counts: Pick<NewStatus, 'total' | 'succeeded' | 'failed' | 'object'>): NewStatus {
  // Section 4.3.1: a UUIDv4.
  return { id: randomUUID(), operator: target.root, collection: target.collection, by, requestedAt: app.clock.now(), ...counts }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
