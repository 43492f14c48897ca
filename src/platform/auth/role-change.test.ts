import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { approveRoleChangeOnHost } from '#platform/auth/approve-role-change.ts'
import { issueFirstLink } from '#platform/auth/issue-first-link.ts'
import { insertOperator, operatorRow } from '#platform/auth/people-store.ts'
import type { RoleChangeId } from '#platform/auth/role-change-store.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { pause } from '#platform/clock/clock.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { OperatorId } from '#platform/ids.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
interface Invited {
  readonly state: string
  readonly person: { readonly id: string; readonly roles: string[] }
  readonly link?: { readonly url: string }
  readonly change?: { readonly id: RoleChangeId }
}
const DAY_MS = 86_400_000
const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code

describe('giving operator roles takes two membership officers', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let first: SeededPerson<OperatorActor>
  let second: SeededPerson<OperatorActor>
  let address = 0
  const as = (person: AnyPerson) => new Visitor(test.server, { cookie: person.session.cookie })
  const visitor = () => new Visitor(test.server, { address: `198.51.100.${++address}` })
  const invite = async (by: AnyPerson, name: string, roles: string[]) => (await as(by).post('/api/people', { name, roles })).json<Invited>()
  const approve = (by: AnyPerson, id: string) => as(by).post(`/api/role-changes/${id}/approval`)
  const rolesOf = async (id: string) =>
    (await test.database.superuser.query<{ role: string }>('select role from role_grant where person_id = $1 order by 1', [id])).rows.map(({ role }) => role)
  const kinds = async (person: AnyPerson) =>
    (await as(person).get('/api/notices?limit=200')).json<{ items: { kind: string; text: string }[] }>().items.map(({ kind, text }) => `${kind}: ${text}`)

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    first = a.people['membership-officer']
    second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
  })
  afterAll(() => test.close())

  it('invites one of the own staff only when a second officer approves, who receives the link', async () => {
    const answer = await as(first).post('/api/people', { name: 'New reviewer', roles: ['reviewer', 'author', 'author'] })
    expect(answer.statusCode).toBe(201)
    const { state, person, change, link } = answer.json<Invited>()
    expect({ state, link, roles: person.roles }).toEqual({ state: 'waits', link: undefined, roles: [] })
    expect(change).toMatchObject({ state: 'waits', person: { id: person.id }, presentRoles: [], roles: ['reviewer', 'author'], proposedBy: { id: first.id } })
    expect(await rolesOf(person.id)).toEqual([])
    const { rows } = await test.database.superuser.query('select 1 from sign_in_link where person_id = $1', [person.id])
    expect(rows).toEqual([])
    expect(code(await as(first).post(`/api/people/${person.id}/invitations`))).toBe('CONFLICT')
    expect(await kinds(second)).toContain('role-change.proposed: New roles of New reviewer were proposed and need a second membership officer')

    expect(code(await approve(first, change!.id))).toBe('SECOND_PERSON_NEEDED')
    const approved = await approve(second, change!.id)
    expect(approved.statusCode).toBe(201)
    const given = approved.json<{ change: object; link: { url: string } }>()
    expect(given.change).toMatchObject({ state: 'approved', approvedBy: { id: second.id }, presentRoles: ['author', 'reviewer'] })
    expect(await kinds(first)).toContain('role-change.approved: A second membership officer approved new roles of New reviewer')
    const at = visitor()
    await at.useLink(given.link.url)
    expect((await at.enrol(new Authenticator(test.app.config.url.origin))).statusCode).toBe(201)
    expect((await at.get('/api/session')).json()).toMatchObject({ roles: ['author', 'reviewer'], complete: true })
    expect(code(await approve(second, change!.id))).toBe('CONFLICT')
  })

  it('makes nobody an officer through a puppet: not as the puppet, not in another session, not by token', async () => {
    const puppet = await invite(first, 'Puppet', ['membership-officer', 'publisher'])
    const change = puppet.change!.id
    const client = { address: '192.0.2.1', userAgent: 'another browser' }
    const another = await test.app.db.transaction(system('test'), (tx) => startSession(test.app, tx, { person: first.id, method: 'passkey', client }))
    const elsewhere = new Visitor(test.server, { cookie: `vedette=${another.secret}` })
    expect(code(await elsewhere.post(`/api/role-changes/${change}/approval`))).toBe('SECOND_PERSON_NEEDED')
    for (const headers of [first.token, second.token]) {
      const approval = await test.server.inject({ method: 'POST', url: `/api/role-changes/${change}/approval`, headers })
      const roles = await test.server.inject({ method: 'PUT', url: `/api/people/${puppet.person.id}/roles`, headers, payload: { roles: ['publisher'] } })
      expect([code(approval), code(roles)]).toEqual(['FORBIDDEN', 'FORBIDDEN'])
    }
    expect(code(await as(first).post(`/api/people/${puppet.person.id}/invitations`))).toBe('CONFLICT')
    // A recovery of the puppet is no way in either: without roles there is nothing to come back to.
    expect(code(await as(first).post(`/api/people/${puppet.person.id}/recoveries`, { reason: 'lost' }))).toBe('CONFLICT')
    expect(await rolesOf(puppet.person.id)).toEqual([])
  })

  it('changes nothing of an account in use until approved, and then all of it at once', async () => {
    const person = await seedStaff(test.app, a.id, 'author', 'Grower')
    const answer = (await as(first).put(`/api/people/${person.id}/roles`, { roles: ['publisher', 'reviewer'] })).json<Invited>()
    expect(answer).toMatchObject({ state: 'waits', person: { roles: ['author'] }, change: { presentRoles: ['author'], roles: ['publisher', 'reviewer'] } })
    expect((await as(person).get('/api/session')).json()).toMatchObject({ roles: ['author'] })
    expect(await kinds(person)).toHaveLength(1)
    const approved = (await approve(second, answer.change!.id)).json<{ link: unknown }>()
    expect(approved.link).toBeNull()
    expect((await as(person).get('/api/session')).json()).toMatchObject({ roles: ['reviewer', 'publisher'], unreadNotices: 2 })
  })

  it('takes roles away at once, and with them a change that waits', async () => {
    const person = await seedStaff(test.app, a.id, 'author', 'Shrinker')
    await test.app.db.transaction(system('test'), (tx) =>
      tx.db.insertInto('role_grant').values({ person_id: person.id, role: 'operator:tracer', granted_at: test.clock.now() }).execute(),
    )
    const { change } = (await as(first).put(`/api/people/${person.id}/roles`, { roles: ['author', 'tracer', 'publisher'] })).json<Invited>()
    const set = await as(second).put(`/api/people/${person.id}/roles`, { roles: ['author'] })
    expect(set.json()).toMatchObject({ state: 'done', person: { roles: ['author'] } })
    expect(code(await approve(second, change!.id))).toBe('CONFLICT')
    expect(await rolesOf(person.id)).toEqual(['operator:author'])
  })

  it('is not decided by the person concerned', async () => {
    const { change } = (await as(first).put(`/api/people/${second.id}/roles`, { roles: ['membership-officer', 'publisher'] })).json<Invited>()
    expect(code(await approve(second, change!.id))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await as(second).put(`/api/people/${second.id}/roles`, { roles: ['publisher'] }))).toBe('FORBIDDEN')
    expect((await as(second).delete(`/api/role-changes/${change!.id}`)).statusCode).toBe(204)
    expect(await kinds(first)).toContain('role-change.closed: The proposed roles of Second officer were refused; nothing changed')
    expect(code(await as(first).delete(`/api/role-changes/${change!.id}`))).toBe('CONFLICT')
    expect(code(await approve(first, change!.id))).toBe('SECOND_PERSON_NEEDED')
    expect(await rolesOf(second.id)).toEqual(['operator:membership-officer'])
  })

  it('is refused by the database too when one person does it all', async () => {
    const { change, person } = await invite(first, 'By hand', ['author'])
    for (const by of [first.id, person.id]) {
      const write = test.app.db.transaction(system('test'), (tx) =>
        tx.db.updateTable('role_change').set({ approved_by: by, approved_at: test.clock.now() }).where('id', '=', change!.id).execute(),
      )
      await expect(write).rejects.toThrow(/check constraint/)
    }
    const widen = test.app.db.transaction(system('test'), (tx) =>
      tx.db
        .updateTable('role_change')
        .set({ roles: ['publisher'] })
        .where('id', '=', change!.id)
        .execute(),
    )
    await expect(widen).rejects.toThrow(/permission denied/)
    const forget = test.app.db.transaction(system('test'), (tx) => tx.db.deleteFrom('two_officers').execute())
    await expect(forget).rejects.toThrow(/permission denied/)
  })

  it('waits once per person at a time, also when two propose at the same moment', async () => {
    const person = await seedStaff(test.app, a.id, 'author', 'Wanted by both')
    const propose = (by: AnyPerson) => as(by).put(`/api/people/${person.id}/roles`, { roles: ['author', 'analyst'] })
    const answers = await Promise.all([propose(first), propose(second), propose(first)])
    expect(answers.map(({ statusCode }) => statusCode).sort((x, y) => x - y)).toEqual([200, 409, 409])
  })

  it('is approved once under ten approvals at once, and either closed or approved', async () => {
    const one = await invite(first, 'Approved at once', ['analyst'])
    const answers = await Promise.all(Array.from({ length: 10 }, () => approve(second, one.change!.id)))
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
    for (let round = 0; round < 5; round++) {
      const other = await invite(first, `Contested ${round}`, ['analyst'])
      const [approved, closed] = await Promise.all([approve(second, other.change!.id), as(first).delete(`/api/role-changes/${other.change!.id}`)])
      expect([approved.statusCode, closed.statusCode].sort((x, y) => x - y)).toEqual(approved.statusCode === 201 ? [201, 409] : [204, 409])
      expect(await rolesOf(other.person.id)).toEqual(approved.statusCode === 201 ? ['operator:analyst'] : [])
    }
  })

  it('falls with the officer who proposed it, and ends with the account it is for', async () => {
    const third = await seedStaff(test.app, a.id, 'membership-officer', 'Third officer')
    const { change } = await invite(third, 'Orphan', ['author'])
    const gone = await invite(first, 'Gone', ['author'])
    await as(second).post(`/api/people/${third.id}/disable`)
    expect(code(await approve(second, change!.id))).toBe('CONFLICT')
    await as(first).post(`/api/people/${gone.person.id}/disable`)
    expect(code(await approve(second, gone.change!.id))).toBe('CONFLICT')
  })

  it('ends after seven days, and can be proposed anew then', async () => {
    const operator = await seedStaff(test.app, b.id, 'membership-officer', 'B second')
    const { change, person } = await invite(operator, 'Late', ['author'])
    test.clock.advance(7 * DAY_MS)
    const [late, later] = [await seedStaff(test.app, b.id, 'membership-officer', 'B third'), await seedStaff(test.app, b.id, 'membership-officer', 'B fourth')]
    expect(code(await approve(late, change!.id))).toBe('CONFLICT')
    expect((await as(late).get('/api/role-changes')).json()).toMatchObject({ items: [{ id: change!.id, state: 'expired' }] })
    const again = (await as(late).put(`/api/people/${person.id}/roles`, { roles: ['author'] })).json<Invited>()
    expect(again.state).toBe('waits')
    expect((await as(late).get('/api/role-changes')).json()).toMatchObject({ items: [{ state: 'waits' }, { id: change!.id, state: 'closed' }] })
    expect((await approve(later, again.change!.id)).json<{ link: { url: string } }>().link.url).toContain('/welcome#')
  })

  it('is unknown to another operator', async () => {
    const { rows } = await test.database.superuser.query<{ id: string }>('select id from role_change where operator_id = $1 limit 1', [a.id])
    const theirs = await seedStaff(test.app, b.id, 'membership-officer', 'B fifth')
    expect(code(await approve(theirs, rows[0]!.id))).toBe('NOT_FOUND')
    expect(code(await as(theirs).delete(`/api/role-changes/${rows[0]!.id}`))).toBe('NOT_FOUND')
    const { items } = (await as(theirs).get('/api/role-changes')).json<{ items: { person: { name: string } }[] }>()
    expect(items.every(({ person }) => person.name === 'Late')).toBe(true)
  })

  it('leaves a log that verifies, and that notices a role slipped in while a change waits', async () => {
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    const { rows } = await test.database.superuser.query<{ id: string }>(
      'select person_id as id from role_change where approved_at is null and closed_at is null limit 1',
    )
    await test.database.superuser.query(`insert into role_grant values ($1, 'operator:publisher', now())`, [rows[0]!.id])
    expect(await verifyLog(test.app)).toMatchObject({ ok: false, faults: [expect.objectContaining({ table: 'role_grant' })] })
  })
})

