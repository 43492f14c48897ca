import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startWorker } from '#platform/jobs/work.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { beginDue, jobs, workOn } from '#exchange/remotes/jobs.ts'
import type { RunId } from '#exchange/remotes/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { makeCertificates } from '#test/harness/certificates.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { until } from '#test/harness/jobs.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { RemoteTaxii } from '#test/harness/remote-taxii.ts'

const POLLER = fileURLToPath(new URL('../../../test/harness/doomed-poller.ts', import.meta.url))
const PASSWORD = 'open-sesame-of-the-remote'
const certificates = makeCertificates()
let test: TestApp
let operator: SeededOperator
let other: SeededOperator
let taxii: RemoteTaxii
let collection: CollectionId

beforeAll(async () => {
  test = await testApp({ env: { VEDETTE_REMOTE_PRIVATE_HOSTS: 'localhost' } })
  ;[operator, other] = await seedPeople(test.app)
  taxii = await RemoteTaxii.start(certificates?.server)
})
afterAll(async () => {
  await taxii?.close()
  await test?.close()
})
beforeEach(async () => {
  collection = await seedCollection(test.app, operator.id, [{ organisation: operator.vendor.id }])
  taxii.objects.length = taxii.asked.length = 0
  taxii.authorization = `Basic ${Buffer.from(`us:${PASSWORD}`).toString('base64')}`
})
afterEach(async () => {
  taxii.faults = {}
  taxii.onPage = () => undefined
  await sql("update remote set state = 'ended', ended_at = now(), run_id = null where state <> 'ended'")
  await sql("update remote_run set state = 'cancelled', ended_at = now() where ended_at is null")
  await sql('delete from notice')
})

