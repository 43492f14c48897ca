import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rule } from '#platform/auth/rule.ts'
import { Problem } from '#platform/errors.ts'
import { ProblemBody } from '#platform/http/problem.ts'
import { route, type Route } from '#platform/http/route.ts'
import { routeTable } from '#platform/http/server.ts'
import { BEARER, testFloor, type TestFloor } from '#test/harness/http.ts'

const allowed = rule('thing.read', { operator: ['analyst'], scope: 'account:read' })
const notAllowed = rule('thing.write', { operator: ['publisher'], scope: 'account:read' })
const base = { summary: 'A route of the test.', tag: 'test' } as const

const ROUTES: Route[] = [
  route({
    ...base,
    method: 'POST',
    url: '/api/things/:id',
    access: allowed,
    params: z.object({ id: z.string() }),
    query: z.object({ dry: z.enum(['yes', 'no']).optional() }),
    body: z.object({ name: z.string().max(20), nested: z.object({ 'a/b': z.array(z.number()) }).optional() }),
    response: z.object({ name: z.string(), id: z.string() }),
    handle: async ({ body, params }) => ({ name: body.name, id: params.id, embargoKey: 'SECRET' }),
  }),
  route({
    ...base,
    method: 'POST',
    url: '/api/lists',
    access: allowed,
    bodyLimit: 2_000_000,
    body: z.object({ list: z.array(z.number()).max(10) }),
    response: z.object({}),
    handle: async () => ({}),
  }),
  route({ ...base, method: 'GET', url: '/api/things/:id', access: allowed, response: z.object({ ok: z.boolean() }), handle: async () => ({ ok: true }) }),
  route({
    ...base,
    method: 'GET',
    url: '/api/loose',
    access: 'public',
    response: z.looseObject({ name: z.string() }),
    handle: async () => ({ name: 'a', embargoKey: 'SECRET' }),
  }),
  route({
    ...base,
    method: 'PUT',
    url: '/api/guarded',
    access: notAllowed,
    body: z.object({ a: z.number() }),
    response: z.object({}),
    handle: async () => ({}),
  }),
  route({ ...base, method: 'DELETE', url: '/api/guarded', access: allowed, status: 204, response: z.undefined(), handle: async () => undefined }),
  route({
    ...base,
    method: 'GET',
    url: '/api/fault',
    access: 'public',
    response: z.object({}),
    handle: async () => {
      throw new Error('canary password=hunter2 at /srv/secret')
    },
  }),
  route({
    ...base,
    method: 'GET',
    url: '/api/misfit',
    access: 'public',
    response: z.object({ n: z.number() }),
    handle: async () => ({ n: 'canary' as unknown as number }),
  }),
  route({
    ...base,
    method: 'GET',
    url: '/api/refused',
    access: 'public',
    response: z.object({}),
    handle: async ({ reply }) => {
      reply.header('etag', '"x"').header('content-disposition', 'attachment')
      throw new Problem('STORAGE_FULL', 'Free some space.', { cause: new Error('canary') })
    },
  }),
  route({ ...base, method: 'POST', url: '/api/open', access: 'public', response: z.object({ done: z.boolean() }), handle: async () => ({ done: true }) }),
  route({
    ...base,
    method: 'POST',
    url: '/api/small',
    access: 'public',
    bodyLimit: 100,
    body: z.object({ text: z.string() }),
    response: z.object({}),
    handle: async () => ({}),
  }),
  route({
    ...base,
    method: 'GET',
    url: '/api/text',
    access: 'public',
    produces: 'application/taxii+json;version=2.1',
    response: z.object({ title: z.string() }),
    handle: async () => ({ title: 'x', hidden: 1 }),
  }),
  route({
    ...base,
    method: 'GET',
    url: '/api/stream',
    access: 'public',
    produces: 'application/octet-stream',
    response: z.instanceof(Readable),
    handle: async () => Readable.from(['a', 'b']),
  }),
  route({
    ...base,
    method: 'GET',
    url: '/api/long',
    access: 'public',
    response: z.object({ text: z.string() }),
    handle: async () => ({ text: 'a'.repeat(5000) }),
  }),
  route({
    ...base,
    method: 'POST',
    url: '/api/secret',
    access: 'public',
    secret: true,
    response: z.object({ text: z.string() }),
    handle: async () => ({ text: 'a'.repeat(5000) }),
  }),
]

let floor: TestFloor
let server: FastifyInstance
let address: AddressInfo

beforeAll(async () => {
  floor = await testFloor()
  server = await floor.serve(ROUTES)
  await server.listen({ host: '127.0.0.1', port: 0 })
  address = server.server.address() as AddressInfo
})
afterAll(() => floor[Symbol.asyncDispose]())

