import type { FastifyInstance, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type Actor } from '#platform/auth/actor.ts'
import { createIdentify } from '#platform/auth/identify.ts'
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
})
