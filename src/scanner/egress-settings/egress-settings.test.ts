import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import type { Job } from '#scanner/detonation/sandbox.ts'
import { wayOutAt } from '#scanner/egress-settings/ways-out.ts'
import type { TestApp } from '#test/harness/app.ts'
import { another, type AnyPerson, digest, digestOf, type Shown, TestScanner } from '#test/harness/detonation/open-scanner.ts'
import { until } from '#test/harness/jobs.ts'
import type { SeededOperator } from '#test/harness/people.ts'

const scanner = new TestScanner()
const { analyst, ask, send, submit, read, rows, work } = scanner
let test: TestApp
let a: SeededOperator
let b: SeededOperator
beforeAll(async () => {
  ;({ test, a, b } = await scanner.open())
})
afterEach(scanner.stopWorkers)
afterAll(scanner.close)

describe('ways out', () => {
  const settings = (person: AnyPerson) => ask(person, '/api/egress-settings')
  const settle = (body: object, person: AnyPerson = a.people.analyst, headers = person.session as object) =>
    test.server.inject({ method: 'PUT', url: '/api/egress-settings', headers: { ...headers }, payload: body })
  const refused = async (body: object) => (await settle(body)).json<{ fields: { field: string }[] }>().fields.map(({ field }) => field)
  const ways = async (person: AnyPerson) => (await ask(person, '/api/environments')).json<{ egress: string[] }>().egress
  const none = { direct: false, ownNetworks: [], upstream: null }
  const wanted = { direct: true, ownNetworks: ['192.0.2.0/24'], upstream: { host: '1.1.1.1', port: 3128, login: { user: 'vedette', password: 'canary-7f3a' } } }

  it('are those that the operator settled, for whom the instance permits them, and reach the driver with each run', async () => {
    expect((await settings(a.people.auditor)).json()).toEqual({
      mayReachOut: 'operator',
      direct: false,
      ownNetworks: [],
      upstream: null,
      changedAt: null,
      changedBy: null,
    })
    expect(await ways(a.people.analyst)).toEqual(['none', 'simulated'])
    const shown = { direct: true, ownNetworks: ['192.0.2.0/24'], upstream: { host: '1.1.1.1', port: 3128, hasLogin: true } }
    expect((await settle(wanted)).json()).toMatchObject({ ...shown, changedBy: { id: a.people.analyst.id } })
    await settle({ ...wanted, upstream: { host: '1.1.1.1', port: 3128 }, ownNetworks: ['198.51.100.0/24'] }, b.people.analyst)
    expect(await ways(a.people.analyst)).toEqual(['none', 'simulated', 'direct', 'upstream'])
    expect(await ways(analyst())).toEqual(['none', 'simulated'])
    expect((await send(analyst(), another(), '?egress=upstream')).json()).toMatchObject({ code: 'FORBIDDEN' })

    const given: Job[] = []
    await work(({ job, answer }) => (given.push(job), answer()))
    for (const way of ['upstream', 'direct', 'simulated']) {
      given.length = 0
      const { id } = (await send(a.people.analyst, another(), `?egress=${way}&environments=poppler-debian12`)).json<Shown>()
      await until(async () => (await read(id, a.people.analyst)).state === 'done')
      const { wayOut } = given.find(({ options }) => options.egress === way)!
      // What another operator calls its own is not reached either.
      const ownNetworks = way === 'simulated' ? undefined : ['192.0.2.0/24', '198.51.100.0/24']
      expect(wayOut?.ownNetworks.toSorted()).toEqual(ownNetworks)
      expect(wayOut?.upstream).toEqual(way === 'upstream' ? { host: '1.1.1.1', port: 3128, login: 'vedette:canary-7f3a' } : undefined)
    }
    expect(await rows(`select 1 from egress_setting s where s::text like '%canary-7f3a%' or s::text like '%vedette:%'`)).toEqual([])
    expect((await settings(a.people.analyst)).body).not.toContain('canary')

    // A login that is left out stays for the same proxy, and is not told to another.
    expect((await settle({ ...wanted, upstream: { host: '1.1.1.1', port: 3128 } })).json()).toMatchObject({ upstream: { hasLogin: true } })
    expect((await settle({ ...wanted, upstream: { host: '1.1.1.2', port: 3128 } })).json()).toMatchObject({ upstream: { hasLogin: false } })
    expect((await verifyLog(test.app)).faults).toEqual([])
  })

  it('are settled by analysts of the operator alone, in a session, and what is none is refused', async () => {
    const code = async (body: object, person?: AnyPerson) => (await settle(body, person)).json<{ code: string }>().code
    for (const person of [a.people.auditor, a.people.author, analyst(), a.vendor.people.admin]) expect(await code(none, person)).toBe('FORBIDDEN')
    expect((await settle(none, a.people.analyst, a.people.analyst.token)).statusCode).toBe(403)
    expect((await settings(analyst())).statusCode).toBe(403)
    expect(await refused({ ...none, ownNetworks: ['10.0.0.0/8', 'the office'] })).toEqual(['/body/ownNetworks/1'])
    expect(await refused({ ...none, upstream: { host: 'a b', port: 1 } })).toEqual(['/body/upstream/host'])
    expect(await refused({ ...none, upstream: { host: '127.0.0.1', port: 5432 } })).toEqual(['/body/upstream/host'])
    // Control.
    expect((await settle(none)).statusCode).toBe(200)
  })

  it('are not closed to every operator by one that calls the whole internet its own', async () => {
    for (const network of ['0.0.0.0/0', '10.0.0.0/7', '::/0', '2001:db8::/15'])
      expect(await refused({ ...none, ownNetworks: [network] })).toEqual(['/body/ownNetworks/0'])
    const pieces = (count: number) => Array.from({ length: count }, (_, n) => `${n + 1}.0.0.0/8`)
    expect(await refused({ ...none, ownNetworks: [...pieces(4), '2001:db8::/32'] })).toEqual(['/body/ownNetworks'])
    // Controls.
    expect((await settle({ ...none, ownNetworks: pieces(4) })).statusCode).toBe(200)
    for (const network of ['10.0.0.0/8', '2001:db8::/16'])
      expect((await settle({ ...none, ownNetworks: [network] })).json()).toMatchObject({ ownNetworks: [network] })
  })

  it('are none for what a member handed in before the instance was narrowed to operators', async () => {
    await settle(none, b.people.analyst)
    await settle(wanted)
    const { app } = test
    expect(app.config.egress).toBe('operator')
    const told = (kind: 'contact' | 'operator', egress = app.config.egress) =>
      app.db.read(system('test'), (tx) => wayOutAt({ ...app, config: { ...app.config, egress } }, tx, { kind }, a.id, 'direct'))
    const open = { ownNetworks: wanted.ownNetworks }
    expect([await told('contact'), await told('operator', 'nobody')]).toEqual([undefined, undefined])
    // Controls.
    expect([await told('operator'), await told('contact', 'members')]).toEqual([open, open])

    const given: Job[] = []
    const queued = async (bytes: Buffer, person: AnyPerson) => {
      const { id } = await submit(bytes, '?environments=poppler-debian12', person)
      await rows(`update submission set options = options || '{"egress":"direct"}' where id = $1`, [id])
      return async () => (await read(id, person)).state === 'done'
    }
    const [ofMember, ofStaff] = [another(), another()]
    const done = [await queued(ofMember, analyst()), await queued(ofStaff, a.people.analyst)]
    await work(({ job, answer }) => (given.push(job), answer()))
    for (const one of done) await until(one)
    // The member's was opened nowhere, and says why.
    expect(given.map((job) => [digestOf(job), job.options.egress, job.wayOut])).toEqual([[digest(ofStaff), 'direct', open]])
    expect(await rows(`select d.failure from detonation d join submission s on s.id = d.submission_id where s.sha256 = $1`, [digest(ofMember)])).toEqual([
      { failure: 'NOT_PERMITTED' },
    ])
  })
})
