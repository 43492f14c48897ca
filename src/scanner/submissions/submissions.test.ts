import { spawn } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { pause } from '#platform/clock/clock.ts'
import { WorkerStops, type JobKind } from '#platform/jobs/jobs.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { checkObject } from '#exchange/stix/check.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { WEAK_FENCE } from '#scanner/jail/fence.ts'
import { JAIL_LIMITS, openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { giveUpOverdue, jobs, scanJobs } from '#scanner/submissions/jobs.ts'
import type { ScanJob } from '#scanner/submissions/queue.ts'
import { MOST_ATTEMPTS, scanSubmission } from '#scanner/submissions/scan-submission.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'
import { MOST_OPEN } from '#scanner/submissions/submit-file.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { buildDocx, buildRtf, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'
import { letHeartbeatsLapse, until } from '#test/harness/jobs.ts'
import { runningProcesses } from '#test/harness/processes.ts'
import { sarifFaults } from '#test/harness/sarif-check.ts'
import { joinOperator, seedOrganisation, seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
interface Shown {
  readonly id: SubmissionId
  readonly state: string
  readonly name: string | null
  readonly sha256: string
  readonly exploit: string | null
  readonly outcome: string | null
  readonly cves: string[]
}
const DOOMED = fileURLToPath(new URL('../../../test/harness/doomed-scanner.ts', import.meta.url))
const MISBEHAVING = fileURLToPath(new URL('../../../test/harness/misbehaving-reader.ts', import.meta.url))
const DAY_MS = 86_400_000
/** No worker here has environments. */
const STATIC = { state: 'static-only', why: expect.any(String) as string }

const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub' }) })
const equation = equationObject(fontRecord(Buffer.alloc(0x30, 0x41)))
const harmless = buildDocx({ 'word/document.xml': '<w:document/>' })
const bomb = buildZip([{ name: 'a', bytes: Buffer.alloc(8 * 2 ** 20), statedBytes: 10 }])
/** The same kind of document with other bytes each time: the same ones would be one submission. */
const another = () => buildDocx({ 'word/document.xml': '<w:document/>', 'word/salt.txt': randomUUID() })
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

let test: TestApp
let a: SeededOperator
let b: SeededOperator
let pool: ScanPool
const workers: Worker[] = []
beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  pool = openPool({ processes: 2 })
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})
afterAll(async () => {
  pool?.close()
  await test?.close()
})

const work = async (over = pool) => void workers.push(await startWorker(test.app, { kinds: scanJobs(over) }))
const ask = (person: AnyPerson, url: string, method: 'GET' | 'DELETE' = 'GET') => test.server.inject({ method, url, headers: person.token })
const send = (person: AnyPerson, bytes: Buffer, query = '', name?: string) =>
  test.server.inject({
    method: 'POST',
    url: `/api/submissions${query}`,
    headers: { ...person.token, 'content-type': 'application/octet-stream', ...(name && { 'content-disposition': `attachment; filename="${name}"` }) },
    payload: bytes,
  })
const submit = async (person: AnyPerson, bytes: Buffer, query = '', name?: string) => (await send(person, bytes, query, name)).json<Shown>()
const read = async (person: AnyPerson, id: string) => (await ask(person, `/api/submissions/${id}`)).json<Shown>()
const inState = (person: AnyPerson, id: string, state: string) =>
  until(async () => {
    const shown = await read(person, id)
    return shown.state === state ? shown : undefined
  })
const scanned = async (person: AnyPerson, bytes: Buffer, query = '') => inState(person, (await submit(person, bytes, query)).id, 'done')
const rows = async (text: string, values: unknown[] = []) => (await test.database.superuser.query<Record<string, unknown>>(text, values)).rows
const events = (id: string) => rows(`select operator_id, data from outbox_event where type = 'submission.scanned' and data->>'submission' = $1`, [id])
const objectsDir = () => join(test.app.config.dataDir, 'objects')
const objectFiles = () =>
  readdirSync(objectsDir(), { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(objectsDir(), name), { throwIfNoEntry: false })?.isFile())
    .sort()
const analyst = () => a.vendor.people.analyst

