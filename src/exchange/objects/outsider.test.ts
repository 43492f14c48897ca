import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { joinGroup, leaveGroup } from '#exchange/groups/join-group.ts'
import { groupRow, insertGroup, type GroupId } from '#exchange/groups/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { embargoed, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let test: TestApp
let a: SeededOperator
let collection: CollectionId

beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
})
afterAll(() => test.close())

type Person = { readonly token: Readonly<Record<string, string>> & { readonly authorization: string } }
const insider = () => a.vendor.people.analyst
const outsider = () => a.responder.people.analyst
const client = (person: Person) => new TaxiiClient(test.server, person, a.id, collection)

const about = (properties: object = {}) => indicator({ pattern: `[domain-name:value = 'd${randomUUID().slice(0, 8)}.example']`, ...properties })

/** What every way of asking for one object tells somebody: how many there are, or what the answer is. */
async function exits(person: Person, { id, pattern }: { readonly id: string; readonly pattern?: unknown }): Promise<Record<string, number>> {
  const get = async (url: string) => test.server.inject({ method: 'GET', url, headers: person.token })
  const value = /'([^']+)'/.exec(String(pattern))![1]!
  const looked = await test.server.inject({
    method: 'POST',
    url: '/api/exchange/lookup',
    headers: { ...person.token, 'content-type': 'text/plain' },
    payload: `${value}\n${id}`,
  })
  const found = looked.body
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { found: object[] }).found.length)
  return {
    object: (await client(person).get(`objects/${id}/`)).statusCode,
    versions: (await client(person).get(`objects/${id}/versions/`)).statusCode,
    manifest: ((await client(person).get('manifest/', { 'match[id]': id })).json<{ objects?: object[] }>().objects ?? []).length,
    shown: (await get(`/api/exchange/objects/${id}`)).statusCode,
    raw: (await get(`/api/exchange/objects/${id}/raw`)).statusCode,
    neighbours: (await get(`/api/exchange/objects/${id}/neighbours`)).statusCode,
    search: (await get(`/api/exchange/objects?id=${id}`)).json<{ items: object[] }>().items.length,
    byValue: found[0]!,
    byId: found[1]!,
    indicators: (await get('/api/indicators?limit=100')).json<{ items: { id: string }[] }>().items.filter((one) => one.id === id).length,
  }
}

const NOTHING = { object: 404, versions: 404, manifest: 0, shown: 404, raw: 404, neighbours: 404, search: 0, byValue: 0, byId: 0, indicators: 0 }
const ONE = { object: 200, versions: 200, manifest: 1, shown: 200, raw: 200, neighbours: 200, search: 1, byValue: 1, byId: 1, indicators: 1 }

async function take(person: Person, id: string): Promise<number> {
  const url = `/taxii2/${a.id}/collections/${collection}/objects/${id}/`
  return (await test.server.inject({ method: 'DELETE', url, headers: { ...person.token, accept: 'application/taxii+json;version=2.1' } })).statusCode
}

async function group(...members: { readonly id: typeof a.vendor.id }[]): Promise<GroupId> {
  const id = randomUUID() as string as GroupId
  await test.app.db.transaction(system('test'), async (tx) => {
    await insertGroup(tx, { id, operator_id: a.id, title: 'Group', description: '', created_at: test.clock.now() })
    const binds = [groupRow({ id })]
    for (const { id: organisation } of members) binds.push(...(await joinGroup(test.app, tx, { operator: a.id, group: id, organisation })))
    test.app.audit.record(tx, { action: 'sharing-group.created', subject: id, operator: a.id, binds })
  })
  return id
}

/** The outsider posts the same object for itself alone, and takes it back. */
async function touch(object: { readonly id: string }): Promise<void> {
  const own = { ...object, name: 'Guessed', object_marking_refs: [TLP_MARKINGS.RED] }
  expect((await client(outsider()).post(own)).json<{ success_count: number }>().success_count).toBe(1)
  expect(await exits(outsider(), object)).toEqual(ONE)
  expect(await take(outsider(), object.id)).toBe(200)
}

