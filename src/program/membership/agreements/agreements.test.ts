import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type Actor } from '#platform/auth/actor.ts'
import { startSession } from '#platform/auth/start-session.ts'
import type { PersonId } from '#platform/ids.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { Notice } from '#platform/notices/contract.ts'
import type { Agreement, AgreementDraft, AgreementList, AgreementMemberPage, SignedAgreement } from '#program/membership/agreements/contract.ts'
import { faultsOf, textDigest } from '#program/membership/agreements/agreement-statement.ts'
import type { z } from 'zod'
import { issueText, Signer } from '#test/harness/agreements.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { DECEMBER, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

type View<T extends z.ZodType> = z.input<T>
const MINUTE = 60_000
const DAY = 86_400_000

let program: TestApp
let operator: SeededOperator
let foreign: SeededOperator
let officer: Signer
let second: Signer
let version: number

const visitor = (person: { readonly session: { readonly cookie: string } }) => new Visitor(program.server, { cookie: person.session.cookie })
const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code
const status = (answer: { statusCode: number; json(): unknown }) => [answer.statusCode, code(answer)]
const notices = async (person: { readonly session: { readonly cookie: string } }) =>
  (await visitor(person).get('/api/notices')).json<{ items: View<typeof Notice>[] }>().items.map(({ kind }) => kind)
const list = async (who: Visitor) => (await who.get('/api/agreements')).json<View<typeof AgreementList>>()
const rowsOf = async (organisation: { readonly id: string }) => {
  const { rows } = await program.database.superuser.query('select * from agreement_signature where organisation_id = $1 order by id', [organisation.id])
  return rows as Record<string, unknown>[]
}

const mailed = async ({ id }: { readonly id: string }) => {
  const { rows } = await program.database.superuser.query('select kind from outgoing_mail where person_id = $1', [id])
  return (rows as { kind: string }[]).map(({ kind }) => kind)
}

/** A fresh member whose admin has a passkey. */
async function member(letter: string): Promise<{ organisation: SeededOrganisation; admin: Signer }> {
  const organisation = await seedMember(program.app, operator.id, letter)
  return { organisation, admin: await new Signer(program, organisation.people.admin).ready() }
}

beforeAll(async () => {
  program = await testApp()
  ;[operator, foreign] = await seedPeople(program.app)
  officer = await new Signer(program, operator.people['membership-officer']).ready()
  second = await new Signer(program, await seedStaff(program.app, operator.id, 'membership-officer', 'Second officer')).ready()
  version = await issueText(officer.visitor, second.visitor, '# Agreement\n\nKeep it to yourself.\n')
})
afterAll(() => program.close())

