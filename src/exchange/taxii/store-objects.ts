import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { valueKey, valuesOf } from '#exchange/indicators/value.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { fromEpochMicroseconds, toMicroseconds } from '#exchange/stix/instant.ts'
import { COMMUNITY, isTlpMarking, markingsOf, tlpOf } from '#exchange/stix/tlp.ts'
import type { CollectionId } from '#exchange/taxii/store.ts'
import { openBody, sealBody } from '#exchange/taxii/version-body.ts'
import {
  insertVersions,
  keepLastPosition,
  listOthers,
  listOwn,
  listPointingAt,
  lockPositions,
  moveTo,
  readBodies,
  type NewVersion,
  type VersionRow,
} from '#exchange/taxii/version-store.ts'

/** An object that passed the checks, and the exact text that came. */
export interface Incoming {
  readonly object: StixObject
  readonly text: string
}

export interface Contribution {
  readonly collection: CollectionId
  readonly operator: OperatorId
  /** Member in whose name; null: the operator itself. */
  readonly contributor: OrganisationId | null
  /** Who hands it in; undefined: the program itself. */
  readonly by: PersonActor | undefined
}

/** What became of one object: `known` ones were there already and add nothing. */
export type Stored = { readonly outcome: 'added' | 'known'; readonly version: string } | { readonly outcome: 'refused'; readonly message: string }

/**
 * Stores what is new of the objects, each at a position of its own, in the order given; one answer per object. Repeating it
 * changes nothing. What the contributor cannot see is not there for it: the same object is then stored as its own (V4).
 */
export async function storeObjects(app: App, tx: Tx, to: Contribution, incoming: readonly Incoming[]): Promise<Stored[]> {
  const ids = [...new Set(incoming.map(({ object }) => object.id))]
  const free = await tx.asSystem((db) => lockPositions(db, to.collection, app.clock.now()))
  if (free === undefined) throw new Problem('NOT_FOUND')
  const known = await readKnown(app, tx, to, ids)
  const isStatement = await statements(app, tx, to, incoming)
  const batch = new Batch(app, to, free, known)
  const results = incoming.map((one) => batch.take(one, isStatement))
  await insertVersions(tx, to, batch.added)
  await moveWhatPointsAt(tx, to, batch)
  recordStored(app, tx, to, batch.added, incoming.length)
  return results
}

interface Known extends VersionRow {
  readonly own: boolean
  /** The object as it was parsed. */
  content(): unknown
}

async function readKnown(app: App, tx: Tx, to: Contribution, ids: readonly string[]): Promise<Known[]> {
  const own = await tx.asSystem((db) => listOwn(db, to.collection, to.contributor, ids))
  const others = to.by ? await listOthers(tx, to.by, to.collection, ids) : []
  const bodies = await tx.asSystem((db) =>
    readBodies(
      db,
      [...own, ...others].map(({ id }) => id),
    ),
  )
  const open = (row: VersionRow, isOwn: boolean): Known => ({
    ...row,
    own: isOwn,
    content: () => JSON.parse(openBody(app.keys, { id: row.id, sealed_body: bodies.get(row.id)! })) as unknown,
  })
  return [...own.map((row) => open(row, true)), ...others.map((row) => open(row, false))]
}

/** Markings that restrict nothing: statements, such as a copyright, that came along or that the contributor has there. */
async function statements(app: App, tx: Tx, to: Contribution, incoming: readonly Incoming[]): Promise<(ref: string) => boolean> {
  const isStatement = (object: unknown) => (object as StixObject)['definition_type'] === 'statement'
  const named = new Set(incoming.flatMap(({ object }) => markingsOf(object)).filter((ref) => !isTlpMarking(ref)))
  const found = new Set(incoming.flatMap(({ object }) => (named.has(object.id) && isStatement(object) ? [object.id] : [])))
  const elsewhere = [...named].filter((ref) => !found.has(ref))
  if (elsewhere.length > 0) for (const known of await readKnown(app, tx, to, elsewhere)) if (isStatement(known.content())) found.add(known.object_id)
  return (ref) => found.has(ref)
}

/** The objects of one call as they are decided on, one after another. */
class Batch {
  readonly added: NewVersion[] = []
  /** Objects that somebody sees from now on who did not before. */
  readonly appeared = new Set<string>()
  readonly #app: App
  readonly #to: Contribution
  readonly #known: Map<string, Known[]>
  #next: number

  constructor(app: App, to: Contribution, free: number, known: readonly Known[]) {
    this.#app = app
    this.#to = to
    this.#next = free
    this.#known = Map.groupBy(known, ({ object_id: id }) => id)
  }

