import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor } from '#platform/auth/actor.ts'
import { deliverTo } from '#platform/events/deliver.ts'
import { dispatchEvents } from '#platform/events/dispatch.ts'
import { emit } from '#platform/events/events.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { protectionShipped } from '#program/protections/contract.ts'
import { consumers } from '#exchange/gaps/consumers.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { joinGroup } from '#exchange/groups/join-group.ts'
import { insertGroup, type GroupId } from '#exchange/groups/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

interface Found {
  readonly indicator: { readonly id: string; readonly cves: string[] }
  readonly organisations: number
  readonly missing: string
}
const CVE = 'CVE-2017-11882'
const WHEN = { firstSeen: '2026-01-02T00:00:00Z', lastSeen: '2026-01-03T00:00:00Z' }

let test: TestApp
let a: SeededOperator
let others: SeededOrganisation[]
let collection: CollectionId

const gaps = async ({ people }: SeededOrganisation) =>
  (await test.server.inject({ method: 'GET', url: '/api/gaps', headers: people.reader.token })).json<{ items: Found[] }>().items
const report = async (person: SeededPerson<ContactActor>, id: string) => {
  const headers = { ...person.token, 'idempotency-key': randomUUID() }
  expect((await test.server.inject({ method: 'POST', url: '/api/sightings', headers, payload: { indicator: id, ...WHEN } })).statusCode).toBe(201)
}
const ship = async (organisation: OrganisationId, what: { cves?: string[]; indicators?: string[] }, operator = a.id) => {
  const data = { organisation, cves: [], indicators: [], ...what }
  await test.app.db.transaction(system('test'), (tx) => emit(test.app, tx, protectionShipped, data as never, { operator }))
  await dispatchEvents(test.app, consumers)
  for (const each of consumers) await deliverTo(test.app, each, new AbortController().signal)
}
/** Puts an indicator in, which the first `count` of the others then sight. */
const sightedBy = async (count: number, properties: object = {}) => {
  const object = indicator(properties as Readonly<Record<string, unknown>>)
  const status = await new TaxiiClient(test.server, a.responder.people.analyst, a.id, collection).post(object)
  expect(status.json()).toMatchObject({ success_count: 1 })
  for (const { people } of others.slice(0, count)) await report(people.analyst, object.id)
  return object.id
}
const find = async (organisation: SeededOrganisation, id: string) => (await gaps(organisation)).find(({ indicator }) => indicator.id === id)

beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  others = []
  for (let n = 1; n <= 6; n++) others.push(await seedOrganisation(test.app, a.id, `R${n}`, n % 2 === 0 ? 'vendor' : 'responder'))
  collection = await seedCollection(
    test.app,
    a.id,
    [a.vendor, a.responder, ...others].map(({ id }) => ({ organisation: id })),
  )
}, 60_000)
afterAll(() => test.close())

