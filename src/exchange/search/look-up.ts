import { Readable } from 'node:stream'
import type { Transaction } from 'kysely'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { DB } from '#platform/db/types.ts'
import { MOST_FOUND, MOST_LOOKED_UP, type LookupFault, type LookupHit, type LookupLine } from '#exchange/search/contract.ts'
import { factsOf, type Facts } from '#exchange/search/facts.ts'
import { linesOf, readLine, type Line } from '#exchange/search/lookup-lines.ts'
import { findByIds, findByKeys, type Hit } from '#exchange/search/lookup-store.ts'
import { openObjects } from '#exchange/search/open-bodies.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import { openScope, type Scope } from '#exchange/search/scope.ts'
import { textOf } from '#exchange/search/show-found.ts'
import { valueKey } from '#exchange/search/value-keys.ts'
import type { Value } from '#exchange/search/value.ts'

/** Values that are looked up together. */
const AT_ONCE = 2_000

/** A line that was read, by its number from one. */
interface Asked {
  readonly number: number
  readonly line: Line
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
  let [number, values] = [0, 0]
  for await (const lines of linesOf(bytes)) {
    for (const text of lines) {
      number++
      const line = readLine(text, isJson)
      if (line === undefined) continue
      if (++values > MOST_LOOKED_UP) {
        yield (await answer(app, reader, batch)) + asLine({ line: number, error: `at most ${MOST_LOOKED_UP.toLocaleString('en')} values in one request` })
        return
      }
      batch.push({ number, line })
      if (batch.length < AT_ONCE) continue
      yield await answer(app, reader, batch)
      batch = []
    }
  }
  if (batch.length > 0) yield await answer(app, reader, batch)
}

/** The answers to a batch, one line each. */
async function answer(app: App, reader: PersonActor, batch: readonly Asked[]): Promise<string> {
  const keyed = batch.map(({ line }) => ('error' in line ? [] : line.readings.map((value) => ({ value, key: keyOf(app, value) }))))
  const { hits, facts } = await find(app, reader, keyed.flat())
  return batch.map(({ number, line }, at) => asLine('error' in line ? { line: number, error: line.error } : found(line, keyed[at]!, hits, facts))).join('')
}

interface Keyed {
  readonly value: Value
  readonly key: string
}

/** An id is looked up as it is, because objects are kept by their ids. */
function keyOf(app: App, value: Value): string {
  return value.kind === 'id' ? value.text : valueKey(app.keys, value)
}

async function find(app: App, reader: PersonActor, asked: readonly Keyed[]) {
  const of = (isId: boolean) => [...new Set(asked.flatMap(({ value, key }) => ((value.kind === 'id') === isId ? [key] : [])))]
  const [ids, keys] = [of(true), of(false)]
  const answered = await app.db.snapshot(reader, async (tx) => {
    const scope = await openScope(app, tx, reader)
    return tx.asSystem(async (db) => {
      const all = [...(keys.length > 0 ? await findByKeys(db, scope, keys) : []), ...(ids.length > 0 ? await findByIds(db, scope, ids) : [])]
      const hits = Map.groupBy(all, ({ key }) => key)
      for (const each of hits.values()) each.sort((a, b) => b.position - a.position || (a.collection_id < b.collection_id ? 1 : -1)).splice(MOST_FOUND + 1)
      return { hits, facts: await factsOfHits(app, db, scope, [...hits.values()].flat()) }
    })
  })
  await noteReadings(app, reader, [...answered.hits.values()].flat())
  return answered
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
  // Of everything that a value can be, the first that something names.
  const named = keyed.filter(({ key }) => hits.has(key))
  if (named.length === 0) return { value, found: [] }
  const all = [...new Map(named.flatMap(({ key }) => hits.get(key)!).map((hit) => [hit.version_id, hit])).values()]
  const listed = all.slice(0, MOST_FOUND).map((hit) => hitOf(hit, facts.get(hit.version_id)!))
  return { value, kind: named[0]!.value.kind, found: listed, ...(all.length > MOST_FOUND && { more: true as const }) }
}

function hitOf({ object_id: id, type, collection_id: collection, version, revoked }: Hit, { marked, valid_until, confidence }: Shown): LookupHit {
  return { id, type, collection, tlp: marked, version, revoked, valid_until: textOf(valid_until), confidence }
}

function asLine(answered: z.input<typeof LookupLine> | z.input<typeof LookupFault>): string {
  return `${JSON.stringify(answered)}\n`
}
