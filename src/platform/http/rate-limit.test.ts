import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rule } from '#platform/auth/rule.ts'
import { route, type Route } from '#platform/http/route.ts'
import { BEARER, testFloor, type TestFloor } from '#test/harness/http.ts'

const base = { summary: 'A route of the test.', tag: 'test', method: 'GET', response: z.object({}), handle: async () => ({}) } as const
const ROUTES: Route[] = [
  route({ ...base, url: '/api/open', access: 'public' }),
  route({ ...base, url: '/api/enter', method: 'POST', access: 'public' }),
  route({ ...base, url: '/api/leave', method: 'POST', access: 'public', anonymous: true }),
  route({ ...base, url: '/api/mine', access: rule('thing.read', { operator: 'any', scope: 'account:read' }) }),
]
const LIMIT = 5

let floor: TestFloor
beforeAll(async () => {
  floor = await testFloor({ VEDETTE_RATE_LIMIT: String(LIMIT), VEDETTE_TRUST_PROXY: '10.0.0.1' })
})
afterAll(() => floor[Symbol.asyncDispose]())

async function statuses(times: number, send: (n: number) => Promise<{ statusCode: number }>): Promise<number[]> {
  const seen: number[] = []
  for (let n = 0; n < times; n++) seen.push((await send(n)).statusCode)
  return seen
}

describe('the rate limit', () => {
  it('refuses what one address sends past it, and says when to come back', async () => {
    const server = await floor.serve(ROUTES)
    expect(await statuses(LIMIT, () => server.inject({ url: '/api/open' }))).toEqual([200, 200, 200, 200, 200])
    const refused = await server.inject({ url: '/api/open' })
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect((await server.inject({ url: '/api/open', remoteAddress: '192.0.2.1' })).statusCode, 'another address').toBe(200)
  })

  it('lets one address change little without being signed in, and read on', async () => {
    await using wider = await testFloor({ VEDETTE_RATE_LIMIT: '60' })
    const server = await wider.serve(ROUTES)
    const post = (url: string) => () => server.inject({ method: 'POST', url })
    expect(await statuses(2, post('/api/enter'))).toEqual([200, 200])
    expect(await statuses(2, post('/api/leave')), 'counted together').toEqual([200, 429])
    const refused = await post('/api/enter')()
    expect([refused.json().code, Number(refused.headers['retry-after']) > 0]).toEqual(['RATE_LIMITED', true])
    expect((await server.inject({ method: 'POST', url: '/api/enter', remoteAddress: '192.0.2.1' })).statusCode, 'another address').toBe(200)
    expect(await statuses(20, () => server.inject({ url: '/api/open' })), 'reading').toEqual(Array.from({ length: 20 }, () => 200))
    expect((await server.inject({ url: '/api/mine', headers: BEARER })).statusCode, 'signed in').toBe(200)
  })

  it('counts a credential by itself, wherever it comes from', async () => {
    const server = await floor.serve(ROUTES)
    await statuses(LIMIT, () => server.inject({ url: '/api/open' }))
    const mine = (n: number) => server.inject({ url: '/api/mine', headers: BEARER, remoteAddress: `192.0.2.${n + 1}` })
    expect(await statuses(LIMIT + 1, mine)).toEqual([200, 200, 200, 200, 200, 429])
  })

  it('counts whoever guesses credentials by address', async () => {
    const server = await floor.serve(ROUTES)
    const guess = (n: number) => server.inject({ url: '/api/mine', headers: { authorization: `Bearer guess-${n}` } })
    expect(await statuses(LIMIT + 1, guess)).toEqual([401, 401, 401, 401, 401, 429])
  })

  it('counts one subscriber of IPv6 once', async () => {
    const server = await floor.serve(ROUTES)
    const send = (n: number) => server.inject({ url: '/api/open', remoteAddress: `2001:db8:1:2::${n + 1}` })
    expect((await statuses(LIMIT + 1, send)).at(-1)).toBe(429)
    expect((await server.inject({ url: '/api/open', remoteAddress: '2001:db8:1:3::1' })).statusCode).toBe(200)
  })

  it('believes a forwarded address only of a configured proxy', async () => {
    const server = await floor.serve(ROUTES)
    const from = (remoteAddress: string) => (n: number) => server.inject({ url: '/api/open', remoteAddress, headers: { 'x-forwarded-for': `198.51.100.${n}` } })
    expect((await statuses(LIMIT + 1, from('192.0.2.9'))).at(-1), 'forged').toBe(429)
    expect((await statuses(LIMIT + 1, from('10.0.0.1'))).at(-1), 'from the proxy').toBe(200)
  })

  it('leaves the questions of monitors alone', async () => {
    const server = await floor.serve(ROUTES)
    for (const url of ['/healthz', '/readyz', '/metrics']) expect((await statuses(LIMIT * 12, () => server.inject({ url }))).at(-1)).toBe(200)
  })

  it('cuts off a flood from one address before anyone is looked up, the console included', async () => {
    const server = await floor.serve(ROUTES)
    const sent = await statuses(LIMIT * 10 + 1, () => server.inject({ url: '/api/style.css' }))
    expect([sent.at(-2), sent.at(-1)]).toEqual([200, 429])
    expect((await server.inject({ url: '/nowhere' })).statusCode).toBe(429)
  })
})
