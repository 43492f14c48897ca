import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANONYMOUS, CONTACT_ROLES, OPERATOR_ROLES, system, type Actor } from '#platform/auth/actor.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import { addToken } from '#platform/auth/create-token.ts'
import { permits } from '#platform/auth/rule.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { createServer, routeTable } from '#platform/http/server.ts'
import type { RouteLine } from '#platform/http/route-table.ts'
import { routeTable as discoveredRoutes } from '#main/serve.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

/** Somebody or nobody who sends a request, and the headers that say so. */
interface Principal {
  readonly name: string
  readonly actor: Actor
  readonly headers: Readonly<Record<string, string>>
}

type Outcome = 'may' | '401' | '403'

/** Every route of the running table × every role, by the policy and by the server; docs/routes-by-role.md is its record. */
describe('routes by role', () => {
  let test: TestApp
  let principals: readonly Principal[]
  let others: readonly Principal[]

  beforeAll(async () => {
    test = await testApp()
    const [a, b] = await seedPeople(test.app)
    principals = [...(await strangers(test, a)), ...people(a, '')]
    others = people(b, 'other operator: ')
  })
  afterAll(() => test.close())

  it('answers as the policy says, for each route and each role', { timeout: 120_000 }, async () => {
    const wrong: string[] = []
    for (const line of lines(test.server)) {
      const told = [...principals, ...others].map(async (principal) => {
        const want = expected(line, principal)
        const got = await ask(test.server, line, principal)
        if (got !== want) wrong.push(`${line.method} ${line.url} by ${principal.name}: ${got}, the policy says ${want}`)
      })
      await Promise.all(told)
    }
    expect(wrong).toEqual([])
  })

  it('would notice a route that lost its guard', async () => {
    const routes = (await discoveredRoutes(test.app)).map((route) =>
      route.access !== 'public' && route.access.verb === 'person.list' ? { ...route, access: 'public' as const } : route,
    )
    const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
    const server = await createServer(test.app, { routes, identify: createIdentify(test.app), ready })
    const guarded = lines(test.server).filter(({ access }) => access === 'person.list')
    expect(guarded).toHaveLength(2)
    for (const line of guarded) expect(await ask(server, line, principals[0]!)).not.toBe(expected(line, principals[0]!))
    await server.close()
  })

  it('is what docs/routes-by-role.md records', async () => {
    await expect(document(routeTable(test.server), principals)).toMatchFileSnapshot('../docs/routes-by-role.md')
  })
})

/** Signing out last, because nothing comes after it in that session. */
function lines(server: FastifyInstance): readonly RouteLine[] {
  const isSignOut = ({ method, url }: RouteLine) => method === 'DELETE' && url === '/api/session'
  const table = routeTable(server)
  return [...table.filter((line) => !isSignOut(line)), ...table.filter(isSignOut)]
}

async function strangers(test: TestApp, a: SeededOperator): Promise<Principal[]> {
  const { app } = test
  const client = { address: '192.0.2.1', userAgent: 'test' }
  const newcomer = await seedStaff(app, a.id, 'membership-officer', 'Newcomer')
  const link = await app.db.transaction(system('test'), (tx) => startSession(app, tx, { person: newcomer.id, method: 'link', client }))
  const officer = a.people['membership-officer']
  const powerless = await app.db.transaction(officer.actor, (tx) => addToken(app, tx, officer.id, { name: 'none', scopes: [], expiresInDays: 1 }))
  const credential = { kind: 'session', id: link.id, method: 'link' } as const
  const token = (scopes: readonly string[]): Actor => ({ ...officer.actor, credential: { kind: 'token', id: randomUUID() as never, scopes } })
  return [
    { name: 'nobody', actor: ANONYMOUS, headers: {} },
    { name: 'link session', actor: { ...newcomer.actor, credential }, headers: { cookie: `vedette=${link.secret}` } },
    { name: 'token without scope', actor: token([]), headers: { authorization: `Bearer ${powerless.secret}` } },
  ]
}

function people({ people, vendor, responder }: SeededOperator, prefix: string): Principal[] {
  const of = (name: string, { actor, session }: { actor: Actor; session: Readonly<Record<string, string>> }) => ({
    name: prefix + name,
    actor,
    headers: session,
  })
  return [
    ...OPERATOR_ROLES.map((role) => of(role, people[role])),
    ...CONTACT_ROLES.map((role) => of(`vendor ${role}`, vendor.people[role])),
    ...CONTACT_ROLES.map((role) => of(`responder ${role}`, responder.people[role])),
  ]
}

function expected({ route }: RouteLine, { actor }: Principal): Outcome {
  if (route.access === 'public') return 'may'
  if (actor.kind === 'anonymous') return '401'
  return permits(actor, route.access) ? 'may' : '403'
}

/** Asks for an object that does not exist, with a body that says nothing: whoever may is told so by another code than 401 and 403. */
async function ask(server: FastifyInstance, { method, url }: RouteLine, { headers }: Principal): Promise<Outcome> {
  const path = url.replaceAll(/:[A-Za-z]+/g, () => randomUUID())
  const payload = method === 'GET' || method === 'DELETE' ? {} : { payload: {} }
  const { statusCode } = await server.inject({
    method,
    url: path,
    headers: { 'sec-fetch-site': 'same-origin', 'idempotency-key': randomUUID(), ...headers },
    ...payload,
  })
  return statusCode === 401 ? '401' : statusCode === 403 ? '403' : 'may'
}

function document(table: readonly RouteLine[], principals: readonly Principal[]): string {
  const columns = ['Route', 'Verb', ...principals.map(({ name }) => name)]
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rows = table
    .filter(({ url }) => url !== '/*')
    .map((line) => {
      const marks = principals.map((principal) => ({ may: '✓', '401': '401', '403': '·' })[expected(line, principal)])
      return row([`\`${line.method} ${line.url}\``, line.access, ...marks])
    })
  return `# Routes by role

Written by \`test/routes-by-role.test.ts\` from the running route table, and checked on every run; a change of a route or of a
policy shows here. Write it anew with \`bin/run node_modules/vitest/vitest.mjs run test/routes-by-role.test.ts -u\`.

✓ may ask (the object is then decided on by itself: what is not yours is not found), · is answered 403, 401 is answered 401.
Roles are those of a session with a passkey; a token has the role's rights within its scopes, and never those of a verb without one.

${row(columns)}
${row(columns.map((_, n) => (n < 2 ? '---' : ':-:')))}
${rows.join('\n')}
`
}
