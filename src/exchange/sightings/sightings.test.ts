import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, hashOf, indicator, seedCollection } from '#test/harness/exchange.ts'
import { joinOperator, seedOrganisation, seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
interface Problem {
  readonly code: string
  readonly fields: { readonly field: string }[]
}
const problem = (answer: { json(): unknown }) => {
  const { code, fields } = answer.json() as Problem
  return [code, ...fields.map(({ field }) => field)]
}

let test: TestApp
let a: SeededOperator
let b: SeededOperator
let collection: CollectionId
let analyst: SeededPerson<ContactActor>
const seen = indicator()
const hidden = indicator({ object_marking_refs: [TLP_MARKINGS.RED] })

const at = (offsetMs: number) => new Date(test.clock.now().getTime() + offsetMs).toISOString()
const HOUR = 3_600_000
const when = () => ({ firstSeen: at(-2 * HOUR), lastSeen: at(-HOUR) })
const get = (person: AnyPerson, url: string) => test.server.inject({ method: 'GET', url, headers: person.token })
const post = (person: AnyPerson, payload: object, url = '/api/sightings') =>
  test.server.inject({ method: 'POST', url, headers: { ...person.token, 'idempotency-key': randomUUID() }, payload })
const bulk = (person: AnyPerson, sightings: readonly unknown[]) => post(person, { sightings }, '/api/sightings/bulk')
const rows = async () => (await test.database.superuser.query<{ n: number }>('select count(*)::int as n from sighting')).rows[0]!.n

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
  analyst = a.responder.people.analyst
  await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection).post(seen, hidden)
})
afterAll(() => test.close())

describe('reporting a sighting', () => {
  it('names an indicator or a value that it is known by, once for the same', async () => {
    const report = { indicator: seen.id, count: 3, ...when() }
    const answer = await post(analyst, report)
    expect(answer.statusCode).toBe(201)
    const { firstSeen, lastSeen } = report
    const organisation = { id: a.responder.id, name: a.responder.name }
    expect(answer.json()).toEqual({ id: expect.any(String), indicator: seen.id, count: 3, firstSeen, lastSeen, reportedAt: expect.any(String), organisation })
    const byValue = await post(analyst, { value: hashOf(seen).toUpperCase(), count: 3, firstSeen, lastSeen })
    expect([byValue.statusCode, byValue.json()]).toEqual([201, answer.json()])
    expect(await rows()).toBe(1)
  })

  it('is refused from the future of the trusted clock, backwards, or before 1990, with the field', async () => {
    const before = await rows()
    const refusals = [
      await post(analyst, { indicator: seen.id, firstSeen: at(-HOUR), lastSeen: at(1) }),
      await post(analyst, { indicator: seen.id, firstSeen: at(-HOUR), lastSeen: at(-HOUR - 1) }),
      await post(analyst, { indicator: seen.id, firstSeen: '1989-12-31T23:59:59Z', lastSeen: at(-HOUR) }),
      await post(analyst, { indicator: seen.id, firstSeen: 'today', lastSeen: at(-HOUR) }),
      await post(analyst, { indicator: seen.id, value: hashOf(seen), ...when() }),
      await post(analyst, { ...when() }),
      await post(analyst, { indicator: seen.id, count: 0, ...when() }),
      await post(analyst, { indicator: seen.id, count: 1_000_000_001, ...when() }),
    ]
    expect(refusals.map((answer) => [answer.statusCode, ...problem(answer)])).toEqual(
      ['/body/lastSeen', '/body/firstSeen', '/body/firstSeen', '/body/firstSeen', '/body/indicator', '/body/indicator', '/body/count', '/body/count'].map(
        (field) => [400, 'VALIDATION_FAILED', field],
      ),
    )
    expect(await rows()).toBe(before)
    // Control: the same instant is accepted once the clock has reached it.
    const later = { indicator: seen.id, firstSeen: at(-HOUR), lastSeen: at(1000) }
    expect((await post(analyst, later)).statusCode).toBe(400)
    test.clock.advance(1000)
    expect((await post(analyst, later)).statusCode).toBe(201)
  })

  it('answers for what the organisation does not see exactly as for what does not exist', async () => {
    const answers = await Promise.all([
      post(analyst, { indicator: hidden.id, ...when() }),
      post(analyst, { value: hashOf(hidden), ...when() }),
      post(analyst, { indicator: `indicator--${randomUUID()}`, ...when() }),
      post(analyst, { value: 'f'.repeat(64), ...when() }),
      post(analyst, { indicator: "' or 1=1", ...when() }),
      post(b.vendor.people.analyst, { indicator: seen.id, ...when() }),
    ])
    const plain = answers.map((answer) => ({ status: answer.statusCode, ...answer.json<object>(), requestId: '' }))
    expect(plain).toEqual(plain.map(() => plain[2]))
    expect(plain[2]).toMatchObject({ status: 404, code: 'NOT_FOUND' })
    expect((await post(a.vendor.people.analyst, { indicator: hidden.id, ...when() })).statusCode).toBe(201)
  })
})

