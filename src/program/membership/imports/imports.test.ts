import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import type { ApprovedImport, ImportReport } from '#program/membership/imports/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

type Report = z.output<typeof ImportReport>
const HEADER = 'name,kind,tier,jurisdiction,since,contact_name,contact_email,role_address,website'
const line = (name: string, kind = 'vendor', tier = 'entry') =>
  `${name},${kind},${tier},unrestricted@1,2019-04-01,Admin of ${name},admin@${name.replaceAll(' ', '')}.example,,`
const list = (...names: string[]) => [HEADER, ...names.map((name) => line(name))].join('\r\n')
const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code

describe('a list of members', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let first: SeededPerson<OperatorActor>
  let second: SeededPerson<OperatorActor>
  const as = (person: { session: { cookie: string } }) => new Visitor(test.server, { cookie: person.session.cookie })
  const send = (text: string, query = '', by: { session: object } = first) =>
    test.server.inject({ method: 'POST', url: `/api/member-imports${query}`, headers: { ...by.session, 'content-type': 'text/csv' }, payload: text })
  const propose = async (text: string, by = first) => (await send(text, '?dryRun=false', by)).json<Report>().import!
  const approve = (id: string, by = second) => as(by).post(`/api/member-imports/${id}/approval`)
  const counts = async () => {
    const tables = ['organisation', 'membership', 'person', 'member_import', 'imported_member', 'sign_in_link', 'audit_leaf']
    const sums = await Promise.all(tables.map((table) => test.database.superuser.query<{ n: string }>(`select count(*) as n from ${table}`)))
    return sums.map(({ rows }) => Number(rows[0]!.n))
  }

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    first = a.people['membership-officer']
    second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
  })
  afterAll(() => test.close())

  it('is only looked at by a dry run, which names each bad line', async () => {
    const before = await counts()
    const text = [HEADER, line('One'), line('Two', 'bank'), line('One'), line('Vendor A')].join('\n')
    const report = (await send(text)).json<Report>()
    expect(report).toMatchObject({ dryRun: true, rowCount: 4, import: null })
    expect(report.good.map(({ name }) => name)).toEqual(['One'])
    expect(report.faults.map((fault) => [fault.line, fault.column, fault.code])).toEqual([
      [3, 'kind', 'INVALID'],
      [4, 'name', 'TWICE_IN_FILE'],
      [5, 'name', 'MEMBER_ALREADY'],
    ])
    // Another operator's members are no business of this one's.
    expect((await send(list('Vendor B'))).json<Report>().faults).toEqual([])
    expect((await send(text, '?dryRun=false')).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/3/kind' }, {}, {}] })
    expect(await counts()).toEqual(before)
    expect(code(await send('x'.repeat(2 * 1024 * 1024 + 1)))).toBe('PAYLOAD_TOO_LARGE')
    expect(code(await send(text, '', a.people.auditor))).toBe('FORBIDDEN')
  })

  it('admits nobody until a second officer approves it, and then all with a contact who can come in', async () => {
    const proposed = await propose(list('Three', 'Four'))
    expect(proposed).toMatchObject({ state: 'waits', rowCount: 2, proposedBy: { id: first.id } })
    const rows = await test.database.superuser.query<{ line: string }>('select t::text as line from member_import t')
    expect(rows.rows[0]!.line).not.toContain(Buffer.from('admin@Three.example').toString('hex'))
    expect((await as(second).get('/api/notices')).body).toContain('A list of members was proposed')
    expect(code(await approve(proposed.id, first))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await as(b.people['membership-officer']).post(`/api/member-imports/${proposed.id}/approval`))).toBe('NOT_FOUND')
    const byToken = await test.server.inject({ method: 'POST', url: `/api/member-imports/${proposed.id}/approval`, headers: second.token })
    expect(code(byToken)).toBe('FORBIDDEN')
    expect((await as(second).get(`/api/member-imports/${proposed.id}`)).json()).toMatchObject({
      rows: [{ name: 'Three', contactEmail: 'admin@Three.example' }, { name: 'Four' }],
    })
    expect((await as(first).get('/api/organisations')).body).not.toContain('Three')

    const answer = await approve(proposed.id)
    expect(answer.statusCode).toBe(201)
    const { members, import: approved } = answer.json<z.output<typeof ApprovedImport>>()
    expect(approved).toMatchObject({ state: 'approved', approvedBy: { id: second.id } })
    expect(members.map(({ organisation }) => organisation.name)).toEqual(['Three', 'Four'])
    expect((await as(first).get('/api/organisations')).json<{ items: object[] }>().items).toContainEqual(
      expect.objectContaining({
        id: members[0]!.organisation.id,
        name: 'Three',
        kind: 'vendor',
        tier: 'entry',
        state: 'active',
      }),
    )
    const mail = await test.database.superuser.query<{ person_id: string }>(`select person_id from outgoing_mail where kind = 'member-import.invitation'`)
    expect(mail.rows.map(({ person_id: person }) => person).toSorted()).toEqual(members.map(({ contact }) => contact.id).toSorted())
    const visitor = new Visitor(test.server, { address: '198.51.100.7' })
    await visitor.useLink(members[0]!.link.url)
    expect((await visitor.enrol(new Authenticator(test.app.config.url.origin))).statusCode).toBe(201)
    expect((await visitor.get('/api/session')).json()).toMatchObject({ roles: ['admin'], organisation: { name: 'Three' } })
    expect(code(await approve(proposed.id))).toBe('CONFLICT')
    expect((await verifyLog(test.app, {})).faults).toEqual([])
    const leaves = await test.database.superuser.query<{ body: Buffer }>('select body from audit_leaf')
    for (const { body } of leaves.rows) expect(body.toString()).not.toMatch(/admin@|Admin of/)
  })

  it('says since when a member is one, in its statement only', async () => {
    const { rows } = await test.database.superuser.query<{ since: string }>(`select to_char(member_since, 'YYYY-MM-DD') as since from imported_member`)
    expect(rows.map(({ since }) => since)).toEqual(['2019-04-01', '2019-04-01'])
    const history = await test.database.superuser.query<{ n: string }>(`select count(*) as n from membership_history where since < '2026-01-01'`)
    expect(Number(history.rows[0]!.n)).toBe(0)
  })

  it('writes nothing when a member of one of its names has come in meanwhile', async () => {
    const [one, other] = [await propose(list('Five', 'Six')), await propose(list('Seven', ' SIX'))]
    expect((await approve(one.id)).statusCode).toBe(201)
    const before = await counts()
    expect((await approve(other.id)).json()).toMatchObject({ code: 'CONFLICT', detail: expect.stringContaining('line 3') })
    expect((await counts()).slice(0, 6)).toEqual(before.slice(0, 6))
    expect((await as(second).delete(`/api/member-imports/${other.id}`)).statusCode).toBe(204)
    expect(code(await approve(other.id))).toBe('CONFLICT')
  })

  it('two officers at once admit once', async () => {
    const { id } = await propose(list('Eight'))
    const third = await seedStaff(test.app, a.id, 'membership-officer', 'Third officer')
    const answers = await Promise.all([approve(id), approve(id, third)])
    expect(answers.map(({ statusCode }) => statusCode).toSorted((x, y) => x - y)).toEqual([201, 409])
  })

  it('stands on two officers who still are, and for two weeks', async () => {
    const leaver = await seedStaff(test.app, a.id, 'membership-officer', 'Leaver')
    const orphan = await propose(list('Nine'), leaver)
    await test.app.db.transaction(system('test'), (tx) =>
      tx.db.updateTable('person').set({ disabled_at: test.clock.now() }).where('id', '=', leaver.id).execute(),
    )
    expect(code(await approve(orphan.id))).toBe('CONFLICT')
    const late = await propose(list('Ten'))
    test.clock.set(new Date(Date.parse(late.expiresAt)).toISOString())
    const seat = await seedStaff(test.app, a.id, 'membership-officer', 'Later officer')
    expect(code(await approve(late.id, seat))).toBe('CONFLICT')
    expect((await as(seat).get('/api/member-imports')).json<{ items: object[] }>().items).toContainEqual(
      expect.objectContaining({ id: late.id, state: 'expired' }),
    )
  })
})
