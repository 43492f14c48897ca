import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { issueFirstLink } from '#platform/auth/issue-first-link.ts'
import { issueHostLink } from '#platform/auth/issue-host-link.ts'
import { issueDemonstrationLink } from '#platform/auth/issue-demonstration-link.ts'
import { holdAccount } from '#platform/auth/people-store.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { issueDemonstrationToken } from '#platform/auth/issue-demonstration-token.ts'
import { pause } from '#platform/clock/clock.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { PersonId } from '#platform/ids.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator, type Faults } from '#test/harness/authenticator.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

const MINUTE_MS = 60_000
const NAMES = { operatorName: 'Vendor response centre', personName: 'First operator' }
const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code

describe('an empty instance', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await testApp()
  })
  afterAll(() => test.close())

  it('lets its first operator in by link, who may enrol a passkey and then everything of the roles', async () => {
    const { app, server } = test
    const voided = (await issueFirstLink(app))!
    const link = (await issueFirstLink(app))!
    expect(link.url).toMatch(/^http:\/\/localhost:\d+\/welcome#vdl_/)
    const visitor = new Visitor(server)

    expect(code(await visitor.useLink(voided.url, NAMES))).toBe('SIGN_IN_FAILED')
    const inspected = await visitor.post('/api/auth/link/inspect', { token: new URL(link.url).hash.slice(1) })
    expect(inspected.json()).toEqual({ purpose: 'first-operator', personName: null, expiresAt: link.expiresAt.toISOString() })
    const unnamed = await visitor.useLink(link.url)
    expect([code(unnamed), unnamed.json<{ fields: { field: string }[] }>().fields[0]!.field]).toEqual(['VALIDATION_FAILED', '/firstOperator'])

    const entered = await visitor.useLink(link.url, NAMES)
    expect(entered.json()).toMatchObject({ kind: 'operator', organisation: { name: NAMES.operatorName }, credential: 'link', complete: false })
    expect(entered.json<{ may: string[] }>().may).not.toContain('person.invite')
    expect(code(await visitor.post('/api/people', { name: 'Anybody', roles: ['reviewer'] }))).toBe('FORBIDDEN')
    expect(await issueFirstLink(app)).toBeUndefined()

    const byLink = visitor.cookie!
    expect((await visitor.enrol(new Authenticator(app.config.url.origin))).statusCode).toBe(201)
    expect(visitor.cookie).not.toBe(byLink)
    expect((await new Visitor(server, { cookie: byLink }).get('/api/session')).statusCode).toBe(401)
    const session = (await visitor.get('/api/session')).json<{ may: string[]; roles: string[] }>()
    expect(session).toMatchObject({ credential: 'passkey', complete: true, roles: ['author', 'membership-officer', 'auditor'] })
    expect(session.may).toContain('person.invite')
    expect(await verifyLog(app)).toMatchObject({ ok: true, faults: [] })
  })

  it('finds a role that was slipped into the database behind its back', async () => {
    const { rows } = await test.database.superuser.query<{ id: string }>('select id from person')
    await test.database.superuser.query(`insert into role_grant values ($1, 'operator:publisher', now())`, [rows[0]!.id])
    expect(await verifyLog(test.app)).toMatchObject({ ok: false, faults: [expect.objectContaining({ table: 'role_grant' })] })
  })
})