describe('a text', () => {
  it('takes two officers, who agree on exactly one hash', async () => {
    const invitation = { name: 'Admin by mail', email: 'admin@vendor.example', roles: ['admin'] }
    const invited = (await visitor(operator.vendor.people.admin).post('/api/people', invitation)).json<{ person: { id: string } }>().person
    const draft = (await officer.visitor.post('/api/agreements/drafts', { text: '# Two officers\r\n\r\nwords' })).json<View<typeof AgreementDraft>>()
    expect(draft).toMatchObject({ text: '# Two officers\n\nwords', sha256: textDigest('# Two officers\n\nwords'), acceptDays: 30 })
    const issue = (by: Signer, sha256 = draft.sha256) => by.visitor.post(`/api/agreements/drafts/${draft.id}/issue`, { sha256 })
    expect(status(await issue(officer))).toEqual([409, 'SECOND_PERSON_NEEDED'])
    expect(status(await issue(second, textDigest('another')))).toEqual([412, 'PRECONDITION_FAILED'])
    expect((await list(second.visitor)).drafts.map(({ id }) => id)).toEqual([draft.id])
    const issued = await issue(second)
    expect(issued.statusCode).toBe(201)
    const at = Date.parse(String(issued.json<View<typeof Agreement>>().issuedAt))
    expect(issued.json()).toMatchObject({ version: version + 1, text: draft.text, acceptBy: new Date(at + 30 * DAY).toISOString() })
    version += 1
    expect((await list(second.visitor)).drafts).toEqual([])
    expect(await notices(operator.vendor.people.admin)).toContain('agreement.issued')
    expect(await mailed(invited)).toEqual(['agreement.issued'])
    expect(await notices(operator.vendor.people.reader)).not.toContain('agreement.issued')
    expect(await notices(foreign.vendor.people.admin)).not.toContain('agreement.issued')
  })

  it('waits for two weeks, as every proposal', async () => {
    const draft = (await officer.visitor.post('/api/agreements/drafts', { text: '# Forgotten' })).json<View<typeof AgreementDraft>>()
    const setDrafted = (at: Date) => program.database.superuser.query('update agreement_draft set drafted_at = $1 where id = $2', [at, draft.id])
    const age = (ms: number) => setDrafted(new Date(program.app.clock.now().getTime() - ms))
    await age(14 * 86_400_000 - 1000)
    expect((await list(second.visitor)).drafts.map(({ id }) => id)).toContain(draft.id)
    await age(14 * 86_400_000)
    expect((await list(second.visitor)).drafts.map(({ id }) => id)).not.toContain(draft.id)
    expect(status(await second.visitor.post(`/api/agreements/drafts/${draft.id}/issue`, { sha256: draft.sha256 }))).toEqual([404, 'NOT_FOUND'])
    await setDrafted(new Date(draft.draftedAt))
    expect((await officer.visitor.delete(`/api/agreements/drafts/${draft.id}`)).statusCode).toBe(204)
  })

  it('is not issued twice, nor once its drafter is no officer, nor after it was closed', async () => {
    const same = (await officer.visitor.post('/api/agreements/drafts', { text: '# Two officers\n\nwords' })).json<View<typeof AgreementDraft>>()
    expect(status(await second.visitor.post(`/api/agreements/drafts/${same.id}/issue`, { sha256: same.sha256 }))).toEqual([409, 'CONFLICT'])
    expect((await second.visitor.delete(`/api/agreements/drafts/${same.id}`)).statusCode).toBe(204)
    expect(status(await second.visitor.post(`/api/agreements/drafts/${same.id}/issue`, { sha256: same.sha256 }))).toEqual([404, 'NOT_FOUND'])
    const third = await seedStaff(program.app, operator.id, 'membership-officer', 'Third officer')
    const draft = (await visitor(third).post('/api/agreements/drafts', { text: 'of the third' })).json<View<typeof AgreementDraft>>()
    expect((await second.visitor.post(`/api/people/${third.id}/disable`)).statusCode).toBeLessThan(300)
    expect(status(await second.visitor.post(`/api/agreements/drafts/${draft.id}/issue`, { sha256: draft.sha256 }))).toEqual([409, 'CONFLICT'])
    expect((await second.visitor.delete(`/api/agreements/drafts/${draft.id}`)).statusCode).toBe(204)
  })

  it.each([
    ['an empty text', ''],
    ['blanks', '  \n'],
    ['U+0000', 'a\u0000b'],
    ['a mark that turns the direction of writing', 'a\u202Eb'],
    ['a bell', 'a\u0007'],
    ['more than 100,000 characters', 'x'.repeat(100_001)],
  ])('is not %s', async (_, text) => {
    expect(status(await officer.visitor.post('/api/agreements/drafts', { text }))).toEqual([400, 'VALIDATION_FAILED'])
  })

  it('is shown to members of its operator and to nobody else', async () => {
    const url = `/api/agreements/${version}`
    expect((await visitor(operator.vendor.people.reader).get(url)).json<View<typeof Agreement>>().text).toContain('Two officers')
    expect(status(await visitor(foreign.vendor.people.admin).get(url))).toEqual([404, 'NOT_FOUND'])
    expect(status(await visitor(foreign.people['membership-officer']).get(`${url}?operator=${operator.id}`))).toEqual([404, 'NOT_FOUND'])
    expect((await list(visitor(foreign.people['membership-officer']))).items).toEqual([])
    expect((await list(visitor(operator.vendor.people.admin))).drafts).toEqual([])
    expect((await visitor(operator.people['membership-officer']).get(`/api/agreements/2147483648`)).statusCode).toBe(400)
  })
})