/** Where in the database a text stands, as text or in hexadecimal. */
async function whereIs(text: string): Promise<string[]> {
  const tables = await rows(
    `select quote_ident(n.nspname) || '.' || quote_ident(relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'p') and n.nspname in ('public', 'jobs')`,
  )
  const hits: string[] = []
  for (const { name } of tables) {
    const lines = await rows(`select t::text as line from ${name as string} t`)
    if (lines.some(({ line }) => [text, Buffer.from(text).toString('hex')].some((form) => (line as string).includes(form)))) hits.push(name as string)
  }
  return hits
}

describe('a file that is handed in', () => {
  it.each([
    ['a macro that starts by itself', macro, { exploit: 'technique-only', outcome: 'complete', type: 'docx' }],
    ['an overflowing font name', equation, { exploit: 'attempted', outcome: 'complete', cves: ['CVE-2017-11882'] }],
    ['nothing to see', harmless, { exploit: 'none-seen', outcome: 'complete', cves: [] }],
    ['a bomb', bomb, { exploit: 'none-seen', outcome: 'refused' }],
    ['a document that breaks off', macro.subarray(0, macro.length / 2), { outcome: 'incomplete' }],
    ['noise', Buffer.from('just text'), { exploit: 'none-seen' }],
  ])('with %s is scanned, and its report is what the scanner says of these bytes', async (_, bytes, expected) => {
    await work()
    const answer = await send(analyst(), bytes, '?tlp=AMBER&share=true', 'report.doc')
    expect(answer.statusCode).toBe(201)
    const queued = answer.json<Shown>()
    expect(queued).toMatchObject({
      name: 'report.doc',
      size: bytes.length,
      sha256: sha256(bytes),
      tlp: 'AMBER',
      share: true,
      state: 'queued',
      outcome: null,
      exploit: null,
      cves: [],
      behaviour: null,
      submittedBy: { id: analyst().id, name: analyst().name },
      organisation: { id: a.vendor.id, name: a.vendor.name },
      finishedAt: null,
    })
    expect(await inState(analyst(), queued.id, 'done')).toMatchObject({ ...expected, failure: null, finishedAt: test.clock.now().toISOString() })
    const report = scanBytes(bytes)
    expect((await ask(analyst(), `/api/submissions/${queued.id}/report`)).json()).toEqual({ ...JSON.parse(JSON.stringify(report)), behaviour: STATIC })
    const said = await events(queued.id)
    expect(said).toMatchObject([
      { operator_id: a.id, data: { organisation: a.vendor.id, tlp: 'AMBER', share: true, sha256: sha256(bytes), outcome: report.outcome } },
    ])
    expect(said[0]!['data']).toMatchObject({
      exploit: report.verdict.exploit,
      cves: report.verdict.cve.map(({ id }) => id),
      techniques: [...new Set(report.verdict.techniques.map(({ id }) => id))],
    })
  })

  it('is private unless its submitter says otherwise, and may have no name', async () => {
    expect(await submit(analyst(), another())).toMatchObject({ tlp: 'AMBER+STRICT', share: false, name: null })
  })

  it('and that the jail cannot read is done, with the reason and without a verdict', async () => {
    const narrow = openPool({ processes: 1, limits: { ...JAIL_LIMITS, outputBytes: 100 } })
    await work(narrow)
    const { id } = await scanned(analyst(), another())
    expect(await read(analyst(), id)).toMatchObject({ state: 'done', outcome: 'not-scanned', exploit: null, type: null })
    expect((await ask(analyst(), `/api/submissions/${id}/report`)).json()).toMatchObject({ reason: { code: 'limit', limit: 'output' } })
    expect(await events(id)).toMatchObject([{ data: { outcome: 'not-scanned', exploit: null, type: null } }])
    narrow.close()
  })

  it('is refused when it is empty, too large, or under conditions that are none, and leaves nothing', async () => {
    const before = objectFiles()
    const count = await rows('select count(*) from submission')
    const refused = async (bytes: Buffer, query = '', person: AnyPerson = analyst()) =>
      (await send(person, bytes, query)).json<{ code: string; fields?: object[] }>()
    expect(await refused(Buffer.alloc(0))).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body' }] })
    expect(await refused(macro, '?tlp=ORANGE')).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/query/tlp' }] })
    expect(await refused(macro, '?share=perhaps')).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/query/share' }] })
    expect(await refused(macro, `?operator=${b.id}`)).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/query/operator' }] })
    expect(await refused(macro, '', a.vendor.people.reader)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await refused(macro, '', a.people.author)).toMatchObject({ code: 'FORBIDDEN' })
    expect(objectFiles()).toEqual(before)
    expect(await rows('select count(*) from submission')).toEqual(count)
  })

  it('names its operator when the organisation has several', async () => {
    const person = b.responder.people.analyst
    await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, b.responder.id, a.id))
    expect((await send(person, another())).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/query/operator' }] })
    expect((await send(person, another(), `?operator=${a.id}`)).statusCode).toBe(201)
    await rows(`update membership set state = 'suspended' where organisation_id = $1 and operator_id = $2`, [b.responder.id, a.id])
    expect((await send(person, another(), `?operator=${a.id}`)).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/query/operator' }] })
    expect((await send(person, another())).statusCode).toBe(201)
  })
})

