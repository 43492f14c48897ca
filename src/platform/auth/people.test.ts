import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { loadPeople } from '#main/demonstration/load.ts'
import { issueDemonstrationLink } from '#platform/auth/issue-demonstration-link.ts'
import { issueHostLink } from '#platform/auth/issue-host-link.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { PersonId } from '#platform/ids.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { joinOperator, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code
const everybody = (operators: readonly SeededOperator[]): AnyPerson[] =>
  operators.flatMap(({ people, vendor, responder }) => [people, vendor.people, responder.people].flatMap((side) => Object.values(side) as AnyPerson[]))

describe('managing people', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  const as = (person: AnyPerson) => new Visitor(test.server, { cookie: person.session.cookie })
  const bodyOf = (answer: { json(): unknown }) => ({ ...(answer.json() as object), requestId: undefined, instance: undefined })

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  /** Everything that says who may do what; a refused request may change none of it. */
  async function rights(): Promise<string> {
    const tables = {
      person: '*',
      role_grant: '*',
      passkey: '*',
      sign_in_link: '*',
      recovery: '*',
      role_change: '*',
      session: 'id, person_id, method, expires_at, revoked_at',
      api_token: 'id, person_id, scopes, expires_at, revoked_at',
    }
    const digests = []
    for (const [table, columns] of Object.entries(tables)) {
      const { rows } = await test.database.superuser.query<{ digest: string }>(
        `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as digest from (select ${columns} from ${table}) t`,
      )
      digests.push(`${table} ${rows[0]!.digest}`)
    }
    return digests.join('\n')
  }

  describe('promise 4: nobody raises their own rights or touches a higher account', () => {
    type Means = 'session' | 'token' | 'nothing'
    const ACTIONS = {
      see: { method: 'GET', url: (id: string) => `/api/people/${id}`, body: () => undefined },
      roles: { method: 'PUT', url: (id: string) => `/api/people/${id}/roles`, body: (target: AnyPerson) => ({ roles: [top(target)] }) },
      disable: { method: 'POST', url: (id: string) => `/api/people/${id}/disable`, body: () => undefined },
      invite: { method: 'POST', url: (id: string) => `/api/people/${id}/invitations`, body: () => undefined },
      recover: { method: 'POST', url: (id: string) => `/api/people/${id}/recoveries`, body: () => ({ reason: 'lost' }) },
    } as const
    type Action = keyof typeof ACTIONS
    const top = (target: AnyPerson) => (target.actor.kind === 'operator' ? 'membership-officer' : 'admin')
    const has = (actor: AnyPerson, role: string) => (actor.actor.roles as readonly string[]).includes(role)

    const sideOf = (person: AnyPerson) => (person.actor.kind === 'operator' ? person.actor.operator : person.actor.organisation)
    const operatorOf = (person: AnyPerson) =>
      [a, b].find((operator) => [operator.id, operator.vendor.id, operator.responder.id].includes(sideOf(person) as never))!.id
    const isNear = (actor: AnyPerson, target: AnyPerson) =>
      actor.actor.kind === 'operator' ? operatorOf(actor) === operatorOf(target) : sideOf(actor) === sideOf(target)

    /** What the rules in words say, written down a second time: an officer manages the operator's side, an admin the own organisation, nobody themselves. */
    function expected(actor: AnyPerson, means: Means, target: AnyPerson, action: Action): number {
      if (means === 'nothing') return 401
      const roles: Record<Action, string[]> = {
        see: ['membership-officer', 'auditor', 'admin'],
        roles: ['membership-officer', 'admin'],
        disable: ['membership-officer', 'admin'],
        invite: ['membership-officer', 'admin'],
        recover: ['membership-officer'],
      }
      if (!roles[action].some((role) => has(actor, role))) return 403
      if (means === 'token' && ['invite', 'recover', 'roles'].includes(action)) return 403
      if (!isNear(actor, target)) return 404
      if (action === 'see') return 200
      return actor.id === target.id ? 403 : action === 'invite' || action === 'recover' ? 201 : 200
    }

    it('holds for every actor, every means, every target and every act', { timeout: 180_000 }, async () => {
      const people = everybody([a, b])
      const actors: [AnyPerson, Means][] = [
        ...people.map((person): [AnyPerson, Means] => [person, 'session']),
        ...people.map((person): [AnyPerson, Means] => [person, 'token']),
        [people[0]!, 'nothing'],
      ]
      const before = await rights()
      const wrong: string[] = []
      let refused = 0
      let allowed = 0
      for (const [actor, means] of actors) {
        const headers = means === 'nothing' ? { 'sec-fetch-site': 'same-origin' } : actor[means]
        const send = (action: Action, target: AnyPerson, id: string) => {
          const { method, url, body } = ACTIONS[action]
          const payload = body(target)
          return test.server.inject({ method, url: url(id), headers: { ...headers }, ...(payload && { payload }) })
        }
        for (const action of Object.keys(ACTIONS) as Action[]) {
          const nobody = bodyOf(await send(action, people[0]!, randomUUID()))
          const told = people.map(async (target) => {
            const want = expected(actor, means, target, action)
            if (want < 300 && action !== 'see') {
              allowed += 1
              return
            }
            const answer = await send(action, target, target.id)
            refused += 1
            if (answer.statusCode !== want) wrong.push(`${actor.name} by ${means}: ${action} ${target.name} gave ${answer.statusCode}, not ${want}`)
            if (want === 404 && JSON.stringify(bodyOf(answer)) !== JSON.stringify(nobody))
              wrong.push(`${actor.name}: ${action} ${target.name} differs from nobody`)
          })
          await Promise.all(told)
        }
      }
      expect(wrong).toEqual([])
      expect(await rights()).toBe(before)
      expect({ cells: refused + allowed >= 2000, allowed: allowed > 0 }).toEqual({ cells: true, allowed: true })
    })

    it("reaches nobody else's sessions, passkeys and tokens by their ids", async () => {
      const before = await rights()
      const { rows } = await test.database.superuser.query<{ kind: string; id: string }>(
        `select 'sessions' as kind, id, person_id from session union all select 'tokens', id, person_id from api_token order by 2`,
      )
      const own = a.people['membership-officer']
      const { rows: mine } = await test.database.superuser.query<{ id: string }>(
        'select id from session where person_id = $1 union select id from api_token where person_id = $1',
        [own.id],
      )
      const foreign = rows.filter(({ id }) => !mine.some((row) => row.id === id))
      for (const { kind, id } of foreign) expect((await as(own).delete(`/api/account/${kind}/${id}`)).statusCode).toBe(404)
      for (const { kind, id } of foreign)
        expect((await as(own).delete(`/api/account/${kind === 'sessions' ? 'tokens' : 'sessions'}/${id}`)).statusCode).toBe(404)
      expect(foreign.length).toBeGreaterThan(40)
      expect(await rights()).toBe(before)
    })
  })

  describe('inviting', () => {
    const invitable = { name: 'New person', roles: ['author'] }

    it('brings an operator person in, who enrols and then has the roles', async () => {
      const invited = await as(a.people['membership-officer']).post('/api/people', { ...invitable, email: 'New.Person@Vendor.example' })
      expect(invited.statusCode).toBe(201)
      const { person, link } = invited.json<{ person: { id: string; roles: string[]; email: string }; link: { url: string } }>()
      expect(person).toMatchObject({ kind: 'operator', organisation: { id: a.id }, roles: ['author'], email: 'new.person@vendor.example', passkeys: 0 })
      const visitor = new Visitor(test.server)
      await visitor.useLink(link.url)
      expect(code(await visitor.get('/api/account/tokens'))).toBe('FORBIDDEN')
      await visitor.enrol(new Authenticator(test.app.config.url.origin))
      expect((await visitor.get('/api/session')).json()).toMatchObject({ roles: ['author'], complete: true })
      expect(code(await as(a.people['membership-officer']).post(`/api/people/${person.id}/invitations`))).toBe('CONFLICT')
    })

    it('lets an officer invite contacts of member organisations, and an admin those of the own', async () => {
      const contact = { name: 'New contact', roles: ['reader'] }
      for (const by of [a.people['membership-officer'], a.vendor.people.admin]) {
        const answer = await as(by).post('/api/people', { ...contact, organisation: a.vendor.id })
        expect(answer.json()).toMatchObject({ person: { kind: 'contact', organisation: { id: a.vendor.id, name: a.vendor.name } } })
      }
      expect((await as(a.vendor.people.admin).post('/api/people', contact)).statusCode).toBe(201)
    })

    it('knows no organisation of another operator, nor one beside the own', async () => {
      const contact = { name: 'New contact', roles: ['reader'] }
      for (const organisation of [b.vendor.id, randomUUID()]) {
        expect(code(await as(a.people['membership-officer']).post('/api/people', { ...contact, organisation }))).toBe('NOT_FOUND')
        expect(code(await as(a.vendor.people.admin).post('/api/people', { ...contact, organisation }))).toBe('NOT_FOUND')
      }
      expect(code(await as(a.vendor.people.admin).post('/api/people', { ...contact, organisation: a.responder.id }))).toBe('NOT_FOUND')
    })

    it('gives nobody a role of the other side', async () => {
      const officer = as(a.people['membership-officer'])
      for (const body of [
        { ...invitable, roles: ['author', 'admin'] },
        { ...invitable, roles: ['publisher'], organisation: a.vendor.id },
      ]) {
        const answer = await officer.post('/api/people', body)
        expect([code(answer), answer.json<{ fields: { field: string }[] }>().fields[0]!.field]).toEqual(['VALIDATION_FAILED', '/roles'])
      }
      expect(code(await as(a.vendor.people.admin).post('/api/people', { ...invitable, roles: ['membership-officer'] }))).toBe('VALIDATION_FAILED')
      expect(code(await officer.put(`/api/people/${a.vendor.people.reader.id}/roles`, { roles: ['publisher'] }))).toBe('VALIDATION_FAILED')
    })

    it('renews an invitation: the earlier link ends, and the person and the other officers are told', async () => {
      const officer = as(a.people['membership-officer'])
      const contact = { name: 'Link loser', roles: ['reader'], organisation: a.vendor.id }
      const { person, link } = (await officer.post('/api/people', contact)).json<{ person: { id: string }; link: { url: string } }>()
      const renewed = (await as(a.vendor.people.admin).post(`/api/people/${person.id}/invitations`)).json<{ url: string }>()
      expect(code(await new Visitor(test.server).useLink(link.url))).toBe('SIGN_IN_FAILED')
      const at = new Visitor(test.server)
      expect((await at.useLink(renewed.url)).statusCode).toBe(200)
      expect((await at.enrol(new Authenticator(test.app.config.url.origin))).statusCode).toBe(201)
      for (const told of [at, officer]) {
        const { items } = (await told.get('/api/notices')).json<{ items: { kind: string; text: string }[] }>()
        expect(items).toContainEqual(expect.objectContaining({ kind: 'person.invitation-renewed', text: expect.stringContaining('Link loser') }))
      }
    })

    it('ends with the invitation what an account had before', async () => {
      const officer = as(a.people['membership-officer'])
      const contact = { name: 'Not the first', roles: ['reader'], organisation: a.vendor.id }
      const { person, link } = (await officer.post('/api/people', contact)).json<{ person: { id: PersonId }; link: { url: string } }>()
      const { app } = test
      const client = { address: '192.0.2.1', userAgent: 'before' }
      const early = await app.db.transaction(system('test'), (tx) => startSession(app, tx, { person: person.id, method: 'passkey', client }))
      const before = new Visitor(test.server, { cookie: `vedette=${early.secret}` })
      expect((await before.get('/api/session')).statusCode).toBe(200)
      expect((await new Visitor(test.server).useLink(link.url)).statusCode).toBe(200)
      expect((await before.get('/api/session')).statusCode).toBe(401)
    })

    it('tells the other membership officers', async () => {
      const by = a.vendor.people.admin
      await as(by).post('/api/people', { name: 'Somebody told of', roles: ['reader'] })
      const notices = (await as(a.people['membership-officer']).get('/api/notices')).json<{ items: { kind: string; text: string }[] }>()
      expect(notices.items).toContainEqual(expect.objectContaining({ kind: 'person.invited', text: 'Somebody told of was invited' }))
    })
  })

  it('leaves contacts of a terminated membership out of the list, as it refuses to show them', async () => {
    const officer = as(b.people['membership-officer'])
    const ids = async () => (await officer.get('/api/people?limit=200')).json<{ items: { id: string }[] }>().items.map(({ id }) => id)
    const { reader } = b.vendor.people
    expect(await ids()).toContain(reader.id)
    const set = (state: string) => test.database.superuser.query('update membership set state = $1 where organisation_id = $2', [state, b.vendor.id])
    await set('terminated')
    expect((await officer.get(`/api/people/${reader.id}`)).statusCode).toBe(404)
    expect(await ids()).not.toContain(reader.id)
    await set('suspended')
    expect(await ids()).toContain(reader.id)
    await set('active')
  })

  it('leaves an organisation with two operators to itself: neither enters the other in its name', async () => {
    const { app } = test
    await app.db.transaction(system('test'), (tx) => joinOperator(app, tx, a.responder.id, b.id))
    const contact = { name: 'New contact', roles: ['reader'], organisation: a.responder.id }
    for (const officer of [a.people['membership-officer'], b.people['membership-officer']]) {
      expect((await as(officer).get(`/api/people/${a.responder.people.reader.id}`)).statusCode).toBe(200)
      expect(code(await as(officer).post('/api/people', contact))).toBe('FORBIDDEN')
      expect(code(await as(officer).post(`/api/people/${a.responder.people.reader.id}/recoveries`, { reason: 'lost' }))).toBe('FORBIDDEN')
      expect(code(await as(officer).put(`/api/people/${a.responder.people.reader.id}/roles`, { roles: ['admin'] }))).toBe('FORBIDDEN')
    }
    expect((await as(a.responder.people.admin).post('/api/people', contact)).statusCode).toBe(201)
  })

  it('changes roles at once, in the sessions and tokens that exist', async () => {
    const person = a.vendor.people.admin
    const officer = as(a.people['membership-officer'])
    expect((await as(person).get('/api/people')).statusCode).toBe(200)
    const set = await officer.put(`/api/people/${person.id}/roles`, { roles: ['reader', 'analyst'] })
    expect(set.json()).toMatchObject({ state: 'done', person: { roles: ['analyst', 'reader'] } })
    expect((await as(person).get('/api/people')).statusCode).toBe(403)
    expect((await test.server.inject({ url: '/api/people', headers: person.token })).statusCode).toBe(403)
    expect((await as(person).get('/api/session')).json()).toMatchObject({ roles: ['analyst', 'reader'], unreadNotices: 1 })
    await officer.put(`/api/people/${person.id}/roles`, { roles: ['admin'] })
  })

  it('disables an account with everything it could sign in by', async () => {
    const person = await seedStaff(test.app, a.id, 'author', 'Leaver')
    const officer = as(a.people['membership-officer'])
    const at = new Visitor(test.server)
    await at.useLink((await issueHostLink(test.app, person.id)).url)
    const key = new Authenticator(test.app.config.url.origin)
    await at.enrol(key)
    expect((await officer.post(`/api/people/${person.id}/disable`)).json<{ disabledAt: string }>().disabledAt).toBe(test.clock.now().toISOString())
    for (const visitor of [at, as(person)]) expect((await visitor.get('/api/session')).statusCode).toBe(401)
    expect((await test.server.inject({ url: '/api/session', headers: person.token })).statusCode).toBe(401)
    expect(code(await new Visitor(test.server, { address: '192.0.2.77' }).signIn(key))).toBe('SIGN_IN_FAILED')
    const { rows } = await test.database.superuser.query(
      `select 1 from session where person_id = $1 and revoked_at is null union all select 1 from api_token where person_id = $1 and revoked_at is null
       union all select 1 from passkey where person_id = $1 and revoked_at is null`,
      [person.id],
    )
    expect(rows).toEqual([])
    expect(code(await officer.put(`/api/people/${person.id}/roles`, { roles: ['author'] }))).toBe('CONFLICT')
    expect(code(await officer.post(`/api/people/${person.id}/recoveries`, { reason: 'lost' }))).toBe('CONFLICT')
  })

  it('leaves one of two officers who disable each other at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const [one, two] = [await seedStaff(test.app, b.id, 'membership-officer', 'One'), await seedStaff(test.app, b.id, 'membership-officer', 'Two')]
      const answers = await Promise.all([as(one).post(`/api/people/${two.id}/disable`), as(two).post(`/api/people/${one.id}/disable`)])
      expect(answers.map(({ statusCode }) => statusCode === 200).filter(Boolean)).toHaveLength(1)
    }
  })

  it('lists people in pages, each seen once, and only those of the own side', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const page = (await as(a.vendor.people.admin).get(`/api/people?limit=2${query}`)).json<{
        items: { id: string; organisation: { id: string } }[]
        next: string | null
      }>()
      expect(page.items.every(({ organisation }) => organisation.id === a.vendor.id)).toBe(true)
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(seen.length)
    for (const person of Object.values(a.vendor.people)) expect(seen).toContain(person.id)
    expect(code(await as(a.vendor.people.admin).get('/api/people?cursor=AAAA'))).toBe('BAD_CURSOR')
  })

  it('leaves a log that verifies', async () => {
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })
})

