import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { keepSightings, type StixSighting } from '#exchange/sightings/keep-sightings.ts'
import { faultOfSeen, type Seen } from '#exchange/sightings/sighting.ts'
import { checkObject, type StixObject } from '#exchange/stix/check.ts'
import { toMicroseconds } from '#exchange/stix/instant.ts'
import { sliceObjects } from '#exchange/stix/slice.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'
import { MOST_POSTED, type Status } from '#exchange/taxii/contract.ts'
import { findCollection } from '#exchange/collections/find-collection.ts'
import { insertStatus } from '#exchange/taxii/status-store.ts'
import { storeObjects, type Destination, type Incoming, type Stored } from '#exchange/objects/store-objects.ts'
import type { CollectionId } from '#exchange/collections/store.ts'

export type StatusResource = z.output<typeof Status>

/** Longest id and version of a refused object that its status repeats. */
const SHOWN = 120

/**
 * Adds the objects of an envelope (TAXII 2.1, section 5.5): the good ones are stored exactly as they came, each bad one is
 * named in the status. A sighting of an indicator that the contact sees in this collection is kept as its organisation's, too.
 * Throws what parseStrictJson throws, UNPROCESSABLE for what is no envelope, PAYLOAD_TOO_LARGE for one of too many objects,
 * NOT_FOUND and FORBIDDEN as reading does.
 */
export async function addObjects(
  app: App,
  actor: ContactActor,
  place: { readonly root: OperatorId; readonly collection: CollectionId },
  body: Buffer,
): Promise<StatusResource> {
  const envelope = readEnvelope(body)
  const texts = sliceObjects(body.toString('utf8'))
  return app.db.transaction(actor, async (tx) => {
    const collection = await findCollection(tx, actor, place.root, place.collection)
    if (!collection.can_write) throw new Problem('FORBIDDEN', 'You may read this collection, not write to it.')
    const now = app.clock.now()
    const checked = envelope.map((raw) => check(raw, now))
    const good: Incoming[] = checked.flatMap((one, n) => ('object' in one ? [{ object: one.object, bytes: Buffer.from(texts[n]!) }] : []))
    const to: Destination = { collection: place.collection, operator: place.root, contributor: actor.organisation, by: actor, reads: collection.can_read }
    const stored = await storeObjects(app, tx, to, good)
    await keepSightings(app, tx, actor, to, sightingsOf(good, stored))
    const status = statusOf(envelope, checked, stored, now)
    await insertStatus(tx, { status, operator: place.root, organisation: actor.organisation, at: now })
    return status
  })
}

function readEnvelope(body: Buffer): readonly unknown[] {
  const envelope = parseStrictJson(body)
  const objects = typeof envelope === 'object' && envelope !== null && !Array.isArray(envelope) ? (envelope as { objects?: unknown }).objects : undefined
  if (Array.isArray(objects) && objects.length > MOST_POSTED) throw new Problem('PAYLOAD_TOO_LARGE', `An envelope holds at most ${MOST_POSTED} objects.`)
  if (Array.isArray(objects) && objects.length > 0) return objects
  throw new Problem('UNPROCESSABLE', undefined, { fields: [{ field: '/body/objects', message: 'an envelope with at least one object' }] })
}

type Judged = { readonly object: StixObject } | { readonly fault: string }

function check(raw: unknown, now: Date): Judged {
  const checked = checkObject(raw)
  if ('fault' in checked) return checked
  const fault = checked.object.type === 'sighting' ? faultOfSeen(seenAt(checked.object), now) : undefined
  if (!fault) return checked
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

function statusOf(envelope: readonly unknown[], checked: readonly Judged[], stored: Awaited<ReturnType<typeof storeObjects>>, now: Date): StatusResource {
  const successes: { id: string; version: string }[] = []
  const failures: { id: string; version: string; message: string }[] = []
  let next = 0
  for (const [n, one] of checked.entries()) {
    const result = 'object' in one ? stored[next++]! : { outcome: 'refused' as const, message: one.fault }
    if (result.outcome === 'refused') failures.push({ ...nameOf(envelope[n], now), message: result.message })
    else successes.push({ id: nameOf(envelope[n], now).id, version: result.version })
  }
  return {
    id: randomUUID(),
    status: 'complete',
    request_timestamp: toMicroseconds(now.toISOString())!,
    total_count: envelope.length,
    success_count: successes.length,
    ...(successes.length > 0 && { successes }),
    failure_count: failures.length,
    ...(failures.length > 0 && { failures }),
    pending_count: 0,
  }
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