describe('the same bytes again', () => {
  it('are the same submission under the same conditions, once also in a race, and keep no second copy', async () => {
    const bytes = another()
    const before = objectFiles().length
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(analyst(), bytes)))
    expect(answers.map(({ statusCode }) => statusCode).toSorted((x, y) => x - y)).toEqual([200, 200, 200, 200, 200, 201])
    expect(new Set(answers.map((answer) => answer.json<Shown>().id)).size).toBe(1)
    await until(() => objectFiles().length === before + 1)
    expect((await send(a.vendor.people.admin, bytes)).statusCode).toBe(200)
  })

  it('are another one under other conditions, from another organisation, and after a failure', async () => {
    const bytes = another()
    const { id } = await submit(analyst(), bytes)
    expect((await send(analyst(), bytes, '?tlp=RED')).statusCode).toBe(201)
    expect((await send(analyst(), bytes, '?share=true')).statusCode).toBe(201)
    expect((await send(a.responder.people.analyst, bytes)).statusCode).toBe(201)
    expect((await send(a.people.analyst, bytes)).statusCode).toBe(201)
    await rows(`update submission set failure = 'DEADLINE' where id = $1`, [id])
    expect((await send(analyst(), bytes)).statusCode).toBe(201)
    await rows(`update submission set failure = null, sha256 = $2 where id = $1`, [id, '0'.repeat(64)])
  })
})

describe('many files of one organisation', () => {
  it('keep another one waiting for one of them only', async () => {
    const flood: string[] = []
    for (let n = 0; n < 12; n++) flood.push((await submit(a.responder.people.analyst, another())).id)
    const { id: urgent, sha256: digest } = await submit(analyst(), another())
    const begun: string[] = []
    const noted: ScanPool = {
      ...pool,
      scan: async (bytes, signal) => {
        begun.push(sha256(bytes as Buffer))
        await pause(100)
        return pool.scan(bytes, signal)
      },
    }
    // What other tests left in the queue would be in between.
    await rows(
      `update jobs.job set start_after = now() + interval '1 day' where name = 'submissions.scan' and state = 'created' and not data->>'submission' = any($1)`,
      [[...flood, urgent]],
    )
    await work(noted)
    await inState(analyst(), urgent, 'done')
    expect(begun.indexOf(digest)).toBeLessThan(4)
    expect(begun.length).toBeLessThan(flood.length)
    await until(() => begun.length === flood.length + 1)
    await rows(`update jobs.job set start_after = now() where name = 'submissions.scan' and state = 'created'`)
  })

  it('are taken in up to a number, also in a race, and beyond it nothing is kept', async () => {
    const { people } = await seedOrganisation(test.app, a.id, 'Flooded', 'vendor')
    const { id } = await submit(people.analyst, another())
    const fill = (count: number) =>
      rows(
        `insert into submission (id, operator_id, organisation_id, submitted_by, submitted_at, tlp, share, sample, sha256, size)
         select gen_random_uuid(), operator_id, organisation_id, submitted_by, submitted_at, tlp, share, sample, md5(n::text) || md5(n::text), size
         from submission, generate_series(1, $2::integer) n where id = $1`,
        [id, count],
      )
    await fill(MOST_OPEN - 2)
    const before = objectFiles().length
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(people.admin, another())))
    expect(answers.map(({ statusCode }) => statusCode).toSorted((x, y) => x - y)).toEqual([201, ...Array<number>(11).fill(429)])
    const refused = answers.find(({ statusCode }) => statusCode === 429)!
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED', detail: expect.stringContaining('200 files that are not scanned yet') as string })
    expect(refused.headers['retry-after']).toBe('60')
    expect((await send(people.analyst, another())).statusCode).toBe(429)
    await until(() => objectFiles().length === before + 1)
    // Control: only their own count, and one that has its answer makes room.
    expect((await send(analyst(), another())).statusCode).toBe(201)
    expect((await send(a.people.analyst, another())).statusCode).toBe(201)
    await scanSubmission(test.app, pool, id, new AbortController().signal)
    expect((await send(people.analyst, another())).statusCode).toBe(201)
    await rows('delete from submission where sample = (select sample from submission where id = $1) and id <> $1', [id])
  })
})

