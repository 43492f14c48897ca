import { createHash, createHmac, randomInt } from 'node:crypto'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { valueKey, valuesOf } from '#exchange/indicators/value.ts'
import { canonicalText } from '#exchange/stix/canonical.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { fromEpochMicroseconds, toMicroseconds } from '#exchange/stix/instant.ts'
import { kindOfObject } from '#exchange/stix/object-types.ts'
import { COMMUNITY, isTlpMarking, markingsOf, strictest, tlpOf } from '#exchange/stix/tlp.ts'
import { keepContributions, listContributions, type Contribution, type StoredContribution } from '#exchange/objects/contribution-store.ts'
import { settle } from '#exchange/objects/settle.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { openBody, sealBody } from '#exchange/objects/version-body.ts'
import {
  insertReferences,
  insertVersions,
  keepLastPosition,
  listAt,
  listSaying,
  lockPositions,
  readBodies,
  versionRow,
  type NewVersion,
  type Rival,
} from '#exchange/objects/version-store.ts'

/** Most versions of one object that one contributor may keep in a collection. */
export const MOST_VERSIONS = 1000
/** Positions are this many microseconds apart at most: steps at random tell little of what lies between them unseen. */
const LONGEST_STEP = 1000

/** An object that passed the checks, and the exact text that came. */
export interface Incoming {
  readonly object: StixObject
  readonly text: string
}

export interface Destination {
  readonly collection: CollectionId
  readonly operator: OperatorId
  /** Member in whose name; null: the operator itself. */
  readonly contributor: OrganisationId | null
  /** Who hands it in; undefined: the program itself. */
  readonly by: PersonActor | undefined
  /** Whether the contributor is shown what others have there; without it, nothing of theirs is there for it. */
  readonly reads?: boolean
  /** For whom at most, whatever the objects' own markings allow. */
  readonly audience?: TlpLabel
}

/** What became of one object: `known` ones were there already and add nothing; `newest` tells whether no later version is known. */
export type Stored =
  | { readonly outcome: 'added'; readonly version: string; readonly newest: boolean; readonly tlp: TlpLabel }
  | { readonly outcome: 'known'; readonly version: string }
  | { readonly outcome: 'refused'; readonly message: string }

/**
 * Stores what is new of the objects, each at a position of its own, in the order given; one answer per object. Repeating it
 * changes nothing. What the contributor cannot see is not there for it: the same object is then stored as its own (V4).
 */
export async function storeObjects(app: App, tx: Tx, to: Destination, incoming: readonly Incoming[]): Promise<Stored[]> {
  const last = await tx.asSystem((db) => lockPositions(db, to.collection, app.clock.now()))
  if (last === undefined) throw new Problem('NOT_FOUND')
  const arrivals = readArrivals(app, to, incoming)
  const batch = new Batch(app, to, last, await readKnown(tx, to, arrivals))
  const isStatement = await statements(app, tx, to, incoming)
  const results = arrivals.map((one) => batch.take(one, isStatement))
  await keep(tx, to, batch)
  recordStored(app, tx, to, batch.added, incoming.length)
  return results
}

/** An object with what tells it from others: when it was changed, unless it is an observable, which has no versions, and what it says. */
interface Arrival extends Incoming {
  readonly versioned: string | undefined
  readonly at: string | undefined
  readonly content: Buffer
}

function readArrivals(app: App, { audience }: Destination, incoming: readonly Incoming[]): Arrival[] {
  const key = deriveKey(app.keys, 'stix content')
  return incoming.map(({ object, text }) => {
    const versioned = kindOfObject(object) === 'observable' ? undefined : (object.modified ?? object.created)
    // For another audience an observable is said anew; what has versions is so by the next of them.
    const says = versioned === undefined ? `${canonicalText(object)}${audience ?? ''}` : canonicalText(object)
    const content = createHmac('sha256', key).update(says).digest()
    return { object, text, versioned, at: versioned === undefined ? undefined : toMicroseconds(versioned)!, content }
  })
}

interface Known {
  readonly own: ReadonlyMap<string, StoredContribution>
  /** What others contributed and the contributor sees, where it has contributed nothing itself. */
  readonly others: ReadonlyMap<string, StoredContribution>
  readonly rivals: readonly Rival[]
}

