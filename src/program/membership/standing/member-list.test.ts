import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, packageDesk, type Caller } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

const MARK = 'zanzibar-4711'
const NOBODY = '00000000-0000-7000-8000-00000000abcd'

/** What differs between any two moments: the clocks, and the head of the log, which grows with whatever is recorded and says of nothing what it was. */
const VARIES = /^\/(api\/clock|log\/|api\/log|tile|checkpoint)/

/** Nothing that a member can reach depends on whether there is another member. */
describe('the list of members', () => {
  let test: TestApp
  let a: SeededOperator
  let hidden: SeededOrganisation | undefined

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
    for (const contact of [a.vendor.people.analyst, a.vendor.people.admin]) await entitle(test.app, a, a.vendor, contact)
    const desk = packageDesk(test)
    await desk.scheduled(a, csafDocument('Shared'))
    test.clock.set(DECEMBER.advance)
  })
  afterAll(() => test.close())

  /** Every answer that a caller can have by reading, without what differs between any two requests. */
  async function world(by: Caller): Promise<Map<string, string>> {
    const answers = new Map<string, string>()
    for (const { method, url } of test.server.routeTable) {
      if (method !== 'GET' || url === '/*' || url.startsWith('/metrics') || url.startsWith('/health')) continue
      const path = url.replaceAll(/:\w+/g, hidden?.id ?? NOBODY)
      const { statusCode, body, headers } = await test.server.inject({ method: 'GET', url: path, headers: by.token })
      const { date: _date, 'x-request-id': _id, etag: _etag, ...kept } = headers
      const whole = `${statusCode} ${JSON.stringify(kept)} ${body}`
      const text = hidden ? whole.replaceAll(hidden.id, NOBODY) : whole
      answers.set(url, text.replaceAll(/"(?:requestId|error_id)":"[^"]*"/g, '').replaceAll(/x-ratelimit-\w+":"?\d+"?/g, ''))
    }
    return answers
  }

  it('cannot be derived by a member from any answer: a world with one more member is the same to it', { timeout: 60_000 }, async () => {
    const { analyst, admin } = a.vendor.people
    // The first request of a token writes down that it was used.
    for (const by of [analyst, admin]) await world(by)
    const before = [await world(analyst), await world(admin)]
    const officer = await world(a.people['membership-officer'])
    const now = test.clock.now()
    hidden = await seedMember(test.app, a.id, MARK)
    await entitle(test.app, a, hidden, hidden.people.analyst)
    expect(test.clock.now()).toEqual(now)
    const after = [await world(analyst), await world(admin)]
    expect(before[0]!.size).toBeGreaterThan(25)
    for (const n of [0, 1]) {
      const differing = [...before[n]!].filter(([url, answer]) => !VARIES.test(url) && after[n]!.get(url) !== answer).map(([url]) => url)
      expect(differing).toEqual([])
      expect([...after[n]!].filter(([, answer]) => answer.includes(MARK)).map(([url]) => url)).toEqual([])
    }
    // The control: to an officer it is another world.
    const seen = await world(a.people['membership-officer'])
    expect([...officer].some(([url, answer]) => seen.get(url) !== answer)).toBe(true)
    expect(seen.get('/api/organisations')).toContain(MARK)
  })
})
