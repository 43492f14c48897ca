import { generateKeyPairSync } from 'node:crypto'
import { bech32 } from '@scure/base'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import type { PersonId } from '#platform/ids.ts'
import { attemptMail } from '#platform/mail/attempt-mail.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { flagUnreachable } from '#program/membership/contacts/flag-unreachable.ts'
import { isReachable } from '#program/membership/contacts/store.ts'
import { listEntitlements } from '#program/membership/entitlement-store.ts'
import { tellHealth } from '#program/membership/contacts/tell-health.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { entitle, joinOperator, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'
import { startMailServer, type TestMailServer } from '#test/harness/smtp.ts'

const act = system('test')
const DAY = 86_400_000
let vedette: TestApp
let server: TestMailServer
let a: SeededOperator
let b: SeededOperator
let second: Awaited<ReturnType<typeof seedStaff>>
beforeAll(async () => {
  server = await startMailServer()
  vedette = await testApp({ env: { VEDETTE_SMTP_URL: `smtp://localhost:${server.port}`, VEDETTE_MAIL_FROM: 'vedette@operator.example' } })
  ;[a, b] = await seedPeople(vedette.app)
  second = await seedStaff(vedette.app, a.id, 'membership-officer', 'Second officer')
})
afterAll(async () => {
  await vedette.close()
  await server.close()
})

interface Who {
  readonly session: object
}
const call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', who: Who, url: string, payload?: object) =>
  vedette.server.inject({ method, url, headers: { ...who.session }, ...(payload && { payload }) })
const query = async <T = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> =>
  (await vedette.database.superuser.query(text, values)).rows as T[]
const NONE = { products: [], proofOfConcept: false, jurisdiction: null }
const SOME = { products: ['Parser'], proofOfConcept: false, jurisdiction: 'unrestricted@1' }
const MORE = { products: ['Parser', 'Kernel'], proofOfConcept: true, jurisdiction: 'unrestricted@1' }
const change = (who: Who, person: { id: string }, clearance: object) => call('POST', who, `/api/contacts/${person.id}/clearance-changes`, clearance)
const approve = (who: Who, id: string) => call('POST', who, `/api/clearance-changes/${id}/approval`, {})
const stored = async (person: { id: string }) =>
  (await query('select products, proof_of_concept as "proofOfConcept", jurisdiction from clearance where person_id = $1', [person.id]))[0]
async function clear(person: { id: string }, clearance = SOME): Promise<void> {
  const proposed = await change(a.people['membership-officer'], person, clearance)
  expect((await approve(second, proposed.json().change.id)).statusCode).toBe(200)
}
const ageKey = () => {
  const point = Buffer.from(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x!, 'base64url')
  return bech32.encode('age', bech32.toWords(point))
}
const expiresAt = (days: number) => new Date(vedette.clock.now().getTime() + days * DAY).toISOString()
/** Rows that a test changed behind the program's back. */
const EDITED = ['person', 'role_grant']
const edited = new Set<string>()
const faults = async () => (await verifyLog(vedette.app)).faults.filter(({ table, id }) => !EDITED.includes(table) && !edited.has(id))

