import { hash } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'
import { fromEpochMicroseconds, toEpochMicroseconds } from '#exchange/stix/instant.ts'
import { seesVersion } from '#exchange/stix/visible.ts'
import type { PageAsked } from '#exchange/taxii/object-query.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import { askFeeds } from '#exchange/objects/ask-feeds.ts'
import { ByteCache } from '#exchange/objects/byte-cache.ts'
import { entriesStatement, inOneValue, readEntries, type FeedEntry, type VersionFilter } from '#exchange/objects/feed-query.ts'
import { openBlocks } from '#exchange/objects/open-blocks.ts'
import type { Reader } from '#exchange/objects/open-reader.ts'
import { isOfUnion } from '#exchange/objects/open-union.ts'
import { readUnionEnvelope, readUnionPage } from '#exchange/objects/read-union.ts'

/** Most bytes of objects in one page, but for a first object that is larger by itself. */
const MOST_BYTES = 10 * 1024 * 1024

export interface Page {
  readonly rows: readonly FeedEntry[]
  /** Present when there is more. */
  readonly next: string | undefined
}

/** A page of objects as it is sent, and between which positions it lies; they are undefined for an empty one. */
export interface Envelope {
  readonly bytes: Buffer
  readonly first: string | undefined
  readonly last: string | undefined
  /** Differs where the bytes may. */
  readonly tag: string
}

/**
 * One page of the versions that the reader sees. Throws NOT_FOUND where one object is asked for and the reader sees no version of it; `object`
 * takes the place of the ids of the filter.
 */
export async function readPage(app: App, reader: Reader, asked: PageAsked, object?: string): Promise<Page> {
  if (isOfUnion(reader)) return readUnionPage(app, reader, asked, object)
  if (object === undefined && isPast(reader, asked)) return { rows: [], next: undefined }
  if (object !== undefined && !STIX_ID.test(object)) throw new Problem('NOT_FOUND')
  const ids = object === undefined ? asked.ids : [object]
  const found = await listEntries(app, reader, { ...asked, ids, limit: asked.limit + 1 })
  if (object !== undefined && found.length === 0 && !(await isSeen(app, reader, object))) throw new Problem('NOT_FOUND')
  const fitting = found.slice(0, howManyFit(found.slice(0, asked.limit)))
  const last = fitting.at(-1)
  const next = found.length > fitting.length && last ? asked.seal(fromEpochMicroseconds(last.position)) : undefined
  const rows = fitting.filter((row) => sees(reader, row))
  await noteReadings(
    app,
    reader.actor,
    rows.map((row) => ({ ...row, collection_id: reader.collection })),
  )
  return { rows, next }
}

/** A page with its objects, as the bytes that came. Errors as readPage. */
export async function readEnvelope(app: App, reader: Reader, asked: PageAsked, object?: string): Promise<Envelope> {
  if (isOfUnion(reader)) return readUnionEnvelope(app, reader, asked, object)
  const key = object === undefined ? keyOf(reader, asked) : undefined
  const kept = key === undefined ? undefined : cacheOf(app).get(key)
  if (kept) return envelopeOf(reader, kept, asked.seal(kept.last))
  for (let again = 0; again < 3; again++) {
    const page = await readPage(app, reader, asked, object)
    const objects = await joinObjects(app, reader, page.rows)
    if (!objects) continue
    const [first, last] = [page.rows[0], page.rows.at(-1)]
    if (!first || !last) return envelopeOf(reader, undefined, page.next)
    const made = { objects, first: fromEpochMicroseconds(first.position), last: fromEpochMicroseconds(last.position), tag: tagOf(page.rows) }
    if (key !== undefined && page.next !== undefined && isForAll(reader, page.rows)) cacheOf(app).set(key, made)
    return envelopeOf(reader, made, page.next)
  }
  throw new Problem('DATABASE_UNAVAILABLE', 'Objects of this page are being deleted; ask for it again.')
}

async function listEntries(app: App, reader: Reader, filter: VersionFilter): Promise<FeedEntry[]> {
  if (reader.audiences.length === 0) return []
  const [row] = await askFeeds<{ entries: string | null }>(app, reader, inOneValue(entriesStatement(reader, filter)))
  return readEntries(row!.entries)
}

/** Whether the reader is shown any version of the object in the collection. */
async function isSeen(app: App, reader: Reader, object: string): Promise<boolean> {
  return (await listEntries(app, reader, { after: undefined, ids: [object], types: undefined, versions: { all: true }, limit: 1 })).length > 0
}