const sql = async (text: string, values: unknown[] = []) => (await test.database.superuser.query(text, values)).rows
const analyst = () => operator.people.analyst
const send = (person: SeededPerson<never>, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  test.server.inject({ method, url, headers: (person as { session: Record<string, string> }).session, ...(payload && { payload }) })
const as = (person: { session: object }) => person as unknown as SeededPerson<never>

const wish = (change: object = {}) => ({
  direction: 'poll',
  name: 'Feed',
  apiRoot: taxii.root,
  remoteCollection: taxii.collection,
  remoteTitle: 'Remote collection',
  collection,
  login: { scheme: 'basic', user: 'us', password: PASSWORD },
  ca: certificates?.ca ?? null,
  intervalMinutes: 60,
  filters: { types: [] },
  unmarked: 'AMBER',
  audience: 'CLEAR',
  ...change,
})

async function add(change: object = {}): Promise<string> {
  const added = await send(as(analyst()), 'POST', '/api/remotes', wish(change))
  expect([added.statusCode, added.json()]).toEqual([201, expect.objectContaining({ state: 'active' })])
  return added.json<{ id: string }>().id
}

const view = async (id: string) => (await send(as(analyst()), 'GET', `/api/remotes/${id}`)).json()
const runs = async (id: string) => (await send(as(analyst()), 'GET', `/api/remotes/${id}/runs`)).json().items
const held = () => new TaxiiClient(test.server, operator.vendor.people.reader, operator.id, collection).walk()

/** Begins what is due and works until no run is open. */
async function runAll(): Promise<void> {
  await beginDue(test.app)
  for (const { id } of await sql('select id from remote_run where ended_at is null order by id'))
    await workOn(test.app, id as RunId, new AbortController().signal)
}

/** The same once the interval, or the wait after a failure, is over. */
async function runLater(ms = 36 * 3_600_000): Promise<void> {
  await sql("update remote set next_at = next_at - $1 * interval '1 ms'", [ms])
  await runAll()
}

const some = (n: number, properties: object = {}) => Array.from({ length: n }, () => indicator({ ...properties }))
const ids = () => taxii.objects.map(({ id }) => id).sort()

describe('polling a remote server', () => {
  it('brings what members then read, once, and later only what is new', async () => {
    taxii.add(some(5))
    taxii.faults = { largest: 2 }
    const id = await add()
    await runAll()
    expect((await held()).sort()).toEqual(ids())
    expect(await runs(id)).toMatchObject([
      { state: 'done', pages: 3, received: 5, added: 5, known: 0, refused: 0, failure: null, askedBy: { name: analyst().name } },
    ])
    expect(await view(id)).toMatchObject({ run: null, added: 5, lastSuccessAt: expect.any(String), nextAt: expect.any(String), failingSince: null })
    await runLater(59 * 60_000)
    expect(await runs(id)).toHaveLength(1)
    taxii.add(some(1))
    await runLater(60_000)
    expect((await runs(id))[0]).toMatchObject({ state: 'done', pages: 1, received: 1, added: 1, askedBy: null })
    expect((await held()).sort()).toEqual(ids())
    const leaves = await sql(`select convert_from(body, 'UTF8') as text from audit_leaf where action = 'remote-run.ended' order by index desc limit 1`)
    expect(leaves[0].text).toMatch(/"added":1\b/)
  })

  it('lets no server revoke or rewrite what the operator’s people have of their own, also not once it gave the same', async () => {
    const [own, brought] = some(2)
    const client = new TaxiiClient(test.server, analyst(), operator.id, collection)
    expect((await client.post(own)).json()).toMatchObject({ success_count: 1 })
    taxii.add([own!, brought!])
    const id = await add()
    await runAll()
    const later = { modified: '2026-02-01T00:00:00.000Z', revoked: true }
    taxii.add([
      { ...own!, ...later },
      { ...brought!, ...later },
    ])
    await runLater()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', received: 2, added: 1, refused: 1 })
    const { objects } = (await client.get('objects/')).json<{ objects: { id: string; revoked?: boolean }[] }>()
    // The control: what the server brought itself it does revoke.
    expect(new Map(objects.map((one) => [one.id, one.revoked]))).toEqual(new Map([[own!.id, undefined], [brought!.id, true]])) // prettier-ignore
  })

  it('hears at once that the rules were narrowed while a run is under way', async () => {
    taxii.faults = { largest: 2 }
    taxii.add(some(4))
    const id = await add()
    taxii.onPage = async () => {
      if (taxii.pages.length !== 2) return
      const { name, intervalMinutes, filters, unmarked } = wish()
      const narrowed = { direction: 'poll', name, intervalMinutes, filters, unmarked, audience: 'RED' }
      expect((await send(as(analyst()), 'PUT', `/api/remotes/${id}`, narrowed)).statusCode).toBe(200)
    }
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 4 })
    expect(await held()).toHaveLength(2)
  })

  it('takes the good, names the bad, and goes on', async () => {
    taxii.add(some(2))
    taxii.addText('{"type":"indicator","id":"indicator--1"}')
    taxii.addText('{"type":"indicator","type":"twice"}')
    taxii.addText('"nonsense"')
    taxii.add(some(1))
    const id = await add()
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', received: 6, added: 3, refused: 3 })
    const { items } = (await send(as(analyst()), 'GET', `/api/remotes/${id}/refusals`)).json()
    expect(items.map(({ objectId, reason }: { objectId: string; reason: string }) => [objectId, reason.length > 0])).toEqual([
      ['unknown', true],
      ['unknown', true],
      ['indicator--1', true],
    ])
  })

  it('shows what arrives to no more than the remote is set to, and what has no label as it says', async () => {
    const clear = indicator({ object_marking_refs: [TLP_MARKINGS.CLEAR] })
    const unlabelled = indicator({ object_marking_refs: undefined })
    const statement = `marking-definition--${randomUUID()}`
    const stated = indicator({ object_marking_refs: [TLP_MARKINGS.CLEAR, statement] })
    const at = '2026-01-01T00:00:00.000Z'
    const definition = {
      type: 'marking-definition',
      spec_version: '2.1',
      id: statement,
      created: at,
      definition_type: 'statement',
      definition: { statement: 'Ours' },
    }
    taxii.add([clear, unlabelled, stated, definition])
    await add({ unmarked: 'RED' })
    await runAll()
    expect((await held()).sort()).toEqual([clear.id, stated.id].sort())
    taxii.add(some(1))
    await add({ name: 'Narrow', audience: 'RED' })
    await runAll()
    expect((await held()).sort()).toEqual([clear.id, stated.id].sort())
  })

  it('asks for the types that were chosen; other ones begin anew', async () => {
    taxii.add(some(2))
    const id = await add({ filters: { types: ['indicator', 'malware'] } })
    await runAll()
    expect(taxii.pages.at(-1)!.url.searchParams.get('match[type]')).toBe('indicator,malware')
    const { direction, name, intervalMinutes, unmarked, audience } = wish() as Record<string, unknown>
    const changed = await send(as(analyst()), 'PUT', `/api/remotes/${id}`, { direction, name, intervalMinutes, unmarked, audience, filters: { types: [] } })
    expect(changed.statusCode).toBe(200)
    await runLater()
    expect([taxii.pages.at(-1)!.url.searchParams.get('match[type]'), taxii.pages.at(-1)!.url.searchParams.get('added_after')]).toEqual([null, null])
    expect((await runs(id))[0]).toMatchObject({ received: 2, known: 2, added: 0 })
  })
})