describe('reporting many', () => {
  it('stores the good ones, counts what it knew, and names each bad one', async () => {
    const before = await rows()
    const good = Array.from({ length: 150 }, (_, n) => ({ indicator: seen.id, count: n + 10, ...when() }))
    const bad = [{ indicator: seen.id, firstSeen: at(0), lastSeen: at(HOUR) }, 'nothing', { indicator: hidden.id, ...when() }, { ...good[0], more: 1 }]
    const answer = await bulk(analyst, [...good, ...bad, good[0]])
    expect(answer.json()).toEqual({
      accepted: 150,
      repeated: 1,
      refused: [
        { index: 150, code: 'VALIDATION_FAILED', field: '/body/sightings/150/lastSeen', message: 'in the future' },
        { index: 151, code: 'VALIDATION_FAILED', field: '/body/sightings/151', message: expect.any(String) },
        { index: 152, code: 'NOT_FOUND', field: '/body/sightings/152/indicator', message: 'no indicator that you can see' },
        { index: 153, code: 'VALIDATION_FAILED', field: '/body/sightings/153/more', message: 'not accepted here' },
      ],
    })
    expect((await bulk(analyst, good)).json()).toEqual({ accepted: 0, repeated: 150, refused: [] })
    expect(await rows()).toBe(before + 150)
  })

  it('takes five thousand at once and no more', async () => {
    const many = Array.from({ length: 5001 }, (_, n) => ({ value: hashOf(seen), count: n + 1000, ...when() }))
    expect(problem(await bulk(analyst, many))).toEqual(['VALIDATION_FAILED', '/body/sightings'])
    expect((await bulk(analyst, many.slice(1))).json()).toMatchObject({ accepted: 5000, refused: [] })
  }, 60_000)

  it('adds nothing twice when the same comes at the same moment', async () => {
    const same = Array.from({ length: 20 }, (_, n) => ({ indicator: seen.id, count: n + 500_000, ...when() }))
    const answers = await Promise.all([bulk(analyst, same), bulk(a.responder.people.admin, same)])
    const counts = answers.map((answer) => answer.json<{ accepted: number; repeated: number }>())
    expect(counts.map(({ accepted, repeated }) => accepted + repeated)).toEqual([20, 20])
    expect(counts[0]!.accepted + counts[1]!.accepted).toBe(20)
  })
})

describe('sightings in STIX', () => {
  const sighting = (properties: object) => {
    const id = `sighting--${randomUUID()}`
    return { type: 'sighting', spec_version: '2.1', id, created: at(-HOUR), modified: at(-HOUR), sighting_of_ref: seen.id, ...properties }
  }

  it("become the organisation's own, and are refused from the future", async () => {
    const client = new TaxiiClient(test.server, a.responder.people.admin, a.id, collection)
    const before = await rows()
    test.clock.advance(1000)
    const good = sighting({ count: 7, first_seen: '2026-01-02T00:00:00Z', last_seen: '2026-01-03T00:00:00Z' })
    const status = (await client.post(good, sighting({ last_seen: at(HOUR) }), sighting({ sighting_of_ref: hidden.id }))).json<{
      success_count: number
      failures: object[]
    }>()
    expect([status.success_count, status.failures]).toEqual([2, [expect.objectContaining({ message: '/last_seen: in the future' })]])
    await client.post(good)
    expect(await rows()).toBe(before + 1)
    const { items } = (await get(a.responder.people.reader, '/api/sightings?limit=1')).json<{ items: object[] }>()
    expect(items).toMatchObject([{ indicator: seen.id, count: 7, firstSeen: '2026-01-02T00:00:00.000Z', lastSeen: '2026-01-03T00:00:00.000Z' }])
  })
})

