import type { Transaction } from 'kysely'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { referencesOf } from '#exchange/stix/references.ts'
import { MANY_NEIGHBOURS, NEIGHBOUR_RELATIONS, type NeighbourQuery, type NeighbourRelation, type Neighbours } from '#exchange/search/contract.ts'
import { listByIds, listNaming, listReferring, type Neighbour } from '#exchange/search/object-store.ts'
import { openObjects } from '#exchange/search/open-bodies.ts'
import { PlaceSchema } from '#exchange/search/place.ts'
import { openScope, titlesOf, type Scope } from '#exchange/search/scope.ts'
import type { Place } from '#exchange/search/search-store.ts'
import { letThrough } from '#exchange/search/second-wall.ts'
import { newestOf, shownVersions } from '#exchange/search/show-object.ts'
import { showFound } from '#exchange/search/show-found.ts'
import { valueKey, wordKey } from '#exchange/search/value-keys.ts'
import { valuesOf } from '#exchange/search/values-of.ts'

type Asked = z.output<typeof NeighbourQuery>
type Db = Transaction<DB>

/** Neighbours of each kind and type that are shown where all kinds are asked for. */
const SHOWN_OF_EACH = 10

/** What an object has to do with others that the reader is shown: what it refers to, what refers to it, what names the same value. Throws NOT_FOUND for one that it is not shown. */
export async function listNeighbours(app: App, reader: PersonActor, id: string, asked: Asked): Promise<z.input<typeof Neighbours>> {
  const { given, shown } = await app.db.snapshot(reader, async (tx) => {
    const scope = await openScope(app, tx, reader)
    const titles = await titlesOf(tx, scope.collections)
    const newest = newestOf(await shownVersions(tx, scope, id))
    const object = (await openObjects(app, tx.db, [newest])).get(newest.version_id)
    if (!object) throw new Problem('NOT_FOUND')
    const relations = asked.relation === undefined ? NEIGHBOUR_RELATIONS : [asked.relation]
    const found = []
    for (const relation of relations) found.push({ relation, of: await letThrough(tx, await tx.asSystem((db) => FINDERS[relation](app, db, scope, object))) })
    const many = found.filter(({ of }) => of.length > MANY_NEIGHBOURS).map(({ relation }) => relation)
    const groups = found.filter(({ relation }) => !many.includes(relation)).flatMap(({ relation, of }) => pagesOf(app, id, relation, of, asked))
    const given = groups.flatMap(({ rows }) => rows)
    const objects = await openObjects(app, tx.db, given)
    const items = (rows: readonly Via[]) => rows.flatMap((row) => itemOf(scope, row, objects, titles))
    return { given: [newest, ...given], shown: { groups: groups.map(({ rows, ...group }) => ({ ...group, items: items(rows) })), many } }
  })
  await noteReadings(app, reader, given)
  return shown
}

interface Via extends Neighbour {
  readonly vias: readonly string[]
}

/** The neighbours of one relation by their types, each a page of the newest. */
function pagesOf(app: App, id: string, relation: NeighbourRelation, of: readonly Via[], asked: Asked) {
  const list = `neighbours ${id} ${relation} ${asked.type ?? ''}`
  const before = asked.cursor === undefined ? undefined : PlaceSchema.parse(openCursor(app, list, asked.cursor))
  const limit = asked.relation === undefined ? SHOWN_OF_EACH : asked.limit
  const wanted = of.filter((row) => (asked.type === undefined || row.type === asked.type) && (before === undefined || isBelow(row, before)))
  return [...Map.groupBy(wanted, ({ type }) => type)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, all]) => {
      const rows = all.slice(0, limit)
      const last = rows.at(-1)!
      const next = all.length > limit ? sealCursor(app, `neighbours ${id} ${relation} ${type}`, [last.position, last.collection_id]) : null
      return { relation, type, rows, next }
    })
}

function isBelow({ position, collection_id: collection }: Neighbour, [at, of]: Place): boolean {
  return position < at || (position === at && collection < of)
}

function itemOf(scope: Scope, row: Via, objects: ReadonlyMap<string, StixObject>, titles: Parameters<typeof showFound>[3]) {
  const object = objects.get(row.version_id)
  return object ? [{ ...showFound(scope, row, object, titles), via: row.vias.length > 0 ? [...row.vias] : propertiesTo(object, row.via) }] : []
}

/** Of one that refers, `via` holds the id that it refers to. */
function propertiesTo(object: StixObject, id: string): string[] {
  return [...new Set(referencesOf(object).flatMap(({ property, target }) => (target === id ? [property] : [])))]
}

type Finder = (app: App, db: Db, scope: Scope, object: StixObject) => Promise<Via[]>

const FINDERS: Readonly<Record<NeighbourRelation, Finder>> = {
  refersTo: async (_app, db, scope, object) => {
    const properties = Map.groupBy(referencesOf(object), ({ target }) => target)
    const ids = [...properties.keys()].filter((id) => id !== object.id).slice(0, 5_000)
    const rows = ids.length === 0 ? [] : await listByIds(db, scope, ids, MANY_NEIGHBOURS + 1)
    return rows.map((row) => ({ ...row, vias: [...new Set(properties.get(row.object_id)!.map(({ property }) => property))] }))
  },
  referredBy: async (app, db, scope, object) => {
    const rows = await listReferring(db, scope, object.id, wordKey(app.keys, 'ref', object.id), MANY_NEIGHBOURS + 1)
    return rows.filter(({ object_id: id }) => id !== object.id).map((row) => ({ ...row, via: object.id, vias: [] }))
  },
  sameValue: async (app, db, scope, object) => {
    const values = new Map(valuesOf(object).map((value) => [valueKey(app.keys, value), value.text]))
    const rows = values.size === 0 ? [] : await listNaming(db, scope, [...values.keys()], MANY_NEIGHBOURS + 1)
    const others = Map.groupBy(
      rows.filter(({ object_id: id }) => id !== object.id),
      ({ version_id: id }) => id,
    )
    return [...others.values()].map((of) => ({ ...of[0]!, vias: of.map(({ via }) => values.get(via)!).slice(0, 20) }))
  },
}
