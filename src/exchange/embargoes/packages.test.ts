import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { EmbargoList, EmbargoView } from '#exchange/embargoes/contract.ts'
import { followPackages } from '#exchange/embargoes/follow-packages.ts'
import { listReadable } from '#program/packages/asked/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { embargoed, hashOf, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { code, DECEMBER, ok, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'
import type { z } from 'zod'

type Person = SeededPerson<ContactActor>
type Embargo = z.output<typeof EmbargoView>

const HOUR = 3_600_000
let test: TestApp
let a: SeededOperator
let desk: ReturnType<typeof packageDesk>
let collection: CollectionId
let made: Package
let embargo: Embargo
const [held, open] = [indicator(), indicator()]
const link = relationship(held.id, open.id)

beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  desk = packageDesk(test)
  await entitle(test.app, a, a.vendor, cleared())
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
  made = await desk.scheduled(a)
  const answer = await desk.post(a.people.publisher, `/api/collections/${collection}/embargoes`, { title: 'With the package', package: made.id })
  expect(answer.statusCode, answer.body).toBe(201)
  embargo = answer.json<Embargo>()
  await client(a.people.analyst).post(open)
  const payload = JSON.stringify({ type: 'bundle', objects: [held, link] })
  const headers = { ...a.people.analyst.token, 'content-type': 'application/stix+json' }
  const put = await test.server.inject({ method: 'POST', url: `/api/embargoes/${embargo.id}/objects`, headers, payload })
  expect(put.json()).toMatchObject({ added: 2, refused: 0 })
})
afterAll(() => test.close())

/** Of the same organisation and tier; one of them is entitled to the package. */
const cleared = () => a.vendor.people.analyst
const uncleared = () => a.vendor.people.reader
const client = (person: Person | (typeof a.people)['analyst']) => new TaxiiClient(test.server, person, a.id, collection)
const shown = async () =>
  (await desk.get(a.people.publisher, `/api/collections/${collection}/embargoes`))
    .json<z.output<typeof EmbargoList>>()
    .items.find(({ id }) => id === embargo.id)!

/** How often each exit tells somebody of what waits. */
async function exits(person: Person) {
  const get = async <T>(url: string) => (await test.server.inject({ url, headers: person.token })).json<T>()
  const lookup = await test.server.inject({
    method: 'POST',
    url: '/api/exchange/lookup',
    headers: { ...person.token, 'content-type': 'text/plain' },
    payload: `${hashOf(held)}\n`,
  })
  const sighting = { indicator: held.id, count: 1, firstSeen: test.clock.now().toISOString(), lastSeen: test.clock.now().toISOString() }
  const sighted = await test.server.inject({ method: 'POST', url: '/api/sightings', headers: person.token, payload: sighting })
  return {
    objects: (await client(person).walk()).filter((id) => id === held.id || id === link.id).length,
    manifest: (await client(person).get('manifest/', { 'match[id]': held.id })).body === '{}' ? 0 : 1,
    versions: (await client(person).get(`objects/${held.id}/versions/`)).statusCode,
    object: (await test.server.inject({ url: `/api/exchange/objects/${held.id}`, headers: person.token })).statusCode,
    search: (await get<{ items: unknown[] }>(`/api/exchange/objects?value=${hashOf(held)}`)).items.length,
    lookup: (JSON.parse(lookup.body.split('\n')[0]!) as { found: unknown[] }).found.length,
    neighbours: (await get<{ groups: unknown[] }>(`/api/exchange/objects/${open.id}/neighbours`)).groups.length,
    indicators: (await get<{ items: { id: string }[] }>('/api/indicators')).items.filter(({ id }) => id === held.id).length,
    sighting: sighted.statusCode,
  }
}
const NOTHING = { objects: 0, manifest: 0, versions: 404, object: 404, search: 0, lookup: 0, neighbours: 0, indicators: 0 }
const ALL = { objects: 2, manifest: 1, versions: 200, object: 200, search: 1, lookup: 1, neighbours: 1, indicators: 1 }

