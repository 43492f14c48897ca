import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANONYMOUS, CONTACT_ROLES, OPERATOR_ROLES, system, type Actor } from '#platform/auth/actor.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import type { RouteLine } from '#platform/http/route-table.ts'
import { createServer } from '#platform/http/server.ts'
import { routeTable } from '#main/serve.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

const WRITERS = 8
const AFTER = 200

interface Race {
  readonly servedBefore: number
  /** Answers other than 401 to requests that began after the revocation was acknowledged. */
  readonly servedAfter: number
  readonly refusedAfter: number
}

/** Promise 9: what is revoked opens nothing that begins after the revocation was acknowledged. */
describe('revocation under racing requests', () => {
  let test: TestApp
  let a: SeededOperator

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  async function race(server: FastifyInstance, headers: Record<string, string>, revoke: () => Promise<unknown>): Promise<Race> {
    const counts = { servedBefore: 0, servedAfter: 0, refusedAfter: 0 }
    let acknowledged = false
    let acknowledge = () => undefined as void
    const halfway = new Promise<void>((resolve) => (acknowledge = resolve))
    const writer = async () => {
      while (counts.servedAfter + counts.refusedAfter < AFTER) {
        const isAfter = acknowledged
        const { statusCode } = await server.inject({ url: '/api/session', headers })
        if (!isAfter && statusCode === 200 && ++counts.servedBefore === AFTER / 2) acknowledge()
        if (isAfter) counts[statusCode === 401 ? 'refusedAfter' : 'servedAfter'] += 1
      }
    }
    const writers = Array.from({ length: WRITERS }, writer)
    await halfway
    await revoke()
    acknowledged = true
    await Promise.all(writers)
    return counts
  }

  const holds = ({ servedBefore, servedAfter, refusedAfter }: Race) => {
    expect(servedAfter).toBe(0)
    expect(servedBefore).toBeGreaterThanOrEqual(AFTER / 2)
    expect(refusedAfter).toBeGreaterThanOrEqual(AFTER)
  }

  it('holds for a session that its person ends elsewhere', async () => {
    const { session, actor } = a.people.author
    holds(await race(test.server, session, () => new Visitor(test.server, session).delete(`/api/account/sessions/${actor.credential.id}`)))
  })

  it('holds for a token that its person revokes', async () => {
    const { session, token } = a.people.reviewer
    const { items } = (await new Visitor(test.server, session).get('/api/account/tokens')).json<{ items: { id: string }[] }>()
    holds(await race(test.server, token, () => new Visitor(test.server, session).delete(`/api/account/tokens/${items[0]!.id}`)))
  })

  it('holds for everything of a person who is disabled', async () => {
    const person = await seedStaff(test.app, a.id, 'author', 'Leaver')
    const officer = new Visitor(test.server, a.people['membership-officer'].session)
    holds(await race(test.server, person.token, () => officer.post(`/api/people/${person.id}/disable`)))
  })

  it('holds for the contacts of a member that is suspended', async () => {
    const suspend = () =>
      test.app.db.transaction(system('test'), (tx) =>
        tx.db.updateTable('membership').set({ state: 'suspended' }).where('organisation_id', '=', a.responder.id).execute(),
      )
    holds(await race(test.server, a.responder.people.reader.session, suspend))
  })

  it('would not hold if credentials were remembered for a moment', async () => {
    const identify = createIdentify(test.app)
    const remembered = new Map<string, Promise<Actor>>()
    const remembering = (request: FastifyRequest) => {
      const key = `${request.headers.cookie} ${request.headers.authorization}`
      if (!remembered.has(key)) remembered.set(key, identify(request))
      return remembered.get(key)!
    }
    const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
    const server = await createServer(test.app, { routes: await routeTable(test.app), identify: remembering, ready })
    const { session, token } = a.people.publisher
    const { items } = (await new Visitor(test.server, session).get('/api/account/tokens')).json<{ items: { id: string }[] }>()
    const counts = await race(server, token, () => new Visitor(test.server, session).delete(`/api/account/tokens/${items[0]!.id}`))
    expect(counts.servedAfter).toBeGreaterThan(0)
    await server.close()
  })

  it('holds for every route whose body was still on its way', { timeout: 120_000 }, async () => {
    let revoked = false
    let asked = () => undefined as void
    const everyRole = (kind: 'operator' | 'contact'): Actor =>
      kind === 'operator' ? { ...a.people.author.actor, roles: OPERATOR_ROLES } : { ...a.vendor.people.admin.actor, roles: CONTACT_ROLES }
    const identify = async (request: FastifyRequest) => {
      const { access } = request.routeOptions.config.line!.route
      const actor = access !== 'public' && access.operator.length === 0 ? everyRole('contact') : everyRole('operator')
      asked()
      return revoked ? ANONYMOUS : actor
    }
    const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
    const server = await createServer(test.app, { routes: await routeTable(test.app), identify, ready })
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.server.address() as AddressInfo
    const lines = server.routeTable.filter(({ route, method }) => route.access !== 'public' && method !== 'GET')
    expect(lines.some(({ route }) => route.body === undefined && route.consumes === undefined)).toBe(true)

    /** Sends the beginning of a body, revokes once the server has let it in, and sends the rest. */
    async function send({ method, url, route }: RouteLine, revoke: boolean): Promise<number> {
      revoked = false
      const admitted = new Promise<void>((resolve) => (asked = resolve))
      const path = url.replaceAll(/:\w+/g, '0193b0c8-1111-7222-8333-444455556666')
      const headers = { 'content-type': route.consumes?.[0] ?? 'application/json', 'sec-fetch-site': 'same-origin', 'transfer-encoding': 'chunked' }
      const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...headers, 'content-disposition': 'attachment; filename="a"' } })
      const answer = new Promise<number>((resolve, reject) => {
        sent.on('response', (response) => resolve(response.resume().statusCode ?? 0))
        sent.on('error', reject)
      })
      sent.write('{')
      await admitted
      revoked = revoke
      sent.end('}')
      return answer
    }
    expect(lines.length).toBeGreaterThanOrEqual(60)
    for (const line of lines) {
      // Where bytes are sent to something that is not there, the answer does not wait for them.
      const refused = line.route.consumes && line.url.includes(':') ? [401, 404] : [401]
      expect(refused, `${line.method} ${line.url}`).toContain(await send(line, true))
      expect(await send(line, false), `${line.method} ${line.url}: control`).not.toBe(401)
    }
    await server.close()
  })

  it('holds for an act without a body, when bytes are on their way all the same', async () => {
    const identify = createIdentify(test.app)
    let asked = () => undefined as void
    const telling = async (request: FastifyRequest) => {
      const actor = await identify(request)
      asked()
      return actor
    }
    const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
    const server = await createServer(test.app, { routes: await routeTable(test.app), identify: telling, ready })
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.server.address() as AddressInfo
    const officer = await seedStaff(test.app, a.id, 'membership-officer', 'Slow officer')

    /** Disables `target` as the slow officer, who meanwhile may be disabled. */
    async function disable(target: string, meanwhile: () => Promise<unknown>): Promise<number> {
      const admitted = new Promise<void>((resolve) => (asked = resolve))
      const headers = { ...officer.session, 'content-type': 'application/json', 'content-length': '2' }
      const sent = httpRequest({ host: '127.0.0.1', port, method: 'POST', path: `/api/people/${target}/disable`, headers })
      const answer = new Promise<number>((resolve, reject) => {
        sent.on('response', (response) => resolve(response.resume().statusCode ?? 0))
        sent.on('error', reject)
      })
      sent.write('{')
      await admitted
      await meanwhile()
      sent.end('}')
      return answer
    }
    const isDisabled = async (id: string) =>
      (await test.database.superuser.query('select 1 from person where id = $1 and disabled_at is not null', [id])).rowCount === 1
    const first = await seedStaff(test.app, a.id, 'author', 'First')
    const second = await seedStaff(test.app, a.id, 'author', 'Second')
    expect([await disable(first.id, async () => undefined), await isDisabled(first.id)]).toEqual([200, true])
    const other = new Visitor(test.server, a.people['membership-officer'].session)
    expect([await disable(second.id, () => other.post(`/api/people/${officer.id}/disable`)), await isDisabled(second.id)]).toEqual([401, false])
    await server.close()
  })
})
