import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { insertMember } from '#program/membership/store.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'
import { Applicant, forgetAttempts, sendIn, VENDOR_ANSWERS } from '#test/harness/applicant.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { system } from '#platform/auth/actor.ts'

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

type Officer = Pick<SeededPerson<OperatorActor>, 'token'>
const get = (by: Officer, url: string) => test.server.inject({ method: 'GET', url, headers: by.token })
const post = (by: Officer, url: string, payload?: object) => {
  test.clock.advance(1000)
  return test.server.inject({ method: 'POST', url, headers: by.token, ...(payload && { payload }) })
}
const code = (answer: { json<T>(): T }) => answer.json<{ code: string }>().code
const inForce = async (by: Officer = first) => (await get(by, '/api/criteria')).json<{ inForce: Record<'vendor' | 'responder', { id: string }> }>().inForce
const propose = async (body: object, by: Officer = first) => (await post(by, '/api/criteria', body)).json<{ proposal: string; id: string }>()
const REACH = { ...PRESETS['mapp-2008'].criteria[2], threshold: 50_000, alternative: null }
const own = (criteria: object[] = [REACH], name = 'our-own') => ({ name, kind: 'vendor', criteria })

describe('a set of criteria', () => {
  it('is in force once a second officer adopts it, and not before', async () => {
    expect(await inForce()).toMatchObject({ vendor: { id: 'vedette-default@1' }, responder: { id: 'vedette-responder@1' } })
    const { proposal, id } = await propose(own())
    expect(id).toBe('our-own@1')
    expect(code(await post(first, `/api/criteria/${proposal}/adopt`))).toBe('SECOND_PERSON_NEEDED')
    expect((await inForce()).vendor.id).toBe('vedette-default@1')
    expect((await post(b.people['membership-officer'], `/api/criteria/${proposal}/adopt`)).statusCode).toBe(404)
    expect((await post(second, `/api/criteria/${proposal}/adopt`)).json()).toMatchObject({ adoptedBy: { name: 'Second officer' } })
    expect(await inForce()).toMatchObject({ vendor: { id: 'our-own@1' }, responder: { id: 'vedette-responder@1' } })
    expect((await inForce(b.people['membership-officer'])).vendor.id).toBe('vedette-default@1')
    expect(code(await post(second, `/api/criteria/${proposal}/adopt`))).toBe('CONFLICT')
  })

  it('counts its versions, and one that ships with Vedette can be returned to', async () => {
    expect((await propose(own())).id).toBe('our-own@2')
    expect((await propose(own([REACH], 'mapp-2008'))).id).toBe('mapp-2008@2')
    for (const n of [1, 2]) {
      const { proposal, id } = await propose({ preset: 'mapp-2008' })
      expect([n, id]).toEqual([n, 'mapp-2008@1'])
      expect((await post(second, `/api/criteria/${proposal}/adopt`)).statusCode).toBe(200)
    }
    expect((await inForce()).vendor.id).toBe('mapp-2008@1')
  })

  it('that is proposed three times at once is three versions', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => post(first, '/api/criteria', own([REACH], 'at-once'))))
    expect(answers.map(({ statusCode, body }) => (statusCode < 300 ? 'made' : body))).toEqual(['made', 'made', 'made'])
    expect(answers.map((answer) => answer.json<{ id: string }>().id).toSorted()).toEqual(['at-once@1', 'at-once@2', 'at-once@3'])
  })

  it.each([
    ['criteria named twice', own([REACH, REACH]), '/body/criteria/1/id'],
    ['an alternative that it lacks', own([{ ...REACH, alternative: 'CR-11' }]), '/body/criteria/0/alternative'],
    ['a criterion that is its own alternative', own([{ ...REACH, alternative: 'CR-03' }]), '/body/criteria/0/alternative'],
  ])('with %s is refused', async (_, body, field) => {
    expect((await post(first, '/api/criteria', body)).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field }] })
  })

  it.each([[own([])], [own([REACH], 'Our own')], [{ preset: 'mapp-2009' }], [{ ...own(), version: 7 }], [own([{ ...REACH, evidence: [] }])]])(
    'written as %j is refused',
    async (body) => {
      expect(code(await post(first, '/api/criteria', body))).toBe('VALIDATION_FAILED')
    },
  )

  it('applies to what is sent in from then on, and stays with what was', async () => {
    const { id } = await sendIn(test, a.id, 'before@endpoint.example')
    const { proposal } = await propose({ preset: 'vedette-default' })
    await post(second, `/api/criteria/${proposal}/adopt`)
    const after = await sendIn(test, a.id, 'after@endpoint.example')
    const set = async (one: string) => (await get(first, `/api/applications/${one}`)).json<{ set: { id: string } }>().set.id
    expect([await set(id), await set(after.id)]).toEqual(['mapp-2008@1', 'vedette-default@1'])
  })

  it('says beforehand which members will be renewed under it, page by page', async () => {
    const { proposal } = await propose({ preset: 'mapp-current' })
    const name = 'Another vendor'
    const until = new Date('2027-12-26T08:00:00.000Z')
    await test.app.db.transaction(system('test'), (tx) =>
      insertMember(tx, {
        organisation: test.app.ids.next<'organisation'>(),
        operator: a.id,
        name,
        kind: 'vendor',
        tier: 'entry',
        until,
        at: test.app.clock.now(),
      }),
    )
    const one = (await get(first, `/api/criteria/${proposal}/affected?limit=1`)).json<{ items: object[]; next: string }>()
    expect(one.items).toEqual([{ organisation: { id: expect.any(String), name }, dueOn: '2027-11-25', under: null }])
    const rest = (await get(first, `/api/criteria/${proposal}/affected?cursor=${one.next}`)).json()
    expect(rest).toMatchObject({ items: [{ organisation: { name: 'Vendor A' } }], next: null })
    expect((await get(b.people['membership-officer'], `/api/criteria/${proposal}/affected`)).statusCode).toBe(404)
  })
})

