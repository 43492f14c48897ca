import { randomUUID } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { forgetDeleted, indexObjects } from '#exchange/search/index-objects.ts'
import { COLUMNS, WITH_VERSION, type FoundRow } from '#exchange/search/found-rows.ts'
import { listVersions } from '#exchange/search/object-store.ts'
import { openScope } from '#exchange/search/scope.ts'
import { letThrough } from '#exchange/search/second-wall.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

let at: TestApp
let operator: SeededOperator
let third: SeededOrganisation
let shared: CollectionId
const signal = new AbortController().signal

beforeAll(async () => {
  at = await testApp()
  ;[operator] = await seedPeople(at.app)
  third = await seedOrganisation(at.app, operator.id, 'C', 'vendor')
  shared = await seedCollection(at.app, operator.id, [
    { organisation: operator.vendor.id },
    { organisation: operator.responder.id },
    { organisation: third.id },
  ])
})
afterAll(() => at.close())

type Headers = Readonly<Record<string, string>>

const vendor = () => operator.vendor.people.analyst
const responder = () => operator.responder.people.analyst

async function post(as: { token: Headers & { authorization: string } }, ...objects: object[]): Promise<void> {
  const status = (await new TaxiiClient(at.server, as, operator.id, shared).post(...objects)).json<{ failures?: object[] }>()
  expect(status.failures ?? []).toEqual([])
}

/** What each way of asking tells of a value: the search by it and by words, the look-up, the walk to neighbours of another that names it. */
async function told(as: { token: Headers }, word: string, neighbour: string): Promise<Record<string, string[]>> {
  const get = async (url: string) =>
    (await at.server.inject({ method: 'GET', url: `/api/exchange/objects${url}`, headers: as.token })).json<Record<string, never>>()
  const names = (items: { title: string | null }[]) => items.map(({ title }) => title ?? '').sort()
  const looked = await at.server.inject({
    method: 'POST',
    url: '/api/exchange/lookup',
    headers: { ...as.token, 'content-type': 'text/plain' },
    payload: `${word}.example`,
  })
  const { groups = [] } = (await get(`/${neighbour}/neighbours`)) as { groups?: { relation: string; items: { title: string }[] }[] }
  return {
    value: names((await get(`?value=${word}.example&limit=200`))['items'] as never),
    text: names((await get(`?text=${word}&limit=200`))['items'] as never),
    type: names(((await get(`?type=indicator&limit=200`))['items'] as unknown as { title: string | null }[]).filter(({ title }) => title?.includes(word))),
    lookup: looked
      .json<{ found: { id: string }[] }>()
      .found.map(({ id }) => id)
      .sort(),
    neighbours: groups.filter(({ relation }) => relation === 'sameValue').flatMap(({ items }) => names(items)),
  }
}

const counts = (answers: Record<string, string[]>) => Object.fromEntries(Object.entries(answers).map(([way, found]) => [way, found.length]))
const about = (word: string, properties: object = {}) => indicator({ pattern: `[domain-name:value = '${word}.example']`, name: word, ...properties })
const word = () => `w${randomUUID().slice(0, 8)}`

