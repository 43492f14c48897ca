import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { readMarkings, listGroupsOf, statementsOf, type Statements } from '#exchange/objects/markings.ts'
import { readArrivals, type Arrival, type Incoming } from '#exchange/objects/arrival.ts'
import { packBlocks, sealBlock, versionDigest } from '#exchange/objects/block.ts'
import { blockRow, insertBlocks, type Block } from '#exchange/objects/block-store.ts'
import { Bundle, type Addition, type Known, type Stored } from '#exchange/objects/bundle.ts'
import { asContributions, isGone, newestOf, type Contribution, type Draft } from '#exchange/objects/contribution.ts'
import { listEmbargoesAmong, listShownTo } from '#exchange/objects/embargo-store.ts'
import { keepPositions, lockPositions } from '#exchange/objects/feed-store.ts'
import { keepSettled, positionRows, standingOf, type Positioned } from '#exchange/objects/keep-settled.ts'
import type { Placement } from '#exchange/objects/place-rows.ts'
import { Positions } from '#exchange/objects/positions.ts'
import { readBodies } from '#exchange/objects/read-own.ts'
import { valueKeysOf } from '#exchange/search/value-keys.ts'
import { settle } from '#exchange/objects/settle.ts'
import { settleLater } from '#exchange/objects/settle-later.ts'
import { countVersions, insertReferences, insertValues, insertVersions, listStanding } from '#exchange/objects/version-store.ts'
import type { Place, Version } from '#exchange/objects/version.ts'

export type { Incoming } from '#exchange/objects/arrival.ts'
export { MOST_VERSIONS, type Stored } from '#exchange/objects/bundle.ts'

/** Objects that are stored at a time: what one statement takes, and what memory holds. */
const BUNDLE = 1000

export interface Destination extends Place {
  /** Who hands it in; undefined: the program itself. */
  readonly by: PersonActor | undefined
  /** Whether the contributor is shown what others have there; without it, nothing of theirs is there for it. */
  readonly reads?: boolean
  /** For whom at most, whatever the objects' own markings allow. */
  readonly audience?: TlpLabel
  /** What an object that names no label counts as; AMBER unless said. Its bytes stay as they are. */
  readonly unmarked?: TlpLabel
  /** Embargo with which the operator's objects wait: each class of readers is shown them from its instant on. */
  readonly embargo?: string
  /** Ids of objects that others of the contributor's side have: what is there is known, and no further version of it is taken. */
  readonly closed?: ReadonlySet<string>
  /** Address of the API root of the remote server that the objects came from. */
  readonly server?: string
  /** Ids of markings that restrict nothing, of those that come along in other calls of the same envelope. */
  readonly statements?: ReadonlySet<string>
  /** Ids of observables that came in earlier calls of the same envelope. */
  readonly observables?: ReadonlySet<string>
}

/**
 * Stores what is new of the objects, each at a position of its own, in the order given; one answer per object. Repeating it
 * changes nothing. What the contributor cannot see is not there for it: the same object is then stored as its own (V4).
 */
export async function storeObjects(app: App, tx: Tx, to: Destination, incoming: readonly Incoming[]): Promise<Stored[]> {
  const results: Stored[] = []
  const here = new Set(statementsOf(incoming.map(({ object }) => object)))
  // Those of the whole envelope may be very many, and are not copied for each of its pieces.
  const call = { observables: new Set(to.observables), statements: { has: (id: string) => here.has(id) || to.statements?.has(id) === true } }
  for (let from = 0; from === 0 || from < incoming.length; from += BUNDLE)
    results.push(...(await storeBundle(app, tx, to, incoming.slice(from, from + BUNDLE), call)))
  return results
}

/** What the bundles of one call share. */
interface Call {
  /** Observables that came. */
  readonly observables: Set<string>
  /** Ids of statements that came. */
  readonly statements: Statements
}

