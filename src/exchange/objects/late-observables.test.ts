import { afterAll, beforeAll, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { joinGroup, leaveGroup } from '#exchange/groups/join-group.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { groupRow, insertGroup, type GroupId } from '#exchange/groups/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

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

type Who = { readonly token: { readonly authorization: string } }
const as = (who: Who) => new TaxiiClient(test.server, who, a.id, collection)
const file = (name: string, markings: readonly string[]) => ({
  type: 'file',
  spec_version: '2.1',
  id: `file--${crypto.randomUUID()}`,
  name,
  object_marking_refs: markings,
})
const record = async (who: Who, id: string) => {
  const [found] = (await as(who).get('manifest/', { 'match[id]': id })).json<{ objects?: { date_added: string; version: string }[] }>().objects ?? []
  return found
}
const take = async (who: Who, id: string) => {
  const url = `/taxii2/${a.id}/collections/${collection}/objects/${id}/`
  expect((await test.server.inject({ method: 'DELETE', url, headers: { ...who.token, accept: 'application/taxii+json;version=2.1' } })).statusCode).toBe(200)
}
const removals = async (who: Who) =>
  (await test.server.inject({ url: `/api/exchange/collections/${collection}/removals`, headers: who.token })).json<{
    items: { object: string; version: string }[]
  }>().items

it('C11: an observable that a group shares has for who joins the version of its joining, which stays, and which is told when it leaves', async () => {
  const group = crypto.randomUUID() as string as GroupId
  const membership = { operator: a.id, group, organisation: other.id }
  await test.app.db.transaction(system('test'), async (tx) => {
    await insertGroup(tx, { id: group, operator_id: a.id, title: 'Group', description: '', created_at: test.clock.now() })
    test.app.audit.record(tx, { action: 'sharing-group.created', subject: group, operator: a.id, binds: [groupRow({ id: group })] })
  })
  const shared = file('shared', [TLP_MARKINGS.GREEN, markingOfGroup(group)])
  await as(a.vendor.people.analyst).post(shared)
  const own = await record(a.vendor.people.analyst, shared.id)
  test.clock.advance(60_000)
  const within = (step: typeof joinGroup) =>
    test.app.db.transaction(system('test'), async (tx) => {
      const binds = await step(test.app, tx, membership)
      test.app.audit.record(tx, { action: 'sharing-group.changed', subject: group, operator: a.id, binds })
    })
  await within(joinGroup)
  const joined = await record(other.people.reader, shared.id)
  expect(joined!.version).toBe(joined!.date_added)
  expect(joined!.version > own!.version).toBe(true)
  expect(await record(a.vendor.people.analyst, shared.id)).toEqual(own)
  expect((await as(other.people.reader).get('objects/', { 'match[version]': joined!.version })).json()).toEqual({ objects: [shared] })
  await within(leaveGroup)
  expect(await record(other.people.reader, shared.id)).toBeUndefined()
  expect(await removals(other.people.reader)).toMatchObject([{ object: shared.id, version: joined!.version }])
})

it('C11: an observable that comes up when another contribution of it is gone has the version of that, for who did not have it', async () => {
  const both = file('both', [TLP_MARKINGS.GREEN])
  await as(a.vendor.people.analyst).post(both)
  test.clock.advance(1000)
  const rival = { ...both, x_note: 'said otherwise' }
  await as(a.responder.people.analyst).post(rival)
  const own = await record(a.responder.people.analyst, both.id)
  test.clock.advance(60_000)
  await take(a.vendor.people.analyst, both.id)
  const shown = await record(other.people.reader, both.id)
  expect(shown!.version).toBe(shown!.date_added)
  expect(shown!.version > own!.version).toBe(true)
  expect(await record(a.responder.people.analyst, both.id)).toEqual(own)
  await take(a.responder.people.analyst, both.id)
  expect((await removals(other.people.reader)).filter(({ object }) => object === both.id).at(-1)).toMatchObject({ version: shown!.version })
})