describe('search by every way', () => {
  it('V3: tells nothing of what an embargo still holds, and all of it from the instant on', async () => {
    const name = word()
    const [anchor, held] = [about(name), about(name)]
    await post(vendor(), anchor, held)
    await indexObjects(at.app, signal)
    expect(counts(await told(responder(), name, anchor.id))).toEqual({ value: 2, text: 2, type: 2, lookup: 2, neighbours: 1 })
    const opens = at.clock.now().getTime() + 3_600_000
    await at.database.superuser.query('update object_feed set opens_at = $1 where object_id = $2 and audience = $3', [opens * 1000, held.id, shared])
    expect(counts(await told(responder(), name, anchor.id))).toEqual({ value: 1, text: 1, type: 1, lookup: 1, neighbours: 0 })
    expect((await at.server.inject({ method: 'GET', url: `/api/exchange/objects/${held.id}`, headers: responder().token })).statusCode).toBe(404)
    at.clock.advance(3_600_000)
    expect(counts(await told(responder(), name, anchor.id))).toEqual({ value: 2, text: 2, type: 2, lookup: 2, neighbours: 1 })
  })

  it('V4: shows each contributor its own of an object that two contributed, and everybody else the one that leads', async () => {
    const name = word()
    const one = about(name, { name: `${name} of the first`, object_marking_refs: [TLP_MARKINGS.RED] })
    await post(vendor(), one)
    await post(responder(), { ...one, name: `${name} of the second`, object_marking_refs: [TLP_MARKINGS.GREEN] })
    await indexObjects(at.app, signal)
    const titles = async (as: { token: Headers }) => (await told(as, name, one.id))['value']
    expect(await titles(vendor())).toEqual([`${name} of the first`])
    expect(await titles(responder())).toEqual([`${name} of the second`])
    expect(await titles(third.people.analyst)).toEqual([`${name} of the second`])
  })

  it('V9: follows a marking that is lowered, and one that is raised, for each reader once', async () => {
    const name = word()
    const anchor = about(name)
    const one = about(name, { object_marking_refs: [TLP_MARKINGS.RED] })
    const version = (day: number, tlp: 'GREEN' | 'RED') => ({ ...one, modified: `2026-02-0${day}T00:00:00.000Z`, object_marking_refs: [TLP_MARKINGS[tlp]] })
    await post(vendor(), anchor, one)
    const all = { value: 2, text: 2, type: 2, lookup: 2, neighbours: 1 }
    const none = { value: 1, text: 1, type: 1, lookup: 1, neighbours: 0 }
    for (const [step, seen] of [
      [undefined, none],
      [version(1, 'GREEN'), all],
      [version(2, 'RED'), none],
    ] as const) {
      if (step) await post(vendor(), step)
      await indexObjects(at.app, signal)
      expect(counts(await told(responder(), name, anchor.id))).toEqual(seen)
      expect(counts(await told(vendor(), name, anchor.id))).toEqual(all)
      expect(counts(await told(operator.people.analyst, name, anchor.id))).toEqual(all)
    }
  })

  it('ends with the right to read the collection', async () => {
    const name = word()
    const anchor = about(name)
    await post(vendor(), anchor)
    await indexObjects(at.app, signal)
    expect(counts(await told(third.people.analyst, name, anchor.id))).toMatchObject({ value: 1, text: 1, lookup: 1 })
    await at.database.superuser.query('update collection_right set can_read = false where organisation_id = $1', [third.id])
    expect(counts(await told(third.people.analyst, name, anchor.id))).toEqual({ value: 0, text: 0, type: 0, lookup: 0, neighbours: 0 })
  })

  it('forgets the words of what was deleted', async () => {
    const name = word()
    const gone = about(name)
    await post(vendor(), gone)
    await indexObjects(at.app, signal)
    const { superuser } = at.database
    const { rows } = await superuser.query<{ id: string }>('select id from object_version where object_id = $1', [gone.id])
    const rest = async () =>
      (await superuser.query('select from object_word where version_id = $1 union all select from object_fact where version_id = $1', [rows[0]!.id])).rowCount
    expect(await rest()).toBeGreaterThan(0)
    await superuser.query('delete from object_feed where object_id = $1', [gone.id])
    await superuser.query('delete from object_version where object_id = $1', [gone.id])
    await forgetDeleted(at.app, signal)
    expect(await rest()).toBe(0)
  })
})

describe('the second wall', () => {
  it('holds where the scope is wrong: row-level security lets the reader read nothing else', async () => {
    const name = word()
    const [mine, hidden] = [about(name, { object_marking_refs: [TLP_MARKINGS.GREEN] }), about(name, { object_marking_refs: [TLP_MARKINGS.RED] })]
    await post(vendor(), mine, hidden)
    const found = await at.app.db.snapshot(responder().actor, async (tx) => {
      const scope = await openScope(at.app, tx, responder().actor)
      // As if a fault had let the reader into the audience of the other organisation.
      const wrong = { ...scope, audiences: [...scope.audiences, operator.vendor.id] }
      const rows = await tx.asSystem(async (db) => [...(await listVersions(db, wrong, mine.id)), ...(await unfiltered(db, hidden.id))])
      return { before: rows.map((row) => row.object_id), after: (await letThrough(tx, rows)).map((row) => row.object_id) }
    })
    // The control: without the wall both would have come out.
    expect(found).toEqual({ before: [mine.id, hidden.id], after: [mine.id] })
  })
})

async function unfiltered(db: Transaction<DB>, id: string): Promise<FoundRow[]> {
  const { rows } =
    await sql<FoundRow>`select ${COLUMNS} from object_feed f ${WITH_VERSION} where f.object_id = ${id} and f.organisation_id is not distinct from f.audience`.execute(
      db,
    )
  return rows
}
