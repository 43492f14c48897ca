import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { consumers as publishing } from '#exchange/findings/consumers.ts'
import { notify } from '#platform/notices/notify.ts'
import { insertEndpoint } from '#platform/webhooks/store.ts'
import { consumers as opening } from '#program/candidates/consumers.ts'
import { consumers as lifting } from '#scanner/detonation/consumers.ts'
import type { Detonation } from '#scanner/detonation/contract.ts'
import { openFarm } from '#scanner/detonation/farm.ts'
import { detonationJobs } from '#scanner/detonation/jobs.ts'
import { DETONATING_MS, endOverdueDetonations, GIVE_UP_MS } from '#scanner/detonation/overdue.ts'
import { writePng } from '#scanner/detonation/pictures/write-png.ts'
import { NoEnvironment, type Job, type Sandbox } from '#scanner/detonation/sandbox.ts'
import type { DetonationId } from '#scanner/detonation/queue.ts'
import { runDetonation } from '#scanner/detonation/run-detonation.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'
import { DEEPEST, MOST_FOUND } from '#scanner/submissions/submit-found.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { buildPdf } from '#test/harness/documents.ts'
import { seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { letHeartbeatsLapse, until } from '#test/harness/jobs.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { artefact, FAULT, PNG, POPPLER, replaySandbox, signal } from '#test/harness/replay-sandbox.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
type Play = Parameters<typeof replaySandbox>[1]
interface Shown {
  readonly id: string
  readonly state: string
  readonly exploit: string | null
  readonly failure: { code: string } | null
  readonly behaviour: { readonly state: string; readonly why: string | null } | null
}
interface ShownRun {
  readonly id: string
  readonly environment: { readonly name: string }
  readonly run: number
  readonly state: string
  readonly end: string | null
  readonly failure: { code: string } | null
  readonly happenings: number
}
const DOOMED = fileURLToPath(new URL('../../../test/harness/doomed-detonator.ts', import.meta.url))
const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
const digestOf = ({ subject }: Job) => digest('url' in subject ? subject.url : subject.document)
const another = () =>
  Buffer.from(`${buildPdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [] /Count 0 >>']).toString('latin1')}\n% ${randomUUID()}\n`, 'latin1')

let test: TestApp
let a: SeededOperator
let b: SeededOperator
let pool: ScanPool
const workers: Worker[] = []
beforeAll(async () => {
  test = await testApp({ env: { VEDETTE_EGRESS: 'operator' } })
  ;[a, b] = await seedPeople(test.app)
  pool = openPool({ processes: 1 })
})
const stopWorkers = () => Promise.all(workers.splice(0).map((worker) => worker.stop()))
afterEach(stopWorkers)
afterAll(async () => {
  pool?.close()
  await test?.close()
})

const analyst = () => a.vendor.people.analyst
const LIMITS = { host: 'here', machines: 2, memoryMib: 4096 }
const work = async (play: Play | Sandbox = ({ answer }) => answer()) => {
  const sandbox = typeof play === 'function' ? replaySandbox(POPPLER, play, digestOf) : play
  workers.push(
    await startWorker(test.app, {
      kinds: [...scanJobs(pool), ...detonationJobs(openFarm(async () => sandbox, LIMITS)), ...eventJobs([...opening, ...lifting, ...publishing])],
    }),
  )
}
const ask = (person: AnyPerson, url: string, method: 'GET' | 'DELETE' | 'POST' = 'GET', body?: object) =>
  test.server.inject({ method, url, headers: person.token, ...(body && { payload: body }) })
const send = (person: AnyPerson, bytes: Buffer, query = '') =>
  test.server.inject({
    method: 'POST',
    url: `/api/submissions${query}`,
    headers: { ...person.token, 'content-type': 'application/octet-stream' },
    payload: bytes,
  })
const submit = async (bytes = another(), query = '', person: AnyPerson = analyst()) => (await send(person, bytes, query)).json<Shown>()
const read = async (id: string, person: AnyPerson = analyst()) => (await ask(person, `/api/submissions/${id}`)).json<Shown>()
/** As the list shows it. */
const listed = async (id: string, person: AnyPerson = analyst()) =>
  (await ask(person, '/api/submissions')).json<{ items: Shown[] }>().items.find((one) => one.id === id)
/** What is said of it in the forms that are made to be passed on. */
const exported = (id: string, person: AnyPerson = analyst()) =>
  Promise.all(['sarif', 'stix'].map(async (form) => (await ask(person, `/api/submissions/${id}/report.${form}`)).body))
const inState = (id: string, state: string) => until(async () => (await read(id)).state === state && read(id))
const runs = async (id: string, person: AnyPerson = analyst()) => (await ask(person, `/api/submissions/${id}/detonations`)).json<{ items: ShownRun[] }>().items
const rows = async (text: string, values: unknown[] = []) => (await test.database.superuser.query<Record<string, unknown>>(text, values)).rows
const events = (id: string) => rows(`select type, data from outbox_event where data->>'submission' = $1 order by position`, [id])
const jobsOf = `name = 'submissions.detonate' and data->>'detonation' in (select id::text from detonation where submission_id = $1)`
const leases = () => rows('select * from sandbox_lease')
const objectsDir = () => join(test.app.config.dataDir, 'objects')
const objectFiles = () =>
  readdirSync(objectsDir(), { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(objectsDir(), name), { throwIfNoEntry: false })?.isFile())
    .sort()
/** Opens, and stays open until it is told or ended. */
function holding() {
  const opened = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const play: Play = async ({ answer }) => {
    opened.resolve()
    await go.promise
    return answer()
  }
  return { play, opened: opened.promise, go: () => go.resolve() }
}
const crashing = (more: Partial<Detonation> = {}): Partial<Detonation> => ({
  end: 'crashed',
  happenings: [FAULT],
  signals: [signal('effect', 'unexpected-process')],
  ...more,
})

describe('a document that is handed in', () => {
  it('is opened in every environment of its type, and what each showed is read with its pictures', async () => {
    const picture = digest(PNG)
    const core = Buffer.from('core')
    await work(({ watcher, answer }) => {
      watcher.artefact?.(artefact(PNG, picture))
      watcher.artefact?.(artefact(core, digest(core)))
      watcher.happening?.({ kind: 'viewer', state: 'rendered', t: 1, rank: 'guest' })
      const drawn = (sha256: string) => ({ kind: 'picture', of: 'page', number: 1, sha256, size: 9, width: 1, height: 1, t: 1, rank: 'guest' }) as const
      return answer({ happenings: [drawn(picture), drawn(digest(core))] })
    })
    const { id } = await submit()
    expect(await inState(id, 'done')).toMatchObject({ exploit: 'none-seen', failure: null })
    const all = await runs(id)
    expect(all).toMatchObject(POPPLER.map(({ name }) => ({ environment: { name }, state: 'ended', end: 'rendered', run: 1, failure: null })))
    const one = `/api/submissions/${id}/detonations/${all[0]!.id}`
    expect((await ask(analyst(), one)).json()).toMatchObject({ schema: 'vedette.detonation/1', end: 'rendered', environment: POPPLER[0] })
    expect((await ask(analyst(), `/api/submissions/${id}/report`)).json()).toMatchObject({ behaviour: { state: 'watched', why: null } })
    expect(await listed(id)).toMatchObject({ behaviour: { state: 'watched', why: null } })
    for (const form of await exported(id)) expect(form).not.toContain('It was not opened in every environment')
    expect((await ask(analyst(), `/api/submissions/${id}/verdict`)).json()).toMatchObject({
      exploit: 'none-seen',
      environments: [{ showed: 'not-seen' }, { showed: 'not-seen' }],
    })
    const shown = await ask(analyst(), `${one}/pictures/${picture}`)
    expect([shown.statusCode, shown.headers['content-type'], shown.headers['content-disposition'], shown.headers['x-content-type-options']]).toEqual([
      200,
      'image/png',
      expect.stringMatching(/^attachment/),
      'nosniff',
    ])
    // Its pixels, as we draw them; the bytes of the guest are a file, and no picture.
    expect(shown.rawPayload).toEqual(writePng(1, 1, Buffer.from([1, 2, 3])))
    expect([PNG.includes('canary'), (await ask(analyst(), `${one}/files/${picture}`)).rawPayload.equals(PNG)]).toEqual([true, true])
    expect((await ask(analyst(), `${one}/pictures/${digest(core)}`)).statusCode).toBe(404)
    expect((await ask(analyst(), `${one}/files/${digest(core)}`)).headers['content-type']).toBe('application/octet-stream')
    const kept = [
      { sha256: picture, size: PNG.length, picture: true },
      { sha256: digest(core), size: core.length, picture: false },
    ].toSorted((x, y) => (x.sha256 < y.sha256 ? -1 : 1))
    expect((await ask(analyst(), `${one}/files`)).json()).toEqual({ items: kept })
    for (const path of ['/files', `/files/${digest(core)}`]) expect((await ask(a.vendor.people.reader, `${one}${path}`)).statusCode).toBe(403)
    for (const person of [a.responder.people.admin, b.people.analyst])
      for (const path of [
        '',
        '/detonations',
        '/verdict',
        one.slice(one.indexOf('/detonations')),
        `${one.slice(one.indexOf('/detonations'))}/pictures/${picture}`,
      ])
        expect((await ask(person, `/api/submissions/${id}${path}`)).statusCode).toBe(404)
    expect(await events(id)).toMatchObject([{ type: 'submission.scanned', data: { exploit: 'none-seen', outcome: 'complete' } }])
    expect(await leases()).toEqual([])
    expect((await verifyLog(test.app)).faults).toEqual([])
  })

  it('shows what it has while it is being opened, and says that this is not all', async () => {
    const held = holding()
    await work((play) => (play.job.environment === POPPLER[0].name ? held.play(play) : play.answer()))
    const { id } = await submit()
    await held.opened
    await until(async () => (await runs(id)).some(({ state }) => state === 'ended'))
    expect(await listed(id)).toMatchObject({ state: 'detonating', behaviour: { state: 'detonating' } })
    expect((await ask(analyst(), `/api/submissions/${id}/report`)).json()).toMatchObject({ outcome: 'complete', behaviour: { state: 'detonating' } })
    expect((await ask(analyst(), `/api/submissions/${id}/verdict`)).statusCode).toBe(404)
    const [running, ended] = await runs(id)
    expect([running!.state, ended!.state]).toEqual(['running', 'ended'])
    expect((await ask(analyst(), `/api/submissions/${id}/detonations/${ended!.id}`)).statusCode).toBe(200)
    expect((await ask(analyst(), `/api/submissions/${id}/detonations/${running!.id}`)).statusCode).toBe(404)
    expect((await ask(a.people.analyst, '/api/machines')).json()).toMatchObject({
      workers: [{ host: 'here', machines: 2, notes: [] }],
      leases: [{ submission: id, environment: POPPLER[0].name }],
    })
    expect((await ask(b.people.analyst, '/api/machines')).json()).toMatchObject({ leases: [{ submission: null, environment: null }] })
    expect(await events(id)).toEqual([])
    held.go()
    await inState(id, 'done')
  })

  it.each([
    ['without a worker that has environments', '', [], 'No environment that opens it was installed when it was scanned.'],
    ['whose submitter wants no environment', '?environments=none', POPPLER, 'Its submitter asked for the static scan alone.'],
  ])('%s has its static answer, and every form says so', async (_, query, environments, why) => {
    await work(replaySandbox(environments, ({ answer }) => answer(), digestOf))
    const { id } = await submit(another(), query)
    await inState(id, 'done')
    expect((await ask(analyst(), `/api/submissions/${id}/report`)).json()).toMatchObject({ behaviour: { state: 'static-only', why } })
    for (const form of ['sarif', 'stix']) expect((await ask(analyst(), `/api/submissions/${id}/report.${form}`)).statusCode).toBe(200)
    expect((await ask(analyst(), `/api/submissions/${id}/report.sarif`)).body).toContain(why)
  })

  it('whose environment goes away says which, and is tried no longer than it must', async () => {
    const warned = vi.spyOn(test.app.log, 'warn')
    await work({ ...replaySandbox(POPPLER, ({ answer }) => answer(), digestOf), detonate: () => Promise.reject(new NoEnvironment('no image')) })
    const { id } = await submit()
    await inState(id, 'detonating')
    await until(async () => (await runs(id)).every((run) => (run as unknown as { waitsFor: string }).waitsFor === 'environment'))
    await stopWorkers()
    // Whoever asks again stands in the line of the same organisation.
    expect(await rows(`select distinct group_id from jobs.job where ${jobsOf}`, [id])).toEqual([{ group_id: a.vendor.id }])
    expect(warned).toHaveBeenCalledWith({ environment: POPPLER[0].name, reason: 'no image' }, expect.any(String))
    warned.mockRestore()
    await work(replaySandbox([], ({ answer }) => answer(), digestOf))
    test.clock.advance(10 * 60_000 + 1000)
    await inState(id, 'done')
    expect(await runs(id)).toMatchObject(POPPLER.map(() => ({ state: 'failed', failure: { code: 'NO_ENVIRONMENT' } })))
    const { not_checked: left } = (await ask(analyst(), `/api/submissions/${id}/verdict`)).json<{ not_checked: object[] }>()
    expect(left).toMatchObject(POPPLER.map(({ name }) => ({ environment: name })))
    expect(await listed(id)).toMatchObject({
      exploit: 'none-seen',
      behaviour: { state: 'in-part', why: expect.stringContaining('none of the environments') as string },
    })
    for (const form of await exported(id))
      for (const { name } of POPPLER) expect(form).toMatch(new RegExp(`its behaviour in ${name}\\b[^.]*No worker had this environment any more`))
  })

  it('that makes the driver fail is told as that, after a few attempts', async () => {
    await work(() => Promise.reject(new Error('broken')))
    const { id } = await submit(another(), '?environments=poppler-debian12')
    await inState(id, 'detonating')
    // Between attempts the queue waits longer and longer; not here.
    await rows(`update jobs.job set retry_delay = 0, retry_backoff = false where ${jobsOf}`, [id])
    await inState(id, 'done')
    expect(await runs(id)).toMatchObject([{ state: 'failed', failure: { code: 'DETONATION_FAILED' } }])
    expect(await leases()).toEqual([])
  })
})

describe('an attempt that is ended', () => {
  it.each([
    ['while it only waited', 'pending', 0],
    ['with its document open', 'opening', 1],
  ] as const)('%s counts as it must', async (_when, state, counted) => {
    workers.push(await startWorker(test.app, { kinds: scanJobs(pool) }))
    const over = new AbortController()
    const play: Play = ({ watcher }) => {
      watcher.happening?.({ kind: 'viewer', state, t: 0, rank: 'host' })
      over.abort(new Error('over its limit'))
      return new Promise(() => undefined)
    }
    const farm = openFarm(async () => replaySandbox(POPPLER, play, digestOf), LIMITS)
    const end = await farm.begin(test.app)
    const { id } = await submit(another(), '?environments=poppler-debian12')
    await inState(id, 'detonating')
    const [run] = await runs(id)
    await expect(runDetonation(test.app, farm, run!.id as DetonationId, over.signal)).rejects.toThrow('over its limit')
    expect(await rows('select attempts, started_at is null as waits from detonation where id = $1', [run!.id])).toEqual([
      { attempts: counted, waits: counted === 0 },
    ])
    await ask(analyst(), `/api/submissions/${id}/cancel`, 'POST')
    await end()
  })
})

describe('options', () => {
  it('make another submission, in whatever order they are said', async () => {
    const bytes = another()
    const { id } = await submit(bytes, '?environments=b-1,a-1&macros=off')
    expect((await submit(bytes, '?macros=off&environments=a-1,b-1')).id).toBe(id)
    expect((await submit(bytes)).id).not.toBe(id)
    expect(await submit(bytes, '?macros=both&egress=none')).toMatchObject({ id: (await submit(bytes)).id, options: {} })
  })

  it('that are none, or that are not permitted, are refused', async () => {
    const code = async (query: string, person: AnyPerson = analyst()) => (await send(person, another(), query)).json<{ code: string }>().code
    expect(await code('?environments=../etc')).toBe('VALIDATION_FAILED')
    expect(await code('?mostSeconds=1000')).toBe('VALIDATION_FAILED')
    expect(await code('?egress=direct')).toBe('FORBIDDEN')
    expect(await code('?egress=direct', a.people.analyst)).toBe('FORBIDDEN')
    // Control: members may have the simulated network.
    expect((await send(analyst(), another(), '?egress=simulated')).statusCode).toBe(201)
  })
})

describe('ways out', () => {
  const settings = (person: AnyPerson) => ask(person, '/api/egress-settings')
  const settle = (body: object, person: AnyPerson = a.people.analyst, headers = person.session as object) =>
    test.server.inject({ method: 'PUT', url: '/api/egress-settings', headers: { ...headers }, payload: body })
  const ways = async (person: AnyPerson) => (await ask(person, '/api/environments')).json<{ egress: string[] }>().egress
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
    const none = { direct: false, ownNetworks: [], upstream: null }
    for (const person of [a.people.auditor, a.people.author, analyst(), a.vendor.people.admin]) expect(await code(none, person)).toBe('FORBIDDEN')
    expect((await settle(none, a.people.analyst, a.people.analyst.token)).statusCode).toBe(403)
    expect((await settings(analyst())).statusCode).toBe(403)
    const refused = async (body: object) => (await settle(body)).json<{ fields: { field: string }[] }>().fields.map(({ field }) => field)
    expect(await refused({ ...none, ownNetworks: ['10.0.0.0/8', 'the office'] })).toEqual(['/body/ownNetworks/1'])
    expect(await refused({ ...none, upstream: { host: 'a b', port: 1 } })).toEqual(['/body/upstream/host'])
    expect(await refused({ ...none, upstream: { host: '127.0.0.1', port: 5432 } })).toEqual(['/body/upstream/host'])
    // Control.
    expect((await settle(none)).statusCode).toBe(200)
  })
})

