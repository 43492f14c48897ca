import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { collectionRightRow, dateRight, lockWithUnions, setRight, type CollectionId } from '#exchange/collections/store.ts'
import { joinGroup, leaveGroup } from '#exchange/groups/join-group.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { groupRow, insertGroup, type GroupId } from '#exchange/groups/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

interface Page {
  readonly items: readonly { readonly object: string; readonly version: string; readonly collection: string; readonly removedAt: string }[]
  readonly next: string | null
}
type Who = { readonly token: { readonly authorization: string } }

let test: TestApp
let a: SeededOperator
let other: SeededOrganisation
beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  other = await seedMember(test.app, a.id, 'C')
})
afterAll(() => test.close())

const everybody = () => [{ organisation: a.vendor.id }, { organisation: a.responder.id }, { organisation: other.id }]
const as = (who: Who, at: CollectionId) => new TaxiiClient(test.server, who, a.id, at)
const post = async (who: Who, at: CollectionId, ...objects: readonly unknown[]) => {
  test.clock.advance(1)
  expect((await as(who, at).post(...objects)).json()).toMatchObject({ failure_count: 0 })
}
const remove = (who: Who, at: CollectionId, id: string) =>
  test.server.inject({
    method: 'DELETE',
    url: `/taxii2/${a.id}/collections/${at}/objects/${id}/`,
    headers: { ...who.token, accept: 'application/taxii+json;version=2.1' },
  })
const ask = (who: Who, of: CollectionId, query: Record<string, string> = {}) =>
  test.server.inject({ url: `/api/exchange/collections/${of}/removals?${new URLSearchParams(query).toString()}`, headers: who.token })
const told = async (who: Who, of: CollectionId, query: Record<string, string> = {}) => {
  const answer = await ask(who, of, query)
  expect(answer.statusCode).toBe(200)
  return answer.json<Page>().items.map(({ object }) => object)
}