  position(): string {
    return fromEpochMicroseconds(this.#next++)
  }

  take(one: Incoming, isStatement: (ref: string) => boolean): Stored {
    const { object } = one
    const known = this.#known.get(object.id) ?? []
    const versioned = object.modified ?? object.created
    const versionAt = versioned === undefined ? undefined : toMicroseconds(versioned)!
    const rivals = known.filter(({ version_at: at }) => versionAt === undefined || at === versionAt)
    const same = rivals.find((row) => isDeepStrictEqual(row.content(), object))
    if (same) return { outcome: 'known', version: same.version }
    if (object.modified !== undefined && known.some(({ own }) => !own)) return { outcome: 'refused', message: 'only its creator makes versions of this object' }
    if (versionAt !== undefined && rivals.some(({ own }) => own)) return { outcome: 'refused', message: 'this version is stored with another content' }
    return this.#add(one, { known, versioned, versionAt, tlp: tlpOf(object, isStatement) })
  }

  #add(
    { object, text }: Incoming,
    decided: { known: readonly Known[]; versioned: string | undefined; versionAt: string | undefined; tlp: VersionRow['tlp'] },
  ): Stored {
    const { known, tlp } = decided
    const position = this.position()
    const id = this.#app.ids.next()
    const first = known.find(({ own }) => own)
    const version: NewVersion = {
      id,
      position,
      object_id: object.id,
      type: object.type,
      // An observable has no version of its own: the position at which it came in stays its value (C11).
      version: decided.versioned ?? position,
      version_at: decided.versionAt ?? position,
      tlp,
      contribution_id: first?.contribution_id ?? id,
      contributed_at: first?.contributed_at ?? position,
      revoked: object.revoked ?? false,
      shown_with: shownWith(object),
      value_keys: valueKeys(this.#app, object),
      size: Buffer.byteLength(text),
      sealed_body: sealBody(this.#app.keys, id, text),
    }
    this.added.push(version)
    const seenBefore = known.some(({ own, tlp: before }) => COMMUNITY.includes(before) || (own && !COMMUNITY.includes(tlp)))
    if (!seenBefore) this.appeared.add(object.id)
    const { collection: collection_id, operator: operator_id, contributor: organisation_id } = this.#to
    this.#known.set(object.id, [...known, { ...version, collection_id, operator_id, organisation_id, own: true, content: () => object }])
    return { outcome: 'added', version: version.version }
  }
}

/** What a relationship or sighting points at (V11). */
function shownWith(object: StixObject): string[] {
  if (object.type !== 'relationship' && object.type !== 'sighting') return []
  const names = ['source_ref', 'target_ref', 'sighting_of_ref', 'observed_data_refs', 'where_sighted_refs']
  return [...new Set(names.flatMap((name) => (object[name] ?? []) as string | string[]))]
}

function valueKeys(app: App, object: StixObject): Buffer[] {
  const { pattern, pattern_type: language } = object
  if (object.type !== 'indicator' || language !== 'stix' || typeof pattern !== 'string') return []
  return valuesOf(pattern).map((value) => valueKey(app.keys, value))
}

/** What points at an object that appeared may be seen from now on: it gets a new position, so that no poller has passed it (C7). */
async function moveWhatPointsAt(tx: Tx, to: Contribution, batch: Batch): Promise<void> {
  const first = batch.added[0]
  if (!first) return
  await tx.asSystem(async (db) => {
    const pointing = batch.appeared.size > 0 ? await listPointingAt(db, to.collection, [...batch.appeared], first.position) : []
    const places = pointing.map((id) => ({ id, position: batch.position() }))
    if (places.length > 0) await moveTo(db, places)
    await keepLastPosition(db, to.collection, places.at(-1)?.position ?? batch.added.at(-1)!.position)
  })
}

/** One leaf fixes which bytes came, in their order; the objects themselves stay sealed. */
function recordStored(app: App, tx: Tx, to: Contribution, added: readonly NewVersion[], received: number): void {
  if (added.length === 0 && to.by === undefined) return
  const digest = createHash('sha256')
  for (const { object_id: id, version, sealed_body: sealed } of added) {
    digest.update(`${id} ${version} ${createHash('sha256').update(sealed).digest('hex')}\n`)
  }
  const details = { received, added: added.length, first: added[0]?.position ?? null, last: added.at(-1)?.position ?? null, sha256: digest.digest('hex') }
  app.audit.record(tx, { action: 'object.added', subject: to.collection, operator: to.operator, details })
}