describe('a clearance', () => {
  const officer = () => a.people['membership-officer']

  it('is nothing at first, and takes two officers to widen', async () => {
    const { analyst } = a.vendor.people
    const proposed = await change(officer(), analyst, SOME)
    expect(proposed.json()).toMatchObject({ state: 'waits', change: { present: NONE, proposed: SOME, state: 'waits', organisation: { name: 'Vendor A' } } })
    expect(await stored(analyst), 'nothing before the second').toBeUndefined()
    const { id } = proposed.json().change
    expect((await approve(officer(), id)).json().code).toBe('SECOND_PERSON_NEEDED')
    for (const who of [a.people.author, a.people.auditor, a.vendor.people.admin]) expect((await approve(who, id)).statusCode).toBe(403)
    expect((await approve(b.people['membership-officer'], id)).statusCode).toBe(404)
    expect(await stored(analyst)).toBeUndefined()
    expect((await approve(second, id)).json()).toMatchObject({ state: 'approved', present: SOME })
    expect(await stored(analyst)).toEqual(SOME)
    expect((await approve(second, id)).json().code).toBe('CONFLICT')
    expect((await change(officer(), analyst, SOME)).json().code).toBe('CONFLICT')
  })

  it('is narrowed by one person at once, an officer or the own admin, and that ends what waits', async () => {
    const { analyst, admin, reader } = a.vendor.people
    const { id } = (await change(officer(), analyst, MORE)).json().change
    expect((await change(officer(), analyst, { ...MORE, products: ['*'] })).json().code).toBe('CONFLICT')
    expect((await change(admin, analyst, { ...SOME, jurisdiction: 'duty-to-report@1' })).json()).toEqual({ state: 'done' })
    expect(await stored(analyst)).toEqual({ ...SOME, jurisdiction: 'duty-to-report@1' })
    expect((await approve(second, id)).json().code).toBe('CONFLICT')
    expect((await change(admin, analyst, SOME)).json().code, 'an admin widens nothing').toBe('SECOND_PERSON_NEEDED')
    expect((await change(reader, analyst, NONE)).statusCode).toBe(403)
    expect((await change(b.vendor.people.admin, analyst, NONE)).statusCode).toBe(404)
    expect((await change(officer(), b.vendor.people.analyst, NONE)).statusCode).toBe(404)
    expect((await change(officer(), analyst, NONE)).json()).toEqual({ state: 'done' })
    const history = await query('select products from clearance_history where person_id = $1 order by position', [analyst.id])
    expect(history).toEqual([{ products: ['Parser'] }, { products: ['Parser'] }, { products: [] }])
  })

  it('does not outlive its proposer’s role, its seven days, a closing or a policy that nobody knows', async () => {
    const { reader } = a.vendor.people
    const third = await seedStaff(vedette.app, a.id, 'membership-officer', 'Third officer')
    const first = (await change(third, reader, SOME)).json().change
    await query('delete from role_grant where person_id = $1', [third.id])
    expect((await approve(second, first.id)).json().code).toBe('CONFLICT')
    expect((await call('DELETE', second, `/api/clearance-changes/${first.id}`)).statusCode).toBe(204)
    const closed = (await change(officer(), reader, SOME)).json().change
    expect((await call('DELETE', officer(), `/api/clearance-changes/${closed.id}`)).statusCode).toBe(204)
    expect((await approve(second, closed.id)).json().code).toBe('CONFLICT')
    const unknown = await change(officer(), reader, { ...SOME, jurisdiction: 'nowhere@9' })
    expect(unknown.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/jurisdiction' }] })
    const late = (await change(officer(), reader, SOME)).json().change
    edited.add(late.id)
    await query('update clearance_change set expires_at = $2 where id = $1', [late.id, vedette.clock.now()])
    const { items } = (await call('GET', second, '/api/clearance-changes')).json()
    expect(items.find((one: { id: string }) => one.id === late.id).state).toBe('expired')
    expect((await approve(second, late.id)).json().code).toBe('CONFLICT')
    expect((await change(officer(), reader, SOME)).json().state, 'and a new one can be proposed').toBe('waits')
    expect(await stored(reader)).toBeUndefined()
  })

  it('of one operator is not seen by another, nor by colleagues who are no admin', async () => {
    const shared = await seedMember(vedette.app, a.id, 'shared')
    await vedette.app.db.transaction(act, (tx) => joinOperator(vedette.app, tx, shared.id, b.id))
    const { analyst, admin } = shared.people
    await clear(analyst)
    expect((await change(admin, analyst, NONE)).json().fields).toMatchObject([{ field: '/operator' }])
    const seen = async (who: Who, url: string) => {
      const { contacts } = (await call('GET', who, url)).json()
      return contacts.find((one: { id: string }) => one.id === analyst.id).clearances.map((one: { operator: { name: string } }) => one.operator.name)
    }
    const url = `/api/organisations/${shared.id}/contacts`
    expect(await seen(a.people.auditor, url)).toEqual(['Operator A'])
    expect(await seen(b.people['membership-officer'], url)).toEqual([])
    expect(await seen(admin, '/api/contacts')).toEqual(['Operator A'])
    expect((await call('GET', a.people.auditor, `/api/organisations/${b.vendor.id}/contacts`)).statusCode).toBe(404)
    expect((await call('GET', a.vendor.people.admin, url)).statusCode).toBe(403)
    expect((await call('GET', analyst, '/api/contacts')).statusCode).toBe(403)
    expect((await change(admin, analyst, { ...NONE, operator: a.id })).json()).toEqual({ state: 'done' })
  })
})

describe('a contact’s keys', () => {
  it('are added and revoked by their owner alone, and shown by fingerprint', async () => {
    const { analyst, admin } = a.vendor.people
    const publicKey = ageKey()
    const added = await call('POST', analyst, '/api/account/keys', { publicKey, expiresAt: expiresAt(100) })
    expect([added.statusCode, added.json()]).toEqual([201, expect.objectContaining({ kind: 'age', publicKey, revokedAt: null })])
    expect((await call('POST', analyst, '/api/account/keys', { publicKey, expiresAt: expiresAt(100) })).json().code).toBe('CONFLICT')
    expect((await call('POST', a.people.author, '/api/account/keys', { publicKey, expiresAt: expiresAt(100) })).statusCode).toBe(403)
    const token = await vedette.server.inject({
      method: 'POST',
      url: '/api/account/keys',
      headers: { ...analyst.token },
      payload: { publicKey: ageKey(), expiresAt: expiresAt(9) },
    })
    expect(token.statusCode, 'no token adds a key').toBe(403)
    const { contacts } = (await call('GET', admin, '/api/contacts')).json()
    const listed = contacts.find((one: { id: string }) => one.id === analyst.id).keys
    expect(listed).toMatchObject([{ fingerprint: added.json().fingerprint }])
    expect(JSON.stringify(contacts)).not.toContain(publicKey)
    const { id } = added.json()
    expect((await call('DELETE', admin, `/api/account/keys/${id}`)).statusCode).toBe(404)
    expect((await call('DELETE', analyst, `/api/account/keys/${id}`)).statusCode).toBe(204)
    expect((await call('DELETE', analyst, `/api/account/keys/${id}`)).statusCode).toBe(404)
    expect((await call('GET', analyst, '/api/account/keys')).json()).toMatchObject([{ id, revokedAt: expect.any(String) }])
  })

  it('that are private reach neither the database nor the log', async () => {
    const { privateKey } = await generateKey({ type: 'curve25519', userIDs: [{ name: 'Contact' }], format: 'armored', date: new Date('2026-11-01T00:00:00Z') })
    const refused = await call('POST', a.vendor.people.analyst, '/api/account/keys', { publicKey: privateKey })
    expect(refused.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/publicKey', message: expect.stringContaining('private key') }] })
    const secret = privateKey.split('\n').find((line) => line.length > 50)!
    expect(await planted(secret)).toEqual([])
    await query("insert into notice (id, person_id, kind, data, created_at) values ($1, $2, 'x', $3, now())", [
      vedette.app.ids.next(),
      a.vendor.people.analyst.id,
      JSON.stringify({ secret }),
    ])
    expect(await planted(secret), 'the control').toEqual(['notice'])
    await query("delete from notice where kind = 'x'")
  })
})

/** Tables of which any row holds the text. */
async function planted(text: string): Promise<string[]> {
  const tables = await query<{ name: string }>("select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
  const found: string[] = []
  for (const { name } of tables) if ((await query(`select 1 from "${name}" t where strpos(t::text, $1) > 0 limit 1`, [text])).length > 0) found.push(name)
  return found
}

describe('what a contact stands for', () => {
  it('is one accountable contact of an organisation, whoever is named last', async () => {
    const { admin, analyst, reader } = a.responder.people
    const put = (who: Who, person: { id: string }, functions: string[]) => call('PUT', who, `/api/contacts/${person.id}/functions`, { functions })
    expect((await put(admin, analyst, ['accountable', 'technical'])).statusCode).toBe(204)
    expect((await put(a.people['membership-officer'], reader, ['accountable'])).statusCode).toBe(204)
    expect((await put(reader, reader, ['technical'])).statusCode).toBe(403)
    expect((await put(b.people['membership-officer'], reader, [])).statusCode).toBe(404)
    const { contacts } = (await call('GET', admin, '/api/contacts')).json()
    expect(contacts.flatMap((one: { functions: string[]; id: string }) => one.functions.map((name) => `${name} ${one.id}`)).sort()).toEqual(
      [`accountable ${reader.id}`, `technical ${analyst.id}`].sort(),
    )
    expect((await call('PUT', admin, '/api/contacts/address', { address: 'PSIRT@responder.example' })).statusCode).toBe(204)
    expect((await call('GET', a.people.auditor, `/api/organisations/${a.responder.id}/contacts`)).json().address).toBe('psirt@responder.example')
  })
})

describe('row-level security by itself', () => {
  const TABLES = ['clearance_change', 'contact_key', 'contact_function', 'organisation_address'] as const
  const seen = (actor: Parameters<TestApp['app']['db']['read']>[0]) =>
    vedette.app.db.read(actor, async (tx) => {
      const counts: boolean[] = []
      for (const table of TABLES) counts.push((await tx.db.selectFrom(table).selectAll().execute()).length > 0)
      return counts
    })

  it('shows keys, proposals, functions and addresses to their own side', async () => {
    expect(await seen(a.people.auditor.actor)).toEqual([true, true, true, true])
    expect(await seen(a.vendor.people.analyst.actor)).toEqual([false, true, false, false])
    expect(await seen(a.vendor.people.admin.actor), 'a colleague’s key is not for an admin').toEqual([false, false, false, false])
    expect(await seen(a.responder.people.reader.actor)).toEqual([false, false, true, true])
    for (const stranger of [b.people['membership-officer'], b.vendor.people.admin]) expect(await seen(stranger.actor)).toEqual([false, false, false, false])
    expect(await seen({ kind: 'anonymous' })).toEqual([false, false, false, false])
  })
})

describe('E31 a: a contact leaves', () => {
  it('and loses sessions, tokens, links, keys, clearances, what waits and queued mail in one act', async () => {
    const member = await seedMember(vedette.app, a.id, 'left')
    const { admin, analyst, reader } = member.people
    for (const person of [analyst, reader]) {
      await clear(person, MORE)
      await call('POST', person, '/api/account/keys', { publicKey: ageKey(), expiresAt: expiresAt(100) })
      await change(a.people['membership-officer'], person, { ...MORE, products: ['*'] })
    }
    const write = (to: string, person: { id: string }) =>
      vedette.app.db.transaction(act, (tx) =>
        sendMail(vedette.app, tx, { to, subject: 'x', text: 'x', kind: 'test.mail', operator: a.id, person: person.id as never }),
      )
    const [mail, control] = [await write('leaver@left.example', analyst), await write('stayer@left.example', reader)]
    const invited = (await call('POST', admin, '/api/people', { name: 'Invited', roles: ['reader'] })).json()
    const link = { token: new URL(invited.link.url).hash.slice(1) }
    const look = (body: object) =>
      vedette.server.inject({ method: 'POST', url: '/api/auth/link/inspect', payload: body, headers: { 'sec-fetch-site': 'same-origin' } })
    expect((await look(link)).statusCode).toBe(200)

    for (const leaver of [analyst.id, invited.person.id]) expect((await call('POST', admin, `/api/people/${leaver}/disable`, {})).statusCode).toBe(200)

    expect((await call('GET', analyst, '/api/packages')).statusCode).toBe(401)
    expect((await vedette.server.inject({ method: 'GET', url: '/api/packages', headers: { ...analyst.token } })).statusCode).toBe(401)
    expect((await look(link)).statusCode).not.toBe(200)
    const left = async (person: { id: string }) => [
      await query('select 1 from contact_key where person_id = $1 and revoked_at is null', [person.id]),
      await query('select 1 from clearance_change where person_id = $1 and approved_at is null and closed_at is null', [person.id]),
      await query('select 1 from clearance where person_id = $1 and (cardinality(products) > 0 or proof_of_concept or jurisdiction is not null)', [person.id]),
    ]
    expect((await left(analyst)).map((rows) => rows.length)).toEqual([0, 0, 0])
    expect(
      (await left(reader)).map((rows) => rows.length),
      'the control',
    ).toEqual([1, 1, 1])
    for (const id of [mail, control]) await attemptMail(vedette.app, id)
    expect(server.received.flatMap(({ to }) => to)).toEqual(['stayer@left.example'])
    expect((await change(a.people['membership-officer'], analyst, SOME)).json().code).toBe('CONFLICT')
    expect(await faults()).toEqual([])
  })

  it('while a second officer approves: whichever comes first, nothing is left', async () => {
    const member = await seedMember(vedette.app, a.id, 'racing')
    for (const person of [member.people.analyst, member.people.reader]) {
      const { id } = (await change(a.people['membership-officer'], person, SOME)).json().change
      await Promise.all([approve(second, id), call('POST', member.people.admin, `/api/people/${person.id}/disable`, {})])
      expect((await stored(person)) ?? NONE).toEqual(NONE)
    }
  })
})

describe('E31 b: the last reachable contact bounces', () => {
  const reachable = (organisation: SeededOrganisation) => vedette.app.db.read(act, (tx) => isReachable(tx, organisation.id))
  it('and the member is flagged, until somebody can be written to again', async () => {
    const member = await seedMember(vedette.app, a.id, 'silent')
    const { admin, analyst, reader } = member.people
    const mark = (person: { id: string }, column: string, value: Date | null) => query(`update person set ${column} = $2 where id = $1`, [person.id, value])
    await mark(admin, 'bounced_at', vedette.clock.now())
    await mark(analyst, 'disabled_at', vedette.clock.now())
    expect(await reachable(member)).toBe(true)
    const flagged = () => query("select 1 from notice where person_id = $1 and kind = 'member.unreachable'", [a.people['membership-officer'].id])
    await flagUnreachable(vedette.app, admin.id)
    expect(await flagged(), 'somebody is left').toEqual([])
    const mail = { to: 'reader@silent.example', subject: 'x', text: 'x', kind: 'test.mail', operator: a.id, person: reader.id }
    const id = await vedette.app.db.transaction(act, (tx) => sendMail(vedette.app, tx, mail))
    server.refuse = { rcpt: () => 550 }
    await attemptMail(vedette.app, id)
    server.refuse = {}
    expect(await query("select 1 from outbox_event where type = 'mail.bounced'")).toHaveLength(1)
    await flagUnreachable(vedette.app, reader.id)
    expect(await flagged()).toHaveLength(1)
    expect(await reachable(member)).toBe(false)
    expect((await call('GET', a.people.auditor, `/api/organisations/${member.id}/contacts`)).json().reachable).toBe(false)
    await mark(reader, 'bounced_at', null)
    expect(await reachable(member)).toBe(true)
  })

  it('and an address that nobody has answered from, or nobody with an address, is no way to be reached', async () => {
    const member = await seedMember(vedette.app, a.id, 'phantom')
    const { admin, analyst, reader } = member.people
    await query('update person set bounced_at = $2 where id = any($1)', [[analyst.id, reader.id], vedette.clock.now()])
    expect(await reachable(member)).toBe(true)
    const read = async () => {
      const contact = { person: admin.id, organisation: member.id }
      return (await vedette.app.db.read(act, (tx) => listEntitlements(tx, contact, vedette.clock.now()))).map((one) => one.reachable)
    }
    await entitle(vedette.app, a, member, admin)
    expect(await read()).toEqual([true])
    await query('update person set email = null where id = $1', [admin.id])
    expect([await reachable(member), ...(await read())]).toEqual([false, false])
    // Somebody invited, with whatever address: not before they were there, or a mail server took a mail for them.
    const invitation = { name: 'Phantom', roles: ['reader'], email: 'phantom@phantom.example' }
    const { person } = (await call('POST', admin, '/api/people', invitation)).json<{ person: { id: PersonId } }>()
    expect([await reachable(member), ...(await read())]).toEqual([false, false])
    const mail = { to: invitation.email, subject: 'x', text: 'x', kind: 'test.mail', operator: a.id, person: person.id }
    await attemptMail(vedette.app, await vedette.app.db.transaction(act, (tx) => sendMail(vedette.app, tx, mail)))
    expect([await reachable(member), ...(await read())]).toEqual([true, true])
  })
})

describe('an invitation', () => {
  it('ends at one instant for every path: looking, coming in, and enrolling after having come in', async () => {
    const post = (url: string, payload: object, cookie = '') =>
      vedette.server.inject({ method: 'POST', url, payload, headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }) } })
    const invite = async () => {
      const { link } = (await call('POST', a.people['membership-officer'], '/api/people', { name: 'New', roles: ['reader'], organisation: a.vendor.id })).json()
      return { token: new URL(link.url).hash.slice(1), expires: new Date(link.expiresAt) }
    }
    const [late, used] = [await invite(), await invite()]
    const begun = vedette.clock.now()
    vedette.clock.set(new Date(used.expires.getTime() - 60_000))
    expect((await post('/api/auth/link/inspect', { token: late.token })).statusCode).toBe(200)
    const cookie = String((await post('/api/auth/link', { token: used.token })).headers['set-cookie']).split(';')[0]!
    expect((await post('/api/account/passkeys/options', {}, cookie)).statusCode, 'the control').toBe(200)
    vedette.clock.set(used.expires)
    expect((await post('/api/auth/link/inspect', { token: late.token })).statusCode).toBe(401)
    expect((await post('/api/auth/link', { token: late.token })).statusCode).toBe(401)
    expect((await post('/api/account/passkeys/options', {}, cookie)).statusCode).toBe(401)
    vedette.clock.set(begun)
  })
})