describe('what to forget', () => {
  it('4.2: names what was deleted or withdrawn, to whoever was shown it, and not to whoever still is', async () => {
    const collection = await seedCollection(test.app, a.id, everybody())
    const [gone, raised, kept] = [indicator(), indicator(), indicator()]
    await post(a.vendor.people.analyst, collection, gone, raised, kept)
    await remove(a.vendor.people.analyst, collection, gone.id)
    await post(a.vendor.people.analyst, collection, { ...raised, modified: '2026-02-01T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.RED] })
    for (const who of [other.people.reader, a.responder.people.reader]) expect(await told(who, collection)).toEqual([gone.id, raised.id])
    for (const who of [a.vendor.people.analyst, a.people.analyst]) expect(await told(who, collection)).toEqual([gone.id])
    const [first] = (await ask(other.people.reader, collection)).json<Page>().items
    expect(first).toMatchObject({ object: gone.id, version: gone['modified'], collection })
    expect(first!.removedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    // Shown again it is nothing to forget.
    await post(a.vendor.people.analyst, collection, { ...raised, modified: '2026-03-01T00:00:00.000Z' })
    expect(await told(other.people.reader, collection)).toEqual([gone.id])
  })

  it('V3, V4: names nothing that a reader was never shown', async () => {
    const collection = await seedCollection(test.app, a.id, [...everybody().slice(0, 2), { organisation: other.id, canRead: false }])
    const [red, early, rival] = [indicator({ object_marking_refs: [TLP_MARKINGS.RED] }), indicator(), indicator()]
    await post(a.vendor.people.analyst, collection, red, early, rival)
    await remove(a.vendor.people.analyst, collection, red.id)
    await remove(a.vendor.people.analyst, collection, early.id)
    expect(await told(a.responder.people.reader, collection)).toEqual([early.id])
    // Who reads from now on was not shown what was there and is not.
    await test.app.db.transaction(system('test'), async (tx) => {
      await lockWithUnions(tx, a.id, collection)
      const since = await dateRight(tx, a.id, collection)
      await setRight(tx, { collection, operator: a.id, organisation: other.id, canRead: true, canWrite: true, since })
      const binds = [collectionRightRow({ collection_id: collection, organisation_id: other.id })]
      test.app.audit.record(tx, { action: 'access.changed', subject: other.id, binds })
    })
    expect(await told(other.people.reader, collection)).toEqual([])
    // Who contributes an object itself is shown its own, and not told what becomes of another's.
    const own = { ...indicator(), created: '2026-01-02T00:00:00.000Z', modified: '2026-01-02T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.RED] }
    await post(other.people.analyst, collection, own)
    await post(a.vendor.people.analyst, collection, { ...own, modified: '2026-01-05T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.GREEN] })
    await remove(a.vendor.people.analyst, collection, own.id)
    expect(await told(a.responder.people.reader, collection)).toEqual([early.id, own.id])
    expect(await told(other.people.reader, collection)).toEqual([])
    await remove(a.vendor.people.analyst, collection, rival.id)
    expect(await told(other.people.reader, collection)).toEqual([rival.id])
  })

  it('4.2: names to who leaves a group what it was shown of it, and to nobody else', async () => {
    const collection = await seedCollection(test.app, a.id, everybody())
    const group = crypto.randomUUID() as string as GroupId
    const membership = { operator: a.id, group, organisation: other.id }
    const within = (step: 'create' | 'join' | 'leave') =>
      test.app.db.transaction(system('test'), async (tx) => {
        if (step === 'create') await insertGroup(tx, { id: group, operator_id: a.id, title: 'Group', description: '', created_at: test.clock.now() })
        const binds = step === 'create' ? [groupRow({ id: group })] : await (step === 'join' ? joinGroup : leaveGroup)(test.app, tx, membership)
        test.app.audit.record(tx, { action: 'sharing-group.changed', subject: group, operator: a.id, binds })
      })
    await within('create')
    await within('join')
    const shared = indicator({ object_marking_refs: [TLP_MARKINGS.GREEN, markingOfGroup(group)] })
    await post(a.vendor.people.analyst, collection, shared)
    expect(await told(other.people.reader, collection)).toEqual([])
    await within('leave')
    expect(await told(other.people.reader, collection)).toEqual([shared.id])
    for (const who of [a.vendor.people.analyst, a.responder.people.reader, a.people.analyst]) expect(await told(who, collection)).toEqual([])
  })

  it('is paged by position, and goes on after the last one', async () => {
    const collection = await seedCollection(test.app, a.id, everybody())
    const objects = Array.from({ length: 5 }, () => indicator())
    await post(a.vendor.people.analyst, collection, ...objects)
    for (const { id } of objects) await remove(a.vendor.people.analyst, collection, id)
    const ids: string[] = []
    let last = ''
    for (const limit of ['1', '2']) {
      ids.length = 0
      let pages = 0
      for (let cursor: string | null | undefined; cursor !== null; pages++) {
        expect(pages).toBeLessThan(10)
        const page = (await ask(other.people.reader, collection, { limit, ...(cursor && { cursor }) })).json<Page>()
        ids.push(...page.items.map(({ object }) => object))
        last = page.items.at(-1)?.removedAt ?? last
        cursor = page.next
      }
      expect(ids).toEqual(objects.map(({ id }) => id))
    }
    expect(await told(other.people.reader, collection, { after: last })).toEqual([])
    const [, second] = (await ask(other.people.reader, collection)).json<Page>().items
    expect(await told(other.people.reader, collection, { after: second!.removedAt })).toEqual(ids.slice(2))
    const foreign = (await ask(other.people.reader, collection, { limit: '2' })).json<Page>().next!
    expect((await ask(a.vendor.people.analyst, collection, { cursor: foreign })).json()).toMatchObject({ code: 'BAD_CURSOR' })
    expect((await ask(other.people.reader, collection, { after: 'yesterday' })).json()).toMatchObject({ code: 'VALIDATION_FAILED' })
  })

  it('C8, C12: is answered for a union, and refused alike for what is not the reader’s and what is not there', async () => {
    const [one, two] = [await seedCollection(test.app, a.id, everybody()), await seedCollection(test.app, a.id, everybody())]
    const closed = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }])
    const written = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: other.id, canRead: false }])
    const union = await seedCollection(test.app, a.id, [{ organisation: other.id, canWrite: false }], { aggregates: [one, two, closed] })
    const [both, gone, hidden] = [indicator(), indicator(), indicator()]
    for (const each of [one, two]) await post(a.vendor.people.analyst, each, both, gone)
    await post(a.vendor.people.analyst, closed, hidden)
    await remove(a.vendor.people.analyst, one, both.id)
    for (const each of [two, one]) await remove(a.vendor.people.analyst, each, gone.id)
    await remove(a.vendor.people.analyst, closed, hidden.id)
    // What another collection still shows is nothing to forget.
    expect(new Set(await told(other.people.reader, union))).toEqual(new Set([gone.id]))
    expect(await told(other.people.reader, one)).toEqual([both.id, gone.id])
    expect((await ask(other.people.reader, written)).statusCode).toBe(403)
    const [foreign, absent] = [await ask(other.people.reader, closed), await ask(other.people.reader, crypto.randomUUID() as string as CollectionId)]
    expect([foreign.statusCode, absent.statusCode]).toEqual([404, 404])
  })
})