describe('signing', () => {
  it('keeps what the passkey signed, tells the officers, and waits for the operator', async () => {
    const { organisation, admin } = await member('S')
    const begun = await admin.begin(version)
    const statement = JSON.parse(begun.json<{ statement: string }>().statement) as Record<string, unknown>
    expect(statement).toMatchObject({
      type: 'vedette agreement signature v1',
      operator: { id: operator.id, name: operator.name },
      organisation: { id: organisation.id, name: organisation.name },
      person: { id: organisation.people.admin.id, name: organisation.people.admin.name },
      agreement: { version, sha256: textDigest('# Two officers\n\nwords') },
    })
    const signed = await admin.visitor.post(`/api/agreements/${version}/signatures`, admin.answer(begun))
    expect(signed.statusCode).toBe(204)
    const listed = await list(admin.visitor)
    expect(listed.items.find((item) => item.version === version)?.signature).toMatchObject({ state: 'waits', document: false, signedBy: 'Vendor S admin' })
    expect(listed.access).toMatchObject([{ accepted: null, entitled: false, until: null }])
    expect(await notices(operator.people['membership-officer'])).toContain('agreement.signed')
    const pdf = await admin.visitor.get(`/api/agreements/${version}/signatures/${organisation.id}/pdf`)
    expect(status(pdf)).toEqual([409, 'CONFLICT'])
    expect(status(await admin.begin(version))).toEqual([409, 'CONFLICT'])
  })

  it('refuses an assertion that was used, and one for another person, site, key or statement', async () => {
    const { organisation, admin } = await member('R')
    const { admin: other } = await member('Q')
    const url = `/api/agreements/${version}/signatures`
    const attempts: [string, () => Promise<{ statusCode: number; json(): unknown }>, number][] = [
      ['another person’s passkey', async () => admin.visitor.post(url, other.answer(await admin.begin(version))), 400],
      ['another person’s ceremony', async () => other.visitor.post(url, admin.answer(await admin.begin(version))), 409],
      ['an unknown passkey', async () => admin.visitor.post(url, renamed(admin.answer(await admin.begin(version)))), 400],
      ['another origin', async () => admin.sign(version, { origin: 'https://other.example' }), 400],
      ['another relying party', async () => admin.sign(version, { rpId: 'other.example' }), 400],
      ['another challenge', async () => admin.sign(version, { challenge: 'AAAA' }), 400],
      ['a bad signature', async () => admin.sign(version, { badSignature: true }), 400],
      ['a person who was not verified', async () => admin.sign(version, { unverifiedUser: true }), 400],
      ['a counter that went back', async () => (await admin.visitor.signIn(admin.authenticator), admin.sign(version, { counter: 1 })), 400],
    ]
    for (const [what, attempt, expected] of attempts) expect((await attempt()).statusCode, what).toBe(expected)
    expect(await rowsOf(organisation)).toEqual([])

    const begun = await admin.begin(version)
    const answer = admin.answer(begun)
    expect((await admin.visitor.post(url, answer)).statusCode).toBe(204)
    expect(status(await admin.visitor.post(url, answer))).toEqual([409, 'CONFLICT'])
    expect(await rowsOf(organisation)).toHaveLength(1)
  })

  it('takes a ceremony of signing, and none of signing in', async () => {
    const { organisation, admin } = await member('C')
    const begun = (await admin.visitor.post('/api/auth/passkey/options')).json<{ ceremony: string; options: unknown }>()
    const response = admin.authenticator.get(begun.options)
    expect((await admin.visitor.post(`/api/agreements/${version}/signatures`, { ceremony: begun.ceremony, response })).statusCode).toBe(409)
    const signing = admin.answer(await admin.begin(version))
    expect((await new Visitor(program.server).post('/api/auth/passkey', signing)).statusCode).toBe(401)
    expect(await rowsOf(organisation)).toEqual([])
  })

  it('refuses a ceremony that is over', async () => {
    const { organisation, admin } = await member('O')
    const answer = admin.answer(await admin.begin(version))
    program.clock.advance(5 * MINUTE)
    expect(status(await admin.visitor.post(`/api/agreements/${version}/signatures`, answer))).toEqual([409, 'CONFLICT'])
    expect(await rowsOf(organisation)).toEqual([])
  })

  it('is for admins in a session with a passkey: not for tokens, analysts, people without one, or other operators’ members', async () => {
    const { organisation, admin } = await member('T')
    const url = `/api/agreements/${version}/signatures/begin`
    const withToken = await program.server.inject({ method: 'POST', url, headers: organisation.people.admin.token, payload: {} })
    expect(status(withToken)).toEqual([403, 'FORBIDDEN'])
    expect(status(await visitor(organisation.people.analyst).post(url))).toEqual([403, 'FORBIDDEN'])
    expect(status(await visitor(operator.responder.people.admin).post(url))).toEqual([409, 'CONFLICT'])
    expect(status(await visitor(foreign.vendor.people.admin).post(url))).toEqual([404, 'NOT_FOUND'])
    expect(status(await officer.visitor.post(url))).toEqual([403, 'FORBIDDEN'])
    expect(status(await admin.begin(version, `?operator=${foreign.id}`))).toEqual([404, 'NOT_FOUND'])
  })

  it('refuses what was begun for another version, and a version that is not the newest', async () => {
    const { organisation, admin } = await member('N')
    const answer = admin.answer(await admin.begin(version))
    version = await issueText(officer.visitor, second.visitor, '# Third\n\n- one\n- two\n')
    expect(status(await admin.visitor.post(`/api/agreements/${version}/signatures`, answer))).toEqual([409, 'CONFLICT'])
    expect(status(await admin.begin(version - 1))).toEqual([409, 'CONFLICT'])
    expect(await rowsOf(organisation)).toEqual([])
    expect((await admin.sign(version)).statusCode).toBe(204)
  })

  it('refuses a text that was changed in the database after the ceremony began', async () => {
    const { organisation, admin } = await member('X')
    const answer = admin.answer(await admin.begin(version))
    const change = (text: string) =>
      program.database.superuser.query('update agreement set text = $1 where operator_id = $2 and version = $3', [text, operator.id, version])
    await change('# Third\n\n- one\n- two, and your firstborn\n')
    expect(status(await admin.visitor.post(`/api/agreements/${version}/signatures`, answer))).toEqual([409, 'CONFLICT'])
    expect(status(await admin.begin(version))).toEqual([409, 'CONFLICT'])
    await change('# Third\n\n- one\n- two\n')
    expect(await rowsOf(organisation)).toEqual([])
    expect((await admin.sign(version)).statusCode).toBe(204)
  })
})

