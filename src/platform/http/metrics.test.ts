import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rule } from '#platform/auth/rule.ts'
import { pause } from '#platform/clock/clock.ts'
import { requireReader } from '#platform/http/metrics.ts'
import { route, type Route } from '#platform/http/route.ts'
import { ALL_READY, BEARER, testFloor, type TestFloor } from '#test/harness/http.ts'

const ID = '0193b0c8-1111-7222-8333-444455556666'
const ROUTES: Route[] = [
  route({
    method: 'GET',
    url: '/api/things/:id',
    summary: 'A route of the test.',
    tag: 'test',
    access: rule('thing.read', { operator: 'any', scope: 'account:read' }),
    response: z.object({}),
    handle: async () => ({}),
  }),
]

let floor: TestFloor
beforeAll(async () => {
  floor = await testFloor()
})
afterAll(() => floor[Symbol.asyncDispose]())

describe('/metrics', () => {
  it('counts requests by method, route pattern and status, and holds no id', async () => {
    const server = await floor.serve(ROUTES)
    await server.inject({ url: `/api/things/${ID}?canary=1`, headers: BEARER })
    await server.inject({ url: `/api/things/${ID}`, headers: BEARER })
    await server.inject({ url: `/canary/${ID}` })
    const { body, headers } = await server.inject({ url: '/metrics' })
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const counted = (route: string, status: number) =>
      body
        .split('\n')
        .find(
          (line) => line.startsWith('http_server_request_duration_seconds_count{') && line.includes(`http_route="${route}"`) && line.includes(`"${status}"`),
        )
    expect(counted('/api/things/:id', 200)).toMatch(/ 1$/)
    expect(counted('/api/things/:id', 400)).toMatch(/ 1$/)
    expect(counted('unmatched', 404)).toMatch(/ 1$/)
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_delay_p99_seconds',
      'db_client_connection_count',
      'http_server_active_requests',
    ]) {
      expect(body).toMatch(new RegExp(`^${name}(\\{[^}]*\\})? [0-9.e+-]+$`, 'm'))
    }
    expect(body).not.toMatch(/canary|[0-9a-f]{8}-[0-9a-f]{4}-|node_modules/)
  })

  it('asks for the configured token', async () => {
    await using guarded = await testFloor({ VEDETTE_METRICS_TOKEN: 'a-long-metrics-token' })
    const server = await guarded.serve([])
    const ask = async (headers: Record<string, string>) => (await server.inject({ url: '/metrics', headers })).statusCode
    expect(await ask({})).toBe(401)
    expect(await ask({ authorization: 'Bearer a-long-metrics-tokeN' })).toBe(401)
    expect(await ask({ authorization: 'Basic a-long-metrics-token' })).toBe(401)
    expect(await ask({ authorization: 'Bearer a-long-metrics-token', 'x-forwarded-for': '198.51.100.1' })).toBe(200)
  })

  it('without a token answers this machine alone, and nobody through a proxy', async () => {
    const reads = (remoteAddress: string, headers: Record<string, string | undefined> = {}, url = floor.app.config.url) => {
      try {
        const config = { ...floor.app.config, url }
        requireReader({ config }, { headers: { host: 'localhost:8080', ...headers }, socket: { remoteAddress } } as never)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'FORBIDDEN' })
        return false
      }
    }
    for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) expect(reads(address), address).toBe(true)
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '']) expect(reads(address), address).toBe(false)
    for (const name of ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip']) expect(reads('127.0.0.1', { [name]: 'a' }), name).toBe(false)
    for (const host of ['localhost', '127.0.0.1:9090', '[::1]:8080', 'LOCALHOST:80']) expect(reads('127.0.0.1', { host }), host).toBe(true)
    for (const host of [undefined, '', 'vedette.example', 'vedette.example:8080', 'localhost.vedette.example', '127.0.0.1.vedette.example', 'a b', '192.0.2.1'])
      expect(reads('127.0.0.1', { host }), host ?? 'none').toBe(false)
    expect(reads('127.0.0.1', {}, new URL('https://vedette.example')), 'where people use another address').toBe(false)
  })
})

describe('/healthz and /readyz', () => {
  it('tell apart a process that lives and one that is ready, part by part', async () => {
    let parts = { ...ALL_READY, worker: false, demonstration: false }
    const server = await floor.serve([], { ready: async () => parts })
    expect((await server.inject({ url: '/healthz' })).json()).toEqual({ alive: true })
    const starting = await server.inject({ url: '/readyz' })
    expect([starting.statusCode, starting.json()]).toEqual([503, { ready: false, parts: { ...parts, clock: true } }])
    parts = ALL_READY
    await pause(150)
    expect((await server.inject({ url: '/readyz' })).statusCode, 'a tenth of a second later').toBe(200)
  })

  it('look once in a second however many ask, and once in a tenth while something is missing', async () => {
    let looked = 0
    let parts = ALL_READY
    const server = await floor.serve([], {
      ready: async () => {
        looked++
        await pause(5)
        return parts
      },
    })
    const flood = () => Promise.all(Array.from({ length: 200 }, () => server.inject({ url: '/readyz' })))
    for (const reply of await flood()) expect(reply.statusCode).toBe(200)
    await pause(150)
    await flood()
    expect(looked).toBe(1)
    parts = { ...ALL_READY, worker: false }
    await pause(1000)
    for (const reply of await flood()) expect(reply.statusCode).toBe(503)
    await pause(150)
    await flood()
    expect(looked).toBe(3)
  })

  it('tell that clocks disagree, and stay ready, because people need the server to confirm the time', async () => {
    const server = await floor.serve([])
    floor.clock.disagree('the wall clock leapt')
    const reply = await server.inject({ url: '/readyz' })
    floor.clock.disagree(undefined)
    expect([reply.statusCode, reply.json().parts.clock]).toEqual([200, false])
  })

  it('are not ready while nobody can say', async () => {
    const server = await floor.serve([], {
      ready: async () => {
        throw new Error('database canary')
      },
    })
    const reply = await server.inject({ url: '/readyz' })
    expect([reply.statusCode, reply.body.includes('canary')]).toEqual([503, false])
    expect((await server.inject({ url: '/healthz' })).statusCode).toBe(200)
  })
})