describe('a poll that is interrupted', () => {
  it('goes on where it was after its worker was killed between two pages: nothing is missed, nothing is there twice', async () => {
    taxii.add(some(9))
    taxii.faults = { largest: 2 }
    const id = await add()
    const [{ id: run }] = await sql('select id from remote_run where ended_at is null')
    // What a kill leaves: the answer to the third page is under way and never kept.
    let release: () => void = () => undefined
    const killed = new Promise<void>((resolve) => (release = resolve))
    let pages = 0
    taxii.onPage = () => (++pages === 3 ? killed : undefined)
    const first = workOn(test.app, run, new AbortController().signal)
    await until(() => pages === 3)
    expect((await runs(id))[0]).toMatchObject({ state: 'running', pages: 2, added: 4 })
    await workOn(test.app, run, new AbortController().signal)
    expect((await held()).sort()).toEqual(ids())
    // The one that was taken for dead comes back late: what it holds is not kept, and nothing changes.
    release()
    await first
    expect((await runs(id))[0]).toMatchObject({ state: 'done', pages: 5, received: 9, added: 9, known: 0 })
    expect(await sql('select object_id from object_version where collection_id = $1', [collection])).toHaveLength(9)
  })

  it('loses nothing with the process that worked on it, killed in the middle of a page', { timeout: 60_000 }, async () => {
    taxii.add(some(9))
    taxii.faults = { largest: 2 }
    const id = await add()
    const [{ id: run }] = await sql('select id from remote_run where ended_at is null')
    let release: () => void = () => undefined
    const killed = new Promise<void>((resolve) => (release = resolve))
    let pages = 0
    taxii.onPage = () => (++pages === 3 ? killed : undefined)
    const child = spawn(process.execPath, [POLLER, JSON.stringify(test.database.app), test.app.config.dataDir, run], { stdio: 'inherit' })
    await until(() => pages === 3, 40_000)
    child.kill('SIGKILL')
    await once(child, 'exit')
    release()
    expect((await runs(id))[0]).toMatchObject({ state: 'running', pages: 2, added: 4 })
    await workOn(test.app, run, new AbortController().signal)
    expect((await runs(id))[0]).toMatchObject({ state: 'done', pages: 5, received: 9, added: 9, known: 0 })
    expect((await held()).sort()).toEqual(ids())
  })

  it('is given back when its worker stops, and taken up by the next', async () => {
    taxii.add(some(6))
    taxii.faults = { largest: 1 }
    let pages = 0
    let stopping: Promise<void> | undefined
    const worker = await startWorker(test.app, { kinds: jobs })
    taxii.onPage = () => {
      if (++pages === 3) stopping = worker.stop()
    }
    const id = await add()
    await until(() => pages >= 3)
    await stopping
    expect((await runs(id))[0]).toMatchObject({ state: 'running' })
    const next = await startWorker(test.app, { kinds: jobs })
    try {
      await until(async () => (await runs(id))[0].state === 'done')
    } finally {
      await next.stop()
    }
    expect((await runs(id))[0]).toMatchObject({ added: 6, known: 0 })
    expect((await held()).sort()).toEqual(ids())
  })

  it('can be cancelled, paused and resumed; what it brought stays', async () => {
    taxii.add(some(6))
    taxii.faults = { largest: 2 }
    const id = await add()
    const [{ id: run }] = await sql('select id from remote_run where ended_at is null')
    let pages = 0
    taxii.onPage = async () => {
      if (++pages === 2) expect((await send(as(analyst()), 'POST', `/api/remotes/${id}/cancellation`)).statusCode).toBe(200)
    }
    await workOn(test.app, run, new AbortController().signal)
    expect(await runs(id)).toMatchObject([{ state: 'cancelled', added: 2 }])
    expect((await send(as(analyst()), 'POST', `/api/remotes/${id}/pause`)).json()).toMatchObject({ state: 'paused', nextAt: null })
    await runLater()
    expect(await runs(id)).toHaveLength(1)
    expect((await send(as(analyst()), 'POST', `/api/remotes/${id}/runs`)).statusCode).toBe(409)
    expect((await send(as(analyst()), 'POST', `/api/remotes/${id}/resumption`)).json()).toMatchObject({ state: 'active' })
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 4, known: 0 })
    expect((await held()).sort()).toEqual(ids())
  })
})

