import { afterAll, beforeAll, expect, it } from 'vitest'
import { listCandidates } from '#program/candidates/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let test: TestApp
let a: SeededOperator
let b: SeededOperator
beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
})
afterAll(() => test?.close())

it('a case that waits for a decision is listed before any number of newer ones that were closed', async () => {
  const fields = `'poppler', '{}'::text[], now()`
  await test.database.superuser.query(
    `insert into zero_day_candidate select n::text::uuid, $1, n::text::uuid, ${fields} from (values ('00000000-0000-7000-8000-000000000001')) one (n)`,
    [a.id],
  )
  await test.database.superuser.query(
    `insert into zero_day_candidate select n::uuid, $1, n::uuid, ${fields}, 'taken-on', '\\x00', $2, now()
     from (select '10000000-0000-7000-8000-' || lpad(n::text, 12, '0') from generate_series(1, 501) n) many (n)`,
    [a.id, a.people.author.id],
  )
  const listed = await test.app.db.read(a.people.author.actor, (tx) => listCandidates(tx))
  expect([listed.length, listed[0]!.outcome, listed[0]!.id]).toEqual([501, null, '00000000-0000-7000-8000-000000000001'])
  expect([listed[1]!.id.slice(-3), listed.at(-1)!.id.slice(-3)]).toEqual(['501', '002'])
  // Control: the cases of an operator are nobody else's.
  expect(await test.app.db.read(b.people.author.actor, (tx) => listCandidates(tx))).toEqual([])
})
