import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseLeaf } from '#platform/audit/leaf.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { replay } from '#program/embargo/read-evidence.ts'
import type { ReceiptView } from '#program/packages/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Contact = SeededPerson<ContactActor>
type Receipts = { items: z.output<typeof ReceiptView>[]; next: string | null }

describe('a receipt', () => {
  let test: TestApp
  let a: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let analyst: Contact
  let reader: Contact
  let shown: Package

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
    desk = packageDesk(test)
    ;({ analyst, reader } = a.vendor.people)
    await entitle(test.app, a, a.vendor, analyst, { proofOfConcept: true })
    await entitle(test.app, a, a.vendor, reader)
    shown = await desk.scheduled(a)
    test.clock.set(DECEMBER.advance)
  })
  afterAll(() => test.close())

  const receipts = async (id: string) => (await desk.get(a.people.tracer, `/api/packages/${id}/receipts`)).json<Receipts>().items
  const leaves = async (action: string) => {
    const { rows } = await test.database.superuser.query<{ body: Buffer; operator_id: string }>(
      'select body, operator_id from audit_leaf where action = $1 order by index',
      [action],
    )
    return rows.map(({ body, operator_id: operator }) => ({ ...parseLeaf(body)!, operator }))
  }
  const file = async (by: Caller, id: string, n = 0) => {
    const { content } = await desk.read(a.people.author, id)
    const { object } = [...content.attachments!, ...content.proofOfConcept!][n]!
    return {
      object,
      get: () => desk.get(by, `/api/packages/${id}/attachments/${object}`),
      head: () => desk.head(by, `/api/packages/${id}/attachments/${object}`),
    }
  }

  it('is written once per person and version, with a leaf from which the decision can be taken again', async () => {
    for (let n = 0; n < 3; n++) expect((await desk.receive(analyst, shown.id)).statusCode).toBe(201)
    test.clock.advance(1)
    // What a colleague has received is not received by this person.
    expect(await desk.read(reader, shown.id)).toMatchObject({ title: null, receivedAt: null, contentHash: null })
    const content = ok(await desk.receive(reader, shown.id))
    expect(content).toMatchObject({ receivedAt: test.clock.now().toISOString(), unreceivedParts: [] })
    expect(await receipts(shown.id)).toEqual(
      [reader, analyst].map((person, n) => ({
        id: expect.any(String),
        package: shown.id,
        version: 1,
        part: 'content',
        parts: ['existence', 'description', 'bulletin', 'guidance', 'attachments', ...(person === analyst ? ['proof-of-concept'] : [])],
        file: null,
        organisation: { id: a.vendor.id, name: a.vendor.name },
        person: { id: person.id, name: person.name },
        contentHash: shown.contentHash,
        receivedAt: n === 0 ? test.clock.now().toISOString() : DECEMBER.advance,
      })),
    )
    const recorded = await leaves('package.received')
    expect(recorded.map(({ actor, operator }) => [actor.id, operator])).toEqual([analyst, reader].map(({ id }) => [id, a.id]))
    for (const { details, binds } of recorded) {
      expect(binds.map(({ table }) => table)).toEqual(['receipt'])
      expect(replay(details['evidence'] as never)).toEqual({ read: true, reason: 'open' })
      expect(replay({ ...(details['evidence'] as object), now: new Date(Date.parse(DECEMBER.advance) - 1).toISOString() })).toMatchObject({
        read: false,
      })
    }
    expect(recorded[0]!.details['parts']).toContain('proof-of-concept')
    expect(recorded[1]!.details['parts']).not.toContain('proof-of-concept')
  })

  it('covers what was readable then: what opens later is shown after a further one', async () => {
    const before = test.clock.now()
    // Whoever joins while a window is open reads from the next one on.
    test.clock.set('2026-11-23T12:00:00Z')
    const member = await seedMember(test.app, a.id, 'validate')
    const tester = member.people.analyst
    await entitle(test.app, a, member, tester, { tier: 'validate', proofOfConcept: true })
    test.clock.set(before)
    const { id } = shown
    const early = ok(await desk.receive(tester, id))
    expect(early).toMatchObject({ title: null, unreceivedParts: [], content: { detection: [{ title: 'Long record' }] } })
    test.clock.set(DECEMBER.release)
    const rest = ['description', 'bulletin', 'attachments', 'proof-of-concept']
    expect(await desk.read(tester, id)).toMatchObject({ title: null, unreceivedParts: rest, content: { detection: [{ title: 'Long record' }] } })
    expect(Object.keys((await desk.read(tester, id)).content).sort()).toEqual([
      'detection',
      'permittedUse',
      'rules',
      'samples',
      'schema',
      'sharingGroup',
      'tlp',
    ])
    expect((await desk.get(tester, '/api/packages')).json<{ items: Package[] }>().items.find((item) => item.id === id)).toMatchObject({ title: null, cves: [] })
    const late = ok(await desk.receive(tester, id))
    expect(late).toMatchObject({ title: 'Example title', unreceivedParts: [], receivedAt: before.toISOString() })
    ok(await desk.receive(tester, id))
    const written = (await receipts(id)).filter(({ person }) => person.id === tester.id)
    expect(written.map(({ parts }) => parts)).toEqual([
      ['existence', 'description', 'bulletin', 'guidance', 'attachments', 'proof-of-concept'],
      ['existence', 'guidance'],
    ])
    const recorded = (await leaves('package.received')).filter(({ actor }) => actor.id === tester.id)
    expect(recorded.map(({ details }) => details['parts'])).toEqual(written.map(({ parts }) => parts).toReversed())
    test.clock.set(before)
  })

  it('is one, whoever asks twice at once', async () => {
    const { id } = await desk.scheduled(a, csafDocument('Race'))
    const answers = await Promise.all(Array.from({ length: 6 }, () => desk.receive(analyst, id)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 6 }, () => 201))
    expect(await receipts(id)).toHaveLength(1)
  })

  it('exists for a file before its first byte, and each further download is in the log', async () => {
    const before = (await leaves('package.file-received')).length
    const { object, get } = await file(analyst, shown.id)
    expect((await get()).body).toBe(`attachment of ${shown.id}`)
    expect((await get()).statusCode).toBe(200)
    const written = (await receipts(shown.id)).filter(({ part }) => part === 'attachment')
    expect(written).toMatchObject([{ parts: ['attachments'], file: { object, sha256: shown.content.attachments![0]!.sha256 }, person: { id: analyst.id } }])
    const recorded = (await leaves('package.file-received')).slice(before)
    expect(recorded).toHaveLength(2)
    for (const { details, binds } of recorded) {
      expect(replay(details['evidence'] as never)).toMatchObject({ read: true })
      expect(binds[0]).toMatchObject({ table: 'receipt', key: { id: written[0]!.id } })
    }
  })

  it('is not written by asking for the headers, and nothing of the file is sent', async () => {
    const count = (await receipts(shown.id)).length
    const { head } = await file(reader, shown.id)
    const answer = await head()
    expect([answer.statusCode, answer.body, answer.headers['content-disposition']]).toEqual([200, '', undefined])
    expect(await receipts(shown.id)).toHaveLength(count)
    expect(code(await (await file(reader, shown.id, 1)).get())).toBe('NOT_FOUND')
  })

  it("is recorded for the operator's own downloads as a leaf", async () => {
    const { get } = await file(a.people.reviewer, shown.id, 1)
    expect((await get()).body).toBe(`proof of ${shown.id}`)
    const [leaf] = await leaves('package.file-downloaded')
    expect(leaf).toMatchObject({ operator: a.id, actor: { id: a.people.reviewer.id }, details: { part: 'proof-of-concept' } })
  })

  it('is listed to publisher, tracer and auditor of its operator by pages', async () => {
    for (const role of ['publisher', 'tracer', 'auditor'] as const)
      expect((await desk.get(a.people[role], `/api/packages/${shown.id}/receipts`)).json<Receipts>().items).toHaveLength(5)
    const first = (await desk.get(a.people.auditor, `/api/packages/${shown.id}/receipts?limit=3`)).json<Receipts>()
    const rest = (await desk.get(a.people.auditor, `/api/packages/${shown.id}/receipts?limit=3&cursor=${first.next}`)).json<Receipts>()
    expect([...first.items, ...rest.items]).toEqual(await receipts(shown.id))
    for (const by of [a.people.author, analyst]) expect(code(await desk.get(by, `/api/packages/${shown.id}/receipts`))).toBe('FORBIDDEN')
  })

  it('binds its row, as approval, version, release and what entitles are bound: an edit of each is named', async () => {
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true, faults: [] })
    const edits = [
      ['receipt', `update receipt set received_at = received_at - interval '1 hour' where part = 'content' and person_id = '${reader.id}'`],
      ['approval', `update approval set approved_by = '${a.people.publisher.id}' where package_id = '${shown.id}'`],
      ['package_version', `update package_version set contributors = array['${a.people.reviewer.id}'::uuid] where package_id = '${shown.id}'`],
      ['package_version', `update package_version set content_hash = sha256('other') where package_id = '${shown.id}'`],
      ['package_version', `update package_version set state = 'withdrawn' where package_id = '${shown.id}'`],
      ['release', `update release set advance_at = advance_at - interval '1 day'`],
      ['clearance', `update clearance set proof_of_concept = true where person_id = '${reader.id}'`],
      ['membership', `update membership set jurisdiction = 'duty-to-report@1' where organisation_id = '${a.vendor.id}'`],
      ['agreement', `update agreement set text = 'Do as you like'`],
      ['agreement_acceptance', `update agreement_acceptance set accepted_at = accepted_at - interval '1 day' where organisation_id = '${a.vendor.id}'`],
      ['receipt', `update receipt set parts = array_append(parts, 'proof-of-concept') where part = 'content' and person_id = '${reader.id}'`],
      ['package_version', `update package_version set summary = sha256(summary) where package_id = '${shown.id}'`],
      ['receipt', `delete from receipt where part = 'attachment'`],
    ] as const
    for (const [table, edit] of edits) {
      const { rows } = await test.database.superuser.query<Record<string, unknown>>(`select * from ${table}`)
      // Whoever can edit a row past the program can do so past its triggers too.
      await test.database.superuser.query('set session_replication_role = replica')
      expect((await test.database.superuser.query(edit)).rowCount, edit).toBe(1)
      await test.database.superuser.query('reset session_replication_role')
      const report = await verifyLog(test.app, {})
      expect(
        report.faults.map((fault) => [fault.table, fault.code]),
        edit,
      ).toEqual([[table, edit.startsWith('delete') ? 'ROW_MISSING' : 'ROW_ALTERED']])
      await test.database.superuser.query('begin')
      await test.database.superuser.query(`set local session_replication_role = replica`)
      await test.database.superuser.query(`delete from ${table}`)
      await test.database.superuser.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`, [
        JSON.stringify(rows.map(plain)),
      ])
      await test.database.superuser.query('commit')
      expect(await verifyLog(test.app, {}), `after ${edit}`).toMatchObject({ ok: true })
    }
  })

  /** A row as JSON that PostgreSQL reads back. */
  const plain = (row: Record<string, unknown>) => {
    const text = (value: unknown): unknown => (Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : Array.isArray(value) ? value.map(text) : value)
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]))
  }

  it('is not needed to list what is open, page by page, past what is closed', async () => {
    const open = [shown.id]
    for (const name of ['One', 'Two', 'Three']) {
      test.clock.advance(1)
      ok(await desk.import(a.people.author, csafDocument(`${name} draft`)))
      await desk.scheduled(a, csafDocument(`${name} closed`), '2027-01-12T18:00:00.000Z')
      test.clock.advance(1)
      open.unshift((await desk.scheduled(a, csafDocument(`${name} open`))).id)
    }
    const found: string[] = []
    for (let url = '/api/packages?limit=1'; ;) {
      const { items, next } = (await desk.get(analyst, url)).json<{ items: { id: string }[]; next: string | null }>()
      expect(items).toHaveLength(1)
      found.push(items[0]!.id)
      if (next === null) break
      url = `/api/packages?limit=1&cursor=${next}`
    }
    expect(found.filter((id) => open.includes(id))).toEqual(open)
    expect((await desk.get(analyst, '/api/packages')).json<{ items: { id: string }[] }>().items.map(({ id }) => id)).toEqual(found)
    expect(found).toHaveLength(5)
  })

  it('is the price of the content: when the log cannot be written, nothing is served', async () => {
    const { id } = await desk.scheduled(a, csafDocument('Unlogged'))
    const { get } = await file(analyst, id)
    await test.database.superuser.query('revoke insert on audit_leaf from vedette_app')
    for (const answer of [await desk.receive(analyst, id), await get()]) {
      expect([answer.statusCode, code(answer)]).toEqual([503, 'AUDIT_UNAVAILABLE'])
      expect(answer.body).not.toMatch(/Unlogged|attachment of/)
      expect(answer.headers['content-disposition']).toBeUndefined()
    }
    expect((await desk.read(analyst, id)).title).toBeNull()
    await test.database.superuser.query('grant insert on audit_leaf to vedette_app')
    expect(await receipts(id)).toEqual([])
    expect(ok(await desk.receive(analyst, id)).title).toBe('Unlogged title')
  })
})