describe('health before a cycle', () => {
  it('is told to admins once for each matter, in the inbox and by mail, and listed', async () => {
    const member = await seedMember(vedette.app, a.id, 'Health')
    const { admin, analyst } = member.people
    await query('update person set email = $2 where id = $1', [admin.id, 'admin@health.example'])
    await clear(analyst)
    const told = async () => [
      (await query("select 1 from notice where person_id = $1 and kind = 'member.health'", [admin.id])).length,
      (await query("select 1 from outgoing_mail where person_id = $1 and kind = 'member.health'", [admin.id])).length,
    ]
    const run = () => tellHealth(vedette.app, new AbortController().signal)
    await run()
    await run()
    expect(await told()).toEqual([1, 1])
    expect(await query("select 1 from notice where person_id = $1 and kind = 'member.health'", [analyst.id])).toEqual([])
    await query('update person set bounced_at = $2 where id = $1', [analyst.id, vedette.clock.now()])
    await run()
    await run()
    expect(await told(), 'a new matter is told').toEqual([2, 2])
    const report = (await call('GET', a.people['membership-officer'], '/api/member-health')).json()
    expect(report.cycle).toEqual({ opens: '2026-11-24T18:00:00.000Z', release: '2026-12-08T18:00:00.000Z' })
    const own = report.members.find((one: { organisation: { id: string } }) => one.organisation.id === member.id)
    expect(own.findings.map((one: { kind: string }) => one.kind)).toEqual(expect.arrayContaining(['key-missing', 'address-bounced', 'no-accountable-contact']))
    expect((await call('GET', admin, '/api/own-health')).json().members).toEqual([own])
    expect((await call('GET', analyst, '/api/own-health')).statusCode).toBe(403)
    expect(JSON.stringify((await call('GET', b.people['membership-officer'], '/api/member-health')).json())).not.toContain(member.id)
  })

  it('is told of no earlier than two weeks before', async () => {
    const member = await seedMember(vedette.app, a.id, 'Early')
    vedette.clock.set('2026-11-25T00:00:00Z')
    const told = () => query('select 1 from health_notice where organisation_id = $1', [member.id])
    await tellHealth(vedette.app, new AbortController().signal)
    expect(await told()).toEqual([])
    const { opens } = (await call('GET', await seedStaff(vedette.app, a.id, 'auditor', 'Auditor'), '/api/member-health')).json().cycle
    vedette.clock.set(new Date(Date.parse(opens) - 14 * DAY))
    await tellHealth(vedette.app, new AbortController().signal)
    expect((await told()).length).toBeGreaterThan(0)
    expect(await faults()).toEqual([])
  })
})
