import { Readable } from 'node:stream'
import type { Transaction } from 'kysely'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { DB } from '#platform/db/types.ts'
import { MOST_FOUND, MOST_LOOKED_UP, type LookupFault, type LookupHit, type LookupLine } from '#exchange/search/contract.ts'
import { factsOf, type Facts } from '#exchange/search/facts.ts'
import { linesOf, readLine, type Line } from '#exchange/search/lookup-lines.ts'
import { KnownNetworks } from '#exchange/search/known-networks.ts'
import { findByIds, findByKeys, type Hit } from '#exchange/search/lookup-store.ts'
import { insideOf, isPlaced } from '#exchange/search/networks.ts'
import { openObjects } from '#exchange/search/open-bodies.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import { openScope, type Scope } from '#exchange/search/scope.ts'
import { letThrough } from '#exchange/search/second-wall.ts'
import { textOf } from '#exchange/search/show-found.ts'
import { valueKey } from '#exchange/search/value-keys.ts'
import type { Value } from '#exchange/search/value.ts'

/** Values that are looked up together. */
const AT_ONCE = 2_000
/** Values within networks that one request asks for, and how many one network has at most. */
const MOST_INSIDE = 250_000
const MOST_INSIDE_ONE = 510
const NOTHING: readonly Value[] = []
const TOO_MANY_NETWORKS: Line = { error: 'more networks than one request looks into; ask for the rest in another' }

/** A line that was read, by its number from one. */
interface Asked {
  readonly number: number
  readonly line: Line
  /** What lies in the network that is asked for. */
  readonly within: readonly Value[]
}

/**
 * Answers each line of a body in its order, while it still arrives: nothing is read from the sender that the receiver has not taken,
 * so memory stays the same however much is asked. Nothing of what was asked is kept. Rights are read anew for each batch.
 */
export function lookUp(app: App, reader: PersonActor, bytes: AsyncIterable<Uint8Array>, isJson: boolean): Readable {
  return Readable.from(answers(app, reader, bytes, isJson), { objectMode: false, highWaterMark: 64 * 1024 })
}

async function* answers(app: App, reader: PersonActor, bytes: AsyncIterable<Uint8Array>, isJson: boolean): AsyncGenerator<string, void, undefined> {
  let batch: Asked[] = []
  let [number, values, inside, weight] = [0, 0, 0, 0]
  const networks = new KnownNetworks(app)
  for await (const lines of linesOf(bytes)) {
    for (const text of lines) {
      number++
      const line = readLine(text, isJson)
      if (line === undefined) continue
      if (++values > MOST_LOOKED_UP) {
        yield (
          (await answer(app, reader, networks, batch)) + asLine({ line: number, error: `at most ${MOST_LOOKED_UP.toLocaleString('en')} values in one request` })
        )
        return
      }
      const network = 'error' in line ? undefined : line.readings.slice(0, 1).find(({ kind }) => kind === 'network')
      // Decided before they are worked out, which takes half a millisecond for each network.
      const isTooMany = network !== undefined && inside + MOST_INSIDE_ONE > MOST_INSIDE
      const within = network === undefined || isTooMany ? NOTHING : insideOf(network)
      inside += within.length
      batch.push({ number, line: isTooMany ? TOO_MANY_NETWORKS : line, within })
      weight += 1 + within.length
      if (weight < AT_ONCE) continue
      yield await answer(app, reader, networks, batch)
      batch = []
      weight = 0
    }
  }
  if (batch.length > 0) yield await answer(app, reader, networks, batch)
}

/** The answers to a batch, one line each. */
async function answer(app: App, reader: PersonActor, networks: KnownNetworks, batch: readonly Asked[]): Promise<string> {
  // Nothing that could be read is asked for.
  if (batch.every(({ line }) => 'error' in line))
    return batch.map(({ number, line }) => asLine({ line: number, error: (line as { error: string }).error })).join('')
  const { keyed, hits, facts } = await find(app, reader, networks, batch)
  return batch.map(({ number, line }, at) => asLine('error' in line ? { line: number, error: line.error } : found(line, keyed[at]!, hits, facts))).join('')
}

interface Keyed {
  /** What was asked for. */
  readonly value: Value
  readonly key: string
  /** The network round it, or what lies in it, that is looked for. */
  readonly by?: Value
}

/** An id is looked up as it is, because objects are kept by their ids. */
function keyOf(app: App, value: Value): string {
  return value.kind === 'id' ? value.text : valueKey(app.keys, value)
}

