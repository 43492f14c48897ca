import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { disablePerson } from '#platform/auth/disable-person.ts'
import { redirectUri } from '#platform/auth/oidc/provider-client.ts'
import { holdProviders } from '#platform/auth/oidc/provider-store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { startIdentityProvider, type TestIdentityProvider } from '#test/harness/identity-provider.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { system, type ContactActor } from '#platform/auth/actor.ts'
import { seedContact } from '#test/harness/contact.ts'
import { Traveller } from '#test/harness/traveller.ts'
import { Visitor } from '#test/harness/visitor.ts'

const MFA = { amr: ['pwd', 'mfa'] }
const REFUSED = '/sign-in?refused=organisation'
type Contact = SeededPerson<ContactActor>

describe('sign-in by the organisation', () => {
  let test: TestApp
  let idp: TestIdentityProvider
  let a: SeededOperator
  let b: SeededOperator
  let secondAdmin: Contact
  let name: string
  let address = 0
  const traveller = (who?: { readonly session: { readonly cookie: string } }) =>
    new Traveller(test.server, { address: `198.51.100.${++address}`, ...(who && { cookie: who.session.cookie }) })
  const proposal = () => ({
    issuer: idp.issuer,
    clientId: idp.clientId,
    clientSecret: idp.clientSecret,
    rule: { factors: 'amr', accepted: ['mfa', 'hwk'] },
  })
  const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code
  const leaves = async (action: string) => (await test.database.superuser.query('select 1 from audit_leaf where action = $1', [action])).rowCount ?? 0

  beforeAll(async () => {
    test = await testApp({ env: { VEDETTE_IDP_PRIVATE_HOSTS: '127.0.0.1' } })
    // Tokens carry the real time, and a token from another day is refused.
    test.clock.set(new Date())
    ;[a, b] = await seedPeople(test.app)
    secondAdmin = await seedContact(test.app, a.vendor, 'admin', 'Second admin')
    idp = await startIdentityProvider(redirectUri(test.app))
    name = await configure(a.vendor.people.admin, secondAdmin)
  })
  afterAll(async () => {
    await idp.close()
    await test.close()
  })

  async function configure(first: Contact, second: { readonly session: { readonly cookie: string } }, change: object = {}): Promise<string> {
    const proposed = await traveller(first).send('POST', '/api/identity-providers', { ...proposal(), ...change })
    expect(proposed.statusCode, proposed.body).toBe(201)
    const { id, signInName } = proposed.json<{ id: string; signInName: string }>()
    const confirmed = await traveller(second).send('POST', `/api/identity-providers/${id}/confirmation`, {})
    expect([confirmed.statusCode, confirmed.json<{ state: string }>().state]).toEqual([200, 'live'])
    return signInName
  }

  async function connect(who: Contact, subject: string): Promise<string> {
    idp.next = { subject, ...MFA }
    const at = traveller(who)
    const begun = await at.send('POST', '/api/account/identities', {})
    expect(begun.statusCode, begun.body).toBe(200)
    return (await at.comeBack(await at.visit(begun.json<{ url: string }>().url))).headers.location!
  }

  it('takes two people to configure: who proposed it does not confirm, and nobody signs in before', async () => {
    const { admin } = a.responder.people
    const proposed = await traveller(admin).send('POST', '/api/identity-providers', proposal())
    const { id, signInName, redirectUri: shown } = proposed.json<{ id: string; signInName: string; redirectUri: string }>()
    expect(signInName).toMatch(/^[0-9a-z]{12}$/)
    expect(shown).toBe(`${test.app.config.url.origin}/api/auth/oidc/callback`)
    expect(proposed.body).not.toContain(idp.clientSecret)
    expect(code(await traveller().setOut(signInName))).toBe('SIGN_IN_FAILED')
    expect(code(await traveller(admin).send('POST', `/api/identity-providers/${id}/confirmation`, {}))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await traveller(a.responder.people.analyst).send('POST', `/api/identity-providers/${id}/confirmation`, {}))).toBe('FORBIDDEN')
    expect(code(await traveller(a.vendor.people.admin).send('POST', `/api/identity-providers/${id}/confirmation`, {}))).toBe('NOT_FOUND')
    expect(code(await traveller(b.people['membership-officer']).send('POST', `/api/identity-providers/${id}/confirmation`, {}))).toBe('NOT_FOUND')
    const confirmed = await traveller(a.people['membership-officer']).send('POST', `/api/identity-providers/${id}/confirmation`, {})
    expect(confirmed.json()).toMatchObject({ state: 'live', confirmedBy: { name: a.people['membership-officer'].name } })
    expect((await traveller().setOut(signInName)).statusCode).toBe(200)
  })

  it('accepts a rule weaker than the default only from an admin who vouches for it', async () => {
    for (const rule of [
      { factors: 'none', accepted: [] },
      { factors: 'amr', accepted: ['pwd'] },
      { factors: 'acr', accepted: ['high'] },
    ]) {
      const refused = await traveller(b.vendor.people.admin).send('POST', '/api/identity-providers', { ...proposal(), rule })
      expect([refused.statusCode, refused.json<{ fields: { field: string }[] }>().fields[0]!.field]).toEqual([400, '/vouched'])
      const vouched = await traveller(b.vendor.people.admin).send('POST', '/api/identity-providers', { ...proposal(), rule, vouched: true })
      expect(vouched.json()).toMatchObject({ state: 'waits', strict: false })
    }
    const listed = await traveller(b.vendor.people.admin).send('GET', '/api/identity-providers')
    expect(
      listed
        .json<{ items: { state: string }[] }>()
        .items.map(({ state }) => state)
        .sort(),
    ).toEqual(['ended', 'ended', 'waits'])
  })

  it('binds a person who is signed in, and signs them in from then on', async () => {
    const person = await seedContact(test.app, a.vendor, 'analyst', 'Analyst who connects')
    idp.next = { subject: 'subject-1', ...MFA }
    expect((await traveller().signIn(name)).headers.location).toBe(REFUSED)
    expect(await connect(person, 'subject-1')).toBe('/account?identity=connected')
    const at = traveller()
    expect((await at.signIn(name.toUpperCase().replace(/(.{4})(?=.)/g, '$1-'))).headers.location).toBe('/')
    const session = (await at.session()).json<{ person: { id: string }; credential: string; complete: boolean; may: string[] }>()
    expect(session).toMatchObject({ person: { id: person.id }, credential: 'oidc', complete: true })
    for (const lasting of ['token.create', 'passkey.remove', 'identity-provider.propose', 'identity.connect', 'person.invite', 'contact-key.add'])
      expect(session.may).not.toContain(lasting)
    expect(session.may).toContain('package.list')
    expect(await leaves('identity.connected')).toBe(1)
    const own = (await at.send('GET', '/api/account/identities')).json<{ items: { id: string; subject: string }[] }>()
    expect(own.items).toEqual([expect.objectContaining({ subject: 'subject-1', issuer: idp.issuer, boundBy: 'person' })])
  })

  it('binds somebody who came by an invitation and has no passkey, who then has one passkey to sign with and no more', async () => {
    const invited = await traveller(a.vendor.people.admin).send('POST', '/api/people', { name: 'Newcomer', roles: ['reader'] })
    const at = traveller()
    await at.send('POST', '/api/auth/link', { token: new URL(invited.json<{ link: { url: string } }>().link.url).hash.slice(1) })
    expect((await at.session()).json()).toMatchObject({ credential: 'link', complete: false })
    idp.next = { subject: 'subject-newcomer', ...MFA }
    const begun = await at.send('POST', '/api/account/identities', {})
    expect((await at.comeBack(await at.visit(begun.json<{ url: string }>().url))).headers.location).toBe('/account?identity=connected')
    const entered = traveller()
    expect((await entered.signIn(name)).headers.location).toBe('/')
    const enrol = () => new Visitor(test.server, { cookie: entered.cookie }).enrol(new Authenticator(test.app.config.url.origin))
    expect((await enrol()).statusCode).toBe(201)
    expect((await entered.session()).json()).toMatchObject({ credential: 'oidc' })
    expect(code(await enrol())).toBe('FORBIDDEN')
  })

  it('binds nothing for a session that would not let its person in any more', async () => {
    const began = test.clock.now()
    const suspend = (state: string) => test.database.superuser.query('update membership set state = $1 where organisation_id = $2', [state, a.vendor.id])
    const age = (id: string, by: string) =>
      test.database.superuser.query('update session set expires_at = expires_at + $2::interval where person_id = $1', [id, by])
    const meanwhile: readonly [string, (id: string) => unknown, (id: string) => unknown][] = [
      ['suspended', () => suspend('suspended'), () => suspend('active')],
      ['disabled', (id) => disablePerson(test.app, a.vendor.people.admin.actor, id), () => undefined],
      [
        'idle',
        (id) => test.database.superuser.query(`update session set last_seen_at = last_seen_at - interval '3 h' where person_id = $1`, [id]),
        () => undefined,
      ],
      ['expired', (id) => age(id, '-30 d'), (id) => age(id, '30 d')],
    ]
    for (const [what, begin, end] of [...meanwhile, ['nothing', () => undefined, () => undefined] as const]) {
      const person = await seedContact(test.app, a.vendor, 'reader', `Reader ${what}`)
      idp.next = { subject: `subject-${what}`, ...MFA }
      const at = traveller(person)
      const begun = await at.send('POST', '/api/account/identities', {})
      const back = await at.visit(begun.json<{ url: string }>().url)
      await begin(person.id)
      const place = (await at.comeBack(back)).headers.location
      await end(person.id)
      expect([what, place]).toEqual([what, `/account?identity=${what === 'nothing' ? 'connected' : 'refused'}`])
    }
    expect(test.clock.now()).toEqual(began)
  })

  it('binds nothing while somebody decides which provider speaks for the member', async () => {
    const person = await seedContact(test.app, a.vendor, 'reader', 'Reader who waits')
    idp.next = { subject: 'subject-who-waits', ...MFA }
    const at = traveller(person)
    const back = await at.visit((await at.send('POST', '/api/account/identities', {})).json<{ url: string }>().url)
    const bound = async () => (await test.database.superuser.query('select 1 from external_identity where person_id = $1', [person.id])).rowCount
    const came = await test.app.db.transaction(system('test'), async (tx) => {
      await holdProviders(tx, a.vendor.id)
      const coming = at.comeBack(back)
      await vi.waitFor(async () => {
        const { rowCount } = await test.database.superuser.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)
        expect(rowCount).toBe(1)
      })
      expect(await bound()).toBe(0)
      return { coming }
    })
    expect((await came.coming).headers.location).toBe('/account?identity=connected')
    expect(await bound()).toBe(1)
  })

  it('never goes by mail address: the same address with another subject is refused', async () => {
    const person = await seedContact(test.app, a.vendor, 'reader', 'Reader with an address', 'reader@vendor.example')
    idp.next = { subject: 'subject-mail', email: 'reader@vendor.example', ...MFA }
    expect((await traveller().signIn(name)).headers.location).toBe(REFUSED)
    expect(await connect(person, 'subject-mail')).toBe('/account?identity=connected')
    idp.next = { subject: 'subject-other', email: 'reader@vendor.example', ...MFA }
    expect((await traveller().signIn(name)).headers.location).toBe(REFUSED)
    idp.next = { subject: 'subject-mail', email: 'somebody-else@vendor.example', ...MFA }
    expect((await traveller().signIn(name)).headers.location).toBe('/')
  })

  it('asks for more than one factor', async () => {
    const person = await seedContact(test.app, a.vendor, 'reader', 'Reader of many factors')
    expect(await connect(person, 'subject-factors')).toBe('/account?identity=connected')
    for (const weak of [{}, { amr: ['pwd'] }, { amr: ['pwd'], acr: 'mfa' }, { amr: ['MFA'] }]) {
      idp.next = { subject: 'subject-factors', ...weak }
      expect((await traveller().signIn(name)).headers.location).toBe(REFUSED)
    }
    idp.next = { subject: 'subject-factors', amr: ['hwk'] }
    expect((await traveller().signIn(name)).headers.location).toBe('/')
  })

  it('takes a state once, and only from the browser that set out', async () => {
    const person = await seedContact(test.app, a.vendor, 'reader', 'Reader of states')
    await connect(person, 'subject-state')
    idp.next = { subject: 'subject-state', ...MFA }
    const begin = async (at: Traveller) => at.visit((await at.setOut(name)).json<{ url: string }>().url)

    const victim = traveller()
    const back = await begin(victim)
    const other = traveller()
    await other.setOut(name)
    expect((await other.comeBack(back)).headers.location).toBe(REFUSED)
    expect((await other.session()).statusCode).toBe(401)
    expect((await traveller().comeBack(back)).headers.location).toBe(REFUSED)
    expect((await victim.comeBack(back)).headers.location).toBe('/')
    expect((await victim.comeBack(back)).headers.location).toBe(REFUSED)

    const late = traveller()
    const tooLate = await begin(late)
    test.clock.advance(10 * 60_000 + 1)
    expect((await late.comeBack(tooLate)).headers.location).toBe(REFUSED)
    test.clock.advance(-10 * 60_000 - 1)

    const tampered = traveller()
    const address = new URL(await begin(tampered))
    address.searchParams.set('iss', 'https://elsewhere.example')
    expect((await tampered.comeBack(address.href)).headers.location).toBe(REFUSED)
  })

  it('ends the session that the browser had before', async () => {
    const person = await seedContact(test.app, a.vendor, 'reader', 'Reader who was signed in')
    await connect(person, 'subject-before')
    const at = traveller(person)
    const before = at.cookie
    idp.next = { subject: 'subject-before', ...MFA }
    expect((await at.signIn(name)).headers.location).toBe('/')
    expect(at.cookie).not.toBe(before)
    expect((await traveller({ session: { cookie: before } }).session()).statusCode).toBe(401)
  })

  it('refuses a disabled person, an ended binding and an ended provider, and ends their sessions at once', async () => {
    const leaver = await seedContact(test.app, a.vendor, 'reader', 'Leaver')
    const stayer = await seedContact(test.app, a.vendor, 'reader', 'Stayer')
    await connect(leaver, 'subject-leaver')
    await connect(stayer, 'subject-stayer')
    const signIn = async (subject: string) => {
      idp.next = { subject, ...MFA }
      const at = traveller()
      return { at, place: (await at.signIn(name)).headers.location }
    }
    const left = await signIn('subject-leaver')
    const stayed = await signIn('subject-stayer')
    expect([left.place, stayed.place]).toEqual(['/', '/'])

    await disablePerson(test.app, a.vendor.people.admin.actor, leaver.id)
    expect((await left.at.session()).statusCode).toBe(401)
    expect((await stayed.at.session()).statusCode).toBe(200)
    expect((await signIn('subject-leaver')).place).toBe(REFUSED)

    const [identity] = (await stayed.at.send('GET', '/api/account/identities')).json<{ items: { id: string }[] }>().items
    expect(code(await stayed.at.send('DELETE', `/api/account/identities/${identity!.id}`))).toBe('CONFLICT')
    await test.database.superuser.query(
      `insert into passkey (id, person_id, name, credential_id, public_key, counter, transports, created_at)
      values (gen_random_uuid(), $1, 'Key', decode('01', 'hex'), '', 0, '{}', now())`,
      [stayer.id],
    )
    expect((await stayed.at.send('DELETE', `/api/account/identities/${identity!.id}`)).statusCode).toBe(204)
    expect((await stayed.at.session()).statusCode).toBe(401)
    expect((await signIn('subject-stayer')).place).toBe(REFUSED)

    expect(await connect(stayer, 'subject-stayer')).toBe('/account?identity=connected')
    const again = await signIn('subject-stayer')
    const onTheWay = traveller()
    const back = await onTheWay.visit((await onTheWay.setOut(name)).json<{ url: string }>().url)
    const { items } = (await traveller(a.vendor.people.admin).send('GET', '/api/identity-providers')).json<{ items: { id: string; state: string }[] }>()
    const live = items.find(({ state }) => state === 'live')!
    expect((await traveller(secondAdmin).send('DELETE', `/api/identity-providers/${live.id}`)).json()).toMatchObject({ state: 'ended' })
    expect((await again.at.session()).statusCode).toBe(401)
    expect((await onTheWay.comeBack(back)).headers.location).toBe(REFUSED)
    expect(code(await traveller().setOut(name))).toBe('SIGN_IN_FAILED')
    // The same issuer once more: the name that people know and their bindings are still good.
    expect(await configure(a.vendor.people.admin, secondAdmin)).toBe(name)
    expect((await signIn('subject-stayer')).place).toBe('/')
  })

  it('lets colleagues of one address in who come back at the same moment, and none who race with the end of the provider', async () => {
    const person = await seedContact(test.app, a.vendor, 'reader', 'Reader at many browsers')
    await connect(person, 'subject-many')
    idp.next = { subject: 'subject-many', ...MFA }
    const setOff = async (at: Traveller) => ({ at, back: await at.visit((await at.setOut(name)).json<{ url: string }>().url) })
    const together = []
    for (let i = 0; i < 5; i++) together.push(await setOff(new Traveller(test.server, { address: '203.0.113.9' })))
    const places = await Promise.all(together.map(async ({ at, back }) => (await at.comeBack(back)).headers.location))
    expect(places).toEqual(places.map(() => '/'))

    const racing = []
    for (let i = 0; i < 5; i++) racing.push(await setOff(traveller()))
    const { items } = (await traveller(secondAdmin).send('GET', '/api/identity-providers')).json<{ items: { id: string; state: string }[] }>()
    const live = items.find(({ state }) => state === 'live')!
    const ended = traveller(secondAdmin).send('DELETE', `/api/identity-providers/${live.id}`)
    await Promise.all([ended, ...racing.map(({ at, back }) => at.comeBack(back))])
    expect((await ended).statusCode).toBe(200)
    for (const { at } of [...together, ...racing]) expect((await at.session()).statusCode).toBe(401)
    expect(await configure(a.vendor.people.admin, secondAdmin)).toBe(name)
  })

  it('tries a provider without signing anybody in', async () => {
    const { items } = (await traveller(a.vendor.people.admin).send('GET', '/api/identity-providers')).json<{ items: { id: string; state: string }[] }>()
    const live = items.find(({ state }) => state === 'live')!
    const attempt = async (next: TestIdentityProvider['next']) => {
      idp.next = next
      const at = traveller(secondAdmin)
      const begun = await at.send('POST', `/api/identity-providers/${live.id}/test`, {})
      return (await at.comeBack(await at.visit(begun.json<{ url: string }>().url))).headers.location
    }
    expect(await attempt({ subject: 'anybody', ...MFA })).toBe('/sign-in-settings?test=passed')
    expect(await attempt({ subject: 'anybody', amr: ['pwd'] })).toBe('/sign-in-settings?test=factors')
    expect(code(await traveller(b.vendor.people.admin).send('POST', `/api/identity-providers/${live.id}/test`, {}))).toBe('NOT_FOUND')
  })

  it('counts guessed names and refused returns like every other failed try', async () => {
    const guesser = new Traveller(test.server, { address: '203.0.113.77' })
    for (let i = 0; i < 10; i++) expect(code(await guesser.setOut(`guess${i}`))).toBe('SIGN_IN_FAILED')
    expect(code(await guesser.setOut(name))).toBe('SIGN_IN_FAILED')
    expect((await traveller().setOut(name)).statusCode).toBe(200)
  })

  it('keeps in the log who configured, confirmed, connected and came in', async () => {
    for (const action of [
      'identity-provider.proposed',
      'identity-provider.confirmed',
      'identity-provider.ended',
      'identity.connected',
      'identity.disconnected',
    ])
      expect(await leaves(action)).toBeGreaterThan(0)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    await test.database.superuser.query(`update external_identity set subject = 'subject-forged' where subject = 'subject-1'`)
    expect(await verifyLog(test.app)).toMatchObject({ ok: false, faults: [expect.objectContaining({ table: 'external_identity' })] })
    await test.database.superuser.query(`update external_identity set subject = 'subject-1' where subject = 'subject-forged'`)
  })

  describe('E33: one person in two members', () => {
    it('acts for one member at a time, and one subject is never two people of a member', async () => {
      const otherMember = await configure(b.responder.people.admin, b.people['membership-officer'])
      const here = await seedContact(test.app, a.vendor, 'analyst', 'The same human')
      const there = await seedContact(test.app, b.responder, 'analyst', 'The same human')
      expect(await connect(here, 'human-at-a')).toBe('/account?identity=connected')
      // Within a member a subject belongs to one account. Another member's people cannot take it: each has its own door.
      const colleague = await seedContact(test.app, a.vendor, 'reader', 'A colleague')
      expect(await connect(colleague, 'human-at-a')).toBe('/account?identity=refused')
      const squatter = await seedContact(test.app, b.responder, 'reader', 'Who takes what others are called')
      expect(await connect(squatter, 'subject-of-a-latecomer')).toBe('/account?identity=connected')
      expect(await connect(colleague, 'subject-of-a-latecomer')).toBe('/account?identity=connected')
      expect(await connect(there, 'human-at-b')).toBe('/account?identity=connected')
      // One person has one identity.
      expect(await connect(there, 'human-at-c')).toBe('/account?identity=refused')

      const browser = traveller()
      idp.next = { subject: 'human-at-a', ...MFA }
      // A subject of another member is a stranger at this member's door, though the issuer is the same.
      expect((await browser.signIn(otherMember)).headers.location).toBe(REFUSED)
      const first = traveller()
      expect((await first.signIn(name)).headers.location).toBe('/')
      expect((await first.session()).json()).toMatchObject({ organisation: { id: a.vendor.id } })
      const asVendor = first.cookie
      const second = traveller({ session: { cookie: asVendor } })
      idp.next = { subject: 'human-at-b', ...MFA }
      expect((await second.signIn(otherMember)).headers.location).toBe('/')
      expect((await second.session()).json()).toMatchObject({ organisation: { id: b.responder.id } })
      // The browser acts for the second member alone: what it was for the first has ended.
      expect((await traveller({ session: { cookie: asVendor } }).session()).statusCode).toBe(401)

      // A token acts for the member of its account, and neither account knows of the other.
      const answer = await test.server.inject({ url: '/api/session', headers: here.token })
      expect(answer.json()).toMatchObject({ organisation: { id: a.vendor.id } })
      for (const [who, other] of [
        [here, there],
        [there, here],
      ] as const) {
        for (const url of ['/api/session', '/api/account/identities', '/api/account/sessions']) {
          const { body } = await test.server.inject({ url, headers: who.session })
          expect(body).not.toContain(other.id)
          expect(body).not.toContain(other === there ? b.responder.id : a.vendor.id)
          expect(body).not.toContain(other === there ? 'human-at-b' : 'human-at-a')
        }
      }
      for (const [admin, other] of [
        [a.vendor.people.admin, there],
        [b.responder.people.admin, here],
      ] as const)
        expect(code(await traveller(admin).send('GET', `/api/people/${other.id}`))).toBe('NOT_FOUND')
    })
  })
})
