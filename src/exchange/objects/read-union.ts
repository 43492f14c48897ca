import { hash } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { fromEpochMicroseconds, toEpochMicroseconds } from '#exchange/stix/instant.ts'
import type { PageAsked } from '#exchange/taxii/object-query.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import { askFeeds } from '#exchange/objects/ask-feeds.ts'
import type { FeedEntry } from '#exchange/objects/feed-query.ts'
import { openBlocks } from '#exchange/objects/open-blocks.ts'
import type { UnionReader } from '#exchange/objects/open-union.ts'
import { howManyFit, joinBytes, sees, type Envelope, type Page } from '#exchange/objects/read-objects.ts'
import { afterAll, comparePlaces, listObject, type Listed, type MemberEntry, type MemberRemoval, type UnionPlace } from '#exchange/objects/union-order.ts'
import { entriesOfStatement, eventsStatement, removalsOfStatement, type UnionEvent } from '#exchange/objects/union-query.ts'

/** Rows and removals that one request looks at; a page is then short, or empty, while `next` is there. */
const MOST_EVENTS = 20_000
/** Objects of which all versions are read at a time, and of which the outermost are. */
const [FEW, MANY] = [100, 1001]

interface UnionPage extends Page {
  readonly rows: readonly (FeedEntry & Pick<MemberEntry, 'collection_id'>)[]
}

/** One page of a union, as `readPage` gives one of a collection; positions are those at which the reader is shown what it holds. Errors as there. */
export async function readUnionPage(app: App, reader: UnionReader, asked: PageAsked, object?: string): Promise<UnionPage> {
  if (object !== undefined && !STIX_ID.test(object)) throw new Problem('NOT_FOUND')
  const found = await collect(app, reader, { ...asked, ids: object === undefined ? asked.ids : [object] })
  if (object !== undefined && found.listed.length === 0 && !(await isThere(app, reader, object))) throw new Problem('NOT_FOUND')
  const rows = found.listed.map(({ entry, place }) => ({ ...entry, position: place.at }))
  const fitting = howManyFit(rows.slice(0, asked.limit))
  const count = untorn(rows, fitting)
  const end = count < rows.length ? found.listed[count - 1]!.place : found.end
  const shown = rows.slice(0, count).filter((row) => sees(reader, row))
  await noteReadings(app, reader.actor, shown)
  return { rows: shown, next: end && seal(asked, end) }
}

/** A page of a union with its objects, as the bytes that came. Errors as readPage. */
export async function readUnionEnvelope(app: App, reader: UnionReader, asked: PageAsked, object?: string): Promise<Envelope> {
  for (let again = 0; again < 3; again++) {
    const { rows, next } = await readUnionPage(app, reader, asked, object)
    const objects = await join(app, reader, rows)
    if (!objects) continue
    const [first, last] = [rows[0], rows.at(-1)]
    return {
      bytes: envelopeOf(first && objects, next),
      first: first && fromEpochMicroseconds(first.position),
      last: last && fromEpochMicroseconds(last.position),
      tag: tagOf(reader, rows, next),
    }
  }
  throw new Problem('DATABASE_UNAVAILABLE', 'Objects of this page are being deleted; ask for it again.')
}

function envelopeOf(objects: Buffer | undefined, next: string | undefined): Buffer {
  const head = next === undefined ? '' : `"more":true,"next":${JSON.stringify(next)}`
  if (!objects) return Buffer.from(`{${head}}`)
  return Buffer.concat([Buffer.from(head === '' ? '{' : `{${head},`), objects, Buffer.from(']}')])
}

interface Collected {
  /** In order; one more than a page takes, where there are so many. */
  readonly listed: readonly Listed[]
  /** Up to where was looked, unless that is the end. */
  readonly end: UnionPlace | undefined
}

