import { randomUUID } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { Detonation } from '#scanner/detonation/contract.ts'
import { DETONATING_MS, endOverdueDetonations, GIVE_UP_MS } from '#scanner/detonation/overdue.ts'
import { writePng } from '#scanner/detonation/pictures/write-png.ts'
import { NoEnvironment, type Job } from '#scanner/detonation/sandbox.ts'
import { DEEPEST, MOST_FOUND } from '#scanner/submissions/submit-found.ts'
import type { TestApp } from '#test/harness/app.ts'
import { another, type AnyPerson, digest, digestOf, holding, type Play, type Shown, TestScanner } from '#test/harness/detonation/open-scanner.ts'
import { until } from '#test/harness/jobs.ts'
import type { SeededOperator } from '#test/harness/people.ts'
import { artefact, PNG, POPPLER, replaySandbox } from '#test/harness/replay-sandbox.ts'

const scanner = new TestScanner()
const { analyst, ask, send, submit, read, listed, exported, inState, runs, rows, events, leases, work, stopWorkers } = scanner
let test: TestApp
let a: SeededOperator
let b: SeededOperator
beforeAll(async () => {
  ;({ test, a, b } = await scanner.open())
})
afterEach(scanner.stopWorkers)
afterAll(scanner.close)

const jobsOf = `name = 'submissions.detonate' and data->>'detonation' in (select id::text from detonation where submission_id = $1)`
const objectsDir = () => join(test.app.config.dataDir, 'objects')
const objectFiles = () =>
  readdirSync(objectsDir(), { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(objectsDir(), name), { throwIfNoEntry: false })?.isFile())
    .sort()

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
    expect(opened).toMatchObject([{ subject: { url }, options: { egress: 'simulated' }, capMs: 30_000 }])
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