describe('an embargo that hangs on a package', () => {
  it('V2: has the windows of the package, and takes somebody who may know of it', async () => {
    expect(embargo.releases.map(({ class: of, at, follows }) => [of, at, follows])).toEqual([
      ['validate', DECEMBER.validate, true],
      ['advance', DECEMBER.advance, true],
      ['entry', DECEMBER.entry, true],
    ])
    const asAnalyst = await desk.post(a.people.analyst, `/api/collections/${collection}/embargoes`, { title: 'None', package: made.id })
    expect(code(asAnalyst)).toBe('VALIDATION_FAILED')
    const early = await desk.post(a.people.publisher, `/api/embargoes/${embargo.id}/changes`, { instants: { advance: 'now' }, reason: 'Too early' })
    expect(code(early)).toBe('VALIDATION_FAILED')
  })

  it('V2, V3: shows nothing by any exit before the window, and from it on what the program itself lets each person read', async () => {
    expect(await exits(cleared())).toMatchObject(NOTHING)
    test.clock.set(new Date(Date.parse(DECEMBER.advance) - 1))
    expect(await exits(cleared())).toMatchObject(NOTHING)
    test.clock.set(DECEMBER.advance)
    expect(await exits(uncleared())).toMatchObject(NOTHING)
    expect(await exits(cleared())).toMatchObject(ALL)
    // Whatever somebody else was just shown.
    expect(await exits(uncleared())).toMatchObject(NOTHING)
    const read = await client(cleared()).get('objects/')
    expect(read.json<{ objects: object[] }>().objects).toHaveLength(3)
  })

  it('V2: shows nothing any more of a package that was pulled, and nothing where the program cannot tell', async () => {
    const ask = (person: Person) => test.app.db.read(person.actor, (tx) => listReadable(test.app, tx, person.actor, [made.id, collection], 'guidance'))
    expect([await ask(cleared()), await ask(uncleared())]).toEqual([[made.id], []])
    const { rows } = await test.database.superuser.query<{ summary: Buffer }>('select summary from package_version where package_id = $1', [made.id])
    await test.database.superuser.query('update package_version set summary = $2 where package_id = $1', [made.id, Buffer.alloc(40)])
    expect(await ask(cleared())).toEqual([])
    expect(await exits(cleared())).toMatchObject(NOTHING)
    await test.database.superuser.query('update package_version set summary = $2 where package_id = $1', [made.id, rows[0]!.summary])
    expect(await exits(cleared())).toMatchObject(ALL)
    await test.database.superuser.query(`update package_version set state = 'pulled' where package_id = $1`, [made.id])
    expect(await exits(cleared())).toMatchObject(NOTHING)
    await test.database.superuser.query(`update package_version set state = 'scheduled' where package_id = $1`, [made.id])
  })

  it('C7, V2: puts off what waits with a package that is deferred, so that no poller has passed it when the package opens', async () => {
    const entryAt = async () => (await shown()).releases.find(({ class: of }) => of === 'entry')!.at
    const soon = new Date(test.clock.now().getTime() + 500)
    await embargoed(test.app, { collection, operator: a.id }, [indicator()], { validate: soon })
    await test.database.superuser.query(`update package_version set state = 'deferred' where package_id = $1`, [made.id])
    // Nothing is written while another embargo ends; whatever else follows does so all the same.
    await followPackages(test.app)
    expect(await entryAt()).toBe(DECEMBER.entry)
    test.clock.advance(1000)
    await followPackages(test.app)
    const putOff = await entryAt()
    expect(Date.parse(putOff)).toBeGreaterThan(Date.parse(DECEMBER.entry) + 180 * 24 * HOUR)
    await followPackages(test.app)
    expect(await entryAt()).toBe(putOff)
    await test.database.superuser.query(`update package_version set state = 'scheduled' where package_id = $1`, [made.id])
    await followPackages(test.app)
    expect(await entryAt()).toBe(DECEMBER.entry)
  })

  it('V2: follows the package: what was not reached moves with it, and an early end of it is one of what waits', async () => {
    const before = await shown()
    await followPackages(test.app)
    expect(await shown()).toEqual(before)
    const second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    const send = async (by: typeof second, url: string, payload: object) =>
      test.server.inject({ method: 'POST', url, headers: await newSession(test, by), payload })
    const proposed = await send(a.people.publisher, '/api/embargo-ends', { cve: 'CVE-2026-10001', cause: 'finder', evidence: 'Seen' })
    expect(proposed.statusCode, proposed.body).toBe(201)
    ok(await send(second, `/api/embargo-ends/${proposed.json<{ id: string }>().id}/confirmation`, {}))
    const ended = test.clock.now()
    test.clock.advance(HOUR)
    await followPackages(test.app)
    const [, advance, entry] = (await shown()).releases
    expect(advance!.at).toBe(DECEMBER.advance)
    expect([entry!.at > ended.toISOString(), entry!.at < DECEMBER.entry, entry!.reached]).toEqual([true, true, true])
    const { rows } = await test.database.superuser.query(`select from audit_leaf where action = 'embargo.moved'`)
    expect(rows).toHaveLength(3)
  })

  it('V3: tells what was deleted to whom the program lets read the package, and to nobody else', async () => {
    await desk.delete(a.people.analyst, `/taxii2/${a.id}/collections/${collection}/objects/${held.id}/`)
    const told = async (person: Person) =>
      (await desk.get(person, `/api/exchange/collections/${collection}/removals`)).json<{ items: { object: string }[] }>().items.map(({ object }) => object)
    expect((await told(cleared())).toSorted()).toEqual([held.id, link.id].toSorted())
    expect(await told(uncleared())).toEqual([])
    expect(await exits(cleared())).toMatchObject(NOTHING)
  })
})