describe('the address of a page', () => {
  const post = (body: object, person: AnyPerson = analyst()) => ask(person, '/api/submissions/pages', 'POST', body)

  it('is opened in a browser, and is one submission under the same conditions', async () => {
    const opened: Job[] = []
    const chromium = { ...POPPLER[0], name: 'chromium-debian12', viewer: 'chromium', line: 'chromium' } as const
    const page = (action: 'navigate' | 'request', to: string) => ({ kind: 'page', action, detail: '', url: to, method: 'GET', t: 1, rank: 'guest' }) as const
    const answered = { request: { headers: [] }, response: { status: 204, reason: '', headers: [] }, took_ms: { wait: 2 } }
    const visit = (to: string): Partial<Detonation> => ({
      happenings: [page('request', to), page('navigate', to)],
      network: [{ t: 1, method: 'GET', url: to, kind: 'http', outcome: 'simulated', ...answered }],
    })
    await work(replaySandbox([chromium], ({ job, answer }) => (opened.push(job), answer('url' in job.subject ? visit(job.subject.url) : {})), digestOf))
    const url = `https://phish.example/${randomUUID()}?who=victim@bank.example`
    const answer = await post({ url, egress: 'simulated', mostSeconds: 30 })
    expect(answer.statusCode).toBe(201)
    const { id } = answer.json<Shown>()
    expect((await post({ url, egress: 'simulated', mostSeconds: 30 })).json()).toMatchObject({ id })
    expect(await inState(id, 'done')).toMatchObject({ kind: 'page', name: url, type: 'page', options: { egress: 'simulated', mostSeconds: 30 } })
    // What other tests left in the queue is opened as well.
    expect(opened.filter(({ subject }) => 'url' in subject)).toMatchObject([{ subject: { url }, options: { egress: 'simulated' }, capMs: 30_000 }])
    const [run] = await runs(id)
    const one = `/api/submissions/${id}/detonations/${run!.id}`
    expect((await ask(analyst(), `${one}/page`)).json()).toMatchObject({ requested: url, final: url, resources: [{ url, outcome: 'simulated', status: 204 }] })
    const har = await ask(analyst(), `${one}/har`)
    expect([har.statusCode, har.headers['content-disposition']]).toEqual([200, `attachment; filename=${run!.id}.har`])
    expect(har.json()).toMatchObject({ log: { version: '1.2', entries: [{ request: { url }, response: { status: 204 }, time: 2 }] } })
    for (const path of ['/page', '/har']) expect((await ask(a.responder.people.analyst, `${one}${path}`)).statusCode).toBe(404)
    // Sealed, like a file's name.
    expect(await rows(`select 1 from submission s where s::text like '%phish.example%'`)).toEqual([])
  })

  it('that is none is refused', async () => {
    for (const url of ['no address', 'file:///etc/passwd', 'javascript:alert(1)', 'https://a:b@c.example/', '']) {
      expect((await post({ url, egress: 'simulated' })).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/url' }] })
    }
    expect((await post({ url: 'https://a.example/' })).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/egress' }] })
    expect((await post({ url: 'https://a.example/', egress: 'direct' })).json()).toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('cancelling', () => {
  const cancel = (id: string, person: AnyPerson = analyst()) => ask(person, `/api/submissions/${id}/cancel`, 'POST')

  it('ends what waits and what runs, gives its machine back, and keeps what was found', async () => {
    const waiting = await submit()
    expect((await cancel(waiting.id)).json()).toMatchObject({ state: 'failed', failure: { code: 'CANCELLED' } })
    const held = holding()
    await work((play) => (play.job.environment === POPPLER[0].name ? held.play(play) : play.answer()))
    const { id } = await submit()
    await held.opened
    await until(async () => (await runs(id)).some(({ state }) => state === 'ended'))
    expect((await cancel(id, a.people.analyst)).statusCode).toBe(403)
    expect((await cancel(id, a.vendor.people.reader)).statusCode).toBe(403)
    expect((await cancel(id, b.people.analyst)).statusCode).toBe(404)
    const told = { behaviour: { state: 'in-part', why: expect.stringContaining('cancelled it before') as string } }
    expect((await cancel(id)).json()).toMatchObject({ state: 'failed', failure: { code: 'CANCELLED' }, exploit: 'none-seen', ...told })
    await until(async () => (await leases()).length === 0)
    expect(await runs(id)).toMatchObject([
      { state: 'failed', failure: { code: 'CANCELLED' } },
      { state: 'ended', end: 'rendered' },
    ])
    expect((await ask(analyst(), `/api/submissions/${id}/report`)).json()).toMatchObject(told)
    // What one environment showed was never joined: no form takes it for an answer.
    for (const form of await exported(id)) expect(form).toMatch(/incomplete[^]*Its submitter cancelled it before/)
    expect((await cancel(id)).json()).toMatchObject({ code: 'CONFLICT' })
    expect(await events(id)).toEqual([])
  })
})

describe('deleting', () => {
  it.each(['while it is opened', 'when it is done'])('%s leaves nothing of what environments showed, and the log proves it', async (when) => {
    const files = objectFiles()
    const held = holding()
    const dropped = Buffer.from(randomUUID())
    await work(async (play) => {
      play.watcher.artefact?.(artefact(dropped, digest(dropped)))
      return play.job.environment === POPPLER[0].name && when === 'while it is opened' ? held.play(play) : play.answer()
    })
    const { id } = await submit()
    if (when === 'when it is done') await inState(id, 'done')
    else await until(async () => (await runs(id)).some(({ state }) => state === 'ended'))
    const [run] = (await runs(id)).filter(({ state }) => state === 'ended')
    // Control: something of it is there.
    expect((await ask(analyst(), `/api/submissions/${id}/detonations/${run!.id}/files/${digest(dropped)}`)).statusCode).toBe(200)
    expect((await ask(analyst(), `/api/submissions/${id}`, 'DELETE')).statusCode).toBe(204)
    held.go()
    await until(async () => (await leases()).length === 0 && objectFiles().length === files.length)
    expect(objectFiles()).toEqual(files)
    for (const table of [
      'detonation',
      'detonation_result where report is not null or end_state is not null or why_ended is not null',
      'detonation_artefact',
      'submission_behaviour where report is not null',
    ])
      expect(await rows(`select 1 from (select * from ${table}) t where t::text like $1`, [`%${table === 'detonation_artefact' ? run!.id : id}%`])).toEqual([])
    expect(await rows('select action from audit_leaf where subject_id = $1 order by index desc limit 1', [id])).toEqual([{ action: 'submission.deleted' }])
    expect((await verifyLog(test.app)).faults).toEqual([])
  })
})

describe('what a submission leaves', () => {
  let runsSoFar = 0
  /** Each run leaves a document that was never seen, and itself; the first one more than are scanned in turn. */
  const leaving: Play = ({ job, watcher, answer }) => {
    const own = (job.subject as { document: Uint8Array }).document
    const more = Array.from({ length: runsSoFar++ === 0 ? MOST_FOUND : 0 }, () => another())
    const files = [another(), Buffer.from(own), ...more]
    const happenings = files.map((bytes, n) => {
      watcher.artefact?.(artefact(bytes, digest(bytes)))
      return { kind: 'file', action: 'write', path: `/tmp/left-${n}.pdf`, sha256: digest(bytes), size: bytes.length, t: 1, rank: 'guest' } as const
    })
    return answer({ happenings })
  }
  const foundIn = async (id: string, person: AnyPerson = analyst()) =>
    (await ask(person, `/api/submissions?parent=${id}`)).json<{ items: (Shown & { name: string; parent: string | null; options: object })[] }>().items

  it('is scanned in turn for whoever handed it in, in a bounded number, and goes with it', { timeout: 60_000 }, async () => {
    await work(leaving)
    const { id } = await submit(another(), '?environments=poppler-debian12&egress=simulated&tlp=GREEN')
    await inState(id, 'done')
    const found = await foundIn(id)
    expect(found).toHaveLength(MOST_FOUND)
    expect(found.at(-1)).toMatchObject({ parent: id, tlp: 'GREEN', name: 'left-0.pdf', options: { egress: 'simulated' }, submittedBy: { id: analyst().id } })
    expect(found.map(({ name }) => name)).not.toContain('left-1.pdf')
    expect(await foundIn(id, a.responder.people.analyst)).toEqual([])
    const family = `with recursive f as (select id, depth from submission where id = $1 union all select s.id, s.depth from submission s join f on s.parent = f.id)`
    // One of them is opened as its parent was, and what that leaves is the last.
    await rows(
      `update jobs.job set start_after = now() + interval '1 day' where name = 'submissions.scan' and state = 'created'
      and data->>'submission' <> $1`,
      [found[0]!.id],
    )
    await inState(found[0]!.id, 'done')
    const [last] = await foundIn(found[0]!.id)
    await rows(`update jobs.job set start_after = now() where name = 'submissions.scan' and data->>'submission' = $1`, [last!.id])
    await inState(last!.id, 'done')
    expect(await foundIn(last!.id)).toEqual([])
    expect((await rows(`${family} select max(depth) as deepest from f`, [id]))[0]).toEqual({ deepest: DEEPEST })

    expect((await ask(analyst(), `/api/submissions/${id}`, 'DELETE')).statusCode).toBe(204)
    expect(await rows(`${family} select 1 from f join submission s on s.id = f.id where s.sha256 is not null`, [id])).toEqual([])
    expect((await read(last!.id)).state).toBeUndefined()
    expect((await verifyLog(test.app)).faults).toEqual([])
  })
})

describe('a zero-day candidate', () => {
  it(
    'is known to the operator alone from the first crash on, is raised to its programme, and is told nowhere until it was a false alarm',
    { timeout: 90_000 },
    async () => {
      const collection = await seedCollection(test.app, a.id, [{ organisation: a.responder.id }], { findings: true })
      const feed = async () => (await new TaxiiClient(test.server, a.responder.people.analyst, a.id, collection).walk()).length
      const none = await feed()
      for (const owner of [{ operator: a.id }, { organisation: a.vendor.id }])
        await test.app.db.transaction(system('test'), (tx) =>
          insertEndpoint(tx, { id: randomUUID() as never, owner, url: Buffer.alloc(1), secret: Buffer.alloc(1), by: analyst().id, at: test.clock.now() }),
        )
      await work(({ answer }) => answer(crashing()))
      const { id } = await submit(another(), '?tlp=CLEAR&share=true')
      await inState(id, 'done')
      // Both ages, each twice.
      const own = await runs(id, a.people.analyst)
      expect(own.map(({ environment: { name }, run }) => `${name} ${run}`).toSorted()).toEqual(
        POPPLER.flatMap(({ name }) => [`${name} 1`, `${name} 2`]).toSorted(),
      )
      expect((await read(id, a.people.analyst)).exploit).toBe('confirmed')
      expect((await ask(a.people.analyst, `/api/submissions/${id}/verdict`)).json()).toMatchObject({ zero_day: [{ line: 'poppler' }] })

      const told = async (person: AnyPerson) => ({
        exploit: (await read(id, person)).exploit,
        ends: new Set((await runs(id, person)).map(({ end }) => end)),
        runs: (await runs(id, person)).map(({ run, happenings }) => `${run} ${happenings > 0}`),
        verdict: (await ask(person, `/api/submissions/${id}/verdict`)).statusCode,
        report: (await ask(person, `/api/submissions/${id}/detonations/${own[0]!.id}`)).statusCode,
        behaviour: (await ask(person, `/api/submissions/${id}/report`)).json<{ behaviour: { state: string } }>().behaviour.state,
        listed: [await listed(id, person), await read(id, person)].map((one) => one?.behaviour?.state),
      })
      expect(await told(analyst())).toEqual({
        exploit: 'none-seen',
        ends: new Set([null]),
        runs: ['1 false', '1 false'],
        verdict: 404,
        report: 404,
        behaviour: 'held',
        listed: ['held', 'held'],
      })
      expect(await told(a.people.analyst)).toMatchObject({ behaviour: 'watched', listed: ['watched', 'watched'] })
      // They go under the marking of the submitter, whoever saves them.
      for (const person of [analyst(), a.people.analyst])
        for (const form of await exported(id, person)) {
          expect(form).not.toMatch(/crashed|unexpected-process|confirmed|Poppler/)
          expect(form).toContain('The operator holds back what was seen in environments')
        }
      for (const table of ['detonation_result', 'submission_behaviour'] as const)
        expect(
          await test.app.db.read(analyst().actor, (tx) => tx.db.selectFrom(table).select('submission_id').where('submission_id', '=', id).execute()),
        ).toEqual([])
      expect((await events(id)).map(({ type }) => type)).toEqual(['submission.zero-day-candidate-seen'])
      const cases = async (person: AnyPerson) =>
        (await ask(person, '/api/zero-day-candidates')).json<{ items: { id: string; submission: string; closed: object | null }[] }>().items
      await until(async () => (await cases(a.people.author)).length > 0)
      const [opened] = await cases(a.people.author)
      expect(opened).toMatchObject({ submission: id, line: 'poppler', closed: null })
      expect(await cases(b.people.author)).toEqual([])
      expect([await feed(), await rows('select 1 from webhook_delivery')]).toEqual([none, []])
      expect((await ask(analyst(), '/api/zero-day-candidates')).statusCode).toBe(403)
      const close = (body: object, person: AnyPerson = a.people.analyst) => ask(person, `/api/zero-day-candidates/${opened!.id}/close`, 'POST', body)
      expect((await close({ outcome: 'false-alarm', reason: 'x' }, b.people.analyst)).statusCode).toBe(404)
      expect((await close({ outcome: 'false-alarm', reason: '' })).json()).toMatchObject({ code: 'VALIDATION_FAILED' })
      expect((await close({ outcome: 'false-alarm', reason: 'A fault of the test viewer.' })).statusCode).toBe(204)
      expect((await close({ outcome: 'taken-on', reason: 'No.' })).json()).toMatchObject({ code: 'CONFLICT' })
      await until(async () => (await told(analyst())).verdict === 200)
      // Controls: what is told reaches the feed, and there are webhooks that take what may be told.
      // A worker of an earlier test may have been stopped with this delivery in its hands: then its heartbeat has to lapse first.
      await until(async () => (await feed()) > none, 60_000)
      await test.app.db.transaction(system('test'), (tx) => notify(test.app, tx, [a.people.author.id, analyst().id], 'embargo.ended', { operator: a.id }))
      expect(await rows('select 1 from webhook_delivery')).toHaveLength(2)
      expect(await told(analyst())).toEqual({
        exploit: 'confirmed',
        ends: new Set(['crashed']),
        runs: ['1 true', '1 true', '2 true', '2 true'],
        verdict: 200,
        report: 200,
        behaviour: 'watched',
        listed: ['watched', 'watched'],
      })
      // Control: the same forms, now that it is no secret any more.
      for (const form of await exported(id, a.people.analyst)) expect(form).toMatch(/confirmed[^]*Poppler/)
      expect(new Set((await events(id)).map(({ type }) => type))).toEqual(
        new Set(['submission.scanned', 'submission.zero-day-candidate-seen', 'zero-day-candidate.closed']),
      )
      expect(await rows(`select 1 from zero_day_candidate c where c::text like '%fault of the test viewer%'`)).toEqual([])
      expect((await verifyLog(test.app)).faults).toEqual([])
    },
  )

  it('that could not be seen twice is raised as well, and told nowhere', async () => {
    let opened = 0
    await work(({ job, answer }) => answer(job.environment === POPPLER[0].name && opened++ === 0 ? crashing() : {}))
    const { id } = await submit(another(), '?share=true&tlp=CLEAR')
    await inState(id, 'done')
    expect((await runs(id, a.people.analyst)).filter(({ end }) => end === 'crashed')).toHaveLength(1)
    expect((await ask(a.people.analyst, `/api/submissions/${id}/verdict`)).json()).toMatchObject({ exploit: 'confirmed', zero_day: [] })
    expect((await events(id)).map(({ type }) => type)).toEqual(['submission.zero-day-candidate-seen'])
    expect([(await read(id)).exploit, (await ask(analyst(), `/api/submissions/${id}/verdict`)).statusCode]).toEqual(['none-seen', 404])
    // In which version it was seen is not said either: nothing is shown of the other.
    const told = await runs(id)
    expect(told.map(({ end, run }) => [end, run])).toEqual([
      [null, 1],
      [null, 1],
    ])
    for (const { id: run } of await runs(id, a.people.analyst)) {
      const reports = [a.people.analyst, analyst()].map((person) => ask(person, `/api/submissions/${id}/detonations/${run}`))
      expect((await Promise.all(reports)).map(({ statusCode }) => statusCode)).toEqual([200, 404])
    }
    for (const person of [analyst(), a.people.analyst]) for (const form of await exported(id, person)) expect(form).not.toMatch(/confirmed|Poppler/)
  })

  it('that is seen before a submission is cancelled stays with the operator', async () => {
    const held = holding()
    await work((play) => (play.job.environment === POPPLER[0].name ? held.play(play) : play.answer(crashing())))
    const { id } = await submit()
    await until(async () => (await runs(id)).some(({ state }) => state === 'ended'))
    expect((await runs(id)).map(({ end }) => end)).toEqual([null, null])
    // Control: the operator sees it.
    expect((await runs(id, a.people.analyst)).map(({ end }) => end)).toEqual([null, 'crashed'])
    await ask(analyst(), `/api/submissions/${id}/cancel`, 'POST')
    expect((await runs(id)).map(({ end }) => end)).toEqual([null, null])
    // In the older version alone it is none.
    expect(await events(id)).toEqual([])
    expect([(await listed(id))?.behaviour?.state, (await listed(id, a.people.analyst))?.behaviour?.state]).toEqual(['held', 'in-part'])
    for (const person of [analyst(), a.people.analyst]) for (const form of await exported(id, person)) expect(form).not.toMatch(/confirmed|Poppler/)
  })

  it('that is seen in the current version before a submission is cancelled is raised all the same', async () => {
    const held = holding()
    await work((play) => (play.job.environment === POPPLER[1].name ? held.play(play) : play.answer(crashing())))
    const { id } = await submit()
    await until(async () => (await runs(id)).some(({ state }) => state === 'ended'))
    await ask(analyst(), `/api/submissions/${id}/cancel`, 'POST')
    expect((await events(id)).map(({ type, data }) => [type, data])).toEqual([
      ['submission.zero-day-candidate-seen', { submission: id, line: 'poppler', environments: [POPPLER[0].name] }],
    ])
    const cases = async () => (await ask(a.people.author, '/api/zero-day-candidates')).json<{ items: { id: string; submission: string }[] }>().items
    await until(async () => (await cases()).some(({ submission }) => submission === id))
    const { id: opened } = (await cases()).find(({ submission }) => submission === id)!
    expect((await runs(id)).map(({ end }) => end)).not.toContain('crashed')
    await ask(a.people.analyst, `/api/zero-day-candidates/${opened}/close`, 'POST', { outcome: 'false-alarm', reason: 'None.' })
    await until(async () => (await runs(id)).some(({ end }) => end === 'crashed'))
    expect((await verifyLog(test.app)).faults).toEqual([])
  })

  it('is kept whatever its guest writes into the reason of its end', async () => {
    await work(({ answer }) => answer({ ...crashing(), why_ended: 'the viewer\u0000 was ended by \u0000' }))
    const { id } = await submit()
    await inState(id, 'done')
    expect((await runs(id, a.people.analyst)).map(({ end }) => end)).toEqual(['crashed', 'crashed', 'crashed', 'crashed'])
  })
})

describe('machines', () => {
  it('are lent up to their number over many workers, and those of a dead worker return', async () => {
    let running = 0
    let most = 0
    const play: Play = async ({ answer }) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 150))
      running--
      return answer()
    }
    await work(play)
    await work(play)
    const ids = await Promise.all(Array.from({ length: 4 }, async (_, n) => (await submit(another(), '', n % 2 ? analyst() : a.responder.people.analyst)).id))
    await until(async () => (await rows('select 1 from submission where id = any($1) and finished_at is not null', [ids])).length === ids.length, 40_000)
    expect(most).toBe(LIMITS.machines)
  })

  it('of a worker that is killed while a document is open return, and the document has its answer', { timeout: 90_000 }, async () => {
    workers.push(await startWorker(test.app, { kinds: scanJobs(pool) }))
    const child = spawn(process.execPath, [DOOMED, test.app.config.dataDir, JSON.stringify(test.database.app)], { stdio: ['ignore', 'pipe', 'inherit'] })
    await until(async () => (await rows(`select 1 from sandbox_worker where host = 'doomed'`)).length > 0)
    const lines = createInterface(child.stdout)
    const { id } = await submit()
    const [line] = (await once(lines, 'line')) as [string]
    expect(line).toMatch(/^opened in poppler/)
    await once(child, 'exit')
    // Control: the dead worker's lease is still there.
    expect((await leases()).length).toBeGreaterThan(0)
    await stopWorkers()
    await letHeartbeatsLapse(test.database.superuser)
    await work()
    await until(async () => (await read(id)).state === 'done', 80_000)
    expect(await runs(id)).toMatchObject(POPPLER.map(() => ({ state: 'ended', end: 'rendered' })))
    expect(await leases()).toEqual([])
    expect(await events(id)).toHaveLength(1)
  })
})

describe('a lease', () => {
  const detonation = () => randomUUID() as string as DetonationId
  const wanted = (id: DetonationId) => ({ detonation: id, operator: a.id, environment: POPPLER[0] })
  const lent = async () => (await leases()).map(({ detonation_id: id }) => id)
  const never = new AbortController().signal
  /** The application of a worker whose database goes away, or whose answer is lost on the way. */
  const shaky = () => {
    const fault = { away: false, deaf: false }
    const transaction: TestApp['app']['db']['transaction'] = async (actor, work) => {
      if (fault.away) throw new Error('the database is away')
      const answer = await test.app.db.transaction(actor, work)
      if (fault.deaf) throw new Error('the answer was lost')
      return answer
    }
    return { fault, app: { ...test.app, db: { ...test.app.db, transaction } } }
  }

  it('whose end or beginning the database did not tell of is given back, and none that is held', async () => {
    const { fault, app } = shaky()
    const farm = openFarm(async () => replaySandbox(POPPLER, ({ answer }) => answer(), digestOf), { ...LIMITS, machines: 3 })
    const end = await farm.begin(app)
    const take = (id: DetonationId) => farm.lease(app, wanted(id), never, async () => undefined)
    const [ended, unheard, open] = [detonation(), detonation(), detonation()]
    const held = await take(open)
    const over = await take(ended)
    fault.away = true
    await over.release()
    fault.away = false
    fault.deaf = true
    await expect(take(unheard)).rejects.toThrow('the answer was lost')
    fault.deaf = false
    // Control: both are lent still. Each can be had again at once, and is one lease.
    expect(new Set(await lent())).toEqual(new Set([ended, unheard, open]))
    const again = await take(unheard)
    expect(await leases()).toHaveLength(3)
    await until(async () => !(await lent()).includes(ended))
    expect(new Set(await lent())).toEqual(new Set([unheard, open]))
    expect([held.signal.aborted, again.signal.aborted]).toEqual([false, false])
    await Promise.all([held.release(), again.release()])
    expect(await leases()).toEqual([])
    await end()
  })

  it('is one for each detonation: another run of it waits until the first has given it back', async () => {
    const farm = openFarm(async () => replaySandbox(POPPLER, ({ answer }) => answer(), digestOf), LIMITS)
    const end = await farm.begin(test.app)
    const id = detonation()
    const waits: unknown[] = []
    const first = await farm.lease(test.app, wanted(id), never, async () => undefined)
    const second = farm.lease(test.app, wanted(id), never, async (what) => void waits.push(what))
    await until(async () => waits.length > 0)
    expect([waits, await lent()]).toEqual([['machine'], [id]])
    await first.release()
    await (await second).release()
    expect(await leases()).toEqual([])
    await end()
  })

  it('is of as much memory as its environment has, and what is larger than the host is not used and named', async () => {
    const windows = { ...POPPLER[0], name: 'office', driver: 'windows', memory_mib: 3_000 } as const
    const large = { ...windows, name: 'large', memory_mib: LIMITS.memoryMib + 1 }
    const sandbox = { ...replaySandbox([windows, large], ({ answer }) => answer(), digestOf), notes: ['Guests run by KVM.'] }
    const farm = openFarm(async () => sandbox, LIMITS)
    const end = await farm.begin(test.app)
    expect((await farm.environments()).map(({ name }) => name)).toEqual(['office'])
    expect((await rows('select notes from sandbox_worker where id = $1', [farm.worker]))[0]).toEqual({
      notes: ['Not used is large: a machine of it takes 4097 MiB of memory, and all machines of this host have 4096 MiB.', 'Guests run by KVM.'],
    })
    const first = await farm.lease(test.app, { ...wanted(detonation()), environment: windows }, never, async () => undefined)
    const enough = new AbortController()
    const second = farm.lease(test.app, { ...wanted(detonation()), environment: windows }, enough.signal, async (what) => enough.abort(new Error(what!)))
    await expect(second).rejects.toThrow('memory')
    await first.release()
    await end()
  })
})

describe('what takes too long', () => {
  it('is ended with what was seen, and given up when even that does not end', async () => {
    await work()
    const { id } = await submit()
    await inState(id, 'done')
    await rows('update submission set finished_at = null, event = null where id = $1', [id])
    await rows('delete from submission_behaviour where submission_id = $1', [id])
    await rows('update detonation set ended_at = null where id = (select id from detonation where submission_id = $1 order by id desc limit 1)', [id])
    test.clock.advance(DETONATING_MS - 1000)
    await endOverdueDetonations(test.app)
    expect((await runs(id)).filter(({ failure }) => failure !== null)).toEqual([])
    test.clock.advance(2000)
    await endOverdueDetonations(test.app)
    await inState(id, 'done')
    expect((await runs(id)).map(({ failure }) => failure?.code ?? null)).toEqual([null, 'DEADLINE'])
    expect(await listed(id)).toMatchObject({ behaviour: { state: 'in-part' } })
    for (const form of await exported(id)) {
      expect(form).toMatch(/its behaviour in poppler-debian11\b[^.]*No attempt ended in time/)
      expect(form).toMatch(/incomplete/)
      expect(form).not.toContain('its behaviour in poppler-debian12')
    }
    await stopWorkers()
    await rows('update submission set finished_at = null where id = $1', [id])
    test.clock.advance(GIVE_UP_MS)
    await endOverdueDetonations(test.app)
    expect(await read(id)).toMatchObject({ state: 'failed', failure: { code: 'DEADLINE' } })
  })
})
