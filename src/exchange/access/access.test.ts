import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { widensRight } from '#exchange/access/access-change.ts'
import type { AccessChange } from '#exchange/access/contract.ts'
import type { CollectionList, CollectionRights, CollectionView } from '#exchange/collections/contract.ts'
import type { SharingGroup } from '#exchange/groups/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, TaxiiClient } from '#test/harness/exchange.ts'
import { code } from '#test/harness/packages.ts'
import { newSession } from '#test/harness/standing.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Person = SeededPerson<OperatorActor | ContactActor>
type Collection = z.output<typeof CollectionView>
type Change = z.output<typeof AccessChange>
type Group = z.output<typeof SharingGroup>

const UNKNOWN = '0193b0c8-1111-4222-8333-444455556666'
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let officer: SeededPerson<OperatorActor>
let second: SeededPerson<OperatorActor>

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  officer = a.people['membership-officer']
  second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
})
afterAll(() => test.close())

const send = (by: Person, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  test.server.inject({ method, url, headers: by.session, ...(payload && { payload }) })
const created = async (payload: object = { title: 'Phishing', description: 'URLs' }): Promise<Collection> => {
  const answer = await send(officer, 'POST', '/api/collections', payload)
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}
const grant = (by: Person, collection: string, organisation: string, canRead: boolean, canWrite: boolean) =>
  send(by, 'PUT', `/api/collections/${collection}/rights/${organisation}`, { canRead, canWrite })
const approve = (by: Person, { id }: Change) => send(by, 'POST', `/api/access-changes/${id}/approval`)
const granted = async (collection: string, organisation: string, canRead: boolean, canWrite: boolean) => {
  const change = (await grant(officer, collection, organisation, canRead, canWrite)).json<Change>()
  expect((await approve(second, change)).statusCode).toBe(200)
}
const collectionsOf = async (person: Person) => (await send(person, 'GET', '/api/collections')).json<z.output<typeof CollectionList>>().items
const rightsIn = async (id: string) => (await send(officer, 'GET', `/api/collections/${id}/rights`)).json<z.output<typeof CollectionRights>>().items

describe('a right in a collection', () => {
  it('widens when it lets somebody do what it could not do before', () => {
    const all = [false, true].flatMap((canRead) => [false, true].map((canWrite) => ({ canRead, canWrite })))
    const wide = all.flatMap((before) => all.filter((after) => widensRight(before, after)).map((after) => [before, after]))
    expect(wide).toHaveLength(7)
    for (const held of all) expect(widensRight(held, held)).toBe(false)
  })

  it('is nobody’s at first, and takes two officers to give and one to take', async () => {
    const { id } = await created()
    expect(await rightsIn(id)).toEqual([])
    const reader = a.vendor.people.reader
    const change = (await grant(officer, id, a.vendor.id, true, false)).json<Change>()
    expect(change).toMatchObject({ state: 'waits', right: { canRead: true, canWrite: false }, organisation: { name: a.vendor.name } })
    expect((await collectionsOf(reader)).map((one) => one.id)).not.toContain(id)
    expect(code(await approve(officer, change))).toBe('SECOND_PERSON_NEEDED')
    expect((await approve(second, change)).json()).toMatchObject({ state: 'done', approvedBy: { name: 'Second officer' } })
    expect(await collectionsOf(reader)).toContainEqual(expect.objectContaining({ id, canRead: true, canWrite: false }))
    expect(code(await approve(second, change))).toBe('CONFLICT')
    expect((await grant(second, id, a.vendor.id, false, false)).json()).toMatchObject({ state: 'done', approvedBy: null })
    expect((await collectionsOf(reader)).map((one) => one.id)).not.toContain(id)
  })

  it('is not given by a change that was closed, was followed by another, or whose proposer is no officer any more', async () => {
    const { id } = await created()
    const wish = async () => (await grant(officer, id, a.responder.id, true, true)).json<Change>()
    const closed = await wish()
    expect((await send(second, 'DELETE', `/api/access-changes/${closed.id}`)).statusCode).toBe(204)
    const followed = await wish()
    const last = (await grant(second, id, a.responder.id, true, false)).json<Change>()
    for (const change of [closed, followed]) expect(code(await approve(second, change))).toBe('CONFLICT')
    expect(code(await approve(second, last))).toBe('SECOND_PERSON_NEEDED')
    const third = await seedStaff(test.app, a.id, 'membership-officer', 'Third officer')
    const theirs = (await grant(third, id, a.responder.id, true, false)).json<Change>()
    expect((await send(officer, 'POST', `/api/people/${third.id}/disable`)).statusCode).toBeLessThan(300)
    expect(code(await approve(second, theirs))).toBe('CONFLICT')
    expect(await rightsIn(id)).toEqual([])
  })

  it('is given to no stranger, in no foreign collection, and by nobody else', async () => {
    const { id } = await created()
    expect(code(await grant(officer, id, b.vendor.id, true, false))).toBe('NOT_FOUND')
    expect(code(await grant(officer, UNKNOWN, a.vendor.id, true, false))).toBe('NOT_FOUND')
    expect(code(await grant(b.people['membership-officer'], id, b.vendor.id, true, false))).toBe('NOT_FOUND')
    for (const person of [a.people.analyst, a.people.auditor, a.vendor.people.admin]) {
      expect(code(await grant(person, id, a.vendor.id, true, false))).toBe('FORBIDDEN')
      expect(code(await send(person, 'POST', '/api/collections', { title: 'Mine', description: '' }))).toBe('FORBIDDEN')
    }
    const change = (await grant(officer, id, a.vendor.id, true, false)).json<Change>()
    expect(code(await approve(b.people['membership-officer'], change))).toBe('NOT_FOUND')
  })

  it('is approved or proposed anew at one moment, and neither has to be sent again', async () => {
    for (let n = 0; n < 3; n++) {
      const { id } = await created({ title: `At once ${n}`, description: '' })
      const change = (await grant(officer, id, a.vendor.id, true, false)).json<Change>()
      const [approved, proposed] = await Promise.all([approve(second, change), grant(officer, id, a.vendor.id, true, true)])
      expect([200, 409], approved.body).toContain(approved.statusCode)
      expect(proposed.statusCode, proposed.body).toBe(200)
    }
  })

  it('is never to write where the program writes, or where nothing is stored', async () => {
    const { id } = await created()
    const union = await created({ title: 'All', description: '', aggregates: [id] })
    expect(union.aggregates).toEqual([id])
    expect(code(await grant(officer, union.id, a.vendor.id, true, true))).toBe('CONFLICT')
    // Whoever reads the union is not told which collections there are that it may not read.
    const change = (await grant(officer, union.id, a.vendor.id, true, false)).json<Change>()
    expect((await approve(second, change)).statusCode).toBe(200)
    const listed = await send(a.vendor.people.admin, 'GET', '/api/collections')
    expect(listed.json<{ items: { id: string }[] }>().items.find((one) => one.id === union.id)).toMatchObject({ aggregates: [] })
    const refused = await send(officer, 'POST', '/api/collections', { title: 'All of all', description: '', aggregates: [union.id] })
    expect(refused.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/aggregates/0' }] })
  })
})

describe('an alias', () => {
  it('T33: is unique per API root, and serves in the place of the id', async () => {
    const one = await created({ title: 'One', description: '', alias: 'phishing' })
    const refused = await send(officer, 'POST', '/api/collections', { title: 'Two', description: '', alias: 'phishing' })
    expect(refused.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/alias' }] })
    const elsewhere = await send(b.people['membership-officer'], 'POST', '/api/collections', { title: 'Theirs', description: '', alias: 'phishing' })
    expect(elsewhere.statusCode).toBe(201)
    expect((await new TaxiiClient(test.server, a.people.analyst, a.id, 'phishing' as never).get('')).json()).toMatchObject({ id: one.id, alias: 'phishing' })
    const changed = await send(officer, 'PUT', `/api/collections/${one.id}`, { title: 'One', description: '', alias: null })
    expect(changed.json()).toMatchObject({ alias: null })
    expect((await new TaxiiClient(test.server, a.people.analyst, a.id, 'phishing' as never).get('')).statusCode).toBe(404)
  })
})

describe('what leads people and programs somewhere', () => {
  const describe = (by: Person, { id, title, description }: Collection, alias: string | null) =>
    send(by, 'PUT', `/api/collections/${id}`, { title, description, alias })
  const move = (by: Person, { id }: Collection, alias: string) => send(by, 'PUT', `/api/collections/${id}/alias`, { alias })
  const behind = async (alias: string) =>
    (await new TaxiiClient(test.server, a.people.analyst, a.id, alias as never).get('')).json<{ id?: string; title: string }>()

  it('is an alias, which no one officer points elsewhere, in however many steps', async () => {
    const one = await created({ title: 'First', description: '', alias: 'feed' })
    const two = await created({ title: 'Second', description: '' })
    expect(code(await move(officer, two, 'feed'))).toBe('CONFLICT')
    expect((await describe(officer, one, null)).statusCode).toBe(200)
    expect((await describe(officer, two, 'feed')).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/alias' }] })
    const third = await send(officer, 'POST', '/api/collections', { title: 'Third', description: '', alias: 'feed' })
    expect(third.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/alias' }] })
    // The control: the collection whose it was takes it up again, and one that was nobody’s is given by one officer.
    expect((await describe(officer, one, 'feed')).json()).toMatchObject({ alias: 'feed' })
    expect((await move(officer, two, 'fresh')).json()).toMatchObject({ state: 'done', alias: 'fresh', organisation: null })
    await describe(officer, one, null)
    const change = (await move(officer, two, 'feed')).json<Change>()
    expect(change).toMatchObject({ state: 'waits', alias: 'feed', collection: { title: 'Second' }, right: null })
    expect(await behind('feed')).not.toHaveProperty('id')
    expect(code(await approve(officer, change))).toBe('SECOND_PERSON_NEEDED')
    expect((await approve(second, change)).statusCode).toBe(200)
    expect(await behind('feed')).toMatchObject({ id: two.id })
    // From now on it is the second one’s, and the first needs two as well.
    await describe(officer, two, null)
    expect((await describe(officer, one, 'feed')).json()).toMatchObject({ code: 'VALIDATION_FAILED' })
    expect(code(await move(b.people['membership-officer'], two, 'feed'))).toBe('NOT_FOUND')
    expect(code(await move(a.people.analyst, two, 'feed'))).toBe('FORBIDDEN')
  })

  it('is not moved by a change that fits no longer', async () => {
    const one = await created({ title: 'Kept', description: '', alias: 'kept' })
    const two = await created({ title: 'Other', description: '' })
    await describe(officer, one, null)
    const change = (await move(officer, two, 'kept')).json<Change>()
    await describe(officer, one, 'kept')
    expect(code(await approve(second, change))).toBe('CONFLICT')
    expect(await behind('kept')).toMatchObject({ id: one.id })
  })

  it('is what a sharing group with members is called: two change it, and no two groups are called the same', async () => {
    const make = async (title: string) => (await send(officer, 'POST', '/api/sharing-groups', { title, description: '' })).json<Group>()
    const rename = (by: Person, { id }: Group, title: string) => send(by, 'PUT', `/api/sharing-groups/${id}`, { title, description: 'New' })
    const [one, two] = [await make('Ports'), await make('Railways')]
    expect((await rename(officer, one, 'Harbours')).json()).toMatchObject({ state: 'done', text: { title: 'Harbours' } })
    const joins = (await send(officer, 'PUT', `/api/sharing-groups/${one.id}/members/${a.vendor.id}`)).json<Change>()
    expect((await approve(second, joins)).statusCode).toBe(200)
    const titleOf = async () => (await send(a.vendor.people.reader, 'GET', '/api/sharing-groups')).json<{ items: Group[] }>().items.find(({ id }) => id === one.id)?.title // prettier-ignore
    const change = (await rename(officer, one, 'Airlines')).json<Change>()
    expect(change).toMatchObject({ state: 'waits', text: { title: 'Airlines', description: 'New' }, isMember: null, organisation: null })
    expect(await titleOf()).toBe('Harbours')
    expect(code(await approve(officer, change))).toBe('SECOND_PERSON_NEEDED')
    const waiting = (await send(second, 'GET', '/api/access-changes')).json<{ items: Change[] }>().items
    expect(waiting).toContainEqual(expect.objectContaining({ id: change.id, group: { id: one.id, title: 'Harbours' } }))
    expect((await approve(second, change)).statusCode).toBe(200)
    expect(await titleOf()).toBe('Airlines')
    for (const refused of [await rename(officer, two, 'airlines'), await send(officer, 'POST', '/api/sharing-groups', { title: 'Airlines', description: '' })])
      expect(refused.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/title' }] })
    expect((await send(officer, 'POST', `/api/sharing-groups/${one.id}/closing`)).statusCode).toBe(200)
  })

  it('is bound by the log: an alias that is edited to lead elsewhere is found', async () => {
    const one = await created({ title: 'Bound', description: '', alias: 'bound' })
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    const two = await created({ title: 'Elsewhere', description: '' })
    await test.database.superuser.query('update given_alias set collection_id = $1 where collection_id = $2', [two.id, one.id])
    expect((await verifyLog(test.app)).faults).toMatchObject([{ code: 'ROW_ALTERED', table: 'given_alias' }])
    await test.database.superuser.query('update given_alias set collection_id = $2 where collection_id = $1', [two.id, one.id])
  })
})

describe('a sharing group', () => {
  const group = async (title = 'Banks'): Promise<Group> => (await send(officer, 'POST', '/api/sharing-groups', { title, description: '' })).json()
  const member = (by: Person, { id }: Group, organisation: string) => send(by, 'PUT', `/api/sharing-groups/${id}/members/${organisation}`)
  const joined = async (one: Group, organisation: string) =>
    expect((await approve(second, (await member(officer, one, organisation)).json<Change>())).statusCode).toBe(200)
  const groupsOf = async (person: Person) => (await send(person, 'GET', '/api/sharing-groups')).json<{ items: Group[] }>().items

  it('is joined by two officers’ decision and left by one’s', async () => {
    const one = await group()
    const change = (await member(officer, one, a.vendor.id)).json<Change>()
    expect(change).toMatchObject({ state: 'waits', isMember: true, group: { title: 'Banks' } })
    expect(await groupsOf(a.vendor.people.reader)).toEqual([])
    expect(code(await approve(officer, change))).toBe('SECOND_PERSON_NEEDED')
    expect((await approve(second, change)).statusCode).toBe(200)
    expect(await groupsOf(a.vendor.people.reader)).toMatchObject([{ id: one.id, marking: `marking-definition--${one.id}` }])
    expect((await send(officer, 'DELETE', `/api/sharing-groups/${one.id}/members/${a.vendor.id}`)).json()).toMatchObject({ state: 'done', isMember: false })
    expect(await groupsOf(a.vendor.people.reader)).toEqual([])
  })

  it('tells its members of one another only what each agreed to', async () => {
    const one = await group('Hospitals')
    await joined(one, a.vendor.id)
    await joined(one, a.responder.id)
    const names = async () => (await groupsOf(a.vendor.people.reader)).find(({ id }) => id === one.id)!.members.map(({ name }) => name)
    expect(await names()).toEqual([a.vendor.name])
    expect((await send(a.responder.people.admin, 'PUT', `/api/sharing-groups/${one.id}/named`, { named: true })).statusCode).toBe(200)
    expect(await names()).toEqual([a.responder.name, a.vendor.name])
    expect((await groupsOf(officer)).find(({ id }) => id === one.id)!.members).toHaveLength(2)
    expect(code(await send(b.vendor.people.admin, 'PUT', `/api/sharing-groups/${one.id}/named`, { named: true }))).toBe('NOT_FOUND')
  })

  it('has no members any more once it is closed, and takes none', async () => {
    const one = await group('Airports')
    await joined(one, a.vendor.id)
    expect((await send(officer, 'POST', `/api/sharing-groups/${one.id}/closing`)).json()).toMatchObject({ members: [], closedAt: expect.any(String) })
    expect(code(await member(officer, one, a.vendor.id))).toBe('CONFLICT')
    expect((await groupsOf(a.vendor.people.reader)).map(({ id }) => id)).not.toContain(one.id)
  })
})

describe('V12: which markings a client may see', () => {
  it('is told per collection: the community’s labels, the groups of its organisation, and its own', async () => {
    const { id } = await created()
    await granted(id, a.vendor.id, true, true)
    const markings = async (who: Person) =>
      (await new TaxiiClient(test.server, who, a.id, id as never).get('markings/')).json<{ markings: { id: string; name: string; of: string }[] }>().markings
    const shown = await markings(a.vendor.people.reader)
    expect(shown.filter(({ of }) => of === 'own').map(({ name }) => name)).toEqual(['TLP:AMBER+STRICT (TLP 2.0)', 'TLP:RED (TLP 2.0)', 'TLP:RED (TLP 1)'])
    expect(shown.filter(({ of }) => of === 'all')).toHaveLength(7)
    expect(shown.map(({ name }) => name)).toContain('Hospitals')
    expect((await markings(a.people.analyst)).filter(({ of }) => of === 'own')).toEqual([])
    expect((await new TaxiiClient(test.server, a.responder.people.reader, a.id, id as never).get('markings/')).statusCode).toBe(404)
  })
})

describe('the log', () => {
  it('verifies all of it, and names a right that was edited', async () => {
    const { id } = await created()
    await granted(id, a.vendor.id, true, false)
    expect(await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, id as never).walk()).toEqual([])
    expect((await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, id as never).post(indicator())).statusCode).toBe(403)
    const superuser = test.database.superuser
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    await superuser.query(`update collection_right set can_write = true where collection_id = $1`, [id])
    expect((await verifyLog(test.app)).faults).toMatchObject([{ code: 'ROW_ALTERED', table: 'collection_right' }])
  })
})

describe('a change that waited too long', () => {
  it('is not approved any more', async () => {
    const { id } = await created()
    const change = (await grant(officer, id, a.vendor.id, true, false)).json<Change>()
    test.clock.advance(15 * 86_400_000)
    const session = await newSession(test, second)
    const answer = await test.server.inject({ method: 'POST', url: `/api/access-changes/${change.id}/approval`, headers: session })
    expect(code(answer)).toBe('CONFLICT')
    expect((await test.server.inject({ method: 'GET', url: '/api/access-changes', headers: session })).json()).toEqual({ items: [] })
  })
})
