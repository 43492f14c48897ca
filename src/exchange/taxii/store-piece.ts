import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { Turns } from '#platform/turns.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { storeObjects, type Destination, type Incoming, type Stored } from '#exchange/objects/store-objects.ts'
import { keepSightings, type StixSighting } from '#exchange/sightings/keep-sightings.ts'
import { faultOfSeen, type Seen } from '#exchange/sightings/sighting.ts'
import { checkObject, type StixObject } from '#exchange/stix/check.ts'
import { warningOfId } from '#exchange/stix/deterministic-id.ts'
import { toMicroseconds } from '#exchange/stix/instant.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'
import type { Across, PostedObject } from '#exchange/taxii/envelope.ts'
import { organisationOf } from '#exchange/taxii/status-store.ts'
import type { Detail, Taken } from '#exchange/taxii/status.ts'

/** Longest id and version of a refused object that its status repeats. */
const SHOWN = 120

/** Where somebody who may write puts objects. */
export interface Place {
  readonly collection: CollectionId
  readonly root: OperatorId
  /** Whether the contributor reads there, too. */
  readonly reads: boolean
}

/** How many of each kind a status still has room to name. */
export interface Room {
  readonly successes: number
  readonly failures: number
}

interface Told {
  readonly room: Room
  /** What the rest of the envelope says, of which this is a piece. */
  readonly across?: Across
}

/**
 * Stores a piece of an envelope: the good objects exactly as they came, in the name of the contact's organisation or of the operator; each
 * bad one is named, as far as there is `room`. A member's sighting of an indicator that it sees in this collection is kept as its own, too.
 */
export async function storePiece(app: App, tx: Tx, actor: PersonActor, place: Place, piece: readonly PostedObject[], { room, across }: Told): Promise<Taken> {
  const now = app.clock.now()
  const checked = await checkEach(piece, now)
  const good: Incoming[] = checked.flatMap((one, n) => ('object' in one ? [{ object: one.object, bytes: piece[n]!.bytes }] : []))
  const to: Destination = { collection: place.collection, operator: place.root, contributor: organisationOf(actor), by: actor, reads: place.reads, ...across }
  const stored = good.length > 0 ? await storeObjects(app, tx, to, good) : []
  if (actor.kind === 'contact') await keepSightings(app, tx, actor, to, sightingsOf(good, stored))
  return tell(piece, checked, stored, now, room)
}

async function checkEach(piece: readonly PostedObject[], now: Date): Promise<Judged[]> {
  const turns = new Turns()
  const checked: Judged[] = []
  for (const posted of piece) {
    checked.push(check(posted, now))
    await turns.next()
  }
  return checked
}

type Judged = { readonly object: StixObject; readonly warning?: string | undefined } | { readonly fault: string }

function check({ value, fault: unread }: PostedObject, now: Date): Judged {
  if (unread !== undefined) return { fault: unread }
  const checked = checkObject(value)
  if ('fault' in checked) return checked
  const fault = checked.object.type === 'sighting' ? faultOfSeen(seenAt(checked.object), now) : undefined
  if (!fault) return { ...checked, warning: warningOfId(checked.object) }
  return { fault: `${fault.field === '/firstSeen' ? '/first_seen' : '/last_seen'}: ${fault.message}` }
}

/** A sighting says when it was made where it does not say when something was seen (section 5.2). */
function seenAt(object: StixObject): Seen {
  const { first_seen: first, last_seen: last, created } = object as StixObject & { readonly first_seen?: string; readonly last_seen?: string }
  const at = (text: string | undefined) => new Date(toMicroseconds(text ?? created!)!)
  return { firstSeen: at(first ?? last), lastSeen: at(last ?? first) }
}

/** The sightings among what was added, each in the newest version that is known, once. */
function sightingsOf(good: readonly Incoming[], stored: readonly Stored[]): StixSighting[] {
  const newest = good.flatMap(({ object }, n) => {
    const result = stored[n]!
    return object.type === 'sighting' && result.outcome === 'added' && result.newest ? [[object.id, toSighting(object, result.tlp)] as const] : []
  })
  return [...new Map(newest).values()]
}

/** Seen once where it does not say how often. Only what members may see counts for them. */
function toSighting(object: StixObject, tlp: TlpLabel): StixSighting {
  const { sighting_of_ref: indicator, count = 1 } = object as StixObject & { readonly sighting_of_ref: string; readonly count?: number }
  const says = indicator.startsWith('indicator--') && count > 0 && object.revoked !== true
  return {
    id: object.id,
    counted: COMMUNITY.includes(tlp),
    says: says ? { indicator, value: undefined, operator: undefined, count, ...seenAt(object) } : undefined,
  }
}

function tell(piece: readonly PostedObject[], checked: readonly Judged[], stored: readonly Stored[], now: Date, room: Room): Taken {
  const successes: Detail[] = []
  const failures: Detail[] = []
  let [failed, warned, next] = [0, 0, 0]
  for (const [n, one] of checked.entries()) {
    const result = 'object' in one ? stored[next++]! : { outcome: 'refused' as const, message: one.fault }
    const named = nameOf(piece[n]!.value, now)
    if (result.outcome === 'refused') {
      if (failed++ < room.failures) failures.push({ ...named, message: result.message })
    } else {
      const warning = 'warning' in one && warned < room.failures ? one.warning : undefined
      if (warning !== undefined) warned++
      if (successes.length < room.successes) successes.push({ id: named.id, version: result.version, ...(warning !== undefined && { message: warning }) })
    }
  }
  return { count: piece.length, successes, failed, failures }
}

/** Refuses a whole piece for one reason. */
export function refusePiece(piece: readonly PostedObject[], message: string, now: Date, room: Room): Taken {
  const failures = piece.slice(0, Math.max(0, room.failures)).map(({ value }) => ({ ...nameOf(value, now), message }))
  return { count: piece.length, successes: [], failed: piece.length, failures }
}

/** What a refused object calls itself, as far as it does; a version is always needed. */
function nameOf(raw: unknown, now: Date): { id: string; version: string } {
  const { id, modified, created } = (typeof raw === 'object' && raw !== null ? raw : {}) as { id?: unknown; modified?: unknown; created?: unknown }
  const version = [modified, created].find((value) => typeof value === 'string' && toMicroseconds(value.slice(0, SHOWN)) !== undefined)
  return {
    id: typeof id === 'string' ? id.slice(0, SHOWN).toWellFormed() : 'unknown',
    version: typeof version === 'string' ? version : toMicroseconds(now.toISOString())!,
  }
}