describe('reading sightings', () => {
  it("shows an organisation its own, the operator's analysts all, and nobody else any", async () => {
    const walk = async (person: AnyPerson) => {
      const organisations = new Set<string>()
      let count = 0
      for (let cursor = ''; ;) {
        const page = (await get(person, `/api/sightings?limit=200${cursor}`)).json<{ items: { organisation: { id: string } }[]; next: string | null }>()
        for (const { organisation } of page.items) organisations.add(organisation.id)
        count += page.items.length
        if (page.next === null) return { organisations: [...organisations].sort(), count }
        cursor = `&cursor=${page.next}`
      }
    }
    const all = await rows()
    expect(await walk(a.people.auditor)).toEqual({ organisations: [a.vendor.id, a.responder.id].sort(), count: all })
    expect(await walk(a.vendor.people.reader)).toEqual({ organisations: [a.vendor.id], count: 1 })
    expect(await walk(a.responder.people.reader)).toEqual({ organisations: [a.responder.id], count: all - 1 })
    for (const stranger of [b.people.analyst, b.vendor.people.reader]) expect(await walk(stranger)).toEqual({ organisations: [], count: 0 })
    const { items } = (await get(a.responder.people.reader, '/api/indicators')).json<{ items: { id: string; ownSightings: { count: number } }[] }>()
    expect(items).toMatchObject([{ id: seen.id, ownSightings: { lastSeen: expect.any(String) } }])
    expect((await get(a.people.analyst, '/api/indicators')).json()).toMatchObject({ items: [{ ownSightings: null }, { ownSightings: null }] })
    expect((await get(b.responder.people.reader, '/api/indicators')).json()).toEqual({ items: [], next: null })
  })
})

describe('an indicator that several exchanges know', () => {
  it('has to be told apart by its operator, and over TAXII belongs to the collection', async () => {
    const both = await seedOrganisation(test.app, a.id, 'D', 'responder')
    await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, both.id, b.id))
    const known = indicator()
    const places = []
    for (const { id, vendor } of [a, b]) {
      const place = await seedCollection(test.app, id, [{ organisation: vendor.id }, { organisation: both.id }])
      await new TaxiiClient(test.server, vendor.people.analyst, id, place).post(known)
      places.push(place)
    }
    const { analyst: person } = both.people
    expect(problem(await post(person, { indicator: known.id, ...when() }))).toEqual(['VALIDATION_FAILED', '/body/indicator'])
    expect(problem(await post(person, { value: hashOf(known), ...when() }))).toEqual(['VALIDATION_FAILED', '/body/value'])
    expect((await post(person, { indicator: known.id, operator: randomUUID(), ...when() })).statusCode).toBe(404)
    expect((await post(a.vendor.people.analyst, { indicator: known.id, operator: b.id, ...when() })).statusCode).toBe(404)
    const kept = async () =>
      (
        await test.database.superuser.query('select operator_id, collection_id from sighting where organisation_id = $1 order by stix_id nulls first', [
          both.id,
        ])
      ).rows
    expect((await bulk(person, [{ indicator: known.id, ...when() }])).json()).toMatchObject({
      refused: [{ code: 'VALIDATION_FAILED', field: '/body/sightings/0/indicator' }],
    })
    expect(await kept()).toEqual([])
    expect((await post(person, { indicator: known.id, operator: b.id, ...when() })).statusCode).toBe(201)
    const seenAt = { first_seen: '2026-01-02T00:00:00Z', last_seen: '2026-01-03T00:00:00Z' }
    const sro = {
      type: 'sighting',
      spec_version: '2.1',
      id: `sighting--${randomUUID()}`,
      created: at(-HOUR),
      modified: at(-HOUR),
      sighting_of_ref: known.id,
      ...seenAt,
    }
    expect((await new TaxiiClient(test.server, both.people.admin, a.id, places[0]!).post(sro)).statusCode).toBe(202)
    expect(await kept()).toEqual([
      { operator_id: b.id, collection_id: places[1] },
      { operator_id: a.id, collection_id: places[0] },
    ])
  })
})

