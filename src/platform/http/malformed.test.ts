import fc from 'fast-check'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { routeTable as everyRoute } from '#main/serve.ts'
import { CONTACT_ROLES, OPERATOR_ROLES, system, type Actor, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { SCIM_MEDIA_TYPE } from '#platform/auth/scim/contract.ts'
import { jsonSchema } from '#platform/http/openapi.ts'
import { ProblemBody } from '#platform/http/problem.ts'
import { route } from '#platform/http/route.ts'
import type { RouteLine } from '#platform/http/route-table.ts'
import { createServer, routeTable } from '#platform/http/server.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { arbitraryOf, undeclared } from '#test/harness/arbitraries.ts'
import { ALL_READY } from '#test/harness/http.ts'
import { TAXII_MEDIA_TYPE, TaxiiError } from '#exchange/taxii/contract.ts'
import { ok, packageDesk } from '#test/harness/packages.ts'
import { seedPeople } from '#test/harness/people.ts'
import { ACCEPTED, REFUSED, RULED } from '#test/vectors/json/bodies.ts'

/**
 * The whole running route table against bad input. Whoever sends it may use every route: all roles of
 * their side, in a session with a passkey, so that nothing is refused before it is parsed.
 */
let test: TestApp
let server: FastifyInstance
let table: readonly RouteLine[]
/** Whoever asks now, of each side; forgotten once a request of theirs was accepted, because it may have ended their session. */
const actors: { operator?: Promise<OperatorActor> | undefined; contact?: Promise<ContactActor> | undefined } = {}
/** A package that takes files. */
let draft: string

const ID = '0193b0c8-1111-7222-8333-444455556666'
const LEAKS = /node_modules|node:internal|\.ts:\d|at [\w.<>]+ \(|ZodError|PostgresError|syntax error at|stack/

beforeAll(async () => {
  test = await testApp()
  const [{ people, vendor }] = await seedPeople(test.app)
  draft = ok(await packageDesk(test).import(people.author)).id
  const identify = async (request: FastifyRequest): Promise<Actor> => {
    if (sideOf(request.routeOptions.config.line!) === 'contact')
      return (actors.contact ??= inFreshSession<ContactActor>(test, vendor.people.admin.actor, CONTACT_ROLES))
    return (actors.operator ??= inFreshSession<OperatorActor>(test, people.author.actor, OPERATOR_ROLES))
  }
  const planted = route({
    method: 'POST',
    url: '/api/planted-fault',
    summary: 'Control: a route whose handler fails on a value that its schema lets through.',
    tag: 'test',
    access: 'public',
    body: z.object({ name: z.string() }),
    response: z.looseObject({ name: z.string() }),
    handle: async ({ body }) => {
      if (body.name.length > 20) throw new Error('too long for a column')
      return { name: body.name, leaked: 1 }
    },
  })
  server = await createServer(test.app, { routes: [...(await everyRoute(test.app)), planted], identify, ready: async () => ALL_READY })
  await server.ready()
  table = routeTable(server)
}, 120_000)
afterAll(async () => {
  await server.close()
  await test.close()
})

/** Makes a person able to use every route of their side, in a session that has just begun. */
async function inFreshSession<A extends OperatorActor | ContactActor>({ app }: TestApp, actor: A, roles: A['roles']): Promise<A> {
  const { id } = await app.db.transaction(system('test'), (tx) =>
    startSession(app, tx, { person: actor.person, method: 'passkey', client: { address: '192.0.2.1', userAgent: 'test' } }),
  )
  return { ...actor, roles, credential: { kind: 'session', id, method: 'passkey' } }
}

const writing = () => table.filter(({ method, url, route }) => method !== 'GET' && url !== '/api/planted-fault' && !route.consumes)
const uploading = () => table.filter(({ route }) => route.consumes)
const pathOf = (url: string, value = ID) => url.replaceAll(/:\w+/g, () => encodeURIComponent(value)).replace('/*', '/')
/** Where bytes reach the code behind the route: on what is there. */
const uploadPath = (url: string) => pathOf(url, url.startsWith('/api/packages/:id') ? draft : ID)
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }

async function send(line: RouteLine, options: { payload?: Uint8Array | object | undefined; path?: string; headers?: Record<string, string> }) {
  const payload =
    options.payload === undefined
      ? {}
      : { payload: options.payload instanceof Uint8Array ? Buffer.from(options.payload) : Buffer.from(JSON.stringify(options.payload)) }
  const type = options.payload === undefined ? {} : { 'content-type': line.route.consumes?.[0] ?? 'application/json' }
  const reply = await server.inject({
    method: line.method,
    url: options.path ?? pathOf(line.url),
    headers: { ...SAME_ORIGIN, ...type, ...options.headers },
    ...payload,
  })
  if (line.method !== 'GET' && reply.statusCode < 300) delete actors[sideOf(line)]
  return reply
}

const sideOf = ({ route: { access } }: RouteLine) => (access !== 'public' && access.operator.length === 0 ? 'contact' : 'operator')

type Reply = Awaited<ReturnType<typeof send>>

function expectProblem(reply: Reply, what: string): z.output<typeof ProblemBody> {
  expect(reply.statusCode, `${what}: ${reply.body}`).toBeGreaterThanOrEqual(400)
  expect(reply.statusCode, `${what}: ${reply.body}`).toBeLessThan(500)
  expect(reply.body, what).not.toMatch(LEAKS)
  // TAXII prescribes its own form (TAXII 2.1, section 3.6), with ours in it, and so does SCIM (RFC 7644, section 3.12).
  if (reply.headers['content-type'] === TAXII_MEDIA_TYPE) {
    const { title, description, error_id, error_code, http_status, details } = TaxiiError.parse(reply.json())
    const fields = details?.fields ?? []
    return ProblemBody.parse({ type: '/api', title, detail: description, requestId: error_id, code: error_code, status: Number(http_status), fields })
  }
  if (reply.headers['content-type'] === SCIM_MEDIA_TYPE) {
    const { status, ...rest } = reply.json<Record<string, unknown>>()
    return ProblemBody.parse({ type: '/api', title: 'SCIM', status: Number(status), ...rest })
  }
  expect(reply.headers['content-type'], what).toBe('application/problem+json')
  return ProblemBody.parse(reply.json())
}

/** Begins the session of each side, which is no row of what is asked next. */
async function signIn(): Promise<void> {
  for (const side of ['operator', 'contact'] as const)
    await send(
      writing().find((line) => sideOf(line) === side)!,
      { payload: REFUSED['a lone comma'] },
    )
}

/** Rows of every table: what a refused request must leave as they were. */
async function rowCounts(): Promise<string> {
  const { rows } = await test.database.superuser.query<{ name: string; n: string }>(
    `select tablename as name, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I.%I', schemaname, tablename), true, true, '')))[1]::text as n
     from pg_tables where schemaname = 'public' order by 1`,
  )
  return JSON.stringify(rows)
}

describe('each route that changes something', () => {
  it('is in the table', () => {
    expect(writing().length).toBeGreaterThan(0)
  })

  it('refuses every malformed body with a code, and writes nothing', async () => {
    await signIn()
    const before = await rowCounts()
    for (const line of writing()) {
      for (const [what, payload] of Object.entries(REFUSED)) {
        // A route without a body has nothing against one of no bytes.
        if (payload.length === 0 && !line.route.body) continue
        const { code } = expectProblem(await send(line, { payload }), `${line.method} ${line.url}: ${what}`)
        expect(['MALFORMED_JSON', 'INVALID_UTF8'], `${line.method} ${line.url}: ${what}`).toContain(code)
      }
    }
    expect(await rowCounts()).toBe(before)
  }, 120_000)

  it('refuses every body that breaks a rule with its code and place, and writes nothing', async () => {
    await signIn()
    const before = await rowCounts()
    for (const line of writing()) {
      for (const [what, { body, code, field }] of Object.entries(RULED)) {
        const problem = expectProblem(await send(line, { payload: body }), `${line.method} ${line.url}: ${what}`)
        expect([problem.code, problem.fields[0]?.field], `${line.method} ${line.url}: ${what}`).toEqual([code, field])
      }
    }
    expect(await rowCounts()).toBe(before)
  }, 120_000)

  it('answers JSON of every shape with a refusal or an answer, never with a fault', async () => {
    for (const line of writing()) {
      for (const [what, payload] of Object.entries(ACCEPTED)) {
        const reply = await send(line, { payload })
        expect(reply.statusCode, `${line.method} ${line.url}: ${what}: ${reply.body}`).toBeLessThan(500)
      }
    }
  }, 120_000)

  it('refuses a body that is too large, of another type, compressed, or cut short', async () => {
    const limits = new Set<number>()
    for (const line of writing()) {
      const name = `${line.method} ${line.url}`
      // Whole bodies are for one route of each limit: the others are told the length alone.
      const size = (line.route.bodyLimit ?? 1024 * 1024) + 1
      const large = limits.has(size) ? { payload: {}, headers: { 'content-length': String(size) } } : { payload: Buffer.alloc(size, 0x20) }
      limits.add(size)
      expect(expectProblem(await send(line, large), name).code).toBe('PAYLOAD_TOO_LARGE')
      for (const type of [
        'text/plain',
        'application/xml',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=a',
        'application/json; charset=latin1',
        ';',
        'a',
      ]) {
        expect(expectProblem(await send(line, { payload: {}, headers: { 'content-type': type } }), `${name} ${type}`).code).toBe('UNSUPPORTED_MEDIA_TYPE')
      }
      expect(expectProblem(await send(line, { payload: {}, headers: { 'content-encoding': 'gzip' } }), name).code).toBe('UNSUPPORTED_MEDIA_TYPE')
    }
  })
})

describe('each route that takes bytes', () => {
  const BYTES = [Buffer.from([0]), Buffer.from('{'), Buffer.from('[]'), Buffer.from('{"a":1,"a":2}'), Buffer.alloc(100_000, 0xff), Buffer.from('PK\x03\x04')]

  it('refuses what is no body, of another type, compressed, or too large, and writes nothing', async () => {
    await signIn()
    const before = await rowCounts()
    for (const line of uploading()) {
      const name = `${line.method} ${line.url}`
      const code = async (options: Parameters<typeof send>[1]) => expectProblem(await send(line, { ...options, path: uploadPath(line.url) }), name).code
      expect(await code({})).toBe('UNSUPPORTED_MEDIA_TYPE')
      const types = ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a', ';', 'a']
      for (const type of types.filter((one) => !line.route.consumes?.includes(one)))
        expect(await code({ payload: Buffer.from('{}'), headers: { 'content-type': type } }), type).toBe('UNSUPPORTED_MEDIA_TYPE')
      expect(await code({ payload: BYTES[0], headers: { 'content-encoding': 'gzip' } })).toBe('UNSUPPORTED_MEDIA_TYPE')
      expect(await code({ payload: BYTES[0], headers: { 'content-length': String((line.route.bodyLimit ?? 2 ** 20) + 1) } })).toBe('PAYLOAD_TOO_LARGE')
    }
    expect(await rowCounts()).toBe(before)
  }, 120_000)

  it('answers any bytes and any file name with a refusal or an answer, never with a fault', async () => {
    const names = [
      undefined,
      'attachment',
      'attachment; filename="a.doc"',
      "attachment; filename*=UTF-8''%e2%82%ac.doc",
      'x; filename="\\..\\a"',
      ';;',
      'attachment; filename=""',
    ]
    const kept = new Set<string>()
    for (const line of uploading()) {
      for (const payload of BYTES) {
        for (const name of names) {
          const reply = await send(line, { path: uploadPath(line.url), payload, headers: name === undefined ? {} : { 'content-disposition': name } })
          expect(reply.statusCode, `${line.method} ${line.url}: ${reply.body}`).toBeLessThan(500)
          if (reply.statusCode >= 400) expectProblem(reply, line.url)
          else kept.add(line.url)
        }
      }
    }
    // The control: the bytes came further than the door.
    expect([...kept]).toContain('/api/packages/:id/attachments')
  }, 120_000)
})

describe('every route', () => {
  it('refuses a path or query that no column could keep', async () => {
    for (const line of table.filter(({ route }) => !route.probe)) {
      for (const query of ['%ff', 'a=%00', 'limit=1&limit=2', '__proto__=1', 'a[b]=1', 'cursor=forged', 'limit=1e400']) {
        const reply = await send(line, { path: `${pathOf(line.url)}?${query}` })
        expect(reply.statusCode, `${line.method} ${line.url}?${query}: ${reply.body}`).toBeLessThan(500)
        if (query === '%ff' || query === 'a=%00' || query.startsWith('limit=1&')) expectProblem(reply, `${line.method} ${line.url}?${query}`)
      }
      if (!line.url.includes(':')) continue
      for (const value of ['\0', 'a'.repeat(300), '%', '..', "' or 1=1", '\u202e', '𝒳'.repeat(20), '9'.repeat(50)]) {
        const reply = await send(line, { path: pathOf(line.url, value), ...(line.route.body ? { payload: {} } : {}) })
        expect(reply.statusCode, `${line.method} ${line.url} ${JSON.stringify(value)}: ${reply.body}`).toBeLessThan(500)
        expect(reply.body).not.toMatch(LEAKS)
      }
    }
  })

  /** One request made from the route's own schemas, with hostile values mixed in. */
  const requestFor = (line: RouteLine) => {
    const input = (schema: z.ZodType | undefined) => (schema ? arbitraryOf(jsonSchema(schema, 'input')) : fc.constant(undefined))
    return fc.record({
      params: input(line.route.params),
      query: input(line.route.query),
      body: input(line.route.body),
      key: fc.option(fc.uuid(), { nil: undefined }),
    })
  }

  async function fuzz(line: RouteLine, runs: number): Promise<void> {
    const declared = jsonSchema(line.route.response, 'output')
    const property = fc.asyncProperty(requestFor(line), async ({ params, query, body, key }) => {
      const values = typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {}
      const path = line.url.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(textOf(values[name] ?? 'x')) || 'x').replace('/*', '/')
      const pairs = Object.entries(typeof query === 'object' && query !== null ? query : {}).map(
        ([name, value]) => `${encodeURIComponent(textOf(name))}=${encodeURIComponent(textOf(value))}`,
      )
      const reply = await send(line, {
        path: pairs.length > 0 ? `${path}?${pairs.join('&')}` : path,
        ...(body === undefined ? {} : { payload: body as object }),
        ...(key !== undefined && line.creates ? { headers: { 'idempotency-key': key } } : {}),
      })
      expect(reply.statusCode, `${line.method} ${path} ${JSON.stringify(body)}: ${reply.body}`).toBeLessThan(500)
      // A page for people says in HTML that nothing is there.
      const page = reply.statusCode === 404 && /^\/(programme|membership)/.test(line.url) && reply.headers['content-type'] === 'text/html; charset=utf-8'
      if (page) expect(reply.body, path).not.toMatch(LEAKS)
      else if (reply.statusCode >= 400) expectProblem(reply, path)
      else if (/[/+]json\b/.test(String(reply.headers['content-type']))) expect(undeclared(reply.json(), declared), path).toEqual([])
    })
    await fc.assert(property, { numRuns: runs })
  }

  it('answers requests made from its own contract without a fault and without a field it does not declare', async () => {
    for (const line of table.filter(({ url }) => url !== '/api/planted-fault')) await fuzz(line, 15)
  }, 300_000)

  it('would not pass with a fault or an undeclared field in it', async () => {
    const planted = table.find(({ url }) => url === '/api/planted-fault')!
    await expect(fuzz(planted, 2000)).rejects.toThrow(/Property failed/)
    const reply = await send(planted, { payload: { name: 'short' } })
    expect(undeclared(reply.json(), jsonSchema(z.object({ name: z.string() }), 'output'))).toEqual(['/leaked'])
  }, 120_000)
})

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()