describe('signing in', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let address = 0
  /** A visitor at an address of their own, so that one test's failures do not use up another's tries. */
  const visitor = (cookie?: string) => new Visitor(test.server, { address: `198.51.100.${++address}`, ...(cookie === undefined ? {} : { cookie }) })
  const leaves = async (action: string) => (await test.database.superuser.query('select 1 from audit_leaf where action = $1', [action])).rowCount

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  /** A person with one passkey, signed in by it. */
  async function enrolled(person: PersonId): Promise<{ key: Authenticator; at: Visitor }> {
    const key = new Authenticator(test.app.config.url.origin)
    const at = visitor()
    await at.useLink((await issueHostLink(test.app, person)).url)
    expect((await at.enrol(key)).statusCode).toBe(201)
    return { key, at }
  }

  it('accepts a passkey without a user name, for operators and contacts', async () => {
    for (const person of [a.people.author, b.vendor.people.reader]) {
      const { key } = await enrolled(person.id)
      const answer = await visitor().signIn(key)
      expect(answer.statusCode).toBe(200)
      expect(answer.json()).toMatchObject({ person: { id: person.id }, credential: 'passkey', complete: true })
    }
  })

  it('gives the session in a cookie that scripts cannot read and other sites cannot send', async () => {
    const { key } = await enrolled(a.people.analyst.id)
    const given = String((await visitor().signIn(key)).headers['set-cookie'])
    expect(given).toMatch(/^vedette=vds_[0-9A-Za-z]{49}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
  })

  it('ends the session it came with when somebody signs in again, and the session when they sign out', async () => {
    const { key, at } = await enrolled(a.people.tracer.id)
    const first = at.cookie!
    await at.signIn(key)
    expect((await visitor(first).get('/api/session')).statusCode).toBe(401)
    const second = at.cookie!
    const out = await at.delete('/api/session')
    expect([out.statusCode, String(out.headers['set-cookie'])]).toEqual([204, 'vedette=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'])
    expect((await visitor(second).get('/api/session')).statusCode).toBe(401)
  })

  const wrong: [string, Faults & { ceremony?: string }][] = [
    ['of another origin', { origin: 'http://localhost.attacker.example' }],
    ['for another host', { rpId: 'attacker.example' }],
    ['to another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['without fingerprint, face or PIN', { unverifiedUser: true }],
    ['signed by another key', { badSignature: true }],
    ['with the handle of another person', { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['to a ceremony that does not exist', { ceremony: '00000000-0000-7000-8000-000000000000' }],
  ]
  it('refuses every answer that is wrong in one respect, and an unknown passkey, all alike', async () => {
    const { key } = await enrolled(a.people.publisher.id)
    const stranger = new Authenticator(test.app.config.url.origin)
    const answers = [await visitor().signIn(stranger)]
    for (const [, faults] of wrong) answers.push(await visitor().signIn(key, faults))
    const bodies = answers.map((answer) => ({ ...answer.json<object>(), requestId: undefined, instance: undefined }))
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
    expect(answers.map((answer) => [answer.statusCode, code(answer), answer.headers['set-cookie']])).toEqual(
      answers.map(() => [401, 'SIGN_IN_FAILED', undefined]),
    )
    // The control: the same passkey without a fault.
    expect((await visitor().signIn(key)).statusCode).toBe(200)
  })

  it('accepts an answer once, and only within five minutes', async () => {
    const { key } = await enrolled(b.people.author.id)
    const at = visitor()
    const begin = async () => (await at.post('/api/auth/passkey/options')).json<{ ceremony: string; options: unknown }>()
    const first = await begin()
    const body = { ceremony: first.ceremony, response: key.get(first.options) }
    expect((await at.post('/api/auth/passkey', body)).statusCode).toBe(200)
    expect(code(await at.post('/api/auth/passkey', body))).toBe('SIGN_IN_FAILED')
    const late = await begin()
    test.clock.advance(5 * MINUTE_MS)
    expect(code(await at.post('/api/auth/passkey', { ceremony: late.ceremony, response: key.get(late.options) }))).toBe('SIGN_IN_FAILED')
  })

  it('spends the ceremony of an answer that is refused', async () => {
    const { key } = await enrolled(b.people.auditor.id)
    const at = visitor()
    const { ceremony, options } = (await at.post('/api/auth/passkey/options')).json<{ ceremony: string; options: unknown }>()
    expect(code(await at.post('/api/auth/passkey', { ceremony, response: key.get(options, { badSignature: true }) }))).toBe('SIGN_IN_FAILED')
    expect(code(await at.post('/api/auth/passkey', { ceremony, response: key.get(options) }))).toBe('SIGN_IN_FAILED')
  })

  it('refuses a passkey whose counter does not grow, and records it', async () => {
    const { key } = await enrolled(b.people.reviewer.id)
    expect((await visitor().signIn(key, { counter: 7 })).statusCode).toBe(200)
    const before = await leaves('passkey.counter-regressed')
    expect(code(await visitor().signIn(key, { counter: 7 }))).toBe('SIGN_IN_FAILED')
    expect(code(await visitor().signIn(key, { counter: 3 }))).toBe('SIGN_IN_FAILED')
    expect(await leaves('passkey.counter-regressed')).toBe(before! + 2)
    expect((await visitor().signIn(key, { counter: 8 })).statusCode).toBe(200)
  })

  it.each<[string, Faults]>([
    ['of another origin', { origin: 'https://localhost.attacker.example' }],
    ['for another host', { rpId: 'attacker.example' }],
    ['to another challenge', { challenge: 'AAAA' }],
    ['without fingerprint, face or PIN', { unverifiedUser: true }],
    ['with a certificate, which was not asked for', { attestation: 'packed-with-certificate' }],
  ])('refuses to enrol an answer %s', async (_, faults) => {
    const at = visitor(a.people.auditor.session.cookie)
    expect(code(await at.enrol(new Authenticator(test.app.config.url.origin), faults))).toBe('VALIDATION_FAILED')
  })

  it.each<[string, Faults]>([
    ['of no byte', { credentialId: Buffer.alloc(0) }],
    ['of no byte, named otherwise', { attestedId: Buffer.alloc(0) }],
    ['of 1024 bytes', { credentialId: Buffer.alloc(1024, 1) }],
    ['of 3000 bytes, named otherwise', { attestedId: Buffer.alloc(3000, 1) }],
    ['other than the one that was named', { attestedId: Buffer.alloc(32, 1) }],
  ])('refuses to enrol a credential id %s', async (_, faults) => {
    const at = visitor(a.people.auditor.session.cookie)
    expect(code(await at.enrol(new Authenticator(test.app.config.url.origin), faults))).toBe('VALIDATION_FAILED')
  })

  it('enrols a credential id of the most bytes there may be, and of one', async () => {
    const at = visitor(a.people.auditor.session.cookie)
    for (const bytes of [1023, 1]) {
      const answer = await at.enrol(new Authenticator(test.app.config.url.origin), { credentialId: Buffer.alloc(bytes, 2) })
      expect(answer.statusCode).toBe(201)
    }
  })

  it('signs in by a recovery link in the browser that is still signed in as that person', async () => {
    const { at } = await enrolled(b.responder.people.analyst.id)
    const before = at.cookie!
    const answer = await at.useLink((await issueHostLink(test.app, b.responder.people.analyst.id)).url)
    expect(answer.json()).toMatchObject({ person: { id: b.responder.people.analyst.id }, credential: 'link' })
    expect(at.cookie).not.toBe(before)
    expect((await at.get('/api/session')).statusCode).toBe(200)
    expect((await visitor(before).get('/api/session')).statusCode).toBe(401)
  })

  it('ends the session of another person whose browser it was', async () => {
    const { at } = await enrolled(b.responder.people.reader.id)
    const before = at.cookie!
    await at.useLink((await issueHostLink(test.app, b.responder.people.admin.id)).url)
    expect((await at.get('/api/session')).json()).toMatchObject({ person: { id: b.responder.people.admin.id } })
    expect((await visitor(before).get('/api/session')).statusCode).toBe(401)
  })

  it('lets both of two people in who sign in with one cookie at the same moment', async () => {
    const { app } = test
    for (let round = 0; round < 5; round++) {
      const client = { address: '192.0.2.1', userAgent: 'shared' }
      const shared = await app.db.transaction(system('test'), (tx) => startSession(app, tx, { person: a.people.tracer.id, method: 'passkey', client }))
      const people = [b.vendor.people.analyst, b.vendor.people.reader]
      const links = await Promise.all(people.map(({ id }) => issueHostLink(app, id)))
      const both = links.map(() => visitor(`vedette=${shared.secret}`))
      const answers = await Promise.all(both.map((at, n) => at.useLink(links[n]!.url)))
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200])
      for (const [n, at] of both.entries()) expect((await at.get('/api/session')).json()).toMatchObject({ person: { id: people[n]!.id } })
      expect((await visitor(`vedette=${shared.secret}`).get('/api/session')).statusCode).toBe(401)
    }
  })

  it('lets two people in who at the same moment sign in each in the browser of the other', async () => {
    const people = [b.vendor.people.analyst.id, b.vendor.people.reader.id]
    const client = { address: '192.0.2.1', userAgent: 'crossed' }
    const { origin } = test.app.config.url
    const keys: Authenticator[] = []
    for (const id of people) keys.push((await enrolled(id)).key)
    const start = (person: PersonId) => test.app.db.transaction(system('test'), (tx) => startSession(test.app, tx, { person, method: 'passkey', client }))
    const crossed = async () => (await Promise.all([...people].reverse().map(start))).map(({ secret }) => visitor(`vedette=${secret}`))
    for (let round = 0; round < 6; round++) {
      const byKey = await Promise.all((await crossed()).map((at, n) => at.signIn(keys[n]!)))
      expect(byKey.map(({ statusCode }) => statusCode)).toEqual([200, 200])
      const links = await Promise.all(people.map((id) => issueHostLink(test.app, id)))
      const browsers = await crossed()
      const byLink = await Promise.all(browsers.map((at, n) => at.useLink(links[n]!.url)))
      expect(byLink.map(({ statusCode }) => statusCode)).toEqual([200, 200])
      for (const [n, at] of browsers.entries()) {
        expect((await at.get('/api/session')).json()).toMatchObject({ person: { id: people[n] } })
        const key = new Authenticator(origin)
        keys[n] = key
        expect((await at.enrol(key)).statusCode).toBe(201)
      }
    }
  })

  it('keeps fifty live sessions of a person: one more ends the oldest, on record', async () => {
    const { key, at } = await enrolled(b.vendor.people.admin.id)
    const ended = await leaves('session.ended')
    const browsers: Visitor[] = []
    for (let n = 0; n < 49; n++) {
      const browser = visitor()
      test.clock.advance(1)
      expect((await browser.signIn(key)).statusCode).toBe(200)
      browsers.push(browser)
    }
    // With the one of the enrolment, the oldest, they are fifty.
    expect((await at.get('/api/session')).statusCode).toBe(200)
    const live = async () => (await browsers[48]!.get('/api/account/sessions?limit=200')).json<{ items: unknown[] }>().items.length
    expect(await live()).toBe(50)
    // All at once: none is counted twice or forgotten.
    test.clock.advance(1)
    const more = await Promise.all(Array.from({ length: 5 }, async () => (await startAnother(b.vendor.people.admin.id)).id))
    expect(new Set(more).size).toBe(5)
    expect(await live()).toBe(50)
    expect((await at.get('/api/session')).statusCode).toBe(401)
    expect(await leaves('session.ended')).toBe(ended! + 5)
  })

  function startAnother(person: PersonId) {
    const { app } = test
    return app.db.transaction(system('test'), async (tx) => {
      await holdAccount(tx, person)
      return startSession(app, tx, { person, method: 'passkey', client: { address: '192.0.2.1', userAgent: 'another' } })
    })
  }

  it('keeps fifty live tokens of a person, also when more are made at once', async () => {
    const at = visitor(a.responder.people.admin.session.cookie)
    const make = (n: number) => at.post('/api/account/tokens', { name: `T${n}`, scopes: ['account:read'], expiresInDays: 1 })
    for (let n = 0; n < 46; n++) expect((await make(n)).statusCode).toBe(201)
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => make(n)))
    expect(answers.map(({ statusCode }) => statusCode).sort((x, y) => x - y)).toEqual([201, 201, 201, 409, 409, 409, 409, 409])
    expect(code(answers.find(({ statusCode }) => statusCode === 409)!)).toBe('CONFLICT')
    const own = (await at.get('/api/account/tokens?limit=200')).json<{ items: { id: string }[] }>().items
    await at.delete(`/api/account/tokens/${own[0]!.id}`)
    expect((await make(50)).statusCode).toBe(201)
  })

  it("refuses to enrol in another person's ceremony, a passkey twice, and one of somebody else", async () => {
    const { key, at } = await enrolled(b.people.publisher.id)
    const other = visitor(b.people.tracer.session.cookie)
    const theirs = (await at.post('/api/account/passkeys/options')).json<{ ceremony: string; options: unknown }>()
    const fresh = new Authenticator(test.app.config.url.origin)
    expect(code(await other.post('/api/account/passkeys', { ceremony: theirs.ceremony, name: 'Key', response: fresh.create(theirs.options) }))).toBe('CONFLICT')
    expect(code(await at.enrol(key))).toBe('CONFLICT')
    expect(code(await other.enrol(key))).toBe('CONFLICT')
  })

  it('removes a passkey but never the last, and ends the other sessions with it', async () => {
    const { key, at } = await enrolled(b.people.analyst.id)
    const second = new Authenticator(test.app.config.url.origin)
    await at.enrol(second, { name: 'Second' })
    const elsewhere = visitor()
    await elsewhere.signIn(second)
    const keys = (await at.get('/api/account/passkeys')).json<{ items: { id: string; name: string }[] }>().items
    expect(keys).toHaveLength(2)
    const [first, lost] = ['Key', 'Second'].map((name) => keys.find((item) => item.name === name)!.id)
    expect(code(await visitor(b.people.tracer.session.cookie).delete(`/api/account/passkeys/${lost}`))).toBe('NOT_FOUND')
    expect((await at.delete(`/api/account/passkeys/${lost}`)).statusCode).toBe(204)
    expect((await elsewhere.get('/api/session')).statusCode).toBe(401)
    expect((await at.get('/api/session')).statusCode).toBe(200)
    expect(code(await at.delete(`/api/account/passkeys/${first}`))).toBe('CONFLICT')
    expect(code(await visitor().signIn(second))).toBe('SIGN_IN_FAILED')
    expect((await visitor().signIn(key)).statusCode).toBe(200)
  })

  it('uses a link up once under twenty uses at once', async () => {
    const { url } = await issueHostLink(test.app, a.vendor.people.analyst.id)
    // From twenty addresses, so that nothing but the link itself puts them in order.
    const answers = await Promise.all(Array.from({ length: 20 }, () => visitor().useLink(url)))
    expect(answers.map(({ statusCode }) => statusCode).sort((x, y) => x - y)).toEqual([200, ...Array.from({ length: 19 }, () => 401)])
  })

  it('would use it up more often if it looked first and wrote afterwards', async () => {
    await issueHostLink(test.app, a.vendor.people.analyst.id)
    const naive = () =>
      test.app.db.transaction(system('test'), async (tx) => {
        const unused = await tx.db
          .selectFrom('sign_in_link')
          .select('id')
          .where('person_id', '=', a.vendor.people.analyst.id)
          .where('used_at', 'is', null)
          .where('revoked_at', 'is', null)
          .executeTakeFirst()
        if (!unused) return false
        await pause(200)
        await tx.db.updateTable('sign_in_link').set({ used_at: test.clock.now() }).where('id', '=', unused.id).execute()
        return true
      })
    const used = (await Promise.all(Array.from({ length: 20 }, naive))).filter(Boolean)
    expect(used.length).toBeGreaterThan(1)
  })

  it('refuses a link that has expired, and says nothing of why', async () => {
    const { url, expiresAt } = await issueHostLink(test.app, a.vendor.people.reader.id)
    test.clock.set(expiresAt)
    const late = await visitor().useLink(url)
    const unknown = await visitor().useLink(`${url.slice(0, -1)}x`)
    expect(code(late)).toBe('SIGN_IN_FAILED')
    expect({ ...late.json<object>(), requestId: 0, instance: 0 }).toEqual({ ...unknown.json<object>(), requestId: 0, instance: 0 })
  })

  it('makes no demonstration link or token outside the demonstration, and honours none', async () => {
    await expect(issueDemonstrationLink(test.app, a.people.author.id)).rejects.toThrow(/outside/)
    await expect(issueDemonstrationToken(test.app, a.people.author.id)).rejects.toThrow(/outside/)
    const { url } = await issueHostLink(test.app, a.people.author.id)
    await test.database.superuser.query(`update sign_in_link set purpose = 'demonstration' where person_id = $1`, [a.people.author.id])
    expect(code(await visitor().useLink(url))).toBe('SIGN_IN_FAILED')
  })
})