async function storeBundle(app: App, tx: Tx, to: Destination, incoming: readonly Incoming[], { observables, statements }: Call): Promise<Stored[]> {
  const arrivals = readArrivals(app, incoming, to)
  return tx.asSystem(async (db) => {
    const now = app.clock.now()
    const state = await lockPositions(db, to.collection, now)
    if (state === undefined) throw new Problem('NOT_FOUND')
    const markings = await readMarkings(app, db, to, incoming, statements)
    const bundle = new Bundle(app, { ...to, limit: to.audience, markings }, await readKnown(app, db, to, arrivals), observables)
    const results = arrivals.map((one) => bundle.take(one))
    const { additions } = bundle
    const positions = new Positions(state, now)
    if (additions.length > 0) tx.beforeCommit(async () => positions.check(app.clock.now()))
    const kept = additions.length === 0 ? undefined : await keep(app, tx, db, to, bundle, positions, now)
    if (kept || to.by) record(app, tx, to, { received: incoming.length, added: additions.length, blocks: kept?.blocks ?? [] })
    const versions = kept?.versions
    return results.map((result) => (result.outcome === 'added' && result.version === '' ? { ...result, version: versions!.get(result)! } : result))
  })
}

async function readKnown(app: App, db: Transaction<DB>, to: Destination, arrivals: readonly Arrival[]): Promise<Known> {
  const stored = await listStanding(
    db,
    to.collection,
    arrivals.map(({ object, at, content }) => ({ object: object.id, at, content })),
  )
  const contributions = asContributions(stored, false)
  const own = contributions.filter(({ organisation }) => organisation === to.contributor)
  const counts = await countVersions(
    db,
    to.collection,
    own.map(({ id }) => id),
  )
  for (const one of own) one.count = counts.get(one.id)!
  const apart = to.contributor === null ? [] : contributions.filter(({ wasFor }) => wasFor !== undefined && wasFor !== to.collection)
  const groups = apart.length > 0 ? await listGroupsOf(db, to.contributor!) : []
  const released = await listReleased(app, db, to, apart)
  const sees = (one: Contribution) =>
    to.reads === true && one.open && one.leads && (one.wasFor === to.collection || groups.includes(one.wasFor!) || released.has(`${one.wasFor} ${one.object}`))
  const bodies = await readBodies(app, db, to.collection, comparedWith(stored, own, arrivals))
  return { contributions, sees, bodies, embargoes: to.contributor === null ? await listWaitedFor(db, to, own) : NONE }
}

/** What embargoes have released to the contributor is there for it (V4), by embargo and object. */
async function listReleased(
  app: App,
  db: Transaction<DB>,
  { collection, contributor }: Destination,
  apart: readonly Contribution[],
): Promise<ReadonlySet<string>> {
  if (contributor === null) return NONE
  const asked = apart.map(({ wasFor, object }) => ({ embargo: wasFor!, object }))
  const shown = await listShownTo(db, { collection, organisation: contributor, at: app.clock.now() }, asked)
  return new Set(shown.map(({ embargo, object }) => `${embargo} ${object}`))
}

const NONE: ReadonlySet<string> = new Set()

/** The embargoes with which the newest versions of these wait, or did. */
async function listWaitedFor(db: Transaction<DB>, { collection, operator }: Destination, own: readonly Contribution[]): Promise<ReadonlySet<string>> {
  const audiences = new Set(own.flatMap((one) => (isGone(one) ? [] : newestOf(one).audience)))
  return new Set(
    await listEmbargoesAmong(
      db,
      [...audiences].filter((audience) => audience !== collection && audience !== operator),
    ),
  )
}

