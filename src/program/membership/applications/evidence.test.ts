import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { consumers } from '#program/membership/applications/consumers.ts'
import { EVIDENCE_BUDGET, MOST_EVIDENCE_FILES } from '#program/membership/applications/contract.ts'
import { howItOpens } from '#program/membership/applications/evidence.ts'
import { askForOverdueScans } from '#program/membership/applications/keep-scan.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { consumers as scannerConsumers } from '#scanner/objects/consumers.ts'
import { objectJobs } from '#scanner/objects/jobs.ts'
import { Applicant, sendIn, VENDOR_ANSWERS } from '#test/harness/applicant.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { buildDocx, buildVba, equationObject, fontRecord } from '#test/harness/documents.ts'
import { until } from '#test/harness/jobs.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

const equation = equationObject(fontRecord(Buffer.alloc(0x30, 0x41)))
const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub' }) })
const harmless = buildDocx({ 'word/document.xml': '<w:document/>' })

let test: TestApp
let a: SeededOperator
let b: SeededOperator
let officer: SeededPerson<OperatorActor>
let pool: ScanPool
let worker: Worker | undefined
beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  officer = a.people['membership-officer']
  pool = openPool({ processes: 1 })
})
afterAll(async () => {
  await worker?.stop()
  pool?.close()
  await test?.close()
})

interface Evidence {
  id: string
  name: string
  opens: string
  scan: { outcome: string; exploit: string | null } | null
}
const ask = (url: string, method: 'GET' | 'HEAD' = 'GET', by = officer) => test.server.inject({ method, url, headers: by.token })
const evidenceOf = async (id: string) => (await ask(`/api/applications/${id}`)).json<{ evidence: Evidence[] }>().evidence
const code = (answer: { json<T>(): T }) => answer.json<{ code: string }>().code
const rows = async (text: string, values: unknown[] = []) => (await test.database.superuser.query<Record<string, unknown>>(text, values)).rows

