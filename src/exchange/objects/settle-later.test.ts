import { afterAll, beforeAll, expect, it } from 'vitest'
import { settleDeferred } from '#exchange/objects/settle-later.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { grouping, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let test: TestApp
let a: SeededOperator
beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
})
afterAll(() => test.close())

it(
  'C7: very many objects that point at one which appears come after it piece by piece, each once, also over another that waits',
  { timeout: 60_000 },
  async () => {
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
    const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
    const reader = new TaxiiClient(test.server, a.responder.people.reader, a.id, collection)
    const post = async (...objects: unknown[]) => expect((await client.post(...objects)).json()).toMatchObject({ failure_count: 0 })
    const [end, missing] = [indicator(), indicator()]
    const twin = grouping([missing.id])
    const target = grouping([end.id], { modified: '2026-02-01T00:00:00.000Z' })
    const pointing = Array.from({ length: 2100 }, () => relationship(end.id, target.id))
    const note = {
      ...indicator(),
      type: 'note',
      id: `note--${crypto.randomUUID()}`,
      content: 'About one of them',
      object_refs: [pointing[7]!.id],
      pattern: undefined,
    }
    const { pattern_type: _type, valid_from: _from, ...bare } = note as Record<string, unknown>
    await post(end, bare)
    for (let n = 0; n < pointing.length; n += 700) await post(...pointing.slice(n, n + 700))
    const ids: string[] = []
    let after: string | undefined
    const poll = async () => {
      for (let last: string | undefined = ''; last !== undefined;) {
        const page = await reader.get('manifest/', after === undefined ? {} : { added_after: after })
        ids.push(...(page.json<{ objects?: { id: string }[] }>().objects ?? []).map(({ id }) => id))
        last = page.headers['x-taxii-date-added-last'] as string | undefined
        after = last ?? after
      }
    }
    await poll()
    expect(ids).toEqual([end.id])
    // What stays hidden leaves nothing to settle: two that point at each other would leave it to each other for ever.
    await post({ ...target, modified: target['created'], object_refs: [twin.id, missing.id] })
    await post({ ...twin, object_refs: [target.id, missing.id] })
    expect((await test.database.superuser.query('select from object_unsettled')).rowCount).toBe(0)
    await post(target)
    await poll()
    expect(ids).toEqual([end.id, target.id])
    await settleDeferred(test.app, AbortSignal.timeout(60_000))
    await poll()
    expect(ids.toSorted()).toEqual([end.id, target.id, note.id, ...pointing.map(({ id }) => id)].toSorted())
    expect((await test.database.superuser.query('select from object_unsettled')).rowCount).toBe(0)
  },
)
