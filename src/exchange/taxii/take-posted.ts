import { buffer } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system, type PersonActor } from '#platform/auth/actor.ts'
import { wasRevoked } from '#platform/auth/credential-store.ts'
import { findActor } from '#platform/auth/find-actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { permits } from '#platform/auth/rule.ts'
import { may } from '#exchange/policy.ts'
import { requireWritable } from '#exchange/taxii/add-objects.ts'
import { readPosted, type PostedObject } from '#exchange/taxii/envelope.ts'
import type { PostedJob } from '#exchange/taxii/queue.ts'
import { findPending, keepTaken, lockPending, type Pending } from '#exchange/taxii/status-store.ts'
import { MOST_NAMED, type Taken } from '#exchange/taxii/status.ts'
import { PIECE, refusePiece, storePiece } from '#exchange/taxii/store-piece.ts'

const ACTOR = system('taxii.take-posted')
const ENDED = 'the right to write here, or the credential that this was sent with, ended before this object was taken in'

/**
 * Takes in an envelope that was posted, piece by piece: each piece and the fact that it was taken are one transaction, so that whoever
 * goes on after a crash neither loses an object nor stores it twice. Whether its sender may write, and whether what it was sent with was revoked, is asked for each piece again. Throws when
 * `signal` fires.
 */
export async function takePosted(app: App, { status }: PostedJob, signal: AbortSignal): Promise<void> {
  const pending = await app.db.read(ACTOR, (tx) => findPending(tx, status))
  if (!pending) return
  const objects = readPosted(await app.db.read(ACTOR, async (tx) => buffer((await app.objects.open(tx, pending.object_id)).stream)))
  let named = pending.failed
  for (let done = false; !done;) {
    signal.throwIfAborted()
    const by = await app.db.read(ACTOR, (tx) => findSender(tx, pending))
    const next = await app.db.transaction(by ?? ACTOR, (tx) => takeNext(app, tx, by, pending, objects, MOST_NAMED - named))
    named += next?.failed ?? 0
    done = next === undefined || next.done
  }
}

async function findSender(tx: Tx, { person_id: person, credential_kind: kind, credential_id: id }: Pending): Promise<PersonActor | undefined> {
  const scopes = may.addObjects.scope === undefined ? [] : [may.addObjects.scope]
  const actor = await findActor(tx, person, kind === 'session' ? { kind, id: id as never, method: 'passkey' } : { kind, id: id as never, scopes })
  return actor && permits(actor, may.addObjects) && !(await wasRevoked(tx, actor.credential)) ? actor : undefined
}

async function takeNext(
  app: App,
  tx: Tx,
  by: PersonActor | undefined,
  pending: Pending,
  objects: readonly PostedObject[],
  room: number,
): Promise<{ readonly done: boolean; readonly failed: number } | undefined> {
  const from = await lockPending(tx, pending.id)
  if (from === undefined) return undefined
  const piece = objects.slice(from, from + PIECE)
  const taken = await take(app, tx, by, pending, piece, room)
  const done = await keepTaken(tx, pending, taken, app.clock.now())
  if (done) await app.objects.remove(tx, pending.object_id)
  return { done, failed: taken.failed }
}

async function take(app: App, tx: Tx, by: PersonActor | undefined, pending: Pending, piece: readonly PostedObject[], room: number): Promise<Taken> {
  const place = by && (await writable(tx, by, pending))
  return place ? storePiece(app, tx, by, place, piece, room) : refusePiece(piece, ENDED, app.clock.now(), room)
}

async function writable(tx: Tx, by: PersonActor, { operator_id: root, collection_id: collection }: Pending) {
  try {
    return await requireWritable(tx, by, { root, collection })
  } catch (error) {
    if (error instanceof Problem && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN')) return undefined
    throw error
  }
}
