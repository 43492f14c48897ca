import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
const DAY_MS = 86_400_000
const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code

describe('recovery by a second operator', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let first: SeededPerson<OperatorActor>
  let second: SeededPerson<OperatorActor>
  let address = 0
  const as = (person: AnyPerson) => new Visitor(test.server, { cookie: person.session.cookie })
  const visitor = () => new Visitor(test.server, { address: `198.51.100.${++address}` })
  const open = (by: AnyPerson, person: AnyPerson) => as(by).post(`/api/people/${person.id}/recoveries`, { reason: 'Lost the key' })
  const approve = (by: AnyPerson, id: string) => as(by).post(`/api/recoveries/${id}/approval`)

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    first = a.people['membership-officer']
    second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
  })
  afterAll(() => test.close())

  it.each<[string, () => AnyPerson]>([
    ['operator staff', () => a.people.publisher],
    ['a contact of a member', () => a.vendor.people.admin],
  ])('gives %s back their account and ends everything it had', async (_, who) => {
    const person = who()
    const opened = (await open(first, person)).json<{ id: string; state: string; openedBy: { id: string } }>()
    expect(opened).toMatchObject({ state: 'open', openedBy: { id: first.id }, reason: 'Lost the key', approvedBy: null })
    expect((await as(person).get('/api/notices')).json()).toMatchObject({ items: [{ kind: 'recovery.opened' }] })
    expect((await as(person).get('/api/session')).statusCode).toBe(200)

    const link = (await approve(second, opened.id)).json<{ url: string }>()
    expect((await as(person).get('/api/session')).statusCode).toBe(200)
    const at = visitor()
    expect((await at.useLink(link.url)).json()).toMatchObject({ person: { id: person.id }, credential: 'link', complete: false })
    expect((await as(person).get('/api/session')).statusCode).toBe(401)
    expect((await test.server.inject({ url: '/api/session', headers: person.token })).statusCode).toBe(401)
    expect(code(await at.get('/api/account/tokens'))).toBe('FORBIDDEN')
    const key = new Authenticator(test.app.config.url.origin)
    expect((await at.enrol(key)).statusCode).toBe(201)
    expect((await at.get('/api/session')).json()).toMatchObject({ complete: true, roles: person.actor.roles })
    expect(code(await approve(second, opened.id))).toBe('CONFLICT')
    expect(code(await visitor().useLink(link.url))).toBe('SIGN_IN_FAILED')

    // The next recovery ends this passkey too.
    const { id } = (await open(first, person)).json<{ id: string }>()
    await visitor().useLink((await approve(second, id)).json<{ url: string }>().url)
    expect(code(await visitor().signIn(key))).toBe('SIGN_IN_FAILED')
  })

  it('takes a second person: not who opened it, not by another session or token of theirs, not the person concerned', async () => {
    const { id } = (await open(first, a.people.reviewer)).json<{ id: string }>()
    expect(code(await approve(first, id))).toBe('SECOND_PERSON_NEEDED')
    const { app } = test
    const client = { address: '192.0.2.1', userAgent: 'another browser' }
    const another = await app.db.transaction(system('test'), (tx) => startSession(app, tx, { person: first.id, method: 'passkey', client }))
    const elsewhere = new Visitor(test.server, { cookie: `vedette=${another.secret}` })
    expect((await elsewhere.get('/api/session')).statusCode).toBe(200)
    expect(code(await elsewhere.post(`/api/recoveries/${id}/approval`))).toBe('SECOND_PERSON_NEEDED')
    const byToken = await test.server.inject({ method: 'POST', url: `/api/recoveries/${id}/approval`, headers: second.token })
    expect(code(byToken)).toBe('FORBIDDEN')
    await as(first).delete(`/api/recoveries/${id}`)

    const ofSecond = (await open(first, second)).json<{ id: string }>()
    expect(code(await approve(second, ofSecond.id))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await open(first, first))).toBe('FORBIDDEN')
    expect((await as(second).delete(`/api/recoveries/${ofSecond.id}`)).statusCode).toBe(204)
  })

  it('is refused for somebody who has no roles: their link could not even enrol', async () => {
    const { person } = (await as(first).post('/api/people', { name: 'Not approved', roles: ['author'] })).json<{ person: { id: string } }>()
    expect(code(await as(first).post(`/api/people/${person.id}/recoveries`, { reason: 'No link' }))).toBe('CONFLICT')
    expect(code(await as(first).post(`/api/people/${person.id}/invitations`))).toBe('CONFLICT')
    const stripped = await seedStaff(test.app, a.id, 'author', 'Stripped')
    const { id } = (await open(first, stripped)).json<{ id: string }>()
    const { superuser } = test.database
    const { rows } = await superuser.query<{ granted_at: Date }>('delete from role_grant where person_id = $1 returning granted_at', [stripped.id])
    expect(code(await approve(second, id))).toBe('CONFLICT')
    await superuser.query(`insert into role_grant values ($1, 'operator:author', $2)`, [stripped.id, rows[0]!.granted_at])
    expect((await approve(second, id)).statusCode).toBe(201)
  })

  it('is unknown to another operator', async () => {
    const { id } = (await open(first, a.people.analyst)).json<{ id: string }>()
    const theirs = b.people['membership-officer']
    expect(code(await approve(theirs, id))).toBe('NOT_FOUND')
    expect(code(await as(theirs).delete(`/api/recoveries/${id}`))).toBe('NOT_FOUND')
    expect((await as(theirs).get('/api/recoveries')).json()).toEqual({ items: [], next: null })
    expect((await as(second).get('/api/recoveries')).json<{ items: { id: string }[] }>().items.map((item) => item.id)).toContain(id)
    await as(first).delete(`/api/recoveries/${id}`)
  })

  it('is open once at a time, also when two open it at the same moment', async () => {
    const answers = await Promise.all([open(first, a.people.tracer), open(second, a.people.tracer), open(first, a.people.tracer)])
    expect(answers.map((answer) => answer.statusCode).sort((x, y) => x - y)).toEqual([201, 409, 409])
  })

  it('is approved once under ten approvals at once', async () => {
    const { id } = (await open(first, a.people.auditor)).json<{ id: string }>()
    const answers = await Promise.all(Array.from({ length: 10 }, () => approve(second, id)))
    expect(answers.map((answer) => answer.statusCode).filter((status) => status === 201)).toHaveLength(1)
  })

  it('falls with the officer who opened it, and ends with the account it is for', async () => {
    const third = await seedStaff(test.app, a.id, 'membership-officer', 'Third officer')
    const leaver = await seedStaff(test.app, a.id, 'author', 'Leaver')
    const { id } = (await open(third, leaver)).json<{ id: string }>()
    await test.app.db.transaction(system('test'), (tx) =>
      tx.db.insertInto('role_grant').values({ person_id: third.id, role: 'operator:author', granted_at: test.clock.now() }).execute(),
    )
    expect((await as(second).put(`/api/people/${third.id}/roles`, { roles: ['author'] })).json()).toMatchObject({ state: 'done' })
    expect(code(await approve(second, id))).toBe('CONFLICT')
    await as(second).post(`/api/people/${leaver.id}/disable`)
    const { rows } = await test.database.superuser.query<{ closed_at: Date | null }>('select closed_at from recovery where id = $1', [id])
    expect(rows[0]!.closed_at).not.toBeNull()
  })

  it('can be stopped after approval while its link is unused', async () => {
    const person = await seedStaff(test.app, a.id, 'author', 'Not so lost')
    const { id } = (await open(first, person)).json<{ id: string }>()
    const { url } = (await approve(second, id)).json<{ url: string }>()
    expect((await as(first).delete(`/api/recoveries/${id}`)).statusCode).toBe(204)
    expect(code(await visitor().useLink(url))).toBe('SIGN_IN_FAILED')
    expect(code(await as(first).delete(`/api/recoveries/${id}`))).toBe('CONFLICT')
    expect((await as(person).get('/api/session')).statusCode).toBe(200)
  })

  it('leaves nothing that was being made in the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const person = await seedStaff(test.app, a.id, 'author', `Racer ${round}`)
      const { id } = (await open(first, person)).json<{ id: string }>()
      const { url } = (await approve(second, id)).json<{ url: string }>()
      const making = Array.from({ length: 8 }, (_, n) => as(person).post('/api/account/tokens', { name: `T${n}`, scopes: ['account:read'], expiresInDays: 1 }))
      const used = visitor().useLink(url)
      const made = (await Promise.all(making)).flatMap((answer) => (answer.statusCode === 201 ? [answer.json<{ secret: string }>().secret] : []))
      expect((await used).statusCode).toBe(200)
      for (const secret of made)
        expect((await test.server.inject({ url: '/api/session', headers: { authorization: `Bearer ${secret}` } })).statusCode).toBe(401)
    }
  })

  it('ends after three days, and a new one can be opened then', async () => {
    const person = b.people.author
    const officer = await seedStaff(test.app, b.id, 'membership-officer', 'B second')
    const { id } = (await open(officer, person)).json<{ id: string }>()
    test.clock.advance(3 * DAY_MS)
    const late = await seedStaff(test.app, b.id, 'membership-officer', 'B third')
    expect(code(await approve(late, id))).toBe('CONFLICT')
    expect((await as(late).get('/api/recoveries')).json()).toMatchObject({ items: [{ id, state: 'expired' }] })
    expect((await open(late, person)).statusCode).toBe(201)
    expect((await as(late).get('/api/recoveries')).json()).toMatchObject({ items: [{ state: 'open' }, { id, state: 'closed' }] })
  })

  it('leaves a log that verifies', async () => {
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })
})