describe('a value', () => {
  it('is looked for among the indicators that stand, never among those revoked', async () => {
    const old = indicator({ created: '2026-01-01T00:00:00.000Z' })
    const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
    await client.post(old)
    expect((await post(analyst, { value: hashOf(old), ...when() })).statusCode).toBe(201)
    await client.post({ ...old, modified: '2026-01-02T00:00:00.000Z', revoked: true })
    expect((await post(analyst, { value: hashOf(old), count: 2, ...when() })).statusCode).toBe(404)
    // Another that names the value stands, though it came later.
    const standing = indicator({ pattern: old['pattern'] })
    await client.post(standing)
    expect((await post(analyst, { value: hashOf(old), count: 2, ...when() })).json()).toMatchObject({ indicator: standing.id })
  })
})

describe('versions of a sighting in STIX', () => {
  it('replace one another, keep what was said as evidence, and end when it is revoked', async () => {
    const client = new TaxiiClient(test.server, a.responder.people.admin, a.id, collection)
    const target = indicator()
    await client.post(target)
    const seenAt = { first_seen: '2026-01-02T00:00:00Z', last_seen: '2026-01-03T00:00:00Z' }
    const created = '2026-01-04T00:00:00Z'
    const sighting = {
      type: 'sighting',
      spec_version: '2.1',
      id: `sighting--${randomUUID()}`,
      created,
      modified: created,
      sighting_of_ref: target.id,
      ...seenAt,
    }
    const own = async () => {
      const { items } = (await get(a.responder.people.reader, '/api/indicators?limit=200')).json<{
        items: { id: string; ownSightings: { count: number } | null }[]
      }>()
      return items.find(({ id }) => id === target.id)!.ownSightings?.count ?? null
    }
    const kept = async () =>
      (
        await test.database.superuser.query('select count, counted, replaced_at is not null as replaced from sighting where stix_id = $1 order by count', [
          sighting.id,
        ])
      ).rows
    const version = (day: number, properties: object) => client.post({ ...sighting, modified: `2026-01-${day}T00:00:00Z`, ...properties })
    await version(11, { count: 5 })
    expect(await own()).toBe(5)
    await version(13, { count: 7, object_marking_refs: [TLP_MARKINGS.RED] })
    // What comes late is older, and says nothing any more.
    await version(12, { count: 6 })
    expect(await own()).toBe(7)
    const before = await kept()
    expect(before).toEqual([
      { count: 5, counted: true, replaced: true },
      { count: 7, counted: false, replaced: false },
    ])
    await version(14, { count: 7, revoked: true })
    expect(await own()).toBeNull()
    expect(await kept()).toEqual(before.map((row: object) => ({ ...row, replaced: true })))
    const listed = (await get(a.responder.people.reader, '/api/sightings?limit=200')).json<{ items: { indicator: string }[] }>().items
    expect(listed.filter(({ indicator: of }) => of === target.id)).toEqual([])
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })
})

describe('the log', () => {
  it('verifies, and names a sighting that was edited', async () => {
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    const { rows: edited } = await test.database.superuser.query<{ id: string }>(
      'update sighting set count = count + 1 where id = (select id from sighting order by count desc limit 1) returning id',
    )
    expect(await verifyLog(test.app)).toMatchObject({ ok: false, faults: [expect.objectContaining({ table: 'sighting', id: edited[0]!.id })] })
  })
})
