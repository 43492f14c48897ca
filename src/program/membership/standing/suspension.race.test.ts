import { Agent, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdentify } from '#platform/auth/identify.ts'
import { changeStanding } from '#program/membership/standing/change-standing.ts'
import { createServer } from '#platform/http/server.ts'
import type { Actor, ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { routeTable } from '#main/serve.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'

/** The figure of the release is measured with 10 000; here as many as the time of a test run allows. */
const REQUESTS = Number(process.env['VEDETTE_RACE_REQUESTS'] ?? 3000)
const IN_FLIGHT = 32
/** The suspension begins after this part of the requests, so that most begin after it. */
const BEGINS = 0.1

interface Sent {
  readonly began: number
  readonly ended: number
  readonly status: number
}

describe('a suspension, with requests in flight', () => {
  let test: TestApp
  let a: SeededOperator
  let officer: SeededPerson<OperatorActor>
  let contact: SeededPerson<ContactActor>
  let session: Record<string, string>
  /** Every way in: sessions, tokens, lists, one package, receipts, downloads, TAXII. */
  let asked: { readonly method: 'GET' | 'POST'; readonly path: string; readonly headers: Record<string, string>; readonly body?: string }[]

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
    officer = a.people['membership-officer']
    contact = a.vendor.people.analyst
    await entitle(test.app, a, a.vendor, contact)
    const desk = packageDesk(test)
    const { id } = await desk.scheduled(a, csafDocument('Race'))
    test.clock.set(DECEMBER.advance)
    session = await newSession(test, contact)
    const { content } = ok(await desk.receive(contact, id))
    const object = content.attachments![0]!.object
    const json = { 'content-type': 'application/json' }
    const one = (path: string, headers: Record<string, string>) => ({ method: 'GET' as const, path, headers })
    asked = [
      one('/api/packages', session),
      one('/api/packages', contact.token),
      one(`/api/packages/${id}`, session),
      one(`/api/packages/${id}`, contact.token),
      one(`/api/packages/${id}/attachments/${object}`, contact.token),
      one('/api/session', session),
      one('/api/releases', contact.token),
      one('/taxii2/', { ...contact.token, accept: 'application/taxii+json;version=2.1' }),
      { method: 'POST', path: `/api/packages/${id}/receipts`, headers: { ...contact.token, ...json }, body: '{"version":1}' },
      one('/api/standing', session),
    ]
  }, 60_000)
  afterAll(() => test.close())

  /** Sends all requests, so many at a time, and does something in the midst of them. */
  async function sendAll(port: number, count: number, midst: () => Promise<number>): Promise<{ sent: Sent[]; at: number }> {
    const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
    const sent: Sent[] = []
    let next = 0
    let at: Promise<number> | undefined
    const worker = async () => {
      while (next < count) {
        const { method, path, headers, body } = asked[next % asked.length]!
        if (next++ === Math.floor(count * BEGINS)) at = midst()
        const began = performance.now()
        const status = await new Promise<number>((resolve) => {
          const request = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent }, (answer) => {
            answer.resume()
            answer.on('end', () => resolve(answer.statusCode ?? 0))
            answer.on('error', () => resolve(0))
          })
          request.on('error', () => resolve(0))
          request.end(body)
        })
        sent.push({ began, ended: performance.now(), status })
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
    agent.destroy()
    return { sent, at: await at! }
  }

  const succeeded = ({ status }: Sent) => status >= 200 && status < 300
  /** Suspends the vendor; gives the moment right after the commit. */
  const suspend = async () => {
    await changeStanding(test.app, officer.actor, a.vendor.id, { kind: 'suspend', reason: 'Caught copying' })
    return performance.now()
  }

  it('lets none that began after the commit succeed, and ends those in flight', { timeout: 120_000 }, async () => {
    const port = Number(new URL(await test.listen()).port)
    const { sent, at } = await sendAll(port, REQUESTS, suspend)
    expect(sent).toHaveLength(REQUESTS)
    expect(sent.filter(({ began }) => began > at).length).toBeGreaterThan(REQUESTS / 10)
    expect(sent.filter((one) => one.ended < at && !succeeded(one))).toEqual([])
    expect(sent.filter((one) => one.began > at && succeeded(one))).toEqual([])
    const after = sent.filter((one) => one.began <= at && one.ended > at && succeeded(one)).map(({ ended }) => ended - at)
    const latencies = after.toSorted((one, other) => one - other)
    const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? 0
    process.stdout.write(
      `suspension: ${sent.length} requests, ${sent.filter(({ began }) => began > at).length} began after it, 0 of them succeeded; ` +
        `${latencies.length} begun before it ended after it, the last by ${(latencies.at(-1) ?? 0).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms\n`,
    )
  })

  it('as a server that remembers for a second who asked would not', { timeout: 60_000 }, async () => {
    await test.database.superuser.query(`update membership set state = 'active' where organisation_id = $1`, [a.vendor.id])
    const identify = createIdentify(test.app)
    const known = new Map<string, { readonly actor: Actor; readonly until: number }>()
    const remembers: typeof identify = async (request) => {
      const key = `${request.headers.authorization} ${request.headers.cookie}`
      const found = known.get(key)
      if (found && performance.now() < found.until) return found.actor
      const actor = await identify(request)
      known.set(key, { actor, until: performance.now() + 1000 })
      return actor
    }
    const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
    const server = await createServer(test.app, { routes: await routeTable(test.app), identify: remembers, ready })
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { sent, at } = await sendAll((server.server.address() as AddressInfo).port, Math.min(400, REQUESTS), suspend)
    await server.close()
    expect(sent.filter((one) => one.began > at && succeeded(one)).length).toBeGreaterThan(0)
  })
})
