import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { pause } from '#platform/clock/clock.ts'
import { storeObjects } from '#exchange/objects/store-objects.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { entriesStatement, type VersionChoice } from '#exchange/objects/feed-query.ts'
import { openReader } from '#exchange/objects/open-reader.ts'
import { pointingQuery } from '#exchange/objects/version-store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, relationship, seedCollection } from '#test/harness/exchange.ts'
import { joinOperator, seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
interface Envelope {
  readonly more?: boolean
  readonly next?: string
  readonly objects?: { readonly id: string; readonly modified?: string }[]
}
interface Status {
  readonly id: string
  readonly success_count: number
  readonly failure_count: number
  readonly successes?: { readonly id: string; readonly version: string }[]
  readonly failures?: { readonly id: string; readonly message: string }[]
}
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const code = (answer: { json(): unknown }) => (answer.json() as { error_code?: string }).error_code
const idsOf = (answer: { json(): unknown }) => ((answer.json() as Envelope).objects ?? []).map(({ id }) => id)

/** How a collection is read page by page, and narrowed by filters. */
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let third: SeededOrganisation
let analyst: AnyPerson
let responder: AnyPerson

const fresh = (findings?: true) => {
  const organisations = [a.vendor, a.responder, third].map(({ id }) => ({ organisation: id }))
  return seedCollection(test.app, a.id, organisations, findings ? { findings } : {})
}
const RED = { object_marking_refs: [TLP_MARKINGS.RED] }
const GREEN = { object_marking_refs: [TLP_MARKINGS.GREEN] }
/** Versions of one object, a minute apart. */
const versionsOf = (object: object, count: number) =>
  Array.from({ length: count }, (_, n) => ({ ...object, modified: new Date(Date.UTC(2026, 0, 2) + n * 60_000).toISOString() }))
const as = (person: AnyPerson, collection: CollectionId, root = a.id) => new TaxiiClient(test.server, person, root, collection)

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  third = await seedOrganisation(test.app, a.id, 'C', 'responder')
  await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, third.id, b.id))
  analyst = a.vendor.people.analyst
  responder = a.responder.people.reader
})
afterAll(() => test.close())

