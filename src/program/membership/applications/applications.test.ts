import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { createSecret } from '#platform/auth/secret.ts'
import { STARTS } from '#program/membership/applications/start-application.ts'
import { MOST_DRAFT_LENGTH } from '#program/membership/applications/contract.ts'
import { forgetDrafts } from '#program/membership/applications/forget-drafts.ts'
import { Applicant, forgetAttempts, lastMail, mailedToken, RESPONDER_ANSWERS, sendIn, startApplication, VENDOR_ANSWERS } from '#test/harness/applicant.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

const DAY_MS = 86_400_000
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let first: SeededPerson<OperatorActor>
let second: SeededPerson<OperatorActor>
beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  first = a.people['membership-officer']
  second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
})
beforeEach(() => forgetAttempts(test))
afterAll(() => test?.close())

interface View {
  version: number
  state: string
  set: { id: string; criteria: { id: string }[] }
  judgements: { criterion: string; outcome: string; stands: boolean; by: { id: string } }[]
  deciding: { you: boolean; why: string | null }
  decision: { member: string | null; internalNote: string | null } | null
  tiers: { tier: string; obstacles: unknown[] }[]
}
type Officer = Pick<SeededPerson<OperatorActor>, 'token'>
const get = (by: Officer, url: string) => test.server.inject({ method: 'GET', url, headers: by.token })
const post = (by: Officer, url: string, payload: object) => test.server.inject({ method: 'POST', url, headers: by.token, payload })
const show = async (id: string, by: Officer = first) => (await get(by, `/api/applications/${id}`)).json<View>()
/** An act on the application as it is now, a second later. */
const act = async (by: Officer, id: string, step: string, body: object) => {
  test.clock.advance(1000)
  return post(by, `/api/applications/${id}/${step}`, { version: (await show(id)).version, ...body })
}
const judge = (by: Officer, id: string, criterion: string, outcome = 'met') =>
  act(by, id, 'judgements', { criterion, outcome, reason: `As shown for ${criterion}.` })
async function judgeAll(by: Officer, id: string, outcomes: Record<string, string> = {}): Promise<void> {
  let view = await show(id)
  for (const { id: criterion } of view.set.criteria) {
    const outcome = outcomes[criterion] ?? 'met'
    const answer = await post(by, `/api/applications/${id}/judgements`, { version: view.version, criterion, outcome, reason: `As shown for ${criterion}.` })
    expect(answer.statusCode, answer.body).toBe(200)
    view = answer.json()
  }
}
const recommend = async (by: Officer, id: string, tier = 'advance') => {
  const answer = await act(by, id, 'recommendation', { tier, jurisdiction: 'unrestricted@1' })
  expect(answer.statusCode, answer.body).toBe(200)
}
const ADMIT = { tier: 'advance', jurisdiction: 'unrestricted@1', reason: 'All is shown.' }
const rows = async (text: string, values: unknown[] = []) => (await test.database.superuser.query<Record<string, unknown>>(text, values)).rows
const code = (answer: { json<T>(): T }) => answer.json<{ code: string }>().code