async function find(app: App, reader: PersonActor, networks: KnownNetworks, batch: readonly Asked[]) {
  const answered = await app.db.snapshot(reader, async (tx) => {
    const scope = await openScope(app, tx, reader)
    const readings = batch.map(({ line }) => ('error' in line ? [] : line.readings))
    const { keyed, all } = await tx.asSystem(async (db) => {
      await networks.learn(db, scope, readings.flat())
      const keyed = batch.map(({ within }, n) => keysOf(app, readings[n]!, networks, within))
      return { keyed, all: await findAll(db, scope, keyed.flat()) }
    })
    const hits = Map.groupBy(await letThrough(tx, all), ({ key }) => key)
    for (const each of hits.values()) each.sort((a, b) => b.position - a.position || (a.collection_id < b.collection_id ? 1 : -1)).splice(MOST_FOUND + 1)
    return { keyed, hits, facts: await factsOfHits(app, tx.db, scope, [...hits.values()].flat()) }
  })
  await noteReadings(app, reader, [...answered.hits.values()].flat())
  return answered
}

/** What a line is looked for by: each of its readings, and where the first is an address or a network what is round it and within. */
function keysOf(app: App, readings: readonly Value[], networks: KnownNetworks, within: readonly Value[]): Keyed[] {
  const keyed: Keyed[] = readings.map((value) => ({ value, key: keyOf(app, value) }))
  const [value] = readings
  if (value === undefined || !isPlaced(value)) return keyed
  const others = [...networks.around(value), ...within].map((by) => ({ value, by, key: keyOf(app, by) }))
  return others.length === 0 ? keyed : [keyed[0]!, ...others, ...keyed.slice(1)]
}

async function findAll(db: Transaction<DB>, scope: Scope, asked: readonly Keyed[]): Promise<Hit[]> {
  const of = (isId: boolean) => [...new Set(asked.flatMap(({ value, key }) => ((value.kind === 'id') === isId ? [key] : [])))]
  const [ids, keys] = [of(true), of(false)]
  return [...(keys.length > 0 ? await findByKeys(db, scope, keys) : []), ...(ids.length > 0 ? await findByIds(db, scope, ids) : [])]
}

type Shown = Pick<Facts, 'marked' | 'valid_until' | 'confidence'>

/** Facts of what was found: as they were read, or from the object itself where it was not read yet. */
async function factsOfHits(app: App, db: Transaction<DB>, { reader }: Scope, hits: readonly Hit[]): Promise<Map<string, Shown>> {
  const facts = new Map<string, Shown>()
  const unread = hits.filter(({ marked }) => marked === null)
  const objects = await openObjects(app, db, unread)
  for (const { version_id: id, tlp, marked, valid_until, confidence } of hits) {
    const object = objects.get(id)
    const known = object ? factsOf(object, tlp) : { marked: marked ?? tlp, valid_until, confidence }
    facts.set(id, reader.kind === 'contact' ? known : { ...known, marked: tlp })
  }
  return facts
}

function found(
  { value }: { readonly value: string },
  keyed: readonly Keyed[],
  hits: ReadonlyMap<string, Hit[]>,
  facts: ReadonlyMap<string, Shown>,
): z.input<typeof LookupLine> {
  const named = keyed.filter(({ key }) => hits.has(key))
  if (named.length === 0) return { value, found: [] }
  // What was found by the value itself comes first, then by what is nearest to it.
  const all = new Map<string, { hit: Hit; by: Value | undefined }>()
  for (const { key, by } of named) for (const hit of hits.get(key)!) if (!all.has(hit.version_id)) all.set(hit.version_id, { hit, by })
  const listed = [...all.values()].slice(0, MOST_FOUND).map(({ hit, by }) => hitOf(hit, facts.get(hit.version_id)!, by))
  return { value, kind: named[0]!.value.kind, found: listed, ...(all.size > MOST_FOUND && { more: true as const }) }
}

function hitOf(
  { object_id: id, type, collection_id: collection, version, revoked }: Hit,
  { marked, valid_until, confidence }: Shown,
  by: Value | undefined,
): LookupHit {
  return { id, type, collection, tlp: marked, version, revoked, valid_until: textOf(valid_until), confidence, ...(by && { by: by.text }) }
}

function asLine(answered: z.input<typeof LookupLine> | z.input<typeof LookupFault>): string {
  return `${JSON.stringify(answered)}\n`
}