describe('paging', () => {
  it('visits each object once by `next` and by `added_after`, also one at a time, in the order of positions', async () => {
    const collection = await fresh()
    const objects = Array.from({ length: 23 }, () => indicator())
    await as(analyst, collection).post(...objects.slice(0, 11))
    await as(analyst, collection).post(...objects.slice(11))
    const want = objects.map(({ id }) => id)
    const client = as(responder, collection)
    for (const limit of ['1', '2', '5', '22', '23', '1000']) expect(await client.walk({ limit }), limit).toEqual(want)
    const polled: string[] = []
    for (let after = ''; ;) {
      const page = await client.get('objects/', { limit: '3', ...(after && { added_after: after }) })
      if (page.body === '{}') {
        expect([page.headers['x-taxii-date-added-first'], page.headers['x-taxii-date-added-last']]).toEqual([undefined, undefined])
        break
      }
      polled.push(...idsOf(page))
      expect([page.headers['x-taxii-date-added-first'], page.headers['x-taxii-date-added-last']]).toEqual([
        expect.stringMatching(MICROSECONDS),
        expect.stringMatching(MICROSECONDS),
      ])
      after = String(page.headers['x-taxii-date-added-last'])
    }
    expect(polled).toEqual(want)
    const whole = (await client.get('objects/')).json<Envelope>()
    expect([whole.more, whole.next]).toEqual([undefined, undefined])
    const dates = (await client.get('manifest/')).json<{ objects: { date_added: string }[] }>().objects.map(({ date_added: date }) => date)
    expect(dates).toEqual([...new Set(dates)].sort())
  })

  it('misses nothing of what others post meanwhile', async () => {
    const collection = await fresh()
    const batches = Array.from({ length: 12 }, () => Array.from({ length: 4 }, () => indicator()))
    const client = as(responder, collection)
    const polled: string[] = []
    let after: string | undefined
    let posting = true
    const poll = async () => {
      const page = await client.get('objects/', { limit: '3', ...(after !== undefined && { added_after: after }) })
      polled.push(...idsOf(page))
      after = page.body === '{}' ? after : String(page.headers['x-taxii-date-added-last'])
      return page.body !== '{}'
    }
    const posted = Promise.all(
      [analyst, third.people.analyst, a.responder.people.analyst].map(async (person, n) => {
        for (const batch of batches.filter((_, index) => index % 3 === n)) await as(person, collection).post(...batch)
      }),
    ).then(() => (posting = false))
    while ((await poll()) || posting);
    await posted
    while (await poll());
    expect(polled.toSorted()).toEqual(
      batches
        .flat()
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('shows nothing later while an earlier writer has not committed', async () => {
    const collection = await fresh()
    const [slow, fast] = [indicator(), indicator()]
    const [stored, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const to = { collection, operator: a.id, contributor: a.vendor.id, by: undefined }
    const first = test.app.db.transaction(system('test'), async (tx) => {
      await storeObjects(test.app, tx, to, [{ object: slow, bytes: Buffer.from(JSON.stringify(slow)) }])
      stored.resolve()
      await release.promise
    })
    await stored.promise
    const second = as(third.people.analyst, collection).post(fast)
    // The second writer waits for the first: were it let through, a poller would now take its position and pass over the first's.
    expect(await Promise.race([second.then(() => 'committed'), pause(500).then(() => 'waits')])).toBe('waits')
    expect(await as(responder, collection).walk()).toEqual([])
    release.resolve()
    await first
    expect((await second).statusCode).toBe(202)
    expect(await as(responder, collection).walk()).toEqual([slow.id, fast.id])
  })

  it('costs the same however many versions of an object there are', { timeout: 120_000 }, async () => {
    const pages = async (collection: CollectionId, versions: VersionChoice, found = 3) => {
      await test.database.superuser.query('analyze')
      const filter = { after: undefined, ids: undefined, types: undefined, versions, limit: 1001 }
      const reader = await openReader(test.app, responder.actor, { root: a.id, collection })
      const { text, values } = entriesStatement(reader, filter)
      const [row] = await test.app.db.ask<{
        'QUERY PLAN': { Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number; 'Actual Rows': number } }[]
      }>(responder.actor, `explain (analyze, buffers, format json) ${text}`, values)
      const { Plan } = row!['QUERY PLAN'][0]!
      expect(Plan['Actual Rows']).toBe(found)
      return Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks']
    }
    const choice = (first: boolean): VersionChoice => ({ all: false, first, last: !first, at: [] })
    const [few, many] = [await fresh(), await fresh()]
    for (const person of [analyst, third.people.analyst, a.responder.people.analyst]) {
      await as(person, few).post(indicator())
      await as(person, many).post(...versionsOf(indicator(), 1000))
    }
    for (const first of [false, true]) {
      const [little, much] = [await pages(few, choice(first)), await pages(many, choice(first))]
      // A version each would be three thousand blocks, and each compared with all others a million.
      expect(much, `${little}`).toBeLessThan(little + 100)
    }
    // Control: whoever asks for all of them pays for all of them.
    expect(await pages(many, { all: true }, 1001)).toBeGreaterThan((await pages(many, choice(false))) + 100)
  })

  it('finds what points at an object by its target, not by reading everything', { timeout: 60_000 }, async () => {
    const collection = await fresh()
    for (let n = 0; n < 2; n++) await as(analyst, collection).post(...Array.from({ length: 1000 }, () => relationship(indicator().id, indicator().id)))
    await test.database.superuser.query('analyze')
    const objects = Array.from({ length: 200 }, () => indicator().id)
    const { rows } = await test.app.db.read(system('test'), (tx) =>
      sql<{ 'QUERY PLAN': { Plan: object }[] }>`explain (analyze, buffers, format json) ${pointingQuery(collection, objects)}`.execute(tx.db),
    )
    const plan = rows[0]!['QUERY PLAN'][0]!.Plan
    expect(JSON.stringify(plan)).toMatch(/"Index Name":"object_reference_\d_pkey"/)
    // Each of the two hundred against each of the four thousand references would be thrown away row by row.
    const removed = [...JSON.stringify(plan).matchAll(/"Rows Removed by (?:Join )?Filter":(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0)
    expect(removed).toBeLessThan(50_000)
  })

  it('goes on one by one, what everybody sees first: nothing tells how much lies between that others do not see', async () => {
    const collection = await fresh()
    await as(analyst, collection).post(...Array.from({ length: 50 }, (_, n) => indicator(n % 2 === 0 ? RED : GREEN)))
    const entries = (await as(responder, collection).get('manifest/')).json<{ objects: { date_added: string }[] }>().objects
    const instants = entries.map(({ date_added: date }) => Number(date.slice(20, 26)))
    expect(instants.map((at) => at - instants[0]!)).toEqual(Array.from({ length: 25 }, (_, n) => n))
    const last = entries.at(-1)!.date_added
    expect(last <= test.clock.now().toISOString().replace('Z', '000Z')).toBe(true)
  })

  it('stays strictly increasing while the trusted clock stands still', async () => {
    const collection = await fresh()
    for (let n = 0; n < 3; n++) await as(analyst, collection).post(indicator(), indicator())
    const { rows } = await test.database.superuser.query<{ n: number }>('select count(distinct position)::int as n from object_feed where collection_id = $1', [
      collection,
    ])
    expect(rows[0]!.n).toBe(6)
  })

  it('accepts a `next` only for the same filters, collection and reader', async () => {
    const [collection, other] = [await fresh(), await fresh()]
    for (const each of [collection, other]) await as(analyst, each).post(indicator(), indicator(), indicator())
    const client = as(responder, collection)
    const { next } = (await client.get('objects/', { limit: '1', 'match[type]': 'indicator' })).json<Required<Envelope>>()
    const refused = [
      await client.get('objects/', { limit: '1', next }),
      await client.get('objects/', { 'match[type]': 'malware', next }),
      await client.get('manifest/', { 'match[type]': 'indicator', next }),
      await as(responder, other).get('objects/', { 'match[type]': 'indicator', next }),
      await as(third.people.reader, collection).get('objects/', { 'match[type]': 'indicator', next }),
      await client.get('objects/', { 'match[type]': 'indicator', next: `${next}A` }),
    ]
    expect(refused.map((answer) => [answer.statusCode, code(answer)])).toEqual(refused.map(() => [400, 'BAD_CURSOR']))
    expect(idsOf(await client.get('objects/', { limit: '2', 'match[type]': 'indicator', next }))).toHaveLength(2)
  })
})

describe('filters', () => {
  it('are joined by AND, their values by OR', async () => {
    const collection = await fresh()
    const [one, two, link] = [indicator(), indicator(), undefined]
    const between = link ?? relationship(one.id, two.id)
    await as(analyst, collection).post(one, two, between)
    const client = as(responder, collection)
    const ask = async (query: Record<string, string>) => idsOf(await client.get('objects/', query))
    expect(await ask({ 'match[id]': `${two.id},${between.id}` })).toEqual([two.id, between.id])
    expect(await ask({ 'match[id]': `${two.id},${between.id}`, 'match[type]': 'relationship' })).toEqual([between.id])
    expect(await ask({ 'match[type]': 'malware,relationship,x-other' })).toEqual([between.id])
    expect(await ask({ 'match[spec_version]': '2.0,2.1' })).toHaveLength(3)
    expect((await client.get('objects/', { 'match[spec_version]': '2.0' })).body).toBe('{}')
    expect((await client.get('manifest/', { 'match[type]': 'malware' })).body).toBe('{}')
  })

  it('choose versions: the last unless said, the first, all, or by instant however it is spelled', async () => {
    const collection = await fresh()
    const versions = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00.123456Z']
    const object = indicator({ created: versions[0] })
    const client = as(analyst, collection)
    for (const modified of [versions[1], versions[0], versions[2]]) await client.post({ ...object, modified })
    const ask = async (version?: string) => {
      const answer = await client.get(`objects/${object.id}/`, version === undefined ? {} : { 'match[version]': version })
      return (answer.json<Envelope>().objects ?? []).map(({ modified }) => modified)
    }
    expect([await ask(), await ask('last'), await ask('first')]).toEqual([[versions[2]], [versions[2]], [versions[0]]])
    expect(await ask('all')).toEqual([versions[1], versions[0], versions[2]])
    expect(await ask('first,last')).toEqual([versions[0], versions[2]])
    expect(await ask('2026-01-02T00:00:00.000000Z,last')).toEqual([versions[1], versions[2]])
    expect(await ask('2020-01-01T00:00:00Z')).toEqual([])
    const listed = (await client.get(`objects/${object.id}/versions/`)).json<{ versions: string[] }>().versions
    expect(listed).toEqual([versions[1], versions[0], versions[2]])
  })

  it('give an observable one version that stays', async () => {
    const collection = await fresh()
    const file = { type: 'file', id: `file--${randomUUID()}`, hashes: { MD5: 'd41d8cd98f00b204e9800998ecf8427e' } }
    const client = as(analyst, collection)
    const [first, again] = [(await client.post(file)).json<Status>(), (await client.post(file)).json<Status>()]
    const version = first.successes![0]!.version
    expect([again.successes![0]!.version, version]).toEqual([version, expect.stringMatching(MICROSECONDS)])
    expect((await client.get('manifest/')).json()).toMatchObject({ objects: [{ id: file.id, version, date_added: version }] })
    expect(idsOf(await client.get('objects/', { 'match[version]': version }))).toEqual([file.id])
  })

  it('are refused with 400 when they are malformed', async () => {
    const client = as(responder, await fresh())
    const malformed: Record<string, string>[] = [
      { limit: '0' },
      { limit: '-1' },
      { limit: '1.5' },
      { limit: '' },
      { added_after: 'yesterday' },
      { added_after: '2026-01-01T00:00:00+00:00' },
      { 'match[version]': 'all,last' },
      { 'match[version]': 'newest' },
      { 'match[version]': '' },
      { 'match[id]': 'garbage' },
      { 'match[type]': '' },
      { 'match[spec_version]': 'two' },
      { next: 'forged' },
    ]
    for (const query of malformed) expect([query, (await client.get('objects/', query)).statusCode]).toEqual([query, 400])
    const twice = await test.server.inject({
      method: 'GET',
      url: `/taxii2/${a.id}/collections/${await fresh()}/objects/?limit=1&limit=1`,
      headers: responder.token,
    })
    expect(twice.statusCode).toBe(400)
    for (const limit of ['1', '999999999']) expect((await client.get('objects/', { limit })).statusCode).toBe(200)
  })
})