describe('the whole life of an application', () => {
  it('of a vendor: a mailed link, answers saved as they come, sent in, asked, answered, judged by one and admitted by another', async () => {
    const email = 'security@endpoint.example'
    const applicant = await Applicant.start(test, { email, kind: 'vendor', operator: a.id })
    expect(await applicant.show()).toMatchObject({ state: 'draft', answers: {}, email, set: { id: 'vedette-default@1' }, operator: { name: 'Operator A' } })

    await applicant.save({ organisation: { legalName: 'Endp' }, products: [{ users: 'many' }], typed: ['anything'] })
    expect(await applicant.show()).toMatchObject({ answers: { organisation: { legalName: 'Endp' }, products: [{ users: 'many' }], typed: ['anything'] } })
    const early = await applicant.step('submit')
    expect([early.statusCode, code(early)]).toEqual([400, 'VALIDATION_FAILED'])
    expect(early.json<{ fields: { field: string }[] }>().fields.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['/answers/organisation/website', '/answers/products/0/users', '/answers/workedExample']),
    )
    await applicant.save(VENDOR_ANSWERS)
    const sent = await applicant.step('submit')
    expect(sent.json()).toMatchObject({ state: 'in-review' })
    const id = sent.json<{ id: string }>().id
    expect(code(await applicant.save({ organisation: {} }))).toBe('CONFLICT')

    await judge(first, id, 'CR-03')
    expect((await act(first, id, 'questions', { about: ['CR-03'], question: 'How many users are active?' })).json()).toMatchObject({ state: 'clarifying' })
    const mail = (await lastMail(test, email))!
    expect(mail.subject).toBe('A question about your application to Operator A')
    expect(mail.text).not.toContain('How many users')
    applicant.token = await mailedToken(test, email)
    expect(await applicant.show()).toMatchObject({
      state: 'clarifying',
      rounds: [{ about: ['CR-03'], question: 'How many users are active?' }],
      decision: null,
    })
    expect(code(await judge(first, id, 'CR-01'))).toBe('CONFLICT')
    await applicant.save({ ...VENDOR_ANSWERS, products: [{ ...VENDOR_ANSWERS.products[0], users: 9_000 }] })
    expect((await applicant.step('answer')).json()).toMatchObject({ state: 'in-review' })

    await judgeAll(first, id, { 'CR-03': 'waived' })
    expect(code(await act(second, id, 'admission', ADMIT))).toBe('CONFLICT')
    await recommend(first, id)
    expect(await show(id, first)).toMatchObject({ deciding: { you: false }, answersVersion: 2 })
    expect(await show(id, second)).toMatchObject({ deciding: { you: true } })
    expect(code(await act(second, id, 'admission', { ...ADMIT, jurisdiction: 'nowhere@1' }))).toBe('VALIDATION_FAILED')
    expect(code(await act(second, id, 'admission', { ...ADMIT, tier: 'responder' }))).toBe('VALIDATION_FAILED')
    expect(code(await act(first, id, 'admission', ADMIT))).toBe('SECOND_PERSON_NEEDED')
    const admitted = await act(second, id, 'admission', { ...ADMIT, internalNote: 'Known from elsewhere.' })
    expect(admitted.json(), admitted.body).toMatchObject({ state: 'admitted', decision: { tier: 'advance', internalNote: 'Known from elsewhere.' } })

    const member = admitted.json<View>().decision!.member
    expect(
      await rows(
        'select o.name, o.kind, m.tier, m.state, m.jurisdiction, m.until is not null as ends from membership m join organisation o on o.id = m.organisation_id where o.id = $1',
        [member],
      ),
    ).toEqual([{ name: 'Endpoint vendor', kind: 'vendor', tier: 'advance', state: 'active', jurisdiction: 'unrestricted@1', ends: true }])
    expect((await lastMail(test, 'contact@endpoint.example'))!.text).toMatch(/\/welcome#vdl_/)
    applicant.token = await mailedToken(test, email)
    const told = await applicant.show()
    expect(told).toMatchObject({ state: 'admitted', decision: { outcome: 'admitted', tier: 'advance', reason: 'All is shown.' } })
    expect(JSON.stringify(told)).not.toContain('Known from elsewhere')
    expect(JSON.stringify(told)).toContain('As shown for CR-03.')
    expect(JSON.stringify(told)).not.toContain(first.id)
    expect(await rows('select set_id from application where id = $1', [id])).toEqual([{ set_id: 'vedette-default@1' }])
  })

  it('whose answers change after it was judged has to be judged again, though another matter was asked about', async () => {
    const { applicant, id } = await sendIn(test, a.id, 'swap@endpoint.example')
    await judgeAll(first, id)
    await recommend(first, id)
    await act(first, id, 'questions', { about: ['CR-03'], question: 'How many users are active?' })
    await applicant.save({ ...VENDOR_ANSWERS, organisation: { ...VENDOR_ANSWERS.organisation, legalName: 'Offensive vendor', jurisdictions: ['CN'] } })
    expect((await applicant.step('answer')).statusCode).toBe(200)
    await judge(first, id, 'CR-03')
    await recommend(first, id)
    const refused = await act(second, id, 'admission', ADMIT)
    expect([code(refused), refused.json<{ fields: unknown[] }>().fields.length]).toEqual(['CONFLICT', 12])
    // What was judged before is still there to be read.
    expect((await show(id)).judgements).toHaveLength(14)
    expect((await show(id)).judgements.filter(({ stands }) => stands)).toMatchObject([{ criterion: 'CR-03' }])
    await test.app.audit.flush()
    expect((await verifyLog(test.app)).faults).toEqual([])
  })

  it('of a responder: another form, other criteria, and the tier of responders only', async () => {
    const { applicant, id } = await sendIn(test, a.id, 'duty@cert.example', RESPONDER_ANSWERS)
    expect(await show(id)).toMatchObject({ set: { id: 'vedette-responder@1' }, tiers: [{ tier: 'responder' }] })
    await judgeAll(first, id, { 'CR-04': 'not-met', 'CR-08': 'not-met' })
    expect(code(await act(first, id, 'recommendation', { tier: 'advance', jurisdiction: 'unrestricted@1' }))).toBe('VALIDATION_FAILED')
    await recommend(first, id, 'responder')
    expect(code(await act(second, id, 'admission', ADMIT))).toBe('VALIDATION_FAILED')
    const admitted = await act(second, id, 'admission', { ...ADMIT, tier: 'responder' })
    expect(admitted.json(), admitted.body).toMatchObject({ state: 'admitted', decision: { tier: 'responder' } })
    expect(await applicant.show()).toMatchObject({ state: 'admitted' })
  })

  it('that is taken back or refused can begin again with what was said, at any time', async () => {
    const email = 'again@endpoint.example'
    const { applicant, id } = await sendIn(test, a.id, email)
    expect((await applicant.step('withdraw')).statusCode).toBe(204)
    expect(await applicant.show()).toMatchObject({ state: 'withdrawn' })
    expect(code(await judge(first, id, 'CR-01'))).toBe('CONFLICT')

    const again = await Applicant.start(test, { email, kind: 'vendor', operator: a.id })
    expect(await again.show()).toMatchObject({ state: 'draft', answers: { organisation: { legalName: 'Endpoint vendor' } } })
    const sent = (await again.step('submit')).json<{ id: string }>()
    await judge(first, sent.id, 'CR-04', 'not-met')
    expect(code(await act(first, sent.id, 'refusal', { reason: 'Not now.' }))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await act(second, sent.id, 'refusal', { reason: ' ' }))).toBe('VALIDATION_FAILED')
    expect((await act(second, sent.id, 'refusal', { reason: 'Not now.', internalNote: 'Group of another member.' })).json()).toMatchObject({ state: 'refused' })
    expect(await again.show()).toMatchObject({ state: 'refused', decision: { outcome: 'refused', reason: 'Not now.' } })
    expect(JSON.stringify(await again.show())).not.toContain('Group of another')
    expect(code(await again.step('withdraw'))).toBe('CONFLICT')
    expect(await (await Applicant.start(test, { email, kind: 'vendor', operator: a.id })).show()).toMatchObject({ state: 'draft' })
  })

  it('leaves a log that verifies, and nothing of what was written in the clear', async () => {
    const { applicant, id } = await sendIn(test, a.id, 'sealed@endpoint.example', { ...VENDOR_ANSWERS, dataUse: 'A sentence found nowhere.' })
    await act(first, id, 'questions', { about: ['CR-05'], question: 'A question found nowhere?' })
    await applicant.step('answer')
    await judge(first, id, 'CR-05')
    await test.app.audit.flush()
    expect((await verifyLog(test.app)).faults).toEqual([])
    for (const text of ['A sentence found nowhere', 'A question found nowhere', 'As shown for CR-05', 'sealed@endpoint.example']) {
      for (const table of ['application', 'application_answers', 'clarification', 'judgement', 'audit_leaf', 'outgoing_mail', 'outbox_event', 'notice']) {
        const found = await rows(`select 1 from ${table} t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%'`, [
          text,
          Buffer.from(text).toString('hex'),
        ])
        expect(found, `${table}: ${text}`).toEqual([])
      }
    }
  })
})

