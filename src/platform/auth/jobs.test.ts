import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobs } from '#platform/auth/jobs.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople } from '#test/harness/people.ts'

const DAY_MS = 86_400_000

describe('forgetting sign-ins', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await testApp()
  })
  afterAll(() => test.close())

  const run = () => jobs[0]!.run(test.app, {} as never, new AbortController().signal)
  const count = async (query: string) => (await test.database.superuser.query(query)).rowCount

  it('deletes ceremonies and attempts that are over, and keeps the others', async () => {
    const begin = () => test.server.inject({ method: 'POST', url: '/api/auth/passkey/options' })
    await begin()
    test.clock.advance(5 * 60_000 + 1)
    await begin()
    await test.database.superuser.query(`insert into attempt values ('address:192.0.2.1', now() - interval '16 minutes'), ('address:192.0.2.1', now())`)
    await run()
    expect([await count('select 1 from ceremony'), await count('select 1 from attempt')]).toEqual([1, 1])
  })

  it('forgets from where a session was used 90 days after it ended; the log still verifies', async () => {
    await seedPeople(test.app)
    const traces = () => count(`select 1 from session where address <> '' or user_agent <> ''`)
    const all = await traces()
    test.clock.advance(90 * DAY_MS)
    await run()
    expect(await traces()).toBe(all)
    test.clock.advance(DAY_MS)
    await run()
    expect(await traces()).toBe(0)
    expect(await count('select 1 from session')).toBe(all)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })
})