describe('the stricter wish', () => {
  const audienceOf = async (person: AnyPerson, bytes: Buffer, query: string) => {
    const { id } = await scanned(person, bytes, query)
    const [event] = await events(id)
    return event!['data'] as object
  }

  it('wins over what others, or a colleague, allow for the same bytes, and keeps each marking', async () => {
    await work()
    const bytes = another()
    expect(await audienceOf(analyst(), bytes, '?tlp=CLEAR&share=true')).toMatchObject({ tlp: 'CLEAR', share: true, audience: 'CLEAR' })
    await submit(a.vendor.people.admin, bytes, '?tlp=GREEN&share=true')
    expect(await audienceOf(a.responder.people.analyst, bytes, '?tlp=CLEAR&share=true')).toMatchObject({ tlp: 'CLEAR', audience: 'GREEN' })
    const hidden = await submit(a.people.analyst, bytes, '?tlp=CLEAR&share=false')
    expect(await audienceOf(a.responder.people.admin, bytes, '?tlp=AMBER&share=true')).toMatchObject({ tlp: 'AMBER', audience: 'RED' })

    // What was deleted is no wish any more, and another operator's members are not asked.
    expect((await ask(a.people.analyst, `/api/submissions/${hidden.id}`, 'DELETE')).statusCode).toBe(204)
    expect(await audienceOf(analyst(), bytes, '?tlp=AMBER%2BSTRICT&share=true')).toMatchObject({ audience: 'AMBER+STRICT' })
    expect(await audienceOf(b.vendor.people.analyst, bytes, '?tlp=CLEAR&share=true')).toMatchObject({ audience: 'CLEAR' })
  })

  it('of a submission that waits still, or of one that failed, counts as well', async () => {
    const bytes = another()
    const queued = await submit(analyst(), bytes, '?tlp=AMBER&share=true')
    const { id } = await submit(a.responder.people.analyst, bytes, '?tlp=CLEAR&share=true')
    await scanSubmission(test.app, pool, id, new AbortController().signal)
    expect(await events(id)).toMatchObject([{ data: { audience: 'AMBER' } }])
    expect(await read(analyst(), queued.id)).toMatchObject({ state: 'queued' })
  })
})