describe('renewing an invitation', () => {
  let test: TestApp
  let a: SeededOperator
  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  // Each alone, as the rows that it leaves: a passkey that was removed or a session that ended counts as well.
  const uses: [string, string][] = [
    ['a used link', 'update sign_in_link set used_at = now() where person_id = $2 and $1::uuid is not null and $3::bytea is not null'],
    ['a session', `insert into session values ($1, $2, $3, 'passkey', '', '', now(), now(), now(), now())`],
    ['a passkey', `insert into passkey values ($1, $2, 'Key', $3, '', 0, '{}', now(), null, now())`],
    ['a token', `insert into api_token values ($1, $2, 'T', '', $3, '{}', now(), now(), null, now())`],
  ]
  it.each(uses)('is refused for an account that ever had %s', async (_, use) => {
    const officer = new Visitor(test.server, { cookie: a.people['membership-officer'].session.cookie })
    const contact = { name: 'In use', roles: ['reader'], organisation: a.vendor.id }
    const { person } = (await officer.post('/api/people', contact)).json<{ person: { id: string } }>()
    expect((await officer.post(`/api/people/${person.id}/invitations`)).statusCode).toBe(201)
    await test.database.superuser.query(use, [randomUUID(), person.id, randomBytes(32)])
    expect(code(await officer.post(`/api/people/${person.id}/invitations`))).toBe('CONFLICT')
  })

  it('does not let one officer become a second person who only ever came in by a demonstration link', async () => {
    const demonstration = await testApp({ edition: 'demo' })
    try {
      const { people } = await loadPeople(demonstration.app)
      const [author, approver] = ['operator author', 'operator approver'].map((role) => people.find((person) => person.role === role)!.id)
      const at = new Visitor(demonstration.server)
      await at.useLink((await issueDemonstrationLink(demonstration.app, author!)).url)
      expect((await at.get('/api/session')).json()).toMatchObject({ roles: expect.arrayContaining(['membership-officer']), complete: true })
      expect(code(await at.post(`/api/people/${approver}/invitations`))).toBe('CONFLICT')
      expect((await at.post('/api/people', { name: 'Puppet', roles: ['publisher'] })).json()).toMatchObject({ state: 'waits' })
    } finally {
      await demonstration.close()
    }
  })
})
