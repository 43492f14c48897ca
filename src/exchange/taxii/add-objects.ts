import { randomUUID } from 'node:crypto'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { StoredObject } from '#platform/objects/objects.ts'
import { Turns } from '#platform/turns.ts'
import { findCollection } from '#exchange/collections/find-collection.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { MAX_CONTENT_LENGTH } from '#exchange/taxii/contract.ts'
import { openPosted, readFew, type PostedObject } from '#exchange/taxii/envelope.ts'
import { POSTED_QUEUE } from '#exchange/taxii/queue.ts'
import { readShort, readWhole } from '#exchange/taxii/read-body.ts'
import { insertStatus, type NewStatus, type StatusId } from '#exchange/taxii/status-store.ts'
import { MOST_NAMED, MOST_SUCCESSES, statusOf, type StatusResource } from '#exchange/taxii/status.ts'
import { storePiece, type Place } from '#exchange/taxii/store-piece.ts'

const NONE = Buffer.alloc(0)

interface Target {
  readonly root: OperatorId
  readonly collection: CollectionId
}

/**
 * Adds the objects of an envelope (TAXII 2.1, section 5.5): at once where they are few, otherwise later, and the status tells how far it
 * is. Until then the bytes that came lie sealed. Throws what parseStrictJson throws, UNPROCESSABLE for what is no envelope, NOT_FOUND and
 * FORBIDDEN as reading does.
 */
export async function addObjects(app: App, actor: PersonActor, target: Target, bytes: AsyncIterable<Uint8Array>): Promise<StatusResource> {
  const turns = new Turns()
  const body = await readShort(bytes)
  if ('stream' in body) return addLong(app, actor, target, body.stream)
  const envelope = await openPosted(body.whole, turns)
  const few = await readFew(envelope, turns)
  if (few) return app.db.transaction(actor, (tx) => takeNow(app, tx, actor, target, few))
  // Whoever may not write is told so before the bytes are kept.
  await app.db.read(actor, (tx) => requireWritable(tx, actor, target))
  return takeLater(app, actor, target, await app.objects.store(once(body.whole), { limit: body.whole.length }), envelope.count)
}

/** The bytes are kept as they come, however slowly, and looked at when all are there. */
async function addLong(app: App, actor: PersonActor, target: Target, bytes: AsyncIterable<Uint8Array>): Promise<StatusResource> {
  await app.db
    .read(actor, (tx) => requireWritable(tx, actor, target))
    .catch(async (error: unknown) => {
      await drain(bytes)
      throw error
    })
  const stored = await app.objects.store(bytes, { limit: MAX_CONTENT_LENGTH })
  const look = async () => {
    const turns = new Turns()
    const envelope = await openPosted(await readWhole(await app.objects.reopen(stored), stored.size), turns)
    const few = await readFew(envelope, turns)
    // What is held on to is not all that came, and of what is refused none.
    return { total: envelope.count, few: few?.map((one) => ({ ...one, bytes: one.fault === undefined ? Buffer.from(one.bytes) : NONE })) }
  }
  const { total, few } = await oneAtATime(app, look).catch(async (error: unknown) => {
    await app.objects.discard(stored)
    throw error
  })
  if (!few) return takeLater(app, actor, target, stored, total)
  await app.objects.discard(stored)
  return app.db.transaction(actor, (tx) => takeNow(app, tx, actor, target, few))
}

const looking = new WeakMap<App, Promise<unknown>>()

/** Long bodies are looked at one after another: each is in memory meanwhile. */
function oneAtATime<T>(app: App, look: () => Promise<T>): Promise<T> {
  const looked = (looking.get(app) ?? Promise.resolve()).then(look)
  looking.set(
    app,
    looked.catch(() => undefined),
  )
  return looked
}

async function takeLater(app: App, actor: PersonActor, target: Target, stored: StoredObject, total: number): Promise<StatusResource> {
  return app.db.transaction(actor, async (tx) => {
    await requireWritable(tx, actor, target)
    const { id: object } = await app.objects.record(tx, stored)
    const status = newStatus(app, actor, target, { total, succeeded: 0, failed: 0, object })
    await insertStatus(tx, status, undefined)
    await app.jobs.send(tx, POSTED_QUEUE, { status: status.id as StatusId })
    return statusOf(status, [])
  })
}

async function takeNow(app: App, tx: Tx, actor: PersonActor, target: Target, objects: readonly PostedObject[]): Promise<StatusResource> {
  const place = await requireWritable(tx, actor, target)
  const taken = await storePiece(app, tx, actor, place, objects, { room: { successes: MOST_SUCCESSES, failures: MOST_NAMED } })
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

/** An answer is heard by whoever has sent everything. */
async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
