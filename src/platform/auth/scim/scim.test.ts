import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { redirectUri } from '#platform/auth/oidc/provider-client.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedContact } from '#test/harness/contact.ts'
import { startIdentityProvider, type TestIdentityProvider } from '#test/harness/identity-provider.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { Traveller } from '#test/harness/traveller.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'
const TYPE = 'application/scim+json'

interface Answer {
  readonly status: number
  readonly type: string
  readonly location: string | undefined
  // oxlint-disable-next-line typescript/no-explicit-any -- resources of several kinds, compared by value
  readonly body: any
}

describe('SCIM', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let idp: TestIdentityProvider
  const admin = () => a.vendor.people.admin

  beforeAll(async () => {
    test = await testApp({ env: { VEDETTE_IDP_PRIVATE_HOSTS: '127.0.0.1' } })
    test.clock.set(new Date())
    ;[a, b] = await seedPeople(test.app)
    idp = await startIdentityProvider(redirectUri(test.app))
  })
  afterAll(async () => {
    await idp.close()
    await test.close()
  })

  async function scim(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, as = admin(), type = TYPE): Promise<Answer> {
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }
    const headers = { ...as.token, ...(body !== undefined && { 'content-type': type }) }
    const answer = await test.server.inject({ method, url: `/scim/v2${path}`, headers, ...payload })
    const { 'content-type': given, location } = answer.headers
    return { status: answer.statusCode, type: String(given), location, body: answer.body === '' ? undefined : answer.json() }
  }
  const create = (userName: string, more: object = {}) => scim('POST', '/Users', { schemas: [USER], userName, displayName: userName, ...more })
  const patch = (id: string, ...Operations: object[]) => scim('PATCH', `/Users/${id}`, { schemas: [PATCH], Operations })
  const refusal = ({ status, type, body }: Answer) => {
    expect([type, body.schemas, body.status]).toEqual([TYPE, [ERROR], String(status)])
    return [status, body.scimType]
  }

  it('describes itself', async () => {
    const config = await scim('GET', '/ServiceProviderConfig')
    expect([config.status, config.type, config.body.patch, config.body.bulk.supported]).toEqual([200, TYPE, { supported: true }, false])
    expect((await scim('GET', '/ResourceTypes')).body).toMatchObject({ totalResults: 1, Resources: [{ id: 'User', endpoint: '/Users', schema: USER }] })
    expect((await scim('GET', '/ResourceTypes/User')).body.schema).toBe(USER)
    expect((await scim('GET', `/Schemas/${USER}`)).body.attributes.map(({ name }: { name: string }) => name)).toContain('userName')
    expect(refusal(await scim('GET', '/Schemas/constructor'))).toEqual([404, undefined])
  })

  it('creates a contact who is a reader, without a way in, and shows it', async () => {
    const created = await create('robin@vendor.example', {
      externalId: 'ext-1',
      name: { givenName: 'Robin', familyName: 'Reader' },
      displayName: 'Robin Reader',
      emails: [
        { value: 'home@vendor.example', type: 'home' },
        { value: 'Robin@vendor.example', type: 'work', primary: true },
      ],
    })
    expect([created.status, created.type]).toEqual([201, TYPE])
    expect(created.body).toMatchObject({
      userName: 'robin@vendor.example',
      externalId: 'ext-1',
      displayName: 'Robin Reader',
      name: { formatted: 'Robin Reader', givenName: 'Robin', familyName: 'Reader' },
      emails: [{ value: 'robin@vendor.example', primary: true }],
      active: true,
      roles: [{ value: 'reader' }],
      meta: { resourceType: 'User' },
    })
    expect(created.location).toBe(created.body.meta.location)
    expect(new URL(created.location!).pathname).toBe(`/scim/v2/Users/${created.body.id}`)
    expect((await scim('GET', `/Users/${created.body.id}`)).body).toEqual(created.body)
    const { rows } = await test.database.superuser.query(
      `select (select count(*) from sign_in_link where person_id = $1) + (select count(*) from clearance where person_id = $1) as count`,
      [created.body.id],
    )
    expect(Number(rows[0].count)).toBe(0)
    // JSON's own media type is answered like SCIM's.
    const asJson = await scim('POST', '/Users', { schemas: [USER], userName: 'json@vendor.example' }, admin(), 'application/json')
    expect([asJson.status, asJson.body.displayName]).toEqual([201, 'json@vendor.example'])
    expect(refusal(await scim('POST', '/Users', '<user/>', admin(), 'application/xml'))).toEqual([415, undefined])
  })

  it('gives no role beyond analyst, and refuses a name twice, whoever has it', async () => {
    expect((await create('ana@vendor.example', { roles: [{ value: 'analyst' }, { value: 'reader' }] })).body.roles).toEqual([
      { value: 'analyst' },
      { value: 'reader' },
    ])
    expect(refusal(await create('eve@vendor.example', { roles: [{ value: 'admin' }] }))).toEqual([400, 'invalidValue'])
    expect(refusal(await create('eve@vendor.example', { roles: [{ value: 'membership-officer' }] }))).toEqual([400, 'invalidValue'])
    expect(refusal(await create('ANA@vendor.example'))).toEqual([409, 'uniqueness'])
    expect(refusal(await create('other@vendor.example', { externalId: 'ext-1' }))).toEqual([409, 'uniqueness'])
    const invited = await seedContact(test.app, a.vendor, 'reader', 'Invited', 'invited@vendor.example')
    expect(refusal(await create('invited@vendor.example'))).toEqual([409, 'uniqueness'])
    expect((await scim('GET', `/Users/${invited.id}`)).body.userName).toBe('invited@vendor.example')
  })

  it('takes names for one that differ in case alone, in every script', async () => {
    for (const [name, same] of [
      ['ΑΣ', 'ασ'],
      ['ΟΔΟΣ', 'οδος'],
      ['straße', 'STRASSE'],
      ['İ', 'i̇'],
    ] as const) {
      expect([name, (await create(name)).status]).toEqual([name, 201])
      expect([same, ...refusal(await create(same))]).toEqual([same, 409, 'uniqueness'])
    }
  })

  it('does not take an address that bounced for reached when it is told another', async () => {
    const { id } = (await create('bounced@vendor.example', { emails: [{ value: 'bounced@vendor.example' }] })).body
    const bouncedAt = async () =>
      (await test.database.superuser.query<{ at: Date | null }>('select bounced_at as at from person where id = $1', [id])).rows[0]!.at
    await test.database.superuser.query('update person set bounced_at = now() where id = $1', [id])
    const changed = await patch(id, { op: 'replace', path: 'emails[type eq "work"].value', value: 'unproven@vendor.example' })
    expect(changed.body.emails[0].value).toBe('unproven@vendor.example')
    expect(await bouncedAt()).not.toBeNull()
  })

  it('finds by filter without regard to case, and by pages', async () => {
    const names = async (filter: string) => {
      const { body } = await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)
      return body.Resources.map(({ userName }: { userName: string }) => userName)
    }
    expect(await names('userName eq "ROBIN@vendor.example"')).toEqual(['robin@vendor.example'])
    expect(await names('externalId eq "ext-1"')).toEqual(['robin@vendor.example'])
    expect(await names('externalId eq "EXT-1"')).toEqual([])
    expect(await names('emails[type eq "work"].value eq "robin@vendor.example"')).toEqual(['robin@vendor.example'])
    expect(await names('userName sw "robin" and active eq true')).toEqual(['robin@vendor.example'])
    expect(await names('userName eq "robin@vendor.example" or userName eq "ana@vendor.example"')).toHaveLength(2)
    const all = (await scim('GET', '/Users')).body
    const second = (await scim('GET', '/Users?startIndex=2&count=2')).body
    expect([second.totalResults, second.startIndex, second.itemsPerPage]).toEqual([all.totalResults, 2, 2])
    expect(second.Resources).toEqual(all.Resources.slice(1, 3))
    expect((await scim('GET', '/Users?count=0')).body).toMatchObject({ totalResults: all.totalResults, Resources: [] })
    const [only] = (await scim('GET', '/Users?attributes=userName&count=1')).body.Resources
    expect(Object.keys(only).sort()).toEqual(['id', 'schemas', 'userName'])
    expect((await scim('GET', '/Users?excludedAttributes=emails,roles&count=1')).body.Resources[0]).not.toHaveProperty('roles')
  })

  it('changes a contact by patch and by put; another user name is the same person', async () => {
    const { id } = (await create('kim@vendor.example')).body
    const renamed = await patch(
      id,
      { op: 'Replace', path: 'userName', value: 'kim.new@vendor.example' },
      { op: 'replace', path: 'name.familyName', value: 'New' },
      { op: 'add', value: { displayName: 'Kim New', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'x' } } },
      { op: 'add', path: 'emails', value: [{ value: 'kim@vendor.example', type: 'work', primary: true }] },
    )
    expect(renamed.body).toMatchObject({ id, userName: 'kim.new@vendor.example', displayName: 'Kim New', name: { familyName: 'New' } })
    const work = await patch(id, { op: 'replace', path: 'emails[type eq "work"].value', value: 'kim.work@vendor.example' })
    expect(work.body.emails[0].value).toBe('kim.work@vendor.example')
    const put = await scim('PUT', `/Users/${id}`, { schemas: [USER], userName: 'kim@vendor.example', displayName: 'Kim' })
    expect([put.body.userName, put.body.emails, put.body.roles]).toEqual(['kim@vendor.example', undefined, [{ value: 'reader' }]])
    const promoted = await patch(id, { op: 'add', path: 'roles', value: [{ value: 'analyst' }] })
    expect(promoted.body.roles).toEqual([{ value: 'analyst' }, { value: 'reader' }])
    expect(refusal(await patch(id, { op: 'add', path: 'roles', value: [{ value: 'admin' }] }))).toEqual([400, 'invalidValue'])
    expect(refusal(await patch(id, { op: 'remove', path: 'roles' }, { op: 'add', path: 'roles', value: [] }))).toEqual([400, 'invalidValue'])
    expect(refusal(await patch(admin().id, { op: 'add', path: 'roles', value: [{ value: 'analyst' }] }))).toEqual([400, 'mutability'])
    // All operations or none.
    expect(refusal(await patch(id, { op: 'replace', path: 'displayName', value: 'Changed' }, { op: 'replace', path: 'userName', value: 5 }))[0]).toBe(400)
    expect((await scim('GET', `/Users/${id}`)).body.displayName).toBe('Kim')
  })

  it('has a leaver out at once, with everything, and for good', async () => {
    const leaver = await seedContact(test.app, a.vendor, 'analyst', 'Leaver')
    const asks = (headers: Record<string, string>) => test.server.inject({ url: '/api/session', headers }).then(({ statusCode }) => statusCode)
    expect([await asks(leaver.session), await asks(leaver.token)]).toEqual([200, 200])
    // As one large directory sends it.
    const left = await patch(leaver.id, { op: 'Replace', path: 'active', value: 'False' })
    expect([left.status, left.body.active]).toEqual([200, false])
    expect([await asks(leaver.session), await asks(leaver.token)]).toEqual([401, 401])
    expect(refusal(await patch(leaver.id, { op: 'replace', path: 'active', value: true }))).toEqual([400, 'mutability'])
    expect((await scim('DELETE', `/Users/${leaver.id}`)).status).toBe(204)
    expect(refusal(await scim('GET', `/Users/${leaver.id}`))).toEqual([404, undefined])
    const { id } = (await create('gone@vendor.example', { externalId: 'gone' })).body
    expect((await scim('DELETE', `/Users/${id}`)).status).toBe(204)
    const again = await create('gone@vendor.example', { externalId: 'gone' })
    expect([again.status, again.body.id === id]).toEqual([201, false])
  })

  it('touches nobody of another member or of an operator, and says no more than that nothing is there', async () => {
    for (const id of [b.vendor.people.reader.id, a.responder.people.reader.id, a.people.author.id, '0193b0c8-1111-7222-8333-444455556666']) {
      expect(refusal(await scim('GET', `/Users/${id}`))).toEqual([404, undefined])
      expect(refusal(await patch(id, { op: 'replace', path: 'active', value: false }))).toEqual([404, undefined])
      expect(refusal(await scim('PUT', `/Users/${id}`, { schemas: [USER], userName: 'x' }))).toEqual([404, undefined])
      expect(refusal(await scim('DELETE', `/Users/${id}`))).toEqual([404, undefined])
    }
    const { body } = await scim('GET', '/Users?count=200')
    const { rows } = await test.database.superuser.query(`select id from person where organisation_id = $1`, [a.vendor.id])
    const own = new Set(rows.map(({ id }: { id: string }) => id))
    expect(body.Resources.every(({ id }: { id: string }) => own.has(id))).toBe(true)
    // The same user name in another member is another person.
    const elsewhere = await scim('POST', '/Users', { schemas: [USER], userName: 'robin@vendor.example' }, b.vendor.people.admin)
    expect(elsewhere.status).toBe(201)
  })

  it('is for admins with the scope; refusals are in its own format', async () => {
    expect(refusal(await scim('GET', '/Users', undefined, a.vendor.people.analyst))).toEqual([403, undefined])
    const anonymous = await test.server.inject({ url: '/scim/v2/Users' })
    expect([anonymous.statusCode, anonymous.headers['content-type'], anonymous.headers['www-authenticate']]).toEqual([401, TYPE, 'Bearer'])
    const officer = await test.server.inject({ url: '/scim/v2/Users', headers: a.people['membership-officer'].token })
    expect(officer.statusCode).toBe(403)
    const other = await test.server.inject({ url: '/scim/v2/Users', headers: { ...admin().token, accept: 'text/html' } })
    expect(other.statusCode).toBe(406)
    expect((await test.server.inject({ url: '/scim/v2/Users', headers: { ...admin().token, accept: 'application/json' } })).statusCode).toBe(200)
  })

  it('refuses hostile paths, filters and bodies quickly, and changes nothing by them', async () => {
    const { id } = (await create('target@vendor.example')).body
    const before = (await scim('GET', `/Users/${id}`)).body
    const paths = [
      '__proto__',
      '__proto__.polluted',
      'constructor.prototype.polluted',
      'name.__proto__.polluted',
      'emails[type eq "work"].__proto__',
      'id',
      'meta',
      'schemas',
    ]
    paths.push(
      'emails[',
      'emails[type eq "a" or type eq "b"].value',
      '.'.repeat(150),
      'a'.repeat(201),
      'emails[value co "a"]',
      'password',
      'groups',
      'toString',
      '',
    )
    for (const path of paths) {
      const answer = await patch(id, { op: 'replace', path, value: { polluted: true } })
      expect([path, answer.status]).toEqual([path, 400])
    }
    const raw = (operations: string) => scim('PATCH', `/Users/${id}`, `{"schemas":["${PATCH}"],"Operations":${operations}}`)
    expect(refusal(await raw('[{"op":"add","value":{"__proto__":{"polluted":true}}}]'))).toEqual([400, 'invalidSyntax'])
    expect(refusal(await raw('[{"op":"add","value":{"displayName":"x","displayName":"y"}}]'))).toEqual([400, 'invalidSyntax'])
    expect(refusal(await raw('['.repeat(100) + ']'.repeat(100)))).toEqual([400, 'invalidSyntax'])
    expect(refusal(await raw(`[{"op":"add","path":"name","value":{"formatted":{"a":{"b":{"c":1}}}}}]`))).toEqual([400, 'invalidValue'])
    expect(refusal(await raw(JSON.stringify(Array.from({ length: 51 }, () => ({ op: 'replace', path: 'displayName', value: 'x' })))))).toEqual([
      400,
      'invalidSyntax',
    ])
    expect((await raw('[{"op":"move","path":"displayName","value":"x"}]')).status).toBe(400)
    expect((await scim('PATCH', `/Users/${id}`, 'x'.repeat(257 * 1024))).status).toBe(413)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()

    const filters = [
      `${'('.repeat(200)}userName pr`,
      `${'(userName pr or active pr) and '.repeat(16)}id pr`,
      'not (userName eq "a" and active eq true)',
      'userName eq "a'.padEnd(400, '\\"'),
    ]
    filters.push(
      'password pr',
      '__proto__ eq "x"',
      'constructor.prototype pr',
      'emails[[[',
      'eq eq eq',
      '',
      '"',
      'userName',
      'userName eq',
      `userName eq "${'a'.repeat(600)}"`,
    )
    filters.push(
      Array.from({ length: 12 }, () => 'active pr').join(' or '),
      'emails[type eq "a"].emails[type eq "b"] pr',
      'userName zz "a"',
      'userName.'.repeat(50),
    )
    for (const filter of filters) {
      const begun = performance.now()
      const answer = await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)
      expect([filter, ...refusal(answer)]).toEqual([filter, 400, 'invalidFilter'])
      expect(performance.now() - begun).toBeLessThan(2_000)
    }
    for (const query of ['startIndex=x', 'count=1e9', 'count=99999999999']) expect(refusal(await scim('GET', `/Users?${query}`))).toEqual([400, 'invalidValue'])
    for (const body of [
      [],
      'text',
      5,
      null,
      {},
      { schemas: ['x'], userName: 'x' },
      { schemas: [USER] },
      { schemas: [USER], userName: '' },
      { schemas: [USER], userName: { a: 1 } },
    ]) {
      const answer = await scim('POST', '/Users', JSON.stringify(body))
      expect([JSON.stringify(body), refusal(answer)[0]]).toEqual([JSON.stringify(body), 400])
    }
    expect(refusal(await create('bad-mail@vendor.example', { emails: [{ value: 'no address' }] }))).toEqual([400, 'invalidValue'])
    expect(refusal(await create('bidi@vendor.example', { displayName: 'a\u202Eb' }))).toEqual([400, 'invalidValue'])
    expect((await scim('GET', `/Users/${id}`)).body).toEqual(before)
  })

  describe('with a provider whose subjects the directory names', () => {
    let name: string
    let address = 0
    const traveller = (cookie?: string) => new Traveller(test.server, { address: `198.51.100.${++address}`, ...(cookie !== undefined && { cookie }) })
    const signIn = async (subject: string) => {
      idp.next = { subject, amr: ['mfa'] }
      const at = traveller()
      return { at, place: (await at.signIn(name)).headers.location }
    }
    beforeAll(async () => {
      const rule = { factors: 'amr', accepted: ['mfa'] }
      const proposal = { issuer: idp.issuer, clientId: idp.clientId, clientSecret: idp.clientSecret, rule, subjectsByScim: true }
      const proposed = await traveller(admin().session.cookie).send('POST', '/api/identity-providers', proposal)
      const { id, signInName } = proposed.json<{ id: string; signInName: string }>()
      name = signInName
      await traveller(a.people['membership-officer'].session.cookie).send('POST', `/api/identity-providers/${id}/confirmation`, {})
    })

    it('lets somebody in whom the directory made, and out again when it says so', async () => {
      const { id } = (await create('new@vendor.example', { externalId: 'subject-new' })).body
      const entered = await signIn('subject-new')
      expect(entered.place).toBe('/')
      expect((await entered.at.session()).json()).toMatchObject({ person: { id }, roles: ['reader'], credential: 'oidc' })
      // Another subject ends the binding with its sessions, and is not taken on trust for an account that was in use.
      await patch(id, { op: 'replace', path: 'externalId', value: 'subject-newer' })
      expect((await entered.at.session()).statusCode).toBe(401)
      expect((await signIn('subject-new')).place).toBe('/sign-in?refused=organisation')
      expect((await signIn('subject-newer')).place).toBe('/sign-in?refused=organisation')
    })

    it('never binds a subject to an account that was in use, such as an admin', async () => {
      const victim = await seedContact(test.app, a.vendor, 'admin', 'Admin with a passkey')
      expect((await patch(victim.id, { op: 'add', path: 'externalId', value: 'subject-of-the-thief' })).status).toBe(200)
      expect((await signIn('subject-of-the-thief')).place).toBe('/sign-in?refused=organisation')
    })

    it('never binds a subject to an account that a person made or cleared, though nobody came in by it yet', async () => {
      const invite = async (roles: string[]) => {
        const asked = traveller(admin().session.cookie).send('POST', '/api/people', { name: `Invited ${roles.join()}`, roles })
        return (await asked).json<{ person: { id: string } }>().person.id
      }
      const clear = (id: string) =>
        test.database.superuser.query(
          `insert into clearance (person_id, operator_id, products, proof_of_concept, granted_at) values ($1, $2, '{*}', false, now())`,
          [id, a.id],
        )
      const made = async (name: string) => (await create(name)).body.id as string
      const [cleared, promoted] = [await made('cleared@vendor.example'), await made('promoted@vendor.example')]
      await clear(cleared)
      expect((await traveller(admin().session.cookie).send('PUT', `/api/people/${promoted}/roles`, { roles: ['admin'] })).statusCode).toBe(200)
      for (const [subject, id] of [
        ['thief-1', await invite(['admin'])],
        ['thief-2', await invite(['reader'])],
        ['thief-3', cleared],
        ['thief-4', promoted],
      ] as const) {
        expect((await patch(id, { op: 'add', path: 'externalId', value: subject })).status).toBe(200)
        expect([subject, (await signIn(subject)).place]).toEqual([subject, '/sign-in?refused=organisation'])
      }
      // The control: the same patch of an account that is the directory's own.
      await patch(await made('own@vendor.example'), { op: 'add', path: 'externalId', value: 'no-thief' })
      expect((await signIn('no-thief')).place).toBe('/')
    })

    it('does not tell that a subject is bound in another member, and is not kept from it', async () => {
      const held = (await create('held@vendor.example', { externalId: 'subject-held' })).body
      await test.database.superuser.query(`update external_identity set person_id = $1, organisation_id = $2 where person_id = $3`, [
        b.vendor.people.reader.id,
        b.vendor.id,
        held.id,
      ])
      await scim('DELETE', `/Users/${held.id}`)
      const taken = await create('taken@vendor.example', { externalId: 'subject-held' })
      const free = await create('free@vendor.example', { externalId: 'subject-free' })
      expect([taken.status, Object.keys(taken.body)]).toEqual([free.status, Object.keys(free.body)])
      const entered = await signIn('subject-held')
      expect((await entered.at.session()).json()).toMatchObject({ person: { id: taken.body.id } })
      await test.database.superuser.query(`update external_identity set person_id = $1, organisation_id = $2, ended_at = now() where person_id = $3`, [
        held.id,
        a.vendor.id,
        b.vendor.people.reader.id,
      ])
    })
  })

  it('disables the last admin too, and the operator is told', async () => {
    const { people } = b.responder
    const left = await scim(
      'PATCH',
      `/Users/${people.admin.id}`,
      { schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: false }] },
      people.admin,
    )
    expect([left.status, left.body.active]).toEqual([200, false])
    expect((await scim('GET', '/Users', undefined, people.admin)).status).toBe(401)
    const { rows } = await test.database.superuser.query(`select person_id from notice where kind = 'organisation.without-admin'`)
    expect(rows).toEqual([{ person_id: b.people['membership-officer'].id }])
  })

  it('keeps in the log what a directory did', async () => {
    const { rows } = await test.database.superuser.query(`select distinct action from audit_leaf`)
    const actions = rows.map(({ action }: { action: string }) => action)
    for (const action of [
      'person.provisioned',
      'person.described',
      'person.disabled',
      'person.removed-from-directory',
      'identity.connected',
      'identity.disconnected',
    ])
      expect(actions).toContain(action)
    const { faults } = await verifyLog(test.app)
    expect(faults.filter(({ table }) => table !== 'external_identity')).toEqual([])
  })
})