describe('the demonstration', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await testApp({ edition: 'demo' })
  })
  afterAll(() => test.close())

  it('signs its people in by link with all their rights, once, and honours only the newest token', async () => {
    const [a] = await seedPeople(test.app)
    const { url } = await issueDemonstrationLink(test.app, a.people.author.id)
    const at = new Visitor(test.server)
    expect((await at.useLink(url)).json()).toMatchObject({ credential: 'demonstration', complete: true, edition: 'demo' })
    expect((await at.get('/api/account/tokens')).statusCode).toBe(200)
    expect(code(await new Visitor(test.server).useLink(url))).toBe('SIGN_IN_FAILED')
    const old = await issueDemonstrationToken(test.app, a.people.author.id)
    const token = await issueDemonstrationToken(test.app, a.people.author.id)
    const read = (secret: string) => test.server.inject({ url: '/api/session', headers: { authorization: `Bearer ${secret}` } })
    expect([(await read(old)).statusCode, (await read(token)).statusCode]).toEqual([401, 200])
    test.clock.advance(6 * 24 * 60 * MINUTE_MS)
    expect((await at.get('/api/session')).statusCode).toBe(200)
  })
})

describe('behind https', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await testApp({ env: { VEDETTE_URL: 'https://vedette.example' } })
  })
  afterAll(() => test.close())

  it('binds passkeys to the public name and marks the cookie Secure and __Host-', async () => {
    const at = new Visitor(test.server)
    const link = (await issueFirstLink(test.app))!
    const entered = await at.useLink(link.url, NAMES)
    expect(String(entered.headers['set-cookie'])).toMatch(/^__Host-vedette=vds_\w+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
    expect((await at.enrol(new Authenticator('https://vedette.example'))).statusCode).toBe(201)
    expect(code(await at.enrol(new Authenticator('http://vedette.example')))).toBe('VALIDATION_FAILED')
  })
})
