import type { App } from '#platform/app.ts'
import { system, type PersonActor } from '#platform/auth/actor.ts'
import { wasRevoked } from '#platform/auth/credential-store.ts'
import { findActor } from '#platform/auth/find-actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { Turns } from '#platform/turns.ts'
import { permits } from '#platform/auth/rule.ts'
import { may } from '#exchange/policy.ts'
import { requireWritable } from '#exchange/taxii/add-objects.ts'
import { PiecewiseEnvelope, type Piece } from '#exchange/taxii/envelope.ts'
import type { PostedJob } from '#exchange/taxii/queue.ts'
import { readWhole } from '#exchange/taxii/read-body.ts'
import { findPending, keepTaken, lockPending, type Pending, type Progress } from '#exchange/taxii/status-store.ts'
import { MOST_NAMED, MOST_SUCCESSES, type Taken } from '#exchange/taxii/status.ts'
import { refusePiece, storePiece } from '#exchange/taxii/store-piece.ts'

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
  const turns = new Turns()
  const { stream, size } = await app.db.read(ACTOR, (tx) => app.objects.open(tx, pending.object_id))
  const envelope = await PiecewiseEnvelope.open(await readWhole(stream, size), turns)
  for (let at: Progress | undefined = pending; at !== undefined;) {
    signal.throwIfAborted()
    const by = await app.db.read(ACTOR, (tx) => findSender(tx, pending))
    const next: Next = { at, piece: await envelope.piece(at.taken, turns) }
    at = await app.db.transaction(by ?? ACTOR, (tx) => takeNext(app, tx, by, pending, next))
  }
}

async function findSender(tx: Tx, { person_id: person, credential_kind: kind, credential_id: id }: Pending): Promise<PersonActor | undefined> {
  const scopes = may.addObjects.scope === undefined ? [] : [may.addObjects.scope]
  const actor = await findActor(tx, person, kind === 'session' ? { kind, id: id as never, method: 'passkey' } : { kind, id: id as never, scopes })
  return actor && permits(actor, may.addObjects) && !(await wasRevoked(tx, actor.credential)) ? actor : undefined
}

interface Next {
  readonly at: Progress
  readonly piece: Piece
}

/** Takes the next piece, unless somebody else has meanwhile; how far it is now, undefined at its end. */
async function takeNext(app: App, tx: Tx, by: PersonActor | undefined, pending: Pending, next: Next): Promise<Progress | undefined> {
  const now = await lockPending(tx, pending.id)
  if (now?.taken !== next.at.taken) return now
  const taken = await take(app, tx, by, pending, next)
  const done = await keepTaken(tx, pending, taken, app.clock.now())
  if (done) await app.objects.remove(tx, pending.object_id)
  const { count, failed } = taken
  return done ? undefined : { taken: now.taken + count, succeeded: now.succeeded + count - failed, failed: now.failed + failed }
}

async function take(app: App, tx: Tx, by: PersonActor | undefined, pending: Pending, { at, piece: { objects, ...across } }: Next): Promise<Taken> {
  const room = { successes: MOST_SUCCESSES - at.succeeded, failures: MOST_NAMED - at.failed }
  const place = by && (await writable(tx, by, pending))
  return place ? storePiece(app, tx, by, place, objects, { room, across }) : refusePiece(objects, ENDED, app.clock.now(), room)
}

async function writable(tx: Tx, by: PersonActor, { operator_id: root, collection_id: collection }: Pending) {
  try {
    return await requireWritable(tx, by, { root, collection })
  } catch (error) {
    if (error instanceof Problem && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN')) return undefined
    throw error
  }
}