describe('the link', () => {
  const start = (email: string, more: object = {}, address?: string) => startApplication(test, { email, kind: 'vendor', operator: a.id, ...more }, address)

  it('is asked for with the same answer, whatever there is of the address', async () => {
    const fresh = await start('fresh@endpoint.example')
    await sendIn(test, a.id, 'known@endpoint.example')
    const known = await start('Known@Endpoint.example')
    const many = []
    for (let n = 0; n < STARTS.ofAddress; n++) many.push(await start('known@endpoint.example'))
    for (const answer of [fresh, known, ...many]) expect([answer.statusCode, answer.body]).toEqual([202, '{"next":"mail"}'])
  })

  it('goes to one address three times in a quarter of an hour, and is asked for from one network twenty times', async () => {
    const mails = async () => (await rows(`select count(*)::int as n from outgoing_mail where kind = 'application.resume-link'`))[0]!['n'] as number
    const before = await mails()
    for (let n = 0; n < STARTS.ofAddress + 2; n++) expect((await start('flooded@endpoint.example')).statusCode).toBe(202)
    expect((await mails()) - before).toBe(STARTS.ofAddress)
    for (let n = STARTS.ofAddress + 2; n < STARTS.ofNetwork; n++) expect((await start(`n${n}@endpoint.example`)).statusCode).toBe(202)
    const refused = await start('last@endpoint.example')
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '900'])
    expect((await start('elsewhere@endpoint.example', {}, '198.51.100.7')).statusCode).toBe(202)
  })

  it('opens the application of the address with this operator, and an operator has to be one', async () => {
    const { id } = await sendIn(test, a.id, 'same@endpoint.example')
    const back = await Applicant.start(test, { email: 'same@endpoint.example', kind: 'vendor', operator: a.id })
    expect(await back.show()).toMatchObject({ id, state: 'in-review' })
    const other = await Applicant.start(test, { email: 'same@endpoint.example', kind: 'vendor', operator: b.id })
    expect(await other.show()).toMatchObject({ state: 'draft', operator: { name: 'Operator B' } })
    for (const operator of [undefined, first.id]) expect(code(await start('same@endpoint.example', { operator }))).toBe('VALIDATION_FAILED')
  })

  it('is not guessed: ten wrong secrets of one network, and the right one opens nothing for a while', async () => {
    const applicant = await Applicant.start(test, { email: 'guessed@endpoint.example', kind: 'vendor', operator: a.id })
    const right = applicant.token
    for (const token of ['', 'x', right.slice(0, -1), `${right.slice(0, -1)}!`, right.toLowerCase()]) {
      applicant.token = token
      expect(code(await applicant.send('GET', ''))).toBe('NOT_FOUND')
    }
    for (let n = 0; n < 10; n++) {
      applicant.token = createSecret('application').text
      expect(code(await applicant.send('GET', ''))).toBe('NOT_FOUND')
    }
    applicant.token = right
    expect(code(await applicant.send('GET', ''))).toBe('NOT_FOUND')
    await forgetAttempts(test)
    expect((await applicant.send('GET', '')).statusCode).toBe(200)
    expect(await rows('select 1 from application_link where hash = $1', [Buffer.from(right)])).toEqual([])
    for (const kind of ['link', 'session', 'token'] as const) {
      applicant.token = createSecret(kind).text
      expect(code(await applicant.send('GET', ''))).toBe('NOT_FOUND')
    }
  })

  it('ends 30 days after the last save, and a draft is forgotten with it', async () => {
    const applicant = await Applicant.start(test, { email: 'late@endpoint.example', kind: 'vendor', operator: a.id })
    test.clock.advance(29 * DAY_MS)
    await applicant.save({ dataUse: 'Saved late.' })
    test.clock.advance(29 * DAY_MS)
    expect(await applicant.show()).toMatchObject({ answers: { dataUse: 'Saved late.' } })
    await forgetDrafts(test.app)
    test.clock.advance(2 * DAY_MS)
    expect(code(await applicant.send('GET', ''))).toBe('NOT_FOUND')
    const count = async () => (await rows(`select count(*)::int as n from application where state = 'draft'`))[0]!['n'] as number
    const before = await count()
    await forgetDrafts(test.app)
    expect(before).toBeGreaterThan(0)
    expect(await count()).toBe(0)
  })

  it('of a draft that is withdrawn opens nothing any more', async () => {
    const applicant = await Applicant.start(test, { email: 'gone@endpoint.example', kind: 'vendor', operator: a.id })
    expect((await applicant.step('withdraw')).statusCode).toBe(204)
    expect(code(await applicant.send('GET', ''))).toBe('NOT_FOUND')
  })
})

