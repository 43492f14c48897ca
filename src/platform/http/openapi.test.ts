import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { rule } from '#platform/auth/rule.ts'
import { escapeHtml, renderApiPage, typeOf } from '#platform/http/api-page.ts'
import { describeApi } from '#platform/http/openapi.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route } from '#platform/http/route.ts'
import { buildTable, type RouteLine } from '#platform/http/route-table.ts'
import { routeTable } from '#platform/http/server.ts'
import { idSchema } from '#platform/ids.ts'
import { testFloor, type TestFloor } from '#test/harness/http.ts'

const instant = z.date().transform((date) => date.toISOString())
const Thing = z.object({
  id: z.string(),
  name: z.string().max(20).meta({ description: 'What <people> call it' }),
  madeAt: instant,
  endedAt: instant.nullable(),
})
const TABLE = buildTable([
  route({
    method: 'POST',
    url: '/api/things/:owner/copies',
    summary: 'Copies a thing.',
    tag: 'things',
    access: rule('thing.copy', { operator: ['author'], contact: ['admin'], scope: 'things:write' }),
    creates: true,
    status: 201,
    params: z.object({ owner: idSchema<'person'>() }),
    body: z.object({ name: z.string().trim().min(1), count: z.number().int().min(2), note: z.string().optional(), kind: z.enum(['a', 'b']) }),
    response: Thing,
    handle: async () => ({ id: 'a', name: 'b', madeAt: new Date(0), endedAt: null }),
  }),
  route({
    method: 'GET',
    url: '/api/things',
    summary: 'Lists things.',
    tag: 'things',
    access: rule('thing.list', { operator: 'any' }),
    query: PageQuery,
    response: pageOf(Thing),
    handle: async () => ({ items: [], next: null }),
  }),
])
const api = describeApi(TABLE, '1.2.3')

describe('the description of the interface', () => {
  it('lists each route with its input, answer, rule and refusals', () => {
    const copy = api.paths['/api/things/{owner}/copies']!['post']!
    expect(copy).toMatchObject({
      operationId: 'postApiThingsOwnerCopies',
      summary: 'Copies a thing.',
      tags: ['things'],
      security: [{ session: [] }, { token: ['things:write'] }],
      requestBody: { required: true, content: { 'application/json': { schema: { type: 'object', required: ['name', 'count', 'kind'] } } } },
    })
    expect(copy.parameters.map(({ name, in: place, required }) => [name, place, required])).toEqual([
      ['owner', 'path', true],
      ['Idempotency-Key', 'header', false],
    ])
    expect(Object.keys(copy.responses)).toEqual(expect.arrayContaining(['201', '400', '401', '403', '409', '413', '415', '422', '429', 'default']))
    expect(copy.description).toBe('Rule thing.copy. Roles: operator author; contact admin. A token needs the scope things:write.')
  })

  it('shows an instant as it is sent, not as it is held', () => {
    const { content } = api.paths['/api/things/{owner}/copies']!['post']!.responses['201'] as {
      content: Record<string, { schema: { properties: Record<string, unknown> } }>
    }
    const { properties } = content['application/json']!.schema
    expect(properties['madeAt']).toEqual({ type: 'string', format: 'date-time' })
    expect(typeOf(properties['endedAt'] as never)).toBe('string (date-time) | null')
  })

  it('describes optional parameters as such', () => {
    const list = api.paths['/api/things']!['get']!
    expect(list.parameters).toMatchObject([
      { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
      { name: 'cursor', required: false },
    ])
    expect(list.security).toEqual([{ session: [] }])
  })

  it('refers to nothing that it does not hold', () => {
    for (const [, reference] of JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)) {
      const found = reference!
        .slice(2)
        .split('/')
        .reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], api)
      expect(found, reference).toBeDefined()
    }
  })
})

describe('the page', () => {
  it('shows every route, without script or style of its own', () => {
    const page = renderApiPage(api, 'https://vedette.example')
    for (const { url } of TABLE) expect(page).toContain(`<code>${url.replace(':owner', '{owner}')}</code>`)
    expect(page).not.toMatch(/<script|<style|style=|\son\w+=|javascript:/i)
    expect(page).toContain('What &lt;people&gt; call it')
    expect(page).toContain(escapeHtml(`curl -X POST 'https://vedette.example/api/things/OWNER/copies'`))
    expect(page).toContain(escapeHtml(`{"name":"NAME","count":2,"kind":"a"}`))
  })

  it('escapes whatever a schema or summary holds', () => {
    const hostile = `<img src=x onerror=alert(1)> "&'`
    const [line] = TABLE as [RouteLine]
    const route = { ...line.route, summary: hostile, query: z.object({ [hostile]: z.literal(hostile).meta({ description: hostile }) }) }
    const page = renderApiPage(describeApi([{ ...line, tag: hostile, route }], hostile), 'https://vedette.example')
    expect(page).not.toContain('<img')
    expect(page).not.toMatch(/"[^"<>]*&'[^<>]*"/)
  })
})

describe('on the server', () => {
  let floor: TestFloor
  let server: FastifyInstance
  beforeAll(async () => {
    floor = await testFloor()
    server = await floor.serve(TABLE.map(({ route }) => route))
  })
  afterAll(() => floor[Symbol.asyncDispose]())

  it('the description holds exactly the running route table', async () => {
    const shown = (await server.inject({ url: '/api/openapi.json' })).json() as ReturnType<typeof describeApi>
    const listed = Object.entries(shown.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    expect(listed.sort()).toEqual(
      routeTable(server)
        .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
        .sort(),
    )
    expect(shown.openapi).toMatch(/^3\.1\./)
  })

  it('page and style may be kept and asked for again', async () => {
    for (const [url, type] of [
      ['/api', 'text/html; charset=utf-8'],
      ['/api/style.css', 'text/css; charset=utf-8'],
    ] as const) {
      const first = await server.inject({ url })
      expect([first.statusCode, first.headers['content-type'], first.headers['cache-control']]).toEqual([200, type, 'no-cache'])
      expect((await server.inject({ url, headers: { 'if-none-match': String(first.headers.etag) } })).statusCode).toBe(304)
    }
  })
})
