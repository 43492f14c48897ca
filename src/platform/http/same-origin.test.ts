import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rule } from '#platform/auth/rule.ts'
import { route } from '#platform/http/route.ts'
import { BEARER, testFloor, type TestFloor } from '#test/harness/http.ts'

const access = rule('thing.write', { operator: 'any', scope: 'account:read' })
const base = { summary: 'A route of the test.', tag: 'test', response: z.object({}), handle: async () => ({}) } as const
const COOKIE = { cookie: 'vedette=session' }

let floor: TestFloor
let server: FastifyInstance
let origin: string

beforeAll(async () => {
  floor = await testFloor()
  origin = floor.app.config.url.origin
  server = await floor.serve([
    route({ ...base, method: 'POST', url: '/api/things', access }),
    route({ ...base, method: 'DELETE', url: '/api/things', access }),
    route({ ...base, method: 'GET', url: '/api/things', access }),
    route({ ...base, method: 'POST', url: '/api/sign-in', access: 'public' }),
  ])
})
afterAll(() => floor[Symbol.asyncDispose]())

const codeOf = async (method: 'GET' | 'POST' | 'DELETE', url: string, headers: Record<string, string>) => {
  const reply = await server.inject({ method, url, headers })
  return reply.statusCode === 200 ? 'accepted' : (reply.json() as { code: string }).code
}

describe('a request that a cookie signs in', () => {
  const foreign: Record<string, Record<string, string>> = {
    'that says nothing of where it comes from': {},
    'from another site': { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    'from a sibling of this site': { 'sec-fetch-site': 'same-site' },
    'from nowhere': { 'sec-fetch-site': 'none' },
    'from another origin, of a browser that tells no site': { origin: 'https://evil.example' },
    'from a page without an origin': { origin: 'null' },
    'from another port': { origin: 'http://localhost:1' },
    'from another site that forges our origin': { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:8080' },
  }
  it.each(Object.entries(foreign))('is refused when it changes something and comes %s', async (_, headers) => {
    for (const method of ['POST', 'DELETE'] as const) expect(await codeOf(method, '/api/things', { ...COOKIE, ...headers })).toBe('CROSS_SITE')
  })

  it('is accepted from this site', async () => {
    expect(await codeOf('POST', '/api/things', { ...COOKIE, 'sec-fetch-site': 'same-origin' })).toBe('accepted')
    expect(await codeOf('POST', '/api/things', { ...COOKIE, origin })).toBe('accepted')
  })

  it('is accepted from anywhere when it only reads', async () => {
    expect(await codeOf('GET', '/api/things', { ...COOKIE, 'sec-fetch-site': 'cross-site' })).toBe('accepted')
  })
})

describe('a request without a cookie', () => {
  it('is accepted with a token, wherever it says to come from', async () => {
    expect(await codeOf('POST', '/api/things', { ...BEARER, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe('accepted')
  })

  it('may sign in from a program or from this site, and not from a page of another', async () => {
    expect(await codeOf('POST', '/api/sign-in', {})).toBe('accepted')
    expect(await codeOf('POST', '/api/sign-in', { 'sec-fetch-site': 'same-origin' })).toBe('accepted')
    expect(await codeOf('POST', '/api/sign-in', { 'sec-fetch-site': 'cross-site' })).toBe('CROSS_SITE')
    expect(await codeOf('POST', '/api/sign-in', { origin: 'https://evil.example' })).toBe('CROSS_SITE')
  })
})