async function readKnown(tx: Tx, to: Destination, arrivals: readonly Arrival[]): Promise<Known> {
  return tx.asSystem(async (db) => {
    const all = await listContributions(db, to.collection, [...new Set(arrivals.map(({ object }) => object.id))])
    const own = new Map(all.filter(({ organisation_id: by }) => by === to.contributor).map((one) => [one.object_id, one]))
    const seen = all.filter((one) => to.reads && one.open && one.leads && !own.has(one.object_id))
    const others = new Map(seen.map((one) => [one.object_id, one]))
    const asked = arrivals.flatMap(({ object, at, content }) => {
      const of = own.get(object.id) ?? others.get(object.id)
      return of ? [{ contribution: of.id, openOnly: !own.has(object.id), at, content }] : []
    })
    const versions = asked.flatMap(({ at, ...one }) => (at === undefined ? [] : [{ ...one, at }]))
    const rivals = [
      ...(await listAt(db, versions)),
      ...(await listSaying(
        db,
        asked.filter(({ at }) => at === undefined),
      )),
    ]
    return { own, others, rivals }
  })
}

/** Markings that restrict nothing: statements, such as a copyright, that came along or that the contributor itself has there. */
async function statements(app: App, tx: Tx, to: Destination, incoming: readonly Incoming[]): Promise<(ref: string) => boolean> {
  const isStatement = (object: StixObject) => object.type === 'marking-definition' && object['definition_type'] === 'statement'
  const named = new Set(incoming.flatMap(({ object }) => markingsOf(object)).filter((ref) => !isTlpMarking(ref)))
  const found = new Set(incoming.flatMap(({ object }) => (named.has(object.id) && isStatement(object) ? [object.id] : [])))
  const kept = await readOwn(
    app,
    tx,
    to,
    [...named].filter((ref) => !found.has(ref)),
  )
  for (const { object } of kept.values()) if (isStatement(object)) found.add(object.id)
  return (ref) => found.has(ref)
}

/** The newest versions of what the contributor itself has of these objects, and for whom they are. */
export async function readOwn(
  app: App,
  tx: Tx,
  to: Pick<Destination, 'collection' | 'contributor'>,
  ids: readonly string[],
): Promise<Map<string, { readonly object: StixObject; readonly tlp: TlpLabel }>> {
  if (ids.length === 0) return new Map()
  return tx.asSystem(async (db) => {
    const own = (await listContributions(db, to.collection, ids)).filter(({ organisation_id: by }) => by === to.contributor)
    const bodies = await readBodies(
      db,
      own.map(({ last_id: id }) => id),
    )
    return new Map(
      own.map(({ object_id: object, last_id: id }) => {
        const { sealed_body, tlp } = bodies.get(id)!
        return [object, { object: JSON.parse(openBody(app.keys, { id, sealed_body })) as StixObject, tlp }]
      }),
    )
  })
}

/** The objects of one call as they are decided on, one after another; each by look-ups, whatever came before. */
class Batch {
  readonly added: NewVersion[] = []
  /** Contributions as they stand after what was added. */
  readonly kept = new Map<string, Contribution>()
  readonly #app: App
  readonly #to: Destination
  readonly #known: Known
  readonly #rivals: Map<string, Rival>
  /** Observables that came in this call. */
  readonly #observables = new Set<string>()
  #last: number

  constructor(app: App, to: Destination, last: number, known: Known) {
    this.#app = app
    this.#to = to
    this.#last = last
    this.#known = known
    this.#rivals = new Map(known.rivals.flatMap((rival) => placesOf(rival).map((place) => [place, rival])))
  }