describe('who sees a submission', () => {
  it('is its organisation and the operator of its exchange, and to everybody else it does not exist', async () => {
    await work()
    const { id } = await scanned(analyst(), another())
    const own = await submit(a.people.analyst, another())
    for (const person of [analyst(), a.vendor.people.reader, a.people.analyst]) expect((await read(person, id)).id).toBe(id)
    const listed = async (person: AnyPerson) => (await ask(person, '/api/submissions?limit=200')).json<{ items: Shown[] }>().items.map((item) => item.id)
    expect(await listed(a.vendor.people.reader)).toContain(id)
    expect(await listed(a.vendor.people.reader)).not.toContain(own.id)
    expect(await listed(a.people.analyst)).toEqual(expect.arrayContaining([id, own.id]))
    for (const person of [a.responder.people.admin, b.vendor.people.admin, b.people.analyst]) {
      expect(await listed(person)).not.toContain(id)
      for (const [path, method] of [
        ['', 'GET'],
        ['/report', 'GET'],
        ['/report.sarif', 'GET'],
        ['/report.stix', 'GET'],
        ['', 'DELETE'],
      ] as const) {
        const [there, nowhere] = await Promise.all([id, randomUUID()].map((one) => ask(person, `/api/submissions/${one}${path}`, method)))
        const seen = (answer: typeof there) => [answer!.statusCode, { ...answer!.json<object>(), instance: '', requestId: '' }]
        expect(seen(there)).toEqual(seen(nowhere))
        expect(there!.statusCode).toBe(404)
      }
      expect(await test.app.db.read(person.actor, (tx) => tx.db.selectFrom('submission').select('id').where('id', '=', id).execute())).toEqual([])
    }
    // Controls: the row-level wall lets its organisation through, and the requests above found what is there.
    expect(await test.app.db.read(analyst().actor, (tx) => tx.db.selectFrom('submission').select('id').where('id', '=', id).execute())).toEqual([{ id }])
    expect((await ask(a.people.analyst, `/api/submissions/${id}`, 'DELETE')).json()).toMatchObject({ code: 'FORBIDDEN' })
    expect((await ask(a.vendor.people.reader, `/api/submissions/${id}`, 'DELETE')).json()).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('pages through all of them once', async () => {
    const seen: string[] = []
    for (let next: string | null = ''; next !== null;) {
      const answer = await ask(a.people.analyst, `/api/submissions?limit=3${next && `&cursor=${encodeURIComponent(next)}`}`)
      const page: { readonly items: Shown[]; readonly next: string | null } = answer.json()
      seen.push(...page.items.map(({ id }) => id))
      next = page.next
    }
    expect(seen).toEqual((await rows('select id from submission where operator_id = $1 and deleted_at is null order by id desc', [a.id])).map(({ id }) => id))
  })

  it('is given its report as SARIF and as STIX, under the marking of its submitter', async () => {
    await work()
    const { id } = await scanned(analyst(), equationObject(fontRecord(Buffer.alloc(0x31, 0x41))))
    const sarif = await ask(analyst(), `/api/submissions/${id}/report.sarif`)
    expect([sarif.statusCode, sarif.headers['content-type']]).toEqual([200, 'application/sarif+json'])
    expect(sarifFaults(sarif.json())).toEqual([])
    expect(sarif.json()).toMatchObject({ runs: [{ properties: { tlp: 'AMBER+STRICT' } }] })
    const stix = await ask(analyst(), `/api/submissions/${id}/report.stix`)
    expect([stix.statusCode, stix.headers['content-type']]).toEqual([200, 'application/stix+json;version=2.1'])
    const { objects } = stix.json<{ objects: (object & { type: string })[] }>()
    expect(objects.map(({ type }) => type)).toContain('vulnerability')
    for (const object of objects) {
      expect(checkObject(object)).toEqual({ object })
      expect(object).toMatchObject({ object_marking_refs: [TLP_MARKINGS['AMBER+STRICT']] })
    }
  })

  it('is told that there is no report yet', async () => {
    const { id } = await submit(analyst(), another())
    expect((await ask(analyst(), `/api/submissions/${id}/report`)).json()).toMatchObject({ code: 'NOT_FOUND', detail: 'It is not scanned yet.' })
  })
})

describe('deleting', () => {
  /** Brings a submission into a state and gives its id and how to go on with what runs. */
  async function bring(bytes: Buffer, name: string, state: string): Promise<{ id: SubmissionId; goOn(): Promise<void> }> {
    const { id } = await submit(analyst(), bytes, '?share=true', name)
    if (state === 'queued') return { id, goOn: () => scanSubmission(test.app, pool, id, new AbortController().signal) }
    if (state === 'failed') {
      test.clock.advance(DAY_MS + 1000)
      await giveUpOverdue(test.app)
    }
    if (state === 'done') await scanSubmission(test.app, pool, id, new AbortController().signal)
    if (state !== 'static') return { id, goOn: () => scanSubmission(test.app, pool, id, new AbortController().signal) }
    const held = Promise.withResolvers<void>()
    const slow: ScanPool = { ...pool, scan: async (sample) => held.promise.then(() => pool.scan(sample)) }
    const running = scanSubmission(test.app, slow, id, new AbortController().signal)
    await inState(analyst(), id, 'static')
    return {
      id,
      goOn: () => {
        held.resolve()
        return running
      },
    }
  }

  it.each(['queued', 'static', 'done', 'failed'])('what is %s leaves nothing of the file, and the log proves it', async (state) => {
    const bytes = another()
    const name = `victim-${randomBytes(8).toString('hex')}.docx`
    const files = objectFiles()
    const { id, goOn } = await bring(bytes, name, state)
    expect(await read(analyst(), id)).toMatchObject({ state, name })
    // Control: the search finds what is there, and what is stored can be told from what is not.
    expect(await whereIs(sha256(bytes))).toEqual(expect.arrayContaining(['public.sealed_object', 'public.submission']))
    expect(await whereIs(name)).toEqual([])
    expect(objectFiles().length).toBeGreaterThan(files.length)

    expect((await ask(analyst(), `/api/submissions/${id}`, 'DELETE')).statusCode).toBe(204)
    await goOn()
    await until(() => objectFiles().length === files.length)
    expect(objectFiles()).toEqual(files)
    expect(await whereIs(sha256(bytes))).toEqual([])
    expect(await whereIs(name)).toEqual([])
    expect(await events(id)).toEqual([])
    for (const [path, method] of [
      ['', 'GET'],
      ['/report', 'GET'],
      ['/report.sarif', 'GET'],
      ['/report.stix', 'GET'],
      ['', 'DELETE'],
    ] as const)
      expect((await ask(analyst(), `/api/submissions/${id}${path}`, method)).statusCode).toBe(404)
    expect((await ask(analyst(), '/api/submissions?limit=200')).body).not.toContain(id)
    const leaves = await rows('select action, operator_id from audit_leaf where subject_id = $1 order by index', [id])
    expect(leaves.at(-1)).toEqual({ action: 'submission.deleted', operator_id: a.id })
    // The same file can be handed in again.
    expect((await send(analyst(), bytes, '?share=true', name)).statusCode).toBe(201)
  })

  it('cancels a scan that runs', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const stuck: ScanPool = {
      ...pool,
      scan: (_, signal) => {
        started.resolve(signal!)
        return new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)))
      },
    }
    await work(stuck)
    const { id } = await submit(analyst(), another())
    // What other tests left in the queue is taken first.
    const signal = await started.promise
    await Promise.all(
      (await rows(`select id from submission where started_at is not null and outcome is null and failure is null and deleted_at is null`)).map((row) =>
        ask(analyst(), `/api/submissions/${row['id'] as string}`, 'DELETE'),
      ),
    )
    await ask(analyst(), `/api/submissions/${id}`, 'DELETE')
    await until(() => signal.aborted)
  })
})