const JSON_BODY = { 'content-type': 'application/json' }
const post = (url: string, payload: string | object | Buffer, headers: Record<string, string> = {}) =>
  server.inject({ method: 'POST', url, payload, headers: { ...BEARER, ...JSON_BODY, ...headers } })

/** Sends bytes on a real socket and returns all that comes back. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('an answer', () => {
  it('holds what the response schema names and nothing else', async () => {
    const reply = await post('/api/things/7', { name: 'a' })
    expect([reply.statusCode, reply.json()]).toEqual([200, { name: 'a', id: '7' }])
    const control = await server.inject({ url: '/api/loose' })
    expect(control.json(), 'a schema that lets everything through shows that the handler returned it').toEqual({ name: 'a', embargoKey: 'SECRET' })
  })

  it.each(['/api/loose', '/api/fault', '/nowhere', '/api/%ff', '/api/things/7', '/healthz'])('carries exactly the security headers: %s', async (url) => {
    const reply = await server.inject({ url, headers: { 'x-request-id': 'mine' } })
    const {
      date: _,
      'x-request-id': id,
      'content-length': __,
      connection: ___,
      'content-type': ____,
      etag: _____,
      vary,
      'www-authenticate': ______,
      ...rest
    } = reply.headers
    expect(rest).toEqual({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy':
        'camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), serial=(), usb=()',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(vary ?? 'accept-encoding').toBe('accept-encoding')
  })

  it('asks for https only where people use https', async () => {
    await using secure = await testFloor({ VEDETTE_URL: 'https://vedette.example' })
    const reply = await (await secure.serve(ROUTES)).inject({ url: '/api/loose' })
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000')
  })

  it('may be JSON of another media type, or a stream', async () => {
    const taxii = await server.inject({ url: '/api/text' })
    expect([taxii.headers['content-type'], taxii.json()]).toEqual(['application/taxii+json;version=2.1', { title: 'x' }])
    const stream = await server.inject({ url: '/api/stream' })
    expect([stream.headers['content-type'], stream.body]).toEqual(['application/octet-stream', 'ab'])
  })

  it('is refused when the client accepts no such type', async () => {
    const ask = (accept: string) => server.inject({ url: '/api/text', headers: { accept } })
    expect((await ask('application/xml, application/taxii+json;version=2.0')).json().code).toBe('NOT_ACCEPTABLE')
    for (const accept of ['*/*', 'application/*', 'text/html, application/taxii+json; version="2.1";q=0.5', 'application/taxii+json']) {
      expect((await ask(accept)).statusCode, accept).toBe(200)
    }
    expect((await ask('application/taxii+json;q=0')).statusCode).toBe(406)
  })

  it('is compressed, unless it holds a secret', async () => {
    const open = await server.inject({ url: '/api/long', headers: { 'accept-encoding': 'gzip' } })
    expect(open.headers['content-encoding']).toBe('gzip')
    const secret = await server.inject({ method: 'POST', url: '/api/secret', headers: { 'accept-encoding': 'gzip' } })
    expect([secret.statusCode, secret.headers['content-encoding'], secret.headers.etag]).toEqual([200, undefined, undefined])
  })

  it('has a tag, and is not sent again to whoever has it', async () => {
    const first = await server.inject({ url: '/api/long' })
    const etag = String(first.headers.etag)
    const ask = (header: string) => server.inject({ url: '/api/long', headers: { 'if-none-match': header } })
    for (const header of [etag, `"other", ${etag}`, etag.replace('W/', ''), '*']) {
      const again = await ask(header)
      expect([again.statusCode, again.body, again.headers.etag], header).toEqual([304, '', etag])
    }
    expect((await ask('"other"')).statusCode).toBe(200)
    const refused = await server.inject({ url: '/api/refused', headers: { 'if-none-match': '*' } })
    expect([refused.statusCode, refused.headers.etag]).toEqual([507, undefined])
  })
})

describe('a refusal', () => {
  it('is refused for a body of more list items than are checked one by one', async () => {
    const fieldsOf = async (items: number) =>
      (await post('/api/lists', { list: Array.from({ length: items }, () => 0) })).json<{ fields: { field: string }[] }>().fields.map(({ field }) => field)
    expect(await fieldsOf(500_001)).toEqual(['/body'])
    expect(await fieldsOf(500_000)).toEqual(['/body/list'])
  })

  it('is a problem that names the code, the fields and the request, and never the value', async () => {
    const reply = await post('/api/things/7?dry=canary&other=1', { name: 'canary'.repeat(10), nested: { 'a/b': [1, 'canary'] } })
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([400, 'application/problem+json'])
    const body = ProblemBody.parse(reply.json())
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, requestId: reply.headers['x-request-id'] })
    expect(body.fields.map(({ field }) => field)).toEqual(['/query/dry', '/query/other'])
    const other = ProblemBody.parse((await post('/api/things/7', { name: 'canary'.repeat(10), nested: { 'a/b': [1, 'canary'] } })).json())
    expect(other.fields.map(({ field }) => field)).toEqual(['/body/name', '/body/nested/a~1b/1'])
    expect(JSON.stringify([body, other])).not.toContain('canary')
  })

  it.each(['/api/fault', '/api/misfit'])('of our own fault says nothing of it: %s', async (url) => {
    const reply = await server.inject({ url })
    expect([reply.statusCode, reply.json().code]).toEqual([500, 'INTERNAL'])
    expect(reply.body).not.toMatch(/canary|hunter2|secret|\.ts|Error/)
  })

  it('takes back what the handler had said of its own answer', async () => {
    const reply = await server.inject({ url: '/api/refused' })
    expect(reply.json()).toMatchObject({ code: 'STORAGE_FULL', detail: 'Free some space.' })
    expect(reply.headers).not.toHaveProperty('content-disposition')
    expect(reply.body).not.toContain('canary')
  })

  it('comes before the body is read, so that whoever may not learns nothing', async () => {
    const malformed = { method: 'PUT', url: '/api/guarded', payload: '{"a":', headers: JSON_BODY } as const
    const anonymous = await server.inject(malformed)
    expect([anonymous.statusCode, anonymous.json().code, anonymous.headers['www-authenticate']]).toEqual([401, 'NOT_SIGNED_IN', 'Bearer'])
    const other = await server.inject({ ...malformed, headers: { ...JSON_BODY, ...BEARER } })
    expect([other.statusCode, other.json().code]).toEqual([403, 'FORBIDDEN'])
    const oversized = await server.inject({ ...malformed, payload: 'x'.repeat(2_000_000) })
    expect(oversized.statusCode).toBe(401)
  })

  it('of a credential that has ended leaves public routes open', async () => {
    const headers = { authorization: 'Bearer ended' }
    expect((await server.inject({ url: '/api/loose', headers })).statusCode).toBe(200)
    expect((await server.inject({ url: '/api/things/1', headers })).json().code).toBe('NOT_SIGNED_IN')
  })
})

describe('bad input', () => {
  const cases: [string, () => Promise<{ statusCode: number; json(): { code: string } }>, number, string][] = [
    ['another media type', () => post('/api/things/1', 'a', { 'content-type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', () => post('/api/things/1', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'no media type',
      () => server.inject({ method: 'POST', url: '/api/things/1', payload: Buffer.from('{}'), headers: BEARER }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['another charset', () => post('/api/things/1', '{}', { 'content-type': 'application/json; charset=utf-16' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a compressed body', () => post('/api/things/1', gzipSync('{"name":"a"}'), { 'content-encoding': 'gzip' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a body over the limit', () => post('/api/things/1', JSON.stringify({ name: 'a'.repeat(1_100_000) })), 413, 'PAYLOAD_TOO_LARGE'],
    ['a body over the limit of its route', () => post('/api/small', { text: 'a'.repeat(200) }), 413, 'PAYLOAD_TOO_LARGE'],
    ['a body that is too deep', () => post('/api/things/1', '['.repeat(100_000)), 400, 'TOO_DEEP'],
    ['an empty body', () => post('/api/things/1', ''), 400, 'MALFORMED_JSON'],
    ['a missing body', () => server.inject({ method: 'POST', url: '/api/things/1', headers: BEARER }), 400, 'VALIDATION_FAILED'],
    ['a body where none belongs', () => post('/api/open', { a: 1 }), 400, 'VALIDATION_FAILED'],
    ['a path that is not UTF-8', () => post('/api/things/%ff', { name: 'a' }), 400, 'VALIDATION_FAILED'],
    ['a path with U+0000', () => post('/api/things/%00', { name: 'a' }), 400, 'VALIDATION_FAILED'],
    ['a path that is too long', () => post(`/api/things/${'a'.repeat(301)}`, { name: 'a' }), 400, 'VALIDATION_FAILED'],
    ['a query that is not UTF-8', () => post('/api/things/1?dry=%ff', { name: 'a' }), 400, 'VALIDATION_FAILED'],
    ['a query name given twice', () => post('/api/things/1?dry=no&dry=yes', { name: 'a' }), 400, 'VALIDATION_FAILED'],
    ['a query with U+0000', () => post('/api/things/1?dry=%00', { name: 'a' }), 400, 'VALIDATION_FAILED'],
    ['__proto__ in a query', () => post('/api/things/1?__proto__=1', { name: 'a' }), 400, 'VALIDATION_FAILED'],
    ['an unknown path', () => post('/api/nothing', {}), 404, 'NOT_FOUND'],
    ['an unknown path below a known one', () => post('/api/things/1/2', {}), 404, 'NOT_FOUND'],
    ['a path that goes up', () => server.inject({ url: '/api/../../etc/passwd', headers: BEARER }), 404, 'NOT_FOUND'],
  ]
  it.each(cases)('is refused: %s', async (_, send, status, code) => {
    const reply = await send()
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
  })

  it('may be an empty body, or an empty object, where none belongs', async () => {
    expect((await post('/api/open', {})).statusCode).toBe(200)
    expect((await post('/api/open', '')).statusCode).toBe(200)
    expect((await server.inject({ method: 'POST', url: '/api/open' })).statusCode).toBe(200)
  })

  it('is a method that the path does not offer, and the answer says which it does', async () => {
    for (const method of ['PATCH', 'GET', 'OPTIONS', 'POST'] as const) {
      const reply = await server.inject({ method, url: '/api/guarded?x=1', headers: BEARER })
      expect([reply.statusCode, reply.json().code, reply.headers.allow], method).toEqual([405, 'METHOD_NOT_ALLOWED', 'DELETE, PUT'])
    }
    expect((await exchange('PROPFIND /api/loose HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).split('\r\n')[0]).toBe('HTTP/1.1 405 Method Not Allowed')
  })

  it('answers HEAD as GET, without the body', async () => {
    const head = await server.inject({ method: 'HEAD', url: '/api/loose' })
    const get = await server.inject({ url: '/api/loose' })
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([200, '', get.headers['content-length']])
  })

  it('is a body that is too long, however small it is cut; one that is not is read', async () => {
    const head = `POST /api/things/1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\nauthorization: ${BEARER.authorization}\r\ntransfer-encoding: chunked\r\n\r\n`
    const cut = (text: string) => Array.from(text, (character) => `1\r\n${character}\r\n`).join('')
    expect(await exchange(`${head}${cut('{"name":"a"}')}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 [^]*"name":"a"/)
    expect(await exchange(`${head}${`8000\r\n${' '.repeat(0x8000)}\r\n`.repeat(33)}`)).toMatch(/^HTTP\/1\.1 413 [^]*PAYLOAD_TOO_LARGE/)
  })

  it('is headers that are too large', async () => {
    const answer = await exchange(`GET /api/loose HTTP/1.1\r\nhost: a\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ code: 'HEADERS_TOO_LARGE', status: 431 })
  })

  it.each([
    'nonsense\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET /a b HTTP/1.1\r\n\r\n',
    'POST /api/open HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
  ])('is bytes that are no request: %j', async (bytes) => {
    const answer = await exchange(bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 (400|405|505) /)
    expect(answer).not.toMatch(/node:|\.ts|Error:/)
  })
})

describe('the route table', () => {
  it('is data: each route with its method, path, verb and whether it holds a secret', () => {
    const lines = routeTable(server)
    expect(lines.find(({ url }) => url === '/api/guarded')).toMatchObject({ method: 'DELETE', access: 'thing.read', secret: false })
    expect(lines.find(({ url }) => url === '/api/secret')).toMatchObject({ access: 'public', secret: true })
    expect(lines.map(({ url }) => url)).toEqual(expect.arrayContaining(['/healthz', '/readyz', '/metrics', '/api', '/api/openapi.json']))
  })

  it('is complete: a route that is not in it cannot be added', async () => {
    const fresh = await floor.serve([])
    expect(() => fresh.get('/hidden', () => 'x')).toThrow()
    const unready = await import('#platform/http/server.ts').then(({ createServer }) =>
      createServer(floor.app, {
        routes: [],
        identify: async () => floor.token,
        ready: async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true }),
      }),
    )
    expect(() => unready.get('/hidden', () => 'x')).toThrow(/not in the route table/)
    await unready.close()
  })

  it('holds no method and path twice, whatever its parameters are called', async () => {
    const twice = (url: string) => route({ ...base, method: 'GET', url, access: 'public', response: z.object({}), handle: async () => ({}) })
    await expect(floor.serve([twice('/api/a/:id'), twice('/api/a/:name')])).rejects.toThrow(/two routes/)
    await expect(floor.serve([twice('/healthz')])).rejects.toThrow(/two routes/)
  })

  it('holds no public route that creates, and no guarded one that does not look who asks', async () => {
    const common = { ...base, method: 'POST', url: '/api/a', response: z.object({}), handle: async () => ({}) } as const
    await expect(floor.serve([route({ ...common, access: 'public', creates: true })])).rejects.toThrow()
    await expect(floor.serve([route({ ...common, access: allowed, anonymous: true })])).rejects.toThrow()
  })
})
