import { afterAll, beforeAll, expect, it } from 'vitest'
import { findIndicators } from '#exchange/indicators/indicator-store.ts'
import { readValue } from '#exchange/indicators/value.ts'
import { valueKey } from '#exchange/search/value-keys.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { hashOf, indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let test: TestApp
let a: SeededOperator
beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
})
afterAll(() => test.close())

it('of very many indicators that name one value those that came first count, and what a reader is not shown takes no place of theirs', async () => {
  const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
  const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
  const first = indicator()
  const same = (marking: string) => indicator({ pattern: first['pattern'], object_marking_refs: [marking] })
  const post = async (...objects: unknown[]) => expect((await client.post(...objects)).json()).toMatchObject({ failure_count: 0 })
  await post(...Array.from({ length: 250 }, () => same(TLP_MARKINGS.RED)))
  await post(first)
  await post(...Array.from({ length: 250 }, () => same(TLP_MARKINGS.GREEN)))
  const { actor } = a.responder.people.analyst
  const valueKeys = [valueKey(test.app.keys, readValue(hashOf(first))!)]
  const found = await test.app.db.read(actor, (tx) => findIndicators(tx, actor, { valueKeys }))
  expect([found.length, found[0]!.object_id]).toEqual([200, first.id])
})