describe('evidence', () => {
  it('is opened by nobody before the scanner has answered, and what holds an exploit only knowingly', async () => {
    const applicant = await Applicant.start(test, { email: 'files@endpoint.example', kind: 'vendor', operator: a.id })
    await applicant.save(VENDOR_ANSWERS)
    for (const [name, bytes] of [
      ['policy.docx', harmless],
      ['paper.doc', equation],
      ['list.docm', macro],
    ] as const) {
      const answer = await applicant.upload('CR-02', name, bytes)
      expect(answer.statusCode, answer.body).toBe(201)
      expect(answer.json<{ evidence: { name: string }[] }>().evidence.find((one) => one.name === name)).toEqual({
        id: expect.any(String),
        criterion: 'CR-02',
        name,
        size: bytes.length,
        uploadedAt: expect.any(String),
        sent: false,
      })
    }
    const id = (await applicant.step('submit')).json<{ id: string }>().id
    const before = await evidenceOf(id)
    expect(before.map(({ opens, scan }) => [opens, scan])).toEqual([
      ['scan-waits', null],
      ['scan-waits', null],
      ['scan-waits', null],
    ])
    for (const query of ['', '?acknowledged=true']) expect(code(await ask(`/api/applications/${id}/evidence/${before[0]!.id}${query}`))).toBe('CONFLICT')

    worker = await startWorker(test.app, { kinds: [...objectJobs(pool), ...eventJobs([...consumers, ...scannerConsumers])] })
    const after = await until(async () => {
      const found = await evidenceOf(id)
      return found.every(({ scan }) => scan) ? found : undefined
    }, 25_000)
    const named = (name: string) => after.find((one) => one.name === name)!
    expect(named('policy.docx')).toMatchObject({ opens: 'freely', scan: { outcome: 'complete', exploit: 'none-seen' } })
    expect(named('paper.doc')).toMatchObject({ opens: 'with-acknowledgement', scan: { exploit: 'attempted' } })
    expect(named('list.docm')).toMatchObject({ opens: 'with-acknowledgement', scan: { exploit: 'technique-only' } })

    const url = (name: string) => `/api/applications/${id}/evidence/${named(name).id}`
    const plain = await ask(url('policy.docx'))
    expect(plain.rawPayload).toEqual(harmless)
    expect(plain.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename=policy.docx',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    for (const method of ['GET', 'HEAD'] as const) expect((await ask(url('paper.doc'), method)).statusCode).toBe(409)
    const known = await ask(`${url('paper.doc')}?acknowledged=true`)
    expect(known.rawPayload).toEqual(equation)
    expect((await ask(url('policy.docx'), 'GET', b.people['membership-officer'])).statusCode).toBe(404)
    expect((await ask(url('policy.docx'), 'GET', a.people.auditor)).statusCode).toBe(403)

    const leaves = await rows(`select action from audit_leaf`)
    const opened = leaves.filter(({ action }) => action === 'application.evidence-opened')
    expect(opened).toHaveLength(2)
    expect(await rows(`select distinct type from outbox_event order by type`)).toEqual([{ type: 'application.evidence-uploaded' }, { type: 'object.scanned' }])
    expect(await rows('select 1 from submission')).toEqual([])
  })

  it('can be taken back until it is sent in, and not afterwards', async () => {
    const applicant = await Applicant.start(test, { email: 'back@endpoint.example', kind: 'vendor', operator: a.id })
    await applicant.save(VENDOR_ANSWERS)
    await applicant.upload('CR-02', 'first.docx', harmless)
    const second = (await applicant.upload('CR-05', 'second.docx', macro))
      .json<{ evidence: { id: string; name: string }[] }>()
      .evidence.find((one) => one.name === 'second.docx')!
    expect((await applicant.send('DELETE', `/evidence/${second.id}`)).json()).toMatchObject({ evidence: [{ name: 'first.docx', sent: false }] })
    expect(code(await applicant.send('DELETE', `/evidence/${second.id}`))).toBe('NOT_FOUND')
    const sent = (await applicant.step('submit')).json<{ evidence: { id: string; sent: boolean }[] }>()
    expect(sent.evidence).toMatchObject([{ sent: true }])
    expect(code(await applicant.send('DELETE', `/evidence/${sent.evidence[0]!.id}`))).toBe('CONFLICT')
    expect(code(await applicant.upload('CR-05', 'late.docx', harmless))).toBe('CONFLICT')
  })

  it('needs a name, some bytes, and a criterion that is asked; there is room for thirty files', async () => {
    const applicant = await Applicant.start(test, { email: 'many@endpoint.example', kind: 'vendor', operator: a.id })
    expect(code(await applicant.upload('CR-02', undefined, harmless))).toBe('VALIDATION_FAILED')
    expect(code(await applicant.upload('CR-99', 'a', harmless))).toBe('VALIDATION_FAILED')
    expect(code(await applicant.upload('CR-02', 'a', Buffer.alloc(0)))).toMatch(/VALIDATION_FAILED|UNSUPPORTED_MEDIA_TYPE/)
    for (let n = 0; n < MOST_EVIDENCE_FILES; n++) expect((await applicant.upload('CR-02', `${n}.txt`, Buffer.from(String(n)))).statusCode).toBe(201)
    expect(code(await applicant.upload('CR-02', 'more.txt', Buffer.from('more')))).toBe('CONFLICT')
    const stranger = new Applicant(test.server, 'vda_nothing')
    expect(code(await stranger.upload('CR-02', 'a', harmless))).toBe('NOT_FOUND')
  })

  it('stays closed without an answer of the scanner, however long it takes, and its scan is asked for again once a day', async () => {
    await worker?.stop()
    worker = undefined
    const applicant = await Applicant.start(test, { email: 'stuck@endpoint.example', kind: 'vendor', operator: a.id })
    await applicant.save(VENDOR_ANSWERS)
    const { id } = await applicant.show<{ id: string }>()
    const asked = async () => {
      const [row] = await rows(
        `select count(*)::int as n from outbox_event e join application_evidence v on e.data->>'object' = v.object::text
         where e.type = 'application.evidence-uploaded' and v.application_id = $1`,
        [id],
      )
      return row!['n'] as number
    }
    await applicant.upload('CR-02', 'stuck.docx', harmless)
    // Nothing is scanned of a form that is not sent in.
    expect(await asked()).toBe(0)
    await applicant.step('submit')
    expect(await asked()).toBe(1)
    test.clock.advance(86_400_000 + 1000)
    for (let n = 0; n < 3; n++) await askForOverdueScans(test.app)
    expect(await asked()).toBe(2)
    const [file] = await evidenceOf(id)
    expect(file).toMatchObject({ opens: 'scan-overdue', scan: null })
    for (const query of ['', '?acknowledged=true']) expect(code(await ask(`/api/applications/${id}/evidence/${file!.id}${query}`))).toBe('CONFLICT')
    // The control: with the scanner's answer it opens.
    worker = await startWorker(test.app, { kinds: [...objectJobs(pool), ...eventJobs([...consumers, ...scannerConsumers])] })
    await until(async () => (await evidenceOf(id))[0]?.opens === 'freely' || undefined, 25_000)
  })

  it('has a budget of bytes: of one form, from one network, and of what was not sent in', async () => {
    const applicant = await Applicant.start(test, { email: 'budget@endpoint.example', kind: 'vendor', operator: a.id })
    const { id } = await applicant.show<{ id: string }>()
    expect((await applicant.upload('CR-02', 'one.txt', Buffer.from('one'))).statusCode).toBe(201)
    const set = (size: number) => rows('update application_evidence set size = $2 where application_id = $1', [id, size])
    await set(EVIDENCE_BUDGET.application - 2)
    expect(code(await applicant.upload('CR-02', 'two.txt', Buffer.from('two')))).toBe('PAYLOAD_TOO_LARGE')
    await set(EVIDENCE_BUDGET.application - 3)
    expect((await applicant.upload('CR-02', 'two.txt', Buffer.from('two'))).statusCode).toBe(201)

    const other = await Applicant.start(test, { email: 'budget-b@endpoint.example', kind: 'vendor', operator: a.id })
    await set(EVIDENCE_BUDGET.unsentOfOperator)
    expect(code(await other.upload('CR-02', 'one.txt', Buffer.from('one')))).toBe('RATE_LIMITED')
    await set(3)
    // What was taken back came all the same.
    await rows('update evidence_upload set size = $1 where id = (select max(id::text)::uuid from evidence_upload)', [EVIDENCE_BUDGET.networkInAnHour])
    const refused = await other.upload('CR-02', 'one.txt', Buffer.from('one'))
    expect([code(refused), refused.headers['retry-after']]).toEqual(['RATE_LIMITED', '3600'])
    test.clock.advance(3_600_000)
    expect((await other.upload('CR-02', 'one.txt', Buffer.from('one'))).statusCode).toBe(201)
  })

  it.each([
    [null, null, 'scan-waits'],
    ['complete', 'none-seen', 'freely'],
    ['incomplete', 'none-seen', 'with-acknowledgement'],
    ['refused', 'none-seen', 'with-acknowledgement'],
    ['not-scanned', null, 'with-acknowledgement'],
    ['complete', 'technique-only', 'with-acknowledgement'],
    ['complete', 'attempted', 'with-acknowledgement'],
    ['complete', 'confirmed', 'with-acknowledgement'],
    ['complete', null, 'with-acknowledgement'],
  ] as const)('scanned %s with %s opens %s', (outcome, exploit, opens) => {
    expect(howItOpens({ outcome, exploit, submitted_at: test.app.clock.now() }, test.app.clock.now())).toBe(opens)
  })

  it('is the officer’s alone to open', async () => {
    const { id } = await sendIn(test, a.id, 'role@endpoint.example')
    expect(await evidenceOf(id)).toEqual([])
  })
})