  readonly position = (): string => fromEpochMicroseconds((this.#last += randomInt(1, LONGEST_STEP + 1)))

  take(one: Arrival, isStatement: (ref: string) => boolean): Stored {
    const { object, at, content } = one
    const own = this.#own(object.id)
    const other = own ? undefined : this.#known.others.get(object.id)
    const of = own ?? other
    const rival = of && this.#rivals.get(`${of.id} ${at ?? content.toString('hex')}`)
    if (rival?.content_key.equals(content)) return { outcome: 'known', version: rival.version }
    const message = this.#faultOf(one, own, { other: other !== undefined, rival: rival !== undefined })
    if (message !== undefined) return { outcome: 'refused', message }
    return this.#add(one, own, strictest(tlpOf(object, isStatement), this.#to.audience))
  }

  #own(id: string): Contribution | undefined {
    return this.kept.get(id) ?? this.#known.own.get(id)
  }

  #faultOf({ object, at }: Arrival, own: Contribution | undefined, is: { other: boolean; rival: boolean }): string | undefined {
    if (is.other && at !== undefined && object.modified !== undefined) return 'only its creator makes versions of this object'
    if (own && is.rival) return 'this version is stored with another content'
    if (at === undefined && this.#observables.has(object.id)) return 'came before in this envelope with another content'
    if (own && at !== undefined && own.revoked && at > own.last_at) return 'was revoked, which is final'
    return own && own.versions >= MOST_VERSIONS ? `has ${MOST_VERSIONS} versions, the most that are kept` : undefined
  }

  #add(one: Arrival, own: Contribution | undefined, tlp: TlpLabel): Stored {
    const { object, text, versioned, at, content } = one
    const position = this.position()
    const id = this.#app.ids.next()
    const version: NewVersion = {
      id,
      position,
      object_id: object.id,
      type: object.type,
      // An observable has no version of its own: the position at which it came in stays its value (C11).
      version: versioned ?? position,
      version_at: at ?? position,
      tlp,
      contribution_id: own?.id ?? this.#app.ids.next(),
      revoked: object.revoked ?? false,
      shown_with: shownWith(object),
      value_keys: valueKeys(this.#app, object),
      content_key: content,
      size: Buffer.byteLength(text),
      sealed_body: sealBody(this.#app.keys, id, text),
    }
    this.added.push(version)
    if (at === undefined) this.#observables.add(object.id)
    for (const place of placesOf(version)) this.#rivals.set(place, version)
    this.kept.set(object.id, grown(own, version, at === undefined))
    return { outcome: 'added', version: version.version, newest: own === undefined || version.version_at > own.last_at, tlp }
  }
}

/** Where a version is looked up: by when it was changed, and by what it says. */
function placesOf({ contribution_id: of, version_at: at, content_key: content }: Pick<Rival, 'contribution_id' | 'version_at' | 'content_key'>): string[] {
  return [`${of} ${at}`, `${of} ${content.toString('hex')}`]
}

/** The contribution with one version more. */
function grown(own: Contribution | undefined, version: NewVersion, isObservable: boolean): Contribution {
  const { id, version_at: at, tlp } = version
  const newest = own === undefined || at > own.last_at
  const forMembers = COMMUNITY.includes(tlp)
  return {
    id: version.contribution_id,
    object_id: version.object_id,
    contributed_at: own?.contributed_at ?? version.position,
    versions: (own?.versions ?? 0) + 1,
    revoked: newest ? version.revoked : own.revoked,
    community: (newest ? forMembers : own.community) || (isObservable && (own?.community ?? false)),
    shown_with: newest ? version.shown_with : own.shown_with,
    ...(own && at > own.first_at ? { first_id: own.first_id, first_at: own.first_at } : { first_id: id, first_at: at }),
    ...(newest ? { last_id: id, last_at: at } : { last_id: own.last_id, last_at: own.last_at }),
  }
}

/** What a relationship, a sighting, or what is said about a list of objects points at (V11). */
function shownWith(object: StixObject): string[] {
  const names = POINTING[object.type] ?? []
  return [...new Set(names.flatMap((name) => (object[name] ?? []) as string | string[]))]
}

const POINTING: Readonly<Record<string, readonly string[]>> = {
  relationship: ['source_ref', 'target_ref'],
  sighting: ['sighting_of_ref', 'observed_data_refs', 'where_sighted_refs'],
  report: ['object_refs'],
  grouping: ['object_refs'],
  note: ['object_refs'],
  opinion: ['object_refs'],
}

function valueKeys(app: App, object: StixObject): Buffer[] {
  const { pattern, pattern_type: language } = object
  if (object.type !== 'indicator' || language !== 'stix' || typeof pattern !== 'string') return []
  return valuesOf(pattern).map((value) => valueKey(app.keys, value))
}

async function keep(tx: Tx, to: Destination, batch: Batch): Promise<void> {
  if (batch.added.length === 0) return
  const kept = [...batch.kept.values()]
  await tx.asSystem((db) => keepContributions(db, to, kept))
  await insertVersions(tx, to, batch.added)
  await tx.asSystem(async (db) => {
    await insertReferences(db, to, batch.added)
    const [objects, contributions, versions] = [[...batch.kept.keys()], kept.map(({ id }) => id), batch.added.map(({ id }) => id)]
    await settle(db, { collection: to.collection, objects, contributions, versions }, batch.position)
    await keepLastPosition(db, to.collection, batch.position())
  })
}

/** A leaf fixes each version that came, with who sees it, and which bytes came in which order; the objects themselves stay sealed. */
function recordStored(app: App, tx: Tx, to: Destination, added: readonly NewVersion[], received: number): void {
  if (added.length === 0 && to.by === undefined) return
  const digest = createHash('sha256')
  for (const { object_id: id, version, sealed_body: sealed } of added) {
    digest.update(`${id} ${version} ${createHash('sha256').update(sealed).digest('hex')}\n`)
  }
  const details = { received, added: added.length, first: added[0]?.position ?? null, last: added.at(-1)?.position ?? null, sha256: digest.digest('hex') }
  const binds = added.map(({ id }) => versionRow({ id }))
  app.audit.record(tx, { action: 'object.added', subject: to.collection, operator: to.operator, binds, details })
}
