import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorRole } from '#platform/auth/actor.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let test: TestApp
let operator: SeededOperator

beforeAll(async () => {
  test = await testApp()
  ;[operator] = await seedPeople(test.app)
  await test.database.superuser.query(`insert into role_grant (person_id, role, granted_at) values ($1, 'operator:publisher', now())`, [
    operator.people.reviewer.id,
  ])
})
afterAll(() => test.close())

const state = async (headers: Record<string, string>) => {
  const reply = await test.server.inject({ url: '/api/clock', headers })
  expect(reply.statusCode).toBe(200)
  return reply.json<{ now: string; disagreement: string | null; proposal: { id: string; proposedBy: string } | null }>()
}
const post = (who: OperatorRole, url: string, body: object) =>
  test.server.inject({ method: 'POST', url, headers: { ...operator.people[who].session, 'idempotency-key': randomUUID() }, payload: body })
const instant = () => new Date().toISOString()

describe('the clock over HTTP', () => {
  it('tells everybody who has signed in the trusted instant and why it stands still', async () => {
    for (const headers of [operator.people.auditor.session, operator.vendor.people.reader.token]) {
      expect(await state(headers)).toMatchObject({ now: test.clock.now().toISOString(), disagreement: null, proposal: null })
    }
    test.clock.disagree('The clocks disagree.')
    expect((await state(operator.people.auditor.session)).disagreement).toBe('The clocks disagree.')
    test.clock.disagree(undefined)
  })

  it('takes a statement of one publisher and one of another, and shows what waits to the operator alone', async () => {
    const proposed = await post('publisher', '/api/clock/confirmations', { instant: instant() })
    expect(proposed.statusCode).toBe(201)
    const { id } = proposed.json<{ id: string }>()
    expect((await state(operator.people.reviewer.session)).proposal).toMatchObject({ id, proposedBy: operator.people.publisher.name })
    expect((await state(operator.vendor.people.admin.session)).proposal).toBeNull()
    const own = await post('publisher', `/api/clock/confirmations/${id}/approval`, { instant: instant() })
    expect([own.statusCode, own.json<{ code: string }>().code]).toEqual([409, 'SECOND_PERSON_NEEDED'])
    const approved = await post('reviewer', `/api/clock/confirmations/${id}/approval`, { instant: instant() })
    expect(approved.statusCode).toBe(200)
    expect((await state(operator.people.reviewer.session)).proposal).toBeNull()
  })

  it.each(['author', 'auditor', 'membership-officer'] as const)('refuses a statement of the %s', async (who) => {
    expect((await post(who, '/api/clock/confirmations', { instant: instant() })).statusCode).toBe(403)
    expect((await post(who, `/api/clock/confirmations/${randomUUID()}/approval`, { instant: instant() })).statusCode).toBe(403)
  })

  it('refuses a statement by token: a person has to look at a clock', async () => {
    const headers = { ...operator.people.publisher.token, 'idempotency-key': randomUUID() }
    const reply = await test.server.inject({ method: 'POST', url: '/api/clock/confirmations', headers, payload: { instant: instant() } })
    expect(reply.statusCode).toBe(403)
  })

  it.each(['', 'tomorrow', '2026-02-29T00:00:00Z', '2026-11-22T12:00:00', '+275760-09-13T00:00:00.001Z'])('refuses %j as an instant', async (text) => {
    expect((await post('publisher', '/api/clock/confirmations', { instant: text })).statusCode).toBe(400)
  })
})