async function collect(app: App, reader: UnionReader, asked: PageAsked): Promise<Collected> {
  const { union } = reader
  let from = startOf(asked)
  if (union.members.length === 0 || (from !== undefined && comparePlaces(from, afterAll(union.horizon)) >= 0)) return { listed: [], end: undefined }
  const isOutermost = !asked.versions.all && asked.versions.at.length === 0
  const size = isOutermost ? Math.max(Math.min(asked.limit + 1, MANY), FEW) : FEW
  const listed: Listed[] = []
  for (let looked = 0; looked < MOST_EVENTS; looked += size) {
    const { text, values } = eventsStatement(reader, { ...asked, limit: size }, from)
    const events = await askFeeds<UnionEvent>(app, reader, { text, values })
    const last = events.at(-1)
    if (!last) return { listed, end: undefined }
    const [start, end] = [from, endOf(last)]
    const all = await listAll(app, reader, asked, [...new Set(events.map(({ object_id: id }) => id))], isOutermost)
    const within = all.filter(({ place }) => (start === undefined || comparePlaces(place, start) > 0) && comparePlaces(place, end) <= 0)
    listed.push(...within.toSorted((a, b) => comparePlaces(a.place, b.place)))
    from = end
    if (events.length < size) return { listed, end: undefined }
    if (listed.length > asked.limit) break
  }
  return { listed, end: from }
}

async function listAll(app: App, reader: UnionReader, { versions }: PageAsked, objects: readonly string[], isOutermost: boolean): Promise<Listed[]> {
  const [entries, removals] = await Promise.all([
    askFeeds<MemberEntry>(app, reader, entriesOfStatement(reader, objects, isOutermost)),
    askFeeds<MemberRemoval>(app, reader, removalsOfStatement(reader, objects)),
  ])
  const rules = {
    since: new Map(reader.union.members.map(({ collection, since }) => [collection as string, since])),
    own: reader.actor.kind === 'contact' ? reader.actor.organisation : undefined,
    versions,
  }
  const taken = Map.groupBy(removals, ({ object_id: id }) => id)
  return [...Map.groupBy(entries, ({ object_id: id }) => id)].flatMap(([object, of]) => listObject(of, taken.get(object) ?? [], rules))
}

async function isThere(app: App, reader: UnionReader, object: string): Promise<boolean> {
  return reader.union.members.length > 0 && (await askFeeds(app, reader, entriesOfStatement(reader, [object], true))).length > 0
}

function startOf({ after, within }: PageAsked): UnionPlace | undefined {
  if (after === undefined) return undefined
  const at = Number(toEpochMicroseconds(after)!)
  const [removed, collection, position, n] = within
  if (removed === undefined) return afterAll(at)
  return { at, removed: removed === '1', collection: collection!, position: Number(position), n: Number(n) }
}

function seal(asked: PageAsked, { at, removed, collection, position, n }: UnionPlace): string {
  return asked.seal(fromEpochMicroseconds(at), removed ? '1' : '0', collection, String(position), String(n))
}

function endOf({ at, removed, collection_id: collection, position }: UnionEvent): UnionPlace {
  return { at, removed, collection, position, n: Number.MAX_SAFE_INTEGER }
}

/** How many rows a page takes: what stands at one position stays together, so that `added_after` its last one loses nothing, unless it fills the page. */
function untorn(rows: readonly FeedEntry[], fitting: number): number {
  const next = rows[fitting]?.position
  if (next === undefined || rows[fitting - 1]?.position !== next) return fitting
  const first = rows.findIndex(({ position }) => position === next)
  return first > 0 ? first : fitting
}

async function join(app: App, { actor }: UnionReader, rows: UnionPage['rows']): Promise<Buffer | undefined> {
  const blocks = new Map<string, Buffer>()
  for (const [id, of] of Map.groupBy(rows, ({ collection_id: collection }) => collection)) {
    const wanted = of.map(({ block_id: block }) => block)
    for (const [block, bytes] of await openBlocks(app, { actor, collection: id }, wanted)) blocks.set(block, bytes)
  }
  return joinBytes(rows, blocks)
}

function tagOf({ collection }: UnionReader, rows: UnionPage['rows'], next: string | undefined): string {
  const parts = rows.map(({ position, block_id: block, start, size }) => `${position} ${block} ${start} ${size}`)
  return hash('sha256', [collection, ...parts, next].join(','), 'base64url').slice(0, 27)
}
