import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { entriesStatement } from '#exchange/objects/feed-query.ts'
import { openReader } from '#exchange/objects/open-reader.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

interface Envelope {
  readonly more?: boolean
  readonly next?: string
  readonly objects?: readonly { readonly id: string; readonly type: string }[]
}

let test: TestApp
let a: SeededOperator
let other: SeededOrganisation
let collection: CollectionId
beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  other = await seedMember(test.app, a.id, 'C')
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }, { organisation: other.id }])
})
afterAll(() => test.close())

const as = (who: { readonly token: { readonly authorization: string } }, at = collection) => new TaxiiClient(test.server, who, a.id, at)
const page = async (who: Parameters<typeof as>[0], query: Record<string, string> = {}) => {
  const answer = await as(who).get('objects/', query)
  expect(answer.statusCode).toBe(200)
  return answer.json<Envelope>()
}

describe('pages that are kept', () => {
  const reader = () => a.responder.people.analyst

  it('T7: hold the same bytes for everybody of an audience, and a `next` for each alone', async () => {
    const objects = Array.from({ length: 6 }, () => indicator())
    await as(a.vendor.people.analyst).post(...objects)
    const [made, kept, others] = [await page(reader(), { limit: '4' }), await page(reader(), { limit: '4' }), await page(other.people.reader, { limit: '4' })]
    expect(made).toEqual(kept)
    expect(others.objects).toEqual(objects.slice(0, 4))
    expect(others.objects).toEqual(made.objects)
    expect(others.next).not.toBe(made.next)
    expect((await as(other.people.reader).get('objects/', { limit: '4', next: made.next! })).statusCode).toBe(400)
    expect((await page(other.people.reader, { limit: '4', next: others.next! })).objects).toEqual(objects.slice(4))
  })

  it('are not shown to whoever has lost the right since, nor after a membership was suspended', async () => {
    await page(other.people.reader, { limit: '4' })
    const may = (canRead: boolean) =>
      test.app.db.transaction(system('test'), (tx) =>
        tx.db.updateTable('collection_right').set({ can_read: canRead }).where('organisation_id', '=', other.id).execute(),
      )
    await may(false)
    expect((await as(other.people.reader).get('objects/', { limit: '4' })).statusCode).toBe(403)
    await may(true)
    expect((await page(other.people.reader, { limit: '4' })).objects).toHaveLength(4)
    const state = (now: string) =>
      test.app.db.transaction(system('test'), (tx) => tx.db.updateTable('membership').set({ state: now }).where('organisation_id', '=', other.id).execute())
    await state('suspended')
    expect((await as(other.people.reader).get('objects/', { limit: '4' })).statusCode).toBe(401)
    await state('active')
  })

  it('C7: are made anew when an object is withdrawn, revoked or shown again', async () => {
    const before = (await page(reader(), { limit: '4' })).objects!
    const [first, second] = before as unknown as [ReturnType<typeof indicator>, ReturnType<typeof indicator>]
    await as(a.vendor.people.analyst).post({ ...first, modified: '2026-02-01T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.RED] })
    await as(a.vendor.people.analyst).post({ ...second, modified: '2026-02-01T00:00:00.000Z', revoked: true })
    const after = (await page(reader(), { limit: '4' })).objects!.map(({ id }) => id)
    expect(after).not.toContain(first.id)
    expect(after).not.toContain(second.id)
    expect(await as(reader()).walk({ limit: '2' })).toContain(second.id)
  })

  it('are not changed by what a contributor keeps to itself', async () => {
    const before = await page(reader(), { limit: '2' })
    await as(a.vendor.people.analyst).post(indicator({ object_marking_refs: [TLP_MARKINGS.RED] }))
    expect(await page(reader(), { limit: '2' })).toEqual(before)
    const walked = await as(a.vendor.people.analyst).walk({ limit: '2' })
    expect(new Set(walked).size).toBe(walked.length)
    expect(walked.length).toBeGreaterThan((await as(reader()).walk({ limit: '2' })).length)
  })

  it('answer a poll with nothing new by an empty envelope without dates (C1), and what comes after by that alone', async () => {
    const all = await as(reader()).get('objects/')
    const last = all.headers['x-taxii-date-added-last'] as string
    const nothing = await as(reader()).get('objects/', { added_after: last })
    expect(nothing.json()).toEqual({})
    expect(nothing.headers).not.toHaveProperty('x-taxii-date-added-last')
    const late = indicator()
    await as(a.vendor.people.analyst).post(late)
    expect((await page(reader(), { added_after: last })).objects).toEqual([late])
  })

  it('tells whoever has the page that it has it', async () => {
    const made = await as(reader()).get('objects/', { limit: '2' })
    const url = `/taxii2/${a.id}/collections/${collection}/objects/?limit=2`
    const headers = { ...reader().token, accept: 'application/taxii+json;version=2.1', 'if-none-match': made.headers.etag as string }
    const ask = async () => (await test.server.inject({ method: 'GET', url, headers })).statusCode
    expect(await ask()).toBe(304)
    // What comes behind a full page leaves it as it is; another version of one of its objects does not.
    await as(a.vendor.people.analyst).post(indicator())
    expect(await ask()).toBe(304)
    const [first] = made.json<Envelope>().objects!
    await as(a.vendor.people.analyst).post({ ...first, modified: '2026-03-01T00:00:00.000Z' })
    expect(await ask()).toBe(200)
  })
})

describe('rows of an embargo', () => {
  it('are there from their instant on, and move no position before it', async () => {
    const own = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
    const client = as(a.responder.people.analyst, own)
    const hidden = indicator()
    await as(a.vendor.people.analyst, own).post(indicator(), hidden)
    const opens = test.clock.now().getTime() * 1000 + 60_000_000
    await test.database.superuser.query(
      `update object_feed set position = $1, opens_at = $1, embargo_id = gen_random_uuid() where collection_id = $2 and object_id = $3`,
      [opens, own, hidden.id],
    )
    await test.database.superuser.query('update collection set generation = generation + 1 where id = $1', [own])
    const before = await client.get('objects/')
    expect(before.json<Envelope>().objects).toHaveLength(1)
    expect((await client.get(`objects/${hidden.id}/`)).statusCode).toBe(404)
    test.clock.advance(59_999)
    const last = before.headers['x-taxii-date-added-last'] as string
    expect((await client.get('objects/', { added_after: last })).json()).toEqual({})
    test.clock.advance(1)
    const after = await client.get('objects/', { added_after: last })
    expect(after.json<Envelope>().objects).toEqual([hidden])
    expect(after.headers['x-taxii-date-added-first']).toBe(fromEpochMicroseconds(opens))
  })
})

describe('the statement of a page', () => {
  it('reads a rare type by its index, not past all the others', async () => {
    const own = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
    const rare = {
      type: 'identity',
      spec_version: '2.1',
      id: 'identity--f431f809-377b-45e0-aa1c-6a4751cae5ff',
      name: 'Rare',
      created: '2026-01-01T00:00:00.000Z',
      modified: '2026-01-01T00:00:00.000Z',
    }
    await as(a.vendor.people.analyst, own).post(...Array.from({ length: 400 }, () => indicator()))
    await as(a.vendor.people.analyst, own).post(rare)
    await test.database.superuser.query('analyze')
    const reader = await openReader(test.app, a.responder.people.analyst.actor, { root: a.id, collection: own })
    const filter = { after: undefined, ids: undefined, types: ['identity'], versions: { all: false, first: false, last: true, at: [] }, limit: 101 } as const
    const { text, values } = entriesStatement(reader, filter)
    const plan = await test.app.db.ask(reader.actor, `explain (analyze, format json) ${text}`, values)
    expect(JSON.stringify(plan)).not.toMatch(/"Rows Removed by Filter":\d{3}/)
    expect((await as(a.responder.people.analyst, own).get('objects/', { 'match[type]': 'identity' })).json<Envelope>().objects).toEqual([rare])
  })

  it('T27: reads versions of an instant by their index, not past all the others, each once', async () => {
    const own = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
    const dated = indicator({ modified: '2026-05-01T00:00:00.000Z' })
    await as(a.vendor.people.analyst, own).post(...Array.from({ length: 400 }, () => indicator()))
    await as(a.vendor.people.analyst, own).post(dated)
    await test.database.superuser.query('analyze')
    const reader = await openReader(test.app, a.responder.people.analyst.actor, { root: a.id, collection: own })
    const at = ['2026-05-01T00:00:00.000000Z', '2026-06-01T00:00:00.000000Z']
    for (const types of [undefined, ['indicator', 'identity']]) {
      const filter = { after: undefined, ids: undefined, types, versions: { all: false, first: false, last: false, at }, limit: 101 } as const
      const { text, values } = entriesStatement(reader, filter)
      const plan = await test.app.db.ask(reader.actor, `explain (analyze, format json) ${text}`, values)
      expect(JSON.stringify(plan)).not.toMatch(/"Rows Removed by Filter":\d{3}/)
    }
    const client = as(a.responder.people.analyst, own)
    const listed = async (query: Record<string, string>) => (await client.get('objects/', query)).json<Envelope>().objects
    expect(await listed({ 'match[version]': at.join() })).toEqual([dated])
    expect(await listed({ 'match[version]': `${at[0]},last`, 'match[type]': 'indicator,indicator' })).toHaveLength(401)
    expect((await client.walk({ 'match[version]': `first,${at[0]},last`, limit: '150' })).length).toBe(401)
  })
})