describe('countersigning', () => {
  it('makes the acceptance, a document that verifies, and leaves that bind all of it', async () => {
    const { organisation, admin } = await member('K')
    expect((await admin.sign(version)).statusCode).toBe(204)
    const begun = await officer.beginCountersignature(version, organisation.id)
    expect(begun.json<{ statement: string }>().statement).toContain('vedette agreement countersignature v1')
    expect((await officer.countersign(version, organisation.id)).statusCode).toBe(204)
    expect(status(await second.countersign(version, organisation.id))).toEqual([409, 'CONFLICT'])
    expect(await notices(organisation.people.admin)).toContain('agreement.countersigned')
    expect((await list(admin.visitor)).access).toMatchObject([{ accepted: version, entitled: true, until: null }])

    const url = `/api/agreements/${version}/signatures/${organisation.id}`
    const signed = (await admin.visitor.get(url)).json<z.output<typeof SignedAgreement>>()
    expect(await faultsOf(signed)).toEqual([])
    expect(await faultsOf({ ...signed, text: `${signed.text} ` })).not.toEqual([])
    expect(await faultsOf({ ...signed, organisation: { ...signed.organisation, name: 'Another' } })).not.toEqual([])
    expect(await faultsOf({ ...signed, countersignature: signed.member })).not.toEqual([])
    expect((await officer.visitor.get(url)).json()).toEqual(signed)
    expect(status(await visitor(operator.responder.people.admin).get(url))).toEqual([404, 'NOT_FOUND'])
    expect(status(await visitor(foreign.people['membership-officer']).get(url))).toEqual([404, 'NOT_FOUND'])

    const pdf = await admin.visitor.get(`${url}/pdf`)
    expect([pdf.statusCode, pdf.headers['content-type'], pdf.headers['content-disposition']]).toEqual([
      200,
      'application/pdf',
      `attachment; filename=agreement-${version}.pdf`,
    ])
    expect((await officer.visitor.get(`${url}/pdf`)).rawPayload).toEqual(pdf.rawPayload)
    expect(status(await visitor(operator.responder.people.admin).get(`${url}/pdf`))).toEqual([404, 'NOT_FOUND'])

    await program.app.audit.flush()
    const report = () => verifyLog(program.app)
    expect(await report()).toMatchObject({ faults: [] })
    await program.database.superuser.query(`update agreement_signature set signed_at = signed_at - interval '1 day' where organisation_id = $1`, [
      organisation.id,
    ])
    expect(JSON.stringify(await report())).toContain('agreement_signature')
    await program.database.superuser.query(`update agreement_signature set signed_at = signed_at + interval '1 day' where organisation_id = $1`, [
      organisation.id,
    ])
  })

  it('is refused once who signed is no administrator of the member, or disabled; the refusal is not', async () => {
    const { organisation, admin } = await member('J')
    expect((await admin.sign(version)).statusCode).toBe(204)
    const person = organisation.people.admin.id
    const set = (text: string) => program.database.superuser.query(text, [person])
    for (const [leave, back] of [
      ['update person set disabled_at = now() where id = $1', 'update person set disabled_at = null where id = $1'],
      [`update role_grant set role = 'contact:analyst' where person_id = $1 and role = 'contact:admin'`, undefined],
    ] as const) {
      await set(leave)
      const begun = await officer.beginCountersignature(version, organisation.id)
      expect([begun.statusCode, begun.json<{ detail: string }>().detail]).toEqual([409, expect.stringContaining('no administrator of the member any more')])
      if (back) await set(back)
    }
    expect(
      (await officer.visitor.post(`/api/agreements/${version}/signatures/${organisation.id}/refusal`, { reason: 'Signer left.' })).statusCode,
    ).toBeLessThan(300)
  })

  it('takes an officer of the same operator, in a session', async () => {
    const { organisation, admin } = await member('P')
    await admin.sign(version)
    const url = `/api/agreements/${version}/signatures/${organisation.id}/countersignature/begin`
    expect(status(await visitor(foreign.people['membership-officer']).post(url))).toEqual([404, 'NOT_FOUND'])
    expect(status(await visitor(operator.people.author).post(url))).toEqual([403, 'FORBIDDEN'])
    const { token } = operator.people['membership-officer']
    expect(status(await program.server.inject({ method: 'POST', url, headers: token, payload: {} }))).toEqual([403, 'FORBIDDEN'])
    expect(status(await admin.beginCountersignature(version, organisation.id))).toEqual([403, 'FORBIDDEN'])
  })

  it('refuses for one member what was begun for another', async () => {
    const one = await member('U')
    const two = await member('V')
    await one.admin.sign(version)
    await two.admin.sign(version)
    const answer = officer.answer(await officer.beginCountersignature(version, one.organisation.id))
    const url = `/api/agreements/${version}/signatures/${two.organisation.id}/countersignature`
    expect(status(await officer.visitor.post(url, answer))).toEqual([409, 'CONFLICT'])
    expect(await rowsOf(two.organisation)).toHaveLength(1)
  })

  it('refuses a signature that was changed in the database', async () => {
    const { organisation, admin } = await member('W')
    await admin.sign(version)
    await program.database.superuser.query(
      `update agreement_signature set statement = replace(statement, 'Vendor W admin', 'Vendor W owner') where organisation_id = $1`,
      [organisation.id],
    )
    expect(status(await officer.countersign(version, organisation.id))).toEqual([409, 'CONFLICT'])
    expect((await officer.visitor.post(`/api/agreements/${version}/signatures/${organisation.id}/refusal`, { reason: 'It was changed.' })).statusCode).toBe(204)
    await program.database.superuser.query(
      `update agreement_signature set statement = replace(statement, 'Vendor W owner', 'Vendor W admin') where organisation_id = $1`,
      [organisation.id],
    )
  })

  it('can be refused with a reason, after which the member signs again', async () => {
    const { organisation, admin } = await member('F')
    await admin.sign(version)
    const url = `/api/agreements/${version}/signatures/${organisation.id}`
    expect((await officer.visitor.post(`${url}/refusal`, { reason: 'Sign for the right legal entity.' })).statusCode).toBe(204)
    expect(status(await officer.countersign(version, organisation.id))).toEqual([409, 'CONFLICT'])
    expect(status(await officer.visitor.post(`${url}/refusal`, { reason: 'again' }))).toEqual([409, 'CONFLICT'])
    const item = (await list(admin.visitor)).items.find((each) => each.version === version)
    expect(item?.signature).toMatchObject({ state: 'refused', refusal: 'Sign for the right legal entity.' })
    expect(await notices(organisation.people.admin)).toContain('agreement.refused')
    const stored = JSON.stringify((await rowsOf(organisation)).map(({ refusal }) => String(refusal)))
    expect(stored).not.toContain('legal entity')
    expect((await admin.sign(version)).statusCode).toBe(204)
    expect((await officer.countersign(version, organisation.id)).statusCode).toBe(204)
    expect((await list(admin.visitor)).access).toMatchObject([{ accepted: version, entitled: true }])
  })

  it('is made once when two officers sign at once', async () => {
    const { organisation, admin } = await member('Y')
    await admin.sign(version)
    const answers = await Promise.all([officer, second].map((by) => by.countersign(version, organisation.id)))
    expect(answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([204, 409])
    expect(await rowsOf(organisation)).toHaveLength(2)
  })
})

describe('row-level security of agreements', () => {
  it('shows drafts to their operator and signatures to both sides, and takes a signature from its own person alone', async () => {
    const { organisation, admin } = await member('L')
    await admin.sign(version)
    await officer.visitor.post('/api/agreements/drafts', { text: 'a draft that waits' })
    const { [0]: row } = await rowsOf(organisation)
    const seen = (actor: Actor) =>
      program.app.db.read(actor, async (tx) => {
        const signatures = await tx.db.selectFrom('agreement_signature').select('id').where('organisation_id', '=', organisation.id).execute()
        const drafts = await tx.db.selectFrom('agreement_draft').select('id').execute()
        return [signatures.length, drafts.length > 0]
      })
    expect(await seen(operator.people.author.actor)).toEqual([1, true])
    expect(await seen(organisation.people.reader.actor)).toEqual([1, false])
    for (const stranger of [operator.vendor.people.admin, foreign.people['membership-officer'], foreign.vendor.people.admin])
      expect(await seen(stranger.actor)).toEqual([0, false])

    const takes = (actor: Actor, change: Record<string, unknown>) =>
      program.app.db
        .transaction(actor, async (tx) => {
          await tx.db
            .insertInto('agreement_signature')
            .values({ ...row, id: crypto.randomUUID(), version: 1, ...change } as never)
            .execute()
          throw new Error('taken')
        })
        .catch((error: Error) => (error.message.includes('row-level security') ? 'refused' : error.message))
    const own = organisation.people.admin
    expect(await takes(own.actor, {})).toBe('taken')
    expect(await takes(own.actor, { organisation_id: operator.vendor.id })).toBe('refused')
    expect(await takes(own.actor, { person_id: organisation.people.analyst.id })).toBe('refused')
    expect(await takes(own.actor, { side: 'operator', answers: row!['id'] })).toBe('refused')
    expect(await takes(foreign.vendor.people.admin.actor, { person_id: foreign.vendor.people.admin.id, organisation_id: foreign.vendor.id })).toBe('refused')
  })
})

describe('E30 d: a new version, and the date after which access stops', () => {
  it('lets who has accepted the earlier one go on until the date, and from it on nobody who has not signed and been countersigned', async () => {
    const { organisation, admin } = await member('D')
    await admin.sign(version)
    await officer.countersign(version, organisation.id)
    const earlier = version
    version = await issueText(officer.visitor, second.visitor, '# Fourth\n\nwith a date', 1)
    const access = async () => (await list(admin.visitor)).access[0]!
    const seen = async () =>
      (await officer.visitor.get('/api/agreements/members?limit=200'))
        .json<View<typeof AgreementMemberPage>>()
        .items.find((item) => item.organisation.id === organisation.id)!
    const until = (await list(admin.visitor)).items.find((item) => item.version === version)!.acceptBy
    expect(await access()).toMatchObject({ accepted: earlier, newest: version, entitled: true, until })
    expect(await seen()).toMatchObject({ accepted: earlier, entitled: true, until, signature: { version: earlier, state: 'countersigned' } })

    program.clock.advance(DAY)
    const again = new Signer(program, { session: { cookie: await signedIn(admin) } })
    Object.assign(again, { authenticator: admin.authenticator })
    Object.assign(admin, { visitor: again.visitor })
    officer = await backIn(officer)
    second = await backIn(second)
    expect(await access()).toMatchObject({ accepted: earlier, entitled: false, until: null })
    expect((await again.sign(version)).statusCode).toBe(204)
    expect(await access()).toMatchObject({ accepted: earlier, entitled: false })
    expect(await seen()).toMatchObject({ entitled: false, signature: { version, state: 'waits' } })
    expect((await officer.countersign(version, organisation.id)).statusCode).toBe(204)
    expect(await access()).toMatchObject({ accepted: version, entitled: true, until: null })
  })

  it('closes the packages of a member with the date, and opens them with the countersignature and not with the signature', async () => {
    const desk = packageDesk(program)
    const { analyst } = foreign.vendor.people
    const signers = [foreign.people['membership-officer'], await seedStaff(program.app, foreign.id, 'membership-officer', 'Second officer of B')]
    const officers = await Promise.all(signers.map(async (person) => new Signer(program, { session: await freshSession(person.id) }).ready()))
    const admin = await new Signer(program, { session: await freshSession(foreign.vendor.people.admin.id) }).ready()
    await entitle(program.app, foreign, foreign.vendor, analyst)
    const { id } = await desk.scheduled(foreign)
    const read = async () => (await desk.get(analyst, `/api/packages/${id}`)).statusCode

    program.clock.set(new Date(Date.parse(DECEMBER.advance) + MINUTE))
    expect(await read()).toBe(200)
    const [first, other] = [await backIn(officers[0]!), await backIn(officers[1]!)]
    const next = await issueText(first.visitor, other.visitor, '# Second of B', 1)
    expect(await read()).toBe(200)
    program.clock.advance(DAY - 1)
    expect(await read()).toBe(200)
    program.clock.advance(1)
    expect(await read()).toBe(404)
    expect((await (await backIn(admin)).sign(next)).statusCode).toBe(204)
    expect(await read()).toBe(404)
    expect((await (await backIn(first)).countersign(next, foreign.vendor.id)).statusCode).toBe(204)
    expect(await read()).toBe(200)
  })
})

/** The same answer in the name of a passkey that nobody has. */
function renamed(answer: ReturnType<Signer['answer']>) {
  const id = Buffer.alloc(32).toString('base64url')
  return { ...answer, response: { ...answer.response, id, rawId: id } }
}

/** A day ends every session: signs in again with the passkey. */
async function signedIn({ authenticator }: { authenticator: Authenticator }): Promise<string> {
  const fresh = new Visitor(program.server)
  const answer = await fresh.signIn(authenticator)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return fresh.cookie!
}

/** Headers of somebody whose first session has ended. */
async function freshSession(person: PersonId): Promise<{ cookie: string }> {
  const client = { address: '192.0.2.3', userAgent: 'test' }
  const started = await program.app.db.transaction(system('test'), async (tx) => {
    const begun = await startSession(program.app, tx, { person, method: 'passkey', client })
    program.app.audit.record(tx, { action: 'session.started', subject: person })
    return begun
  })
  return { cookie: `vedette=${started.secret}` }
}

async function backIn(signer: Signer): Promise<Signer> {
  return Object.assign(new Signer(program, { session: { cookie: await signedIn(signer) } }), { authenticator: signer.authenticator })
}