/** The index has narrowed; the predicate decides. What stands in a feed of others than its contributor and the operator is open. */
export function sees({ actor }: Pick<Reader, 'actor'>, { organisation_id: contributor, tlp }: FeedEntry): boolean {
  return seesVersion(actor, { operator: actor.kind === 'operator' ? actor.operator : '', contributor, tlp, open: true }, true)
}

/** Whether nothing can lie after what the reader has: nothing was written since, and no embargo ends by itself. */
function isPast({ lastAt, embargoed }: Reader, { after }: PageAsked): boolean {
  return after !== undefined && !embargoed && toEpochMicroseconds(after)! >= BigInt(lastAt)
}

/** How many rows one answer takes by the bytes of their objects. */
export function howManyFit(rows: readonly FeedEntry[]): number {
  let bytes = 0
  const tooMany = rows.findIndex(({ size }, n) => (bytes += size) > MOST_BYTES && n > 0)
  return tooMany < 0 ? rows.length : tooMany
}

const [OPENING, COMMA] = [Buffer.from('"objects":['), Buffer.from(',')]
const BRACE = 0x7b

/** The member `objects` of an envelope, but for its closing bracket; undefined when one of them was deleted since its row was read. */
async function joinObjects(app: App, reader: Reader, rows: readonly FeedEntry[]): Promise<Buffer | undefined> {
  if (rows.length === 0) return OPENING
  const blocks = await openBlocks(
    app,
    reader,
    rows.map(({ block_id: id }) => id),
  )
  return joinBytes(rows, blocks)
}

/** The same of opened blocks. */
export function joinBytes(rows: readonly FeedEntry[], blocks: ReadonlyMap<string, Buffer>): Buffer | undefined {
  if (rows.length === 0) return OPENING
  const joined = Buffer.allocUnsafe(rows.reduce((sum, { size }) => sum + size + 1, OPENING.length))
  let at = OPENING.copy(joined)
  for (const { block_id: id, start, size } of rows) {
    const block = blocks.get(id)
    if (block?.[start] !== BRACE) return undefined
    at += block.copy(joined, at, start, start + size)
    at += COMMA.copy(joined, at)
  }
  return joined.subarray(0, -1)
}

/** A full page: nothing is ever added to it, and what takes from it counts the collection's generation up. */
interface KeptPage {
  readonly objects: Buffer
  readonly first: string
  readonly last: string
  /** Differs where the objects do. */
  readonly tag: string
}

const caches = new WeakMap<App, ByteCache<KeptPage>>()

function cacheOf(app: App): ByteCache<KeptPage> {
  let cache = caches.get(app)
  if (!cache) caches.set(app, (cache = new ByteCache(app.config.cacheBytes / 2, ({ objects }) => objects.length)))
  return cache
}

/** What a page that all readers of one audience are shown alike is kept by; undefined for what is asked for too seldom. */
function keyOf(
  { actor, collection, audiences, excluded, packages, generation }: Reader,
  { ids, types, versions, after, limit }: PageAsked,
): string | undefined {
  const isDefault = !ids && !types && !versions.all && versions.last && !versions.first && versions.at.length === 0
  if (!isDefault || excluded || packages.length > 0 || audiences.length !== 1 || audiences[0]!.id !== collection) return undefined
  return `${actor.kind} ${collection} ${generation} ${after ?? ''} ${limit}`
}

/** Whether everybody of the audience is shown these rows, whoever contributed them. */
function isForAll({ actor }: Reader, rows: readonly FeedEntry[]): boolean {
  return actor.kind === 'operator' || rows.every(({ tlp, late, embargo_id: embargo }) => !late && embargo === null && COMMUNITY.includes(tlp))
}

function envelopeOf(reader: Reader, page: KeptPage | undefined, next: string | undefined): Envelope {
  const head = next === undefined ? '' : `"more":true,"next":${JSON.stringify(next)}`
  const bytes = page ? Buffer.concat([Buffer.from(head === '' ? '{' : `{${head},`), page.objects, Buffer.from(']}')]) : Buffer.from(`{${head}}`)
  // Of nothing else: what is written to the collection and not shown to the reader must not be seen in it.
  const tag = hash('sha256', [reader.collection, page?.tag, next].join(' '), 'base64url').slice(0, 27)
  return { bytes, first: page?.first, last: page?.last, tag }
}

/** Bytes at one place never change, unless they are deleted together with the row that names it. */
function tagOf(rows: readonly FeedEntry[]): string {
  return hash('sha256', rows.map(({ position, block_id: block, start, size }) => `${position} ${block} ${start} ${size}`).join(','), 'base64url')
}