describe('whoever posts and takes back what it may not see', () => {
  it('V4, V9: is shown nothing of what a group shares, by any way', async () => {
    const shared = about({ object_marking_refs: [markingOfGroup(await group(a.vendor)), TLP_MARKINGS.GREEN] })
    expect((await client(insider()).post(shared)).json<{ success_count: number }>().success_count).toBe(1)
    await touch(shared)
    expect(await exits(outsider(), shared)).toEqual(NOTHING)
    // The control: what everybody may see comes back to it.
    const open = about({ object_marking_refs: [TLP_MARKINGS.RED] })
    await client(insider()).post(open)
    await client(outsider()).post({ ...open, name: 'Own' })
    await client(insider()).post({ ...open, modified: '2026-02-01T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.GREEN] })
    expect(await take(outsider(), open.id)).toBe(200)
    expect(await exits(outsider(), open)).toEqual(ONE)
  })

  it('V3, V4: is shown nothing of what waits for its instant, by any way', async () => {
    const held = about()
    // Nobody has reached it, and the row of the embargo itself is none of a reader's.
    await embargoed(test.app, { collection, operator: a.id }, [held], { advance: new Date(test.clock.now().getTime() + 3_600_000) })
    await touch(held)
    expect(await exits(outsider(), held)).toEqual(NOTHING)
  })
})

describe('what refers to an object', () => {
  const at = { spec_version: '2.1', created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.GREEN] }
  const translation = (of: string) => ({
    type: 'language-content',
    id: `language-content--${randomUUID()}`,
    ...at,
    object_ref: of,
    contents: { de: { name: 'Anzeichen' } },
  })
  const observed = (...of: string[]) => {
    const seen = { first_observed: at.created, last_observed: at.created, number_observed: 1 }
    return { type: 'observed-data', id: `observed-data--${randomUUID()}`, ...at, ...seen, object_refs: of }
  }
  const domain = (tlp: 'GREEN' | 'RED') => {
    const value = `s${randomUUID().slice(0, 8)}.example`
    return { type: 'domain-name', spec_version: '2.1', id: `domain-name--${randomUUID()}`, value, object_marking_refs: [TLP_MARKINGS[tlp]] }
  }
  const sees = async (person: Person, ids: readonly string[]) => {
    const seen = new Set(await client(person).walk())
    return ids.map((id) => seen.has(id))
  }

  it('V11: a translation is hidden with its object, observed data with one of its observables, and come with them', async () => {
    const hidden = about({ object_marking_refs: [TLP_MARKINGS.RED] })
    const [open, red] = [domain('GREEN'), domain('RED')]
    const of = [translation(hidden.id), observed(open.id, red.id)]
    const controls = [translation(open.id), observed(open.id)]
    const status = await client(insider()).post(hidden, open, red, ...of, ...controls)
    expect(status.json<{ success_count: number; failures?: object[] }>()).toMatchObject({ success_count: 7 })
    const ids = [...of, ...controls].map(({ id }) => id)
    expect(await sees(insider(), ids)).toEqual([true, true, true, true])
    expect(await sees(a.people.analyst, ids)).toEqual([true, true, true, true])
    expect(await sees(outsider(), ids)).toEqual([false, false, true, true])
    const cursor = String((await client(outsider()).get('objects/')).headers['x-taxii-date-added-last'])
    await client(insider()).post({ ...hidden, modified: '2026-02-01T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.GREEN] })
    await client(insider()).post({ ...red, object_marking_refs: [TLP_MARKINGS.GREEN] })
    const late = (await client(outsider()).get('manifest/', { added_after: cursor })).json<{ objects: { id: string }[] }>().objects.map(({ id }) => id)
    expect(late.toSorted()).toEqual([hidden.id, red.id, ...ids.slice(0, 2)].toSorted())
  })

  it('V11: a page and its tag stay as they are while others write what the reader is not shown', async () => {
    const shared = about()
    await client(insider()).post(shared)
    const ask = async () => {
      const answer = await client(outsider()).get('objects/', { limit: '2' })
      return [answer.body, answer.headers.etag]
    }
    const before = await ask()
    const red = about({ object_marking_refs: [TLP_MARKINGS.RED] })
    await client(insider()).post(red, relationship(red.id, red.id))
    await client(insider()).post({ ...red, modified: '2026-02-01T00:00:00.000Z' })
    expect(await ask()).toEqual(before)
    // The control: a shown object that takes the place of an older version is another page.
    const [first] = JSON.parse(String(before[0])).objects as [{ id: string }]
    const again = await client(insider()).post({ ...first, modified: '2026-03-01T00:00:00.000Z' })
    expect(again.json<{ success_count: number }>().success_count).toBe(1)
    expect((await ask())[1]).not.toBe(before[1])
  })
})

describe("a group's marking", () => {
  it('V9: stays its own, though an envelope brings a statement under its id, and after the group was closed', async () => {
    const id = await group(a.vendor)
    const marking = markingOfGroup(id)
    const statement = {
      type: 'marking-definition',
      spec_version: '2.1',
      id: marking,
      created: '2026-01-01T00:00:00.000Z',
      definition_type: 'statement',
      definition: { statement: 'Copyright' },
    }
    const marked = () => about({ object_marking_refs: [marking, TLP_MARKINGS.GREEN] })
    const [first, second] = [marked(), marked()]
    await client(insider()).post(statement, first)
    expect(await exits(outsider(), first)).toEqual(NOTHING)
    await test.database.superuser.query('update sharing_group set closed_at = now() where id = $1', [id])
    await client(insider()).post(statement, second)
    expect(await exits(outsider(), second)).toEqual(NOTHING)
    await test.database.superuser.query('update sharing_group set closed_at = null where id = $1', [id])
    // The control: a statement of another id restricts nothing.
    const copyright = `marking-definition--${randomUUID()}`
    const third = about({ object_marking_refs: [copyright, TLP_MARKINGS.GREEN] })
    await client(insider()).post({ ...statement, id: copyright }, third)
    expect(await exits(outsider(), third)).toEqual(ONE)
  })
})

describe('who joins, leaves and returns', () => {
  it('V9: is shown what a group shared before at the position of its joining alone, and misses nothing on returning', async () => {
    const id = await group(a.vendor)
    const marked = { object_marking_refs: [markingOfGroup(id), TLP_MARKINGS.GREEN] }
    const [shared, both] = [about(marked), about(marked)]
    await client(insider()).post(shared, both)
    await client(outsider()).post({ ...both, name: 'Own', object_marking_refs: [TLP_MARKINGS.RED] })
    const turn = (way: typeof joinGroup) =>
      test.app.db.transaction(system('test'), async (tx) => {
        const binds = await way(test.app, tx, { operator: a.id, group: id, organisation: a.responder.id })
        test.app.audit.record(tx, { action: 'sharing-group.changed', subject: id, operator: a.id, binds })
      })
    const before = String((await client(outsider()).get('objects/')).headers['x-taxii-date-added-last'])
    await turn(joinGroup)
    expect(await exits(outsider(), shared)).toEqual(ONE)
    const { places } = (await test.server.inject({ url: `/api/exchange/objects/${shared.id}`, headers: outsider().token })).json<{
      places: { versions: { addedAt: string }[] }[]
    }>()
    expect(places.flatMap(({ versions }) => versions.map(({ addedAt }) => addedAt > before))).toEqual([true])
    const since = about(marked)
    await client(insider()).post(since)
    expect(await exits(outsider(), since)).toEqual(ONE)
    expect(await take(outsider(), both.id)).toBe(200)
    expect(await exits(outsider(), both)).toEqual(ONE)
    await turn(leaveGroup)
    for (const one of [shared, both, since]) expect(await exits(outsider(), one)).toEqual(NOTHING)
    await turn(joinGroup)
    for (const one of [shared, both, since]) expect(await exits(outsider(), one)).toEqual(ONE)
    expect((await verifyLog(test.app)).faults).toEqual([])
  })
})