describe('a remote server that fails', () => {
  it('with 401 is left alone, its people are told, and new credentials try at once', async () => {
    taxii.add(some(1))
    const id = await add({ login: { scheme: 'basic', user: 'us', password: 'wrong' } })
    await runAll()
    expect(await runs(id)).toMatchObject([{ state: 'failed', status: 401, failure: expect.stringContaining('401') }])
    expect(await view(id)).toMatchObject({ failingSince: expect.any(String), failure: expect.stringContaining('credentials') })
    const told = await sql("select person_id from notice where kind = 'remote.failing'")
    expect(told).toEqual([{ person_id: analyst().id }])
    const asked = taxii.asked.length
    for (let minute = 0; minute < 40; minute++) await runLater(60_000)
    expect(taxii.asked.length).toBe(asked)
    const replaced = await send(as(analyst()), 'POST', `/api/remotes/${id}/login`, { login: wish().login, ca: wish().ca })
    expect(replaced.json()).toMatchObject({ login: { scheme: 'basic', setBy: { name: analyst().name } } })
    await runAll()
    expect(await view(id)).toMatchObject({ failingSince: null, failure: null, added: 1 })
  })

  it('asks to come back later and is asked no sooner; waits grow with each failure', async () => {
    taxii.add(some(1))
    const id = await add()
    taxii.faults = { answers: [{ status: 429, retryAfter: '600' }] }
    await runAll()
    expect(await runs(id)).toMatchObject([{ state: 'deferred', status: 429 }])
    expect(await view(id)).toMatchObject({ failingSince: null })
    const asked = taxii.asked.length
    await runLater(590_000)
    expect(taxii.asked.length).toBe(asked)
    await runLater(10_000)
    expect((await runs(id))[0]).toMatchObject({ state: 'done' })
    const waits: number[] = []
    for (let n = 0; n < 6; n++) {
      taxii.faults = { answers: [{ status: 500 }] }
      await runLater()
      waits.push(Date.parse((await view(id)).nextAt) - test.app.clock.now().getTime())
    }
    for (let n = 1; n < waits.length; n++) expect(waits[n]!).toBeGreaterThan(waits[n - 1]!)
    expect(await sql("select 1 from notice where kind = 'remote.failing'")).toHaveLength(1)
  })
})

describe('a run whose job is gone', () => {
  it('gets another if it was never taken up, and has failed if it was; what comes next goes on from there', async () => {
    taxii.add(some(3))
    const id = await add()
    const [{ id: run, job_id: job }] = await sql('select id, job_id from remote_run where ended_at is null')
    const long = "update remote_run set moved_at = moved_at - interval '1 hour' where id = $1"
    await beginDue(test.app)
    expect(await sql('select job_id from remote_run where id = $1', [run])).toEqual([{ job_id: job }])
    await sql(long, [run])
    await beginDue(test.app)
    expect(await sql('select job_id from remote_run where id = $1', [run])).not.toEqual([{ job_id: job }])
    await sql("update remote_run set state = 'running', attempt = 1 where id = $1", [run])
    await sql(long, [run])
    await beginDue(test.app)
    expect(await runs(id)).toMatchObject([{ state: 'failed', failure: expect.stringContaining('unexpectedly') }])
    await runLater()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 3 })
  })
})