describe('an operator with one membership officer', () => {
  let test: TestApp
  let address = 0
  const visitor = () => new Visitor(test.server, { address: `198.51.100.${++address}` })
  const details = async (action: string) =>
    (await test.database.superuser.query<{ body: Buffer }>('select body from audit_leaf where action = $1 order by index', [action])).rows.map(
      ({ body }) => (JSON.parse(body.toString('utf8')) as { details?: unknown }).details,
    )

  /** An operator of one officer who is in, beside the others. */
  const single = async (name: string) => {
    const { app } = test
    const id = app.ids.next<'operator'>() as OperatorId
    await app.db.transaction(system('test'), async (tx) => {
      await insertOperator(tx, id, name, app.clock.now())
      app.audit.record(tx, { action: 'operator.created', subject: id, operator: id, binds: [operatorRow({ id })] })
    })
    const alone = new Visitor(test.server, { cookie: (await seedStaff(app, id, 'membership-officer', `${name} officer`)).session.cookie })
    const enter = async ({ link }: Invited) => {
      const at = visitor()
      expect((await at.useLink(link!.url)).statusCode).toBe(200)
      return at
    }
    return { alone, enter, invite: async (person: string, roles: string[]) => (await alone.post('/api/people', { name: person, roles })).json<Invited>() }
  }

  beforeAll(async () => {
    test = await testApp()
  })
  afterAll(() => test.close())

  it('is managed alone, on record, until the second one has come in, and never again', async () => {
    const { origin } = test.app.config.url
    const alone = visitor()
    await alone.useLink((await issueFirstLink(test.app))!.url, { operatorName: 'Response centre', personName: 'First operator' })
    await alone.enrol(new Authenticator(origin))
    const invite = async (name: string, roles: string[]) => (await alone.post('/api/people', { name, roles })).json<Invited>()
    const author = await invite('Author', ['author'])
    expect([author.state, author.person.roles]).toEqual(['done', ['author']])
    expect((await alone.put(`/api/people/${author.person.id}/roles`, { roles: ['author', 'analyst'] })).json()).toMatchObject({ state: 'done' })
    const officer = await invite('Second officer', ['membership-officer'])
    expect(officer.state).toBe('done')
    const renewed = (await alone.post(`/api/people/${officer.person.id}/invitations`)).json<{ url: string }>()
    expect(await details('person.invited')).toEqual([
      { roles: ['author'], alone: true },
      { roles: ['membership-officer'], alone: true },
    ])
    expect(await details('person.roles-set')).toEqual([{ before: ['author'], after: ['author', 'analyst'], alone: true }])
    expect(await details('person.invitation-renewed')).toEqual([{ alone: true }])
    // Invited is not come in, nor is a link that was used without a passkey.
    const at = visitor()
    await at.useLink(renewed.url)
    expect((await invite('Before', ['analyst'])).state).toBe('done')
    await at.enrol(new Authenticator(origin))
    expect((await invite('After', ['analyst'])).state).toBe('waits')

    // However few officers are left, that does not come back.
    expect((await alone.put(`/api/people/${officer.person.id}/roles`, { roles: ['author'] })).json()).toMatchObject({ state: 'waits' })
    expect((await alone.post(`/api/people/${officer.person.id}/disable`)).statusCode).toBe(200)
    const puppet = await invite('Puppet', ['membership-officer', 'publisher'])
    expect(puppet.state).toBe('waits')
    expect(code(await alone.post(`/api/role-changes/${puppet.change!.id}/approval`))).toBe('SECOND_PERSON_NEEDED')
    expect((await alone.put(`/api/people/${author.person.id}/roles`, { roles: ['publisher'] })).json()).toMatchObject({ state: 'waits' })
    // The way out is the machine itself, and everybody is told.
    const { link } = await approveRoleChangeOnHost(test.app, puppet.change!.id)
    expect(link!.url).toContain('/welcome#')
    expect((await alone.get('/api/role-changes')).json<{ items: object[] }>().items).toContainEqual(
      expect.objectContaining({ id: puppet.change!.id, state: 'approved', approvedBy: null }),
    )
    expect((await alone.get('/api/notices')).json<{ items: { kind: string }[] }>().items).toContainEqual(
      expect.objectContaining({ kind: 'role-change.approved' }),
    )
    await expect(approveRoleChangeOnHost(test.app, puppet.change!.id)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })

  it('loses what the first officer had handed out and nobody had come in by, when the second one comes in', async () => {
    const { alone, invite, enter } = await single('Handed out')
    const [unused, entered, author] = [await invite('Unused', ['membership-officer']), await invite('Entered', ['publisher']), await invite('In', ['author'])]
    const half = await enter(entered)
    const inside = await enter(author)
    expect((await inside.enrol(new Authenticator(test.app.config.url.origin))).statusCode).toBe(201)
    const officer = await invite('Second officer', ['membership-officer'])
    const second = await enter(officer)
    // Until then they hold: the way in that ends below is a real one.
    expect((await half.get('/api/session')).statusCode).toBe(200)
    expect((await second.enrol(new Authenticator(test.app.config.url.origin))).statusCode).toBe(201)

    expect(code(await visitor().useLink(unused.link!.url))).toBe('SIGN_IN_FAILED')
    expect((await half.get('/api/session')).statusCode).toBe(401)
    for (const { statusCode } of [await second.get('/api/session'), await inside.get('/api/session'), await alone.get('/api/session')])
      expect(statusCode).toBe(200)
    expect(code(await alone.post(`/api/people/${unused.person.id}/invitations`))).toBe('CONFLICT')
    // Two together let them in.
    const { id } = (await alone.post(`/api/people/${unused.person.id}/recoveries`, { reason: 'The invitation ended' })).json<{ id: string }>()
    expect(code(await alone.post(`/api/recoveries/${id}/approval`))).toBe('SECOND_PERSON_NEEDED')
    const { url } = (await second.post(`/api/recoveries/${id}/approval`)).json<{ url: string }>()
    const at = visitor()
    await at.useLink(url)
    expect((await at.enrol(new Authenticator(test.app.config.url.origin))).statusCode).toBe(201)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })

  it.each(['invitation', 'enrolment'])('hands out no link in the moment in which the second officer comes in: the %s is first', async (first) => {
    const { alone, invite, enter } = await single(`At once ${first}`)
    const second = await enter(await invite('Second officer', ['membership-officer']))
    const { superuser } = test.database
    const begun = await superuser.query<{ count: number }>('select count(*)::int as count from person')
    // Whoever has done everything waits here with its commit, so that the two acts overlap for certain.
    const holder = await superuser.connect()
    await holder.query('begin')
    await holder.query('select from audit_head for update')
    const enrol = () => second.enrol(new Authenticator(test.app.config.url.origin))
    const enrolsFirst = first === 'enrolment' ? enrol() : undefined
    if (enrolsFirst) await pause(300)
    const inviting = invite('Meanwhile', ['publisher'])
    await pause(300)
    const enrolling = enrolsFirst ?? enrol()
    if (!enrolsFirst) await pause(300)
    await holder.query('commit')
    holder.release()
    const [meanwhile, enrolled] = await Promise.all([inviting, enrolling])
    expect(enrolled.statusCode).toBe(201)
    expect((await superuser.query<{ count: number }>('select count(*)::int as count from person')).rows[0]!.count).toBe(begun.rows[0]!.count + 1)
    expect(meanwhile.state).toBe(enrolsFirst ? 'waits' : 'done')
    if (meanwhile.link) expect(code(await visitor().useLink(meanwhile.link.url))).toBe('SIGN_IN_FAILED')
    expect((await alone.get('/api/session')).statusCode).toBe(200)
    expect((await invite('Afterwards', ['publisher'])).state).toBe('waits')
  })

  it('is found when somebody makes the database forget the second officer', async () => {
    await test.database.superuser.query(`delete from two_officers where operator_id = (select id from operator where name = 'Response centre')`)
    expect(await verifyLog(test.app)).toMatchObject({ ok: false, faults: [expect.objectContaining({ table: 'two_officers' })] })
  })

  it('ends when an author who is in becomes an officer', async () => {
    const { app } = test
    const [, b] = await seedPeople(app)
    const officer = new Visitor(test.server, { cookie: b.people['membership-officer'].session.cookie })
    const set = (roles: string[]) => officer.put(`/api/people/${b.people.author.id}/roles`, { roles })
    expect((await set(['author', 'membership-officer'])).json()).toMatchObject({ state: 'done' })
    expect((await set(['author'])).json()).toMatchObject({ state: 'done' })
    expect((await set(['author', 'publisher'])).json()).toMatchObject({ state: 'waits' })
  })
})