describe('a scan', () => {
  it('that is repeated changes nothing', async () => {
    const { id } = await submit(analyst(), another())
    const signal = new AbortController().signal
    await Promise.all([scanSubmission(test.app, pool, id, signal), scanSubmission(test.app, pool, id, signal)])
    const files = objectFiles()
    await scanSubmission(test.app, pool, id, signal)
    expect(objectFiles()).toEqual(files)
    expect(await events(id)).toHaveLength(1)
    expect(await rows(`select 1 from audit_leaf where subject_id = $1 and action = 'submission.scanned'`, [id])).toHaveLength(1)
  })

  it('that fails by our own fault is tried again, and in the end says so', async () => {
    const { id } = await submit(analyst(), another())
    const [row] = await rows('select sample from submission where id = $1', [id])
    await rows(`update sealed_object set wrapped_key = '\\x00' where id = $1`, [row!['sample']])
    const attempt = () => scanSubmission(test.app, pool, id, new AbortController().signal)
    for (let n = 0; n < MOST_ATTEMPTS; n++) await expect(attempt()).rejects.toThrow()
    expect((await read(analyst(), id)).state).toBe('static')
    await attempt()
    expect(await read(analyst(), id)).toMatchObject({ state: 'failed', failure: { code: 'SCAN_FAILED' }, outcome: null })
    expect(await events(id)).toEqual([])
    expect((await ask(analyst(), `/api/submissions/${id}`, 'DELETE')).statusCode).toBe(204)
  })

  describe('whose reader crashes', () => {
    const warnings: unknown[] = []
    const attempt = (id: SubmissionId, over: ScanPool) =>
      scanSubmission({ ...test.app, log: { warn: (...said: unknown[]) => void warnings.push(said) } as never }, over, id, new AbortController().signal)
    let crashing: ScanPool
    beforeAll(() => {
      const jail = openPool({ processes: 1, script: MISBEHAVING })
      crashing = { ...jail, scan: (_, signal) => jail.scan(Buffer.from('end'), signal) }
    })
    afterAll(() => crashing.close())

    it('is tried again, and has the answer that the next attempt gives', async () => {
      const { id } = await submit(analyst(), another())
      await expect(attempt(id, crashing)).rejects.toThrow('the reading process crashed')
      expect(await read(analyst(), id)).toMatchObject({ state: 'static', outcome: null })
      await attempt(id, pool)
      expect(await read(analyst(), id)).toMatchObject({ state: 'done', outcome: 'complete' })
    })

    it('at every attempt has no verdict, each crash is logged, and the same bytes can be handed in again', async () => {
      const bytes = another()
      const { id } = await submit(analyst(), bytes)
      warnings.length = 0
      for (let n = 1; n < MOST_ATTEMPTS; n++) await expect(attempt(id, crashing)).rejects.toThrow('crashed')
      await attempt(id, crashing)
      expect(await read(analyst(), id)).toMatchObject({ state: 'done', outcome: 'not-scanned' })
      const said = (attempt: number) => [{ submission: id, attempt, reason: 'the reading process was ended by SIGSEGV' }, expect.anything()]
      expect(warnings).toEqual([1, 2, 3, 4].map(said))
      const again = await send(analyst(), bytes)
      expect(again.statusCode).toBe(201)
      // Control: the second stands in the way of a third, before its scan and after it.
      expect((await send(analyst(), bytes)).json()).toMatchObject({ id: again.json<Shown>().id })
      await attempt(again.json<Shown>().id, pool)
      expect((await send(analyst(), bytes)).statusCode).toBe(200)
    })
  })

  it('by the worker leaves no reader behind that another file could meet', async () => {
    const children = () => runningProcesses().flatMap(({ pid, parent }) => (parent === process.pid ? [pid] : []))
    const before = new Set(children())
    const rest = () => children().filter((pid) => !before.has(pid))
    workers.push(await startWorker(test.app, { kinds: jobs }))
    await scanned(analyst(), another())
    await until(() => rest().length === 0)
    // Control: a pool that uses its readers again keeps one.
    const other = openPool({ processes: 1 })
    await other.scan(another())
    expect(rest()).toHaveLength(1)
    other.close()
  })

  it('tells once in the log when the weaker fence stands', async () => {
    const said: unknown[][] = []
    const app = { ...test.app, log: { warn: (...words: unknown[]) => void said.push(words) } as never }
    const [scan] = scanJobs({ ...pool, fence: () => 'permissions' }) as [JobKind<ScanJob>]
    for (let n = 0; n < 2; n++) await scan.run(app, { submission: randomUUID() as SubmissionId }, new AbortController().signal)
    expect(said).toEqual([[{ fence: 'permissions' }, WEAK_FENCE]])
  })

  it('that takes longer than its job may counts as an attempt', async () => {
    const { id } = await submit(analyst(), another())
    let begun = 0
    const stuck: ScanPool = {
      ...pool,
      scan: async (_, signal) => {
        begun++
        await pause(60_000, signal)
        throw signal!.reason
      },
    }
    await rows(`update jobs.job set expire_seconds = 1 where name = 'submissions.scan' and data->>'submission' = $1`, [id])
    await rows(
      `update jobs.job set start_after = now() + interval '1 day' where name = 'submissions.scan' and state = 'created' and data->>'submission' <> $1`,
      [id],
    )
    await work(stuck)
    await until(() => begun === 2)
    expect(await rows('select attempts from submission where id = $1', [id])).toEqual([{ attempts: 2 }])
    await ask(analyst(), `/api/submissions/${id}`, 'DELETE')
    await rows(`update jobs.job set start_after = now() where name = 'submissions.scan' and state = 'created'`)
  })

  it('that a stopping worker gives back does not count as an attempt, and is queued again', async () => {
    const { id } = await submit(analyst(), another())
    const stop = new AbortController()
    const running = scanSubmission(test.app, { ...pool, scan: (bytes, signal) => (stop.abort(new WorkerStops()), pool.scan(bytes, signal)) }, id, stop.signal)
    await expect(running).rejects.toThrow('the worker stops')
    expect(await rows('select attempts, started_at from submission where id = $1', [id])).toEqual([{ attempts: 0, started_at: null }])
    expect((await read(analyst(), id)).state).toBe('queued')
  })

  it('that never ends is given up after a day', async () => {
    const { id } = await submit(analyst(), another())
    test.clock.advance(DAY_MS - 1000)
    await giveUpOverdue(test.app)
    expect((await read(analyst(), id)).state).toBe('queued')
    test.clock.advance(2000)
    await giveUpOverdue(test.app)
    expect(await read(analyst(), id)).toMatchObject({ state: 'failed', failure: { code: 'DEADLINE' } })
  })

  it('whose worker is killed between scan and commit ends with one report and one event', { timeout: 90_000 }, async () => {
    const bytes = another()
    const { id } = await submit(analyst(), bytes)
    const child = spawn(process.execPath, [DOOMED, test.app.config.dataDir, JSON.stringify(test.database.app)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    expect(line).toBe('scanned complete')
    await once(child, 'exit')
    await letHeartbeatsLapse(test.database.superuser)
    await work()
    await until(async () => (await read(analyst(), id)).state === 'done', 80_000)
    expect((await ask(analyst(), `/api/submissions/${id}/report`)).json()).toEqual({ ...JSON.parse(JSON.stringify(scanBytes(bytes))), behaviour: STATIC })
    expect(await events(id)).toHaveLength(1)
  })
})

it('seals sample, report and name, and an edited verdict is named', async () => {
  const marker = `canary${randomBytes(8).toString('hex')}`
  const bytes = buildRtf('00', marker)
  await work()
  const { id } = await submit(analyst(), bytes, '', `${marker}.rtf`)
  await inState(analyst(), id, 'done')
  const everything = () => objectFiles().map((file) => readFileSync(join(objectsDir(), file)).toString('latin1'))
  expect(bytes.includes(marker)).toBe(true)
  expect(everything().filter((text) => text.includes(marker) || text.includes('vedette.scan/2'))).toEqual([])
  expect(await whereIs(marker)).toEqual([])
  expect(await whereIs('vedette.scan/2')).toEqual([])

  // Earlier tests edited rows behind the application's back; what counts here is this row.
  const named = async () => (await verifyLog(test.app)).faults.filter((fault) => fault.id === id)
  expect(await named()).toEqual([])
  for (const edit of [`exploit = 'attempted'`, `share = true`, `sha256 = '${'1'.repeat(64)}'`, `organisation_id = '${a.responder.id}'`]) {
    await rows(`create table kept as select * from submission where id = '${id}'`)
    await rows(`update submission set ${edit} where id = '${id}'`)
    expect(await named()).toMatchObject([{ code: 'ROW_ALTERED', table: 'submission' }])
    await rows(
      `update submission s set exploit = k.exploit, share = k.share, sha256 = k.sha256, organisation_id = k.organisation_id from kept k where s.id = k.id`,
    )
    await rows('drop table kept')
    expect(await named()).toEqual([])
  }
})
