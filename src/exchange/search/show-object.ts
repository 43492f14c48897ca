import type { Transaction } from 'kysely'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import type { ObjectView, RawQuery } from '#exchange/search/contract.ts'
import { markedAs, titleOf } from '#exchange/search/facts.ts'
import type { FoundRow } from '#exchange/search/found-rows.ts'
import { listVersions } from '#exchange/search/object-store.ts'
import { openBodies, openObjects } from '#exchange/search/open-bodies.ts'
import { openScope, titlesOf, type Scope } from '#exchange/search/scope.ts'
import { letThrough } from '#exchange/search/second-wall.ts'
import { contributorOf } from '#exchange/search/show-found.ts'
import { valuesOf } from '#exchange/search/values-of.ts'

/** Values of one object that are listed at most. */
const MOST_SHOWN_VALUES = 200

/** One object wherever the reader is shown it. Throws NOT_FOUND where it is shown it nowhere. */
export async function showObject(app: App, reader: PersonActor, id: string): Promise<z.input<typeof ObjectView>> {
  const { rows: given, shown } = await app.db.snapshot(reader, async (tx) => {
    const scope = await openScope(app, tx, reader)
    const titles = await titlesOf(tx, scope.collections)
    const rows = onceEach(await shownVersions(tx, scope, id))
    const marked = await markings(app, tx.db, scope, rows)
    const newest = newestOf(rows)
    const object = (await openObjects(app, tx.db, [newest])).get(newest.version_id)
    if (!object) throw new Problem('NOT_FOUND')
    const places = [...Map.groupBy(rows, ({ collection_id: collection }) => collection)].map(([collection, of]) => ({
      collection: titles.get(collection)!,
      ...contributorOf(scope, of[0]!),
      versions: of.map((row) => versionOf(row, marked)),
    }))
    const values = valuesOf(object).slice(0, MOST_SHOWN_VALUES)
    return { rows, shown: { id, type: newest.type, title: titleOf(object), places, object: { ...object }, values } }
  })
  await noteReadings(app, reader, given)
  return shown
}

/** The bytes of one version as they came, the newest unless said. Throws NOT_FOUND for what the reader is not shown. */
export async function readRaw(app: App, reader: PersonActor, id: string, { collection, version }: z.output<typeof RawQuery>): Promise<Buffer> {
  const { row, raw } = await app.db.snapshot(reader, async (tx) => {
    const scope = await openScope(app, tx, reader, collection)
    const rows = (await shownVersions(tx, scope, id)).filter((row) => version === undefined || row.version === version)
    const wanted = newestOf(rows)
    const bytes = (await openBodies(app, tx.db, [wanted])).get(wanted.version_id)
    // Blanked: whoever deleted it came between the row and its bytes.
    if (!bytes || bytes[0] === 0) throw new Problem('NOT_FOUND')
    return { row: wanted, raw: Buffer.from(bytes) }
  })
  await noteReadings(app, reader, [row])
  return raw
}

/** All versions of an object that the reader is shown. */
export async function shownVersions(tx: Tx, scope: Scope, id: string): Promise<FoundRow[]> {
  return letThrough(tx, await tx.asSystem((db) => listVersions(db, scope, id)))
}

/** The version that says most lately what the object is. */
export function newestOf(rows: readonly FoundRow[]): FoundRow {
  const [first, ...others] = rows.filter(({ newest }) => newest).length > 0 ? rows.filter(({ newest }) => newest) : rows
  if (!first) throw new Problem('NOT_FOUND')
  return others.reduce(
    (one, other) => (other.version_at > one.version_at || (other.version_at === one.version_at && other.position > one.position) ? other : one),
    first,
  )
}

/** Each version once, whichever audience it is shown by. */
function onceEach(rows: readonly FoundRow[]): FoundRow[] {
  return [...new Map(rows.map((row) => [row.version_id, row])).values()]
}

/** Members are told the marking that each version itself carries; those that were not read for their facts yet are opened. */
async function markings(app: App, db: Transaction<DB>, { reader }: Scope, rows: readonly FoundRow[]): Promise<Map<string, FoundRow['tlp']>> {
  if (reader.kind === 'operator') return new Map()
  const marked = new Map(rows.flatMap(({ version_id: id, marked: known }) => (known === null ? [] : [[id, known] as const])))
  const unread = rows.filter(({ version_id: id }) => !marked.has(id))
  const objects = await openObjects(app, db, unread)
  for (const row of unread) {
    const object = objects.get(row.version_id)
    if (object) marked.set(row.version_id, markedAs(object, row.tlp))
  }
  return marked
}

function versionOf({ version_id: id, version, position, tlp, revoked, size }: FoundRow, marked: ReadonlyMap<string, FoundRow['tlp']>) {
  return { version, addedAt: fromEpochMicroseconds(position), tlp: marked.get(id) ?? tlp, revoked, size }
}