describe('credentials of a remote server', () => {
  it('are in no answer, no leaf, no log line and no row as they are', async () => {
    const lines: string[] = []
    const warn = test.app.log.warn
    test.app.log.warn = (...args: unknown[]) => lines.push(JSON.stringify(args))
    try {
      taxii.authorization = 'Bearer other'
      const added = await send(as(analyst()), 'POST', '/api/remotes', wish())
      const { id } = added.json()
      await runAll()
      const answers = [
        added,
        ...(await Promise.all(['', `/${id}`, `/${id}/runs`, `/${id}/refusals`].map((path) => send(as(analyst()), 'GET', `/api/remotes${path}`)))),
      ]
      const basic = Buffer.from(`us:${PASSWORD}`).toString('base64')
      const rows = JSON.stringify(
        await sql(`select r::text from remote r union all select r::text from remote_run r
          union all select convert_from(l.body, 'UTF8') from audit_leaf l union all select j::text from jobs.job j`),
      )
      for (const secret of [PASSWORD, basic]) {
        for (const answer of answers) expect(answer.payload).not.toContain(secret)
        expect(rows).not.toContain(secret)
        expect(lines.join('\n')).not.toContain(secret)
      }
      expect(lines.length).toBeGreaterThan(0)
      expect((await send(as(analyst()), 'DELETE', `/api/remotes/${id}`)).statusCode).toBe(204)
      expect(await sql('select sealed_login from remote where id = $1', [id])).toEqual([{ sealed_login: null }])
    } finally {
      test.app.log.warn = warn
    }
  })

  it('and the remote are the operator’s own: another’s people and members find nothing', async () => {
    const id = await add()
    for (const stranger of [other.people.analyst, other.people.publisher]) {
      expect((await send(as(stranger), 'GET', '/api/remotes')).json().items).toEqual([])
      for (const path of ['', '/runs', '/refusals']) expect((await send(as(stranger), 'GET', `/api/remotes/${id}${path}`)).statusCode).toBe(404)
    }
    for (const path of ['runs', 'pause', 'resumption', 'cancellation'])
      expect((await send(as(other.people.analyst), 'POST', `/api/remotes/${id}/${path}`)).statusCode).toBe(404)
    expect((await send(as(other.people.analyst), 'DELETE', `/api/remotes/${id}`)).statusCode).toBe(404)
    for (const nobody of [operator.people.author, operator.vendor.people.admin]) expect((await send(as(nobody), 'GET', '/api/remotes')).statusCode).toBe(403)
    const rows = await test.app.db.read(other.people.analyst.actor, (tx) => tx.db.selectFrom('remote').select('id').execute())
    expect(rows).toEqual([])
    expect(await test.app.db.read(operator.vendor.people.admin.actor, (tx) => tx.db.selectFrom('remote').select('id').execute())).toEqual([])
  })
})

describe('setting up', () => {
  const discover = (change: object = {}) =>
    send(as(analyst()), 'POST', '/api/remotes/discovery', { url: taxii.origin, login: wish().login, ca: wish().ca, ...change })
  it('lists what a server offers, by its address, its discovery or an API root, and asks no other origin', async () => {
    const root = {
      url: taxii.root,
      title: 'Root',
      failure: null,
      collections: [{ id: taxii.collection, title: 'Remote collection', canRead: true, canWrite: true }],
    }
    expect((await discover()).json()).toMatchObject({
      title: 'Remote',
      roots: [root, { url: 'https://elsewhere.example/root/', collections: [], failure: expect.any(String) }],
    })
    expect((await discover({ url: taxii.root })).json()).toMatchObject({ roots: [root] })
    expect((await discover({ url: taxii.collectionUrl })).json()).toMatchObject({ roots: [root] })
  })

  it('says what is the matter, at the field that it concerns', async () => {
    const fieldOf = async (change: object) => ((await discover(change)).json().fields ?? [])[0]?.field
    expect(await fieldOf({ login: { scheme: 'none' } })).toBe('/body/login')
    if (certificates) expect(await fieldOf({ ca: null })).toBe('/body/ca')
    for (const url of [
      'http://feed.example/',
      'https://us:pw@feed.example/',
      'ftp://feed.example/',
      'https://',
      'https://127.0.0.1/',
      'https://10.0.0.1/taxii2/',
      'https://[::1]/',
    ])
      expect([url, await fieldOf({ url })]).toEqual([url, '/body/url'])
    taxii.faults = { body: 'x', answers: [{ status: 404 }] }
    expect(await fieldOf({})).toBe('/body/url')
  })

  it('refuses a name twice, a collection of another, and bad rules, and leaves nothing behind', async () => {
    await add()
    const foreign = await seedCollection(test.app, other.id, [])
    const before = (await sql('select count(*) as n from remote'))[0].n
    for (const change of [
      {},
      { name: 'X', collection: foreign },
      { name: 'X', intervalMinutes: 4 },
      { name: 'X', audience: 'PINK' },
      { name: 'X', remoteCollection: '../x' },
    ])
      expect((await send(as(analyst()), 'POST', '/api/remotes', wish(change))).statusCode).toBe(400)
    expect((await sql('select count(*) as n from remote'))[0].n).toEqual(before)
  })
})