describe('gaps', () => {
  it('show a vendor nothing at four organisations, and at the fifth that others see what it has shipped nothing for', async () => {
    const id = await sightedBy(4)
    expect(await find(a.vendor, id)).toBeUndefined()
    await report(a.vendor.people.analyst, id)
    // Its own sighting counts for others, never for itself.
    expect(await find(a.vendor, id)).toBeUndefined()
    await report(others[4]!.people.analyst, id)
    const gap = await find(a.vendor, id)
    expect(gap).toMatchObject({ indicator: { id }, organisations: 5, missing: 'protection' })
    expect(Object.keys(gap!).sort()).toEqual(['indicator', 'missing', 'organisations'])
    await report(others[5]!.people.analyst, id)
    expect(await find(a.vendor, id)).toMatchObject({ organisations: 5 })
  })

  it('close when the vendor ships a protection for the indicator or for one of its vulnerabilities', async () => {
    const references = { external_references: [{ source_name: 'cve', external_id: CVE }] }
    const [byIndicator, byCve, open] = [await sightedBy(5), await sightedBy(5, references), await sightedBy(5)]
    const ids = async () => (await gaps(a.vendor)).map(({ indicator }) => indicator.id).filter((id) => [byIndicator, byCve, open].includes(id))
    expect((await ids()).sort()).toEqual([byIndicator, byCve, open].sort())
    expect((await find(a.vendor, byCve))!.indicator.cves).toEqual([CVE])
    // Control: what another vendor ships closes nothing.
    await ship(others[1]!.id, { cves: [CVE], indicators: [byIndicator, open] })
    expect(await ids()).toHaveLength(3)
    await ship(a.vendor.id, { indicators: [byIndicator] })
    await ship(a.vendor.id, { cves: [CVE], indicators: [byIndicator] })
    expect(await ids()).toEqual([open])
  })

  it('show a responder what it never saw, until it does', async () => {
    const id = await sightedBy(5)
    expect(await find(a.responder, id)).toMatchObject({ organisations: 5, missing: 'sighting' })
    await report(a.responder.people.analyst, id)
    expect(await find(a.responder, id)).toBeUndefined()
  })

  it('do not change when one of the five leaves', async () => {
    const id = await sightedBy(5)
    const set = (state: string) => test.database.superuser.query('update membership set state = $1 where organisation_id = $2', [state, others[0]!.id])
    await set('terminated')
    expect(await find(a.vendor, id)).toMatchObject({ organisations: 5 })
    await set('active')
  })

  it('list only what the reader sees itself, and never borrow the figures of a hidden namesake', async () => {
    const inner = await seedCollection(
      test.app,
      a.id,
      [a.responder, ...others].map(({ id }) => ({ organisation: id })),
    )
    const object = indicator({ object_marking_refs: [TLP_MARKINGS.AMBER] })
    await new TaxiiClient(test.server, a.responder.people.analyst, a.id, inner).post(object)
    for (const { people } of others.slice(0, 5)) await report(people.analyst, object.id)
    expect(await find(a.responder, object.id)).toMatchObject({ organisations: 5 })
    expect(await find(a.vendor, object.id)).toBeUndefined()
    await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection).post(object)
    expect(await find(a.vendor, object.id)).toBeUndefined()
  })

  it('V3: count nothing of what a group shares for a member of none that keeps the same by itself', async () => {
    const group = randomUUID() as string as GroupId
    const object = indicator({ object_marking_refs: [markingOfGroup(group), TLP_MARKINGS.AMBER] })
    const join = (...organisations: readonly OrganisationId[]) =>
      test.app.db.transaction(system('test'), async (tx) => {
        for (const organisation of organisations) await joinGroup(test.app, tx, { operator: a.id, group, organisation })
      })
    await test.app.db.transaction(system('test'), (tx) =>
      insertGroup(tx, { id: group, operator_id: a.id, title: 'Group', description: '', created_at: test.clock.now() }),
    )
    await new TaxiiClient(test.server, a.responder.people.analyst, a.id, collection).post(object)
    await join(...others.slice(0, 5).map(({ id }) => id))
    for (const { people } of others.slice(0, 5)) await report(people.analyst, object.id)
    const own = { ...object, object_marking_refs: [TLP_MARKINGS.RED] }
    const posted = await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection).post(own)
    expect(posted.json()).toMatchObject({ success_count: 1 })
    expect(await find(a.vendor, object.id)).toBeUndefined()
    // The control: for a member of the group they count.
    await join(others[5]!.id)
    expect(await find(others[5]!, object.id)).toMatchObject({ organisations: 5 })
  })

  it('count sightings in STIX while they stand and are for members', async () => {
    const id = await sightedBy(4)
    const client = new TaxiiClient(test.server, others[4]!.people.analyst, a.id, collection)
    const created = '2026-01-04T00:00:00Z'
    const when = { created, first_seen: WHEN.firstSeen, last_seen: WHEN.lastSeen }
    const sighting = { type: 'sighting', spec_version: '2.1', id: `sighting--${randomUUID()}`, sighting_of_ref: id, ...when }
    const say = (day: number, properties: object) => client.post({ ...sighting, modified: `2026-01-${day}T00:00:00Z`, ...properties })
    for (const label of ['RED', 'AMBER+STRICT'] as const) {
      await say(label === 'RED' ? 11 : 12, { object_marking_refs: [TLP_MARKINGS[label]] })
      expect(await find(a.vendor, id)).toBeUndefined()
    }
    await say(13, {})
    expect(await find(a.vendor, id)).toMatchObject({ organisations: 5 })
    await say(14, { revoked: true })
    expect(await find(a.vendor, id)).toBeUndefined()
  })

  it('end when the indicator is revoked', async () => {
    const created = '2026-01-01T00:00:00.000Z'
    const object = indicator({ created })
    const client = new TaxiiClient(test.server, a.responder.people.analyst, a.id, collection)
    await client.post(object)
    for (const { people } of others.slice(0, 5)) await report(people.analyst, object.id)
    expect(await find(a.vendor, object.id)).toBeDefined()
    await client.post({ ...object, modified: '2026-01-05T00:00:00.000Z', revoked: true })
    expect(await find(a.vendor, object.id)).toBeUndefined()
  })
})

describe('the database', () => {
  it("shows and takes a member's own sightings, statuses and protections only", async () => {
    const [own, other] = [others[1]!, a.vendor]
    await ship(own.id, { cves: [CVE] })
    const read = (organisation: SeededOrganisation) =>
      test.app.db.read(organisation.people.admin.actor, async (tx) => ({
        sightings: await tx.db.selectFrom('sighting').select('organisation_id').distinct().execute(),
        shipped: await tx.db.selectFrom('shipped').select('organisation_id').distinct().execute(),
        statuses: await tx.db.selectFrom('taxii_status').select('organisation_id').distinct().execute(),
      }))
    const only = (...organisations: SeededOrganisation[]) => organisations.map(({ id }) => ({ organisation_id: id }))
    expect(await read(own)).toEqual({ sightings: only(own), shipped: only(own), statuses: [] })
    expect((await read(other)).statuses).toEqual(only(other))
    expect((await read(a.responder)).shipped).toEqual([])
    const forge = test.app.db.transaction(other.people.admin.actor, (tx) =>
      tx.db
        .insertInto('sighting')
        .values({
          id: test.app.ids.next(),
          operator_id: a.id,
          organisation_id: own.id,
          collection_id: collection,
          contribution_id: test.app.ids.next(),
          indicator: 'indicator--1',
          counted: true,
          count: 1,
          first_seen: WHEN.firstSeen,
          last_seen: WHEN.lastSeen,
          reported_at: WHEN.lastSeen,
        })
        .execute(),
    )
    await expect(forge).rejects.toThrow(/row-level security/)
  })
})