/** Stored versions whose bytes decide: those that came again written otherwise, and the newest of what gets another version. */
function comparedWith(stored: readonly Version[], own: readonly Contribution[], arrivals: readonly Arrival[]): Version[] {
  const asked = new Map(arrivals.filter(({ at }) => at !== undefined).map((one) => [`${one.object.id} ${one.at}`, one]))
  const written = stored.filter(({ object_id: id, version_at: at, content }) => {
    const arrival = asked.get(`${id} ${at}`)
    return arrival !== undefined && !arrival.content.equals(content)
  })
  const kept = new Set(stored.map(({ object_id: id, version_at: at }) => `${id} ${at}`))
  const changed = new Set([...asked].flatMap(([version, { object }]) => (kept.has(version) ? [] : [object.id])))
  const newest = own.filter((one) => changed.has(one.object) && !isGone(one)).map(newestOf)
  return [...new Map([...written, ...newest].map((version) => [version.id, version])).values()]
}

interface Kept {
  readonly blocks: readonly string[]
  /** Of results that were waiting for their version. */
  readonly versions: ReadonlyMap<Stored, string>
}

async function keep(app: App, tx: Tx, db: Transaction<DB>, to: Destination, bundle: Bundle, positions: Positions, now: Date): Promise<Kept> {
  const settled = await settle(db, to, bundle.contributions, positions.base)
  const positioned = positionRows(to, settled, positions)
  const placed = new Map(settled.placed.flatMap((one) => one.contribution.drafts.map((draft) => [draft, one] as const)))
  const fixed = bundle.additions.map(({ draft }) => finish(draft, placed.get(draft)!, positioned, positions.base))
  const { blocks, versions } = pack(app, to, bundle.additions, fixed)
  await insertBlocks(db, to, blocks, now)
  await insertVersions(db, to, versions)
  const stored = new Map(bundle.additions.map(({ draft }, n) => [draft, versions[n]!]))
  const changed = await keepSettled(db, to, settled, positioned, stored, positions)
  await settleLater(app, tx, db, to, settled)
  await insertReferences(db, to, versions)
  await insertValues(
    db,
    to,
    bundle.additions.flatMap(({ arrival: { object } }, n) => valueKeysOf(app.keys, object).map((key) => ({ version: versions[n]!.id, key }))),
  )
  await keepPositions(db, to.collection, positions.last, changed)
  return { blocks: blocks.map(({ id }) => id), versions: new Map(bundle.additions.map(({ result }, n) => [result, versions[n]!.version])) }
}

/** A new version with all that was decided. */
function finish(draft: Draft, { contribution, placement }: { contribution: Contribution; placement: Placement }, { first }: Positioned, base: number): Version {
  const { version } = draft
  const decided = { ...standingOf(contribution, placement, draft), contributed_at: contribution.contributedAt! }
  if (version.version !== '') return { ...version, ...decided }
  // An observable has no version of its own: the position at which it came in stays its value (C11).
  const at = first.get(draft) ?? base
  return { ...version, ...decided, version: fromEpochMicroseconds(at), version_at: BigInt(at) }
}

/** Lays the bytes of new versions into sealed blocks. */
function pack(app: App, { collection }: Place, additions: readonly Addition[], fixed: readonly Version[]): { blocks: Block[]; versions: Version[] } {
  const versions: Version[] = []
  const blocks = packBlocks(fixed.map(({ size }) => size)).map((count) => {
    const id = app.ids.next()
    const from = versions.length
    let start = 0
    for (let n = from; n < from + count; n++) {
      const version = fixed[n]!
      versions.push({ ...version, block_id: id, start })
      start += version.size
    }
    const bytes = additions.slice(from, from + count).map(({ arrival }) => arrival.bytes)
    return { id, sealed: sealBlock(app.keys, { id, collection }, bytes), digests: Buffer.concat(versions.slice(from).map(versionDigest)) }
  })
  return { blocks, versions }
}

/** A leaf fixes the versions that came, each with who sees it, and their bytes, which stay sealed. */
function record(app: App, tx: Tx, to: Destination, { received, added, blocks }: { received: number; added: number; blocks: readonly string[] }): void {
  const binds = blocks.map((id) => blockRow({ collection_id: to.collection, id }))
  app.audit.record(tx, { action: 'object.added', subject: to.collection, operator: to.operator, binds, details: { received, added } })
}