describe('two at once', () => {
  it('of an applicant’s windows do not overwrite each other', async () => {
    const applicant = await Applicant.start(test, { email: 'windows@endpoint.example', kind: 'vendor', operator: a.id })
    const { version } = await applicant.show()
    const one = applicant.send('PUT', '', { version, answers: { dataUse: 'one' } })
    const other = applicant.send('PUT', '', { version, answers: { dataUse: 'other' } })
    const codes = (await Promise.all([one, other])).map(({ statusCode }) => statusCode)
    expect(codes.toSorted((one, other) => one - other)).toEqual([200, 409])
    expect((await applicant.save({ text: 'x'.repeat(MOST_DRAFT_LENGTH) })).statusCode).toBe(413)
  })

  it('of two officers the second is told that it changed', async () => {
    const { id } = await sendIn(test, a.id, 'race@endpoint.example')
    const { version } = await show(id)
    const give = (by: Officer, outcome: string) => post(by, `/api/applications/${id}/judgements`, { version, criterion: 'CR-01', outcome, reason: 'So.' })
    const codes = (await Promise.all([give(first, 'met'), give(second, 'not-met')])).map(({ statusCode }) => statusCode)
    expect(codes.toSorted((one, other) => one - other)).toEqual([200, 409])
    expect((await show(id)).judgements).toHaveLength(1)
  })
})