describe('a renewal', () => {
  const admin = () => a.vendor.people.admin
  const renewals = async () =>
    (await test.server.inject({ method: 'GET', url: '/api/renewals', headers: admin().token })).json<{ items: { dueOn: string | null }[] }>().items
  const file = (by: { readonly session: object } = admin()) =>
    test.server.inject({ method: 'POST', url: '/api/renewals', headers: by.session as Record<string, string>, payload: { operator: a.id } })
  const setUntil = (until: Date | null) => test.database.superuser.query('update membership set until = $1 where organisation_id = $2', [until, a.vendor.id])
  const until = async () =>
    (await test.database.superuser.query<{ until: Date }>('select until from membership where organisation_id = $1', [a.vendor.id])).rows[0]!.until

  it('is filed by the member’s administrator, signed in, and moves the end of the membership by what two people decide', async () => {
    const admitted = test.app.clock.now()
    expect(await renewals()).toMatchObject([{ operator: { name: 'Operator A' }, dueOn: null, open: null }])
    expect(code(await file())).toBe('CONFLICT')
    await setUntil(new Date(admitted.getTime() + 200 * DAY_MS))
    expect(code(await file())).toBe('CONFLICT')
    await setUntil(new Date(admitted.getTime() + 100 * DAY_MS))
    const before = await until()
    // A double click, and one more: one renewal, with a link for each.
    const filed = await Promise.all([file(), file(), file()])
    expect(filed.map(({ statusCode, body }) => (statusCode < 300 ? 'filed' : body))).toEqual(['filed', 'filed', 'filed'])
    const { token } = filed[0].json<{ token: string }>()

    const nobody = new Applicant(test.server, token)
    expect(code(await nobody.send('GET', ''))).toBe('NOT_FOUND')
    for (const other of [a.vendor.people.analyst, a.responder.people.admin, first]) {
      expect(code(await new Applicant(test.server, token, other.session).send('GET', ''))).toBe('NOT_FOUND')
    }
    expect(code(await new Applicant(test.server, token, admin().token).send('GET', ''))).toBe('NOT_FOUND')
    const renewing = new Applicant(test.server, token, admin().session)
    expect(await renewing.show()).toMatchObject({ state: 'draft', renewalOf: 'Vendor A' })
    await renewing.save(VENDOR_ANSWERS)
    const sent = await renewing.step('submit')
    expect(sent.statusCode, sent.body).toBe(200)
    const { id } = sent.json<{ id: string }>()
    expect((await file()).statusCode).toBe(200)

    let view = (await get(first, `/api/applications/${id}`)).json<{ version: number; set: { criteria: { id: string }[] } }>()
    for (const { id: criterion } of view.set.criteria) {
      view = (await post(first, `/api/applications/${id}/judgements`, { version: view.version, criterion, outcome: 'met', reason: 'Still so.' })).json()
    }
    const decide = (by: Officer, tier: string) => post(by, `/api/applications/${id}/admission`, { version: view.version, tier, reason: 'Renewed.' })
    expect(code(await decide(first, 'advance'))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await decide(second, 'validate'))).toBe('VALIDATION_FAILED')
    expect((await decide(second, 'advance')).statusCode).toBe(200)
    expect(await until()).not.toEqual(before)
    expect((await until()).getTime() - admitted.getTime()).toBeGreaterThan(365 * DAY_MS)
    expect(await renewing.show()).toMatchObject({ state: 'admitted', decision: { reason: 'Renewed.' } })

    await setUntil(new Date(test.app.clock.now().getTime() + 60 * DAY_MS))
    const next = new Applicant(test.server, (await file()).json<{ token: string }>().token, admin().session)
    expect(await next.show()).toMatchObject({ state: 'draft', answers: { organisation: { legalName: 'Endpoint vendor' }, hasReadTheTerms: false } })
  })

  it('opens to nobody whose rights ended, also while the body is on its way', async () => {
    const { token } = (await file()).json<{ token: string }>()
    const held = new Applicant(test.server, token, admin().session)
    expect((await held.send('GET', '')).statusCode).toBe(200)
    // The session ends between the moment at which the request was let in and the one at which it writes.
    const bytes = async function* () {
      yield Buffer.from('evidence')
      await test.database.superuser.query('update session set revoked_at = now() where person_id = $1', [admin().id])
    }
    const answer = await test.server.inject({
      method: 'POST',
      url: '/api/applications/draft/evidence?criterion=CR-02',
      headers: {
        ...admin().session,
        'application-token': token,
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename="a"',
      },
      payload: Readable.from(bytes()),
    })
    expect(code(answer)).toBe('NOT_FOUND')
    expect(await held.send('GET', '').then(code)).toBe('NOT_FOUND')
    expect((await test.database.superuser.query('select 1 from application_evidence')).rowCount).toBe(0)
    await test.database.superuser.query('update session set revoked_at = null where person_id = $1', [admin().id])
    expect((await held.send('GET', '')).statusCode).toBe(200)
  })

  it('of a suspended membership is not filed', async () => {
    await test.database.superuser.query(`update membership set state = 'suspended' where organisation_id = $1`, [a.vendor.id])
    expect((await file()).statusCode).toBeGreaterThanOrEqual(400)
  })
})