describe('another operator, a contact and whoever has no part in it', () => {
  it('see nothing of an application, by the interface and by the database', async () => {
    const { id } = await sendIn(test, a.id, 'secret@endpoint.example')
    const foreign = b.people['membership-officer']
    expect((await get(foreign, `/api/applications/${id}`)).statusCode).toBe(404)
    expect((await get(foreign, '/api/applications')).json<{ items: { id: string }[] }>().items.map((one) => one.id)).not.toContain(id)
    expect((await post(foreign, `/api/applications/${id}/refusal`, { version: 1, reason: 'No.' })).statusCode).toBe(404)
    for (const person of [a.people.author, a.vendor.people.admin]) expect((await get(person, `/api/applications/${id}`)).statusCode).toBe(403)
    for (const actor of [foreign.actor, a.vendor.people.admin.actor]) {
      for (const table of [
        'application',
        'application_answers',
        'application_evidence',
        'judgement',
        'clarification',
        'application_recommendation',
        'application_link',
        'criteria_set',
      ] as const) {
        expect(await test.app.db.read(actor, (tx) => tx.db.selectFrom(table).selectAll().execute()), table).toEqual([])
      }
    }
    expect((await test.app.db.read(first.actor, (tx) => tx.db.selectFrom('application').select('id').execute())).length).toBeGreaterThan(0)
  })

  it('of a draft not even its operator', async () => {
    const applicant = await Applicant.start(test, { email: 'unsent@endpoint.example', kind: 'vendor', operator: a.id })
    const { id } = await applicant.show<{ id: string }>()
    expect((await get(first, `/api/applications/${id}`)).statusCode).toBe(404)
    expect(await test.app.db.read(first.actor, (tx) => tx.db.selectFrom('application').select('id').where('id', '=', id).execute())).toEqual([])
  })

  it('are told apart in the list, by state and with counts', async () => {
    const all = (await get(first, '/api/applications?limit=200')).json<{ items: { state: string }[]; counts: Record<string, number> }>()
    for (const [state, count] of Object.entries(all.counts)) expect(all.items.filter((item) => item.state === state)).toHaveLength(count)
    const refused = (await get(first, '/api/applications?state=refused&limit=1')).json<{ items: object[]; next: string | null }>()
    expect(refused.items).toMatchObject([{ state: 'refused', name: 'Endpoint vendor', renewal: false, criteria: 13 }])
  })
})
