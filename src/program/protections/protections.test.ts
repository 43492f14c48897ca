import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import type { ProtectionView } from '#program/protections/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Caller } from '#test/harness/packages.ts'
import { entitle, joinOperator, seedMember, seedPeople, type SeededOperator } from '#test/harness/people.ts'

type Protection = z.output<typeof ProtectionView>
const INDICATOR = 'indicator--0193b0c8-1111-4222-8333-444455556666'
const REPORT = { product: 'Endpoint 4', sensor: 'file', mode: 'block', cves: ['CVE-2026-10001'], indicators: [INDICATOR] }

describe('protections', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  const report = (by: Caller, changes: object = {}) => desk.post(by, '/api/protections', { ...REPORT, ...changes })
  const list = async (by: Caller) => (await desk.get(by, '/api/protections')).json<{ items: Protection[] }>().items
  const rows = async () => (await test.database.superuser.query('select 1 from protection')).rowCount

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
  })
  afterAll(() => test.close())

  it('are what a vendor reports for itself, now, to its operator', async () => {
    const answer = await report(a.vendor.people.analyst)
    expect(answer.statusCode).toBe(201)
    const shipped = answer.json<Protection>()
    expect(shipped).toEqual({
      id: expect.any(String),
      organisation: { id: a.vendor.id, name: a.vendor.name },
      ...REPORT,
      shippedAt: test.clock.now().toISOString(),
    })
    for (const role of ['author', 'publisher', 'auditor', 'analyst'] as const) expect(await list(a.people[role])).toEqual([shipped])
    expect(await list(a.vendor.people.reader)).toEqual([shipped])
    for (const other of [a.responder.people.admin, b.vendor.people.admin, b.people.author]) expect(await list(other)).toEqual([])
    expect(code(await report(a.vendor.people.reader))).toBe('FORBIDDEN')
  })

  it('tell whoever listens, in the name of the operator', async () => {
    const { rows: events } = await test.database.superuser.query(`select operator_id, data from outbox_event where type = 'protection.shipped'`)
    expect(events).toEqual([{ operator_id: a.id, data: { organisation: a.vendor.id, cves: REPORT.cves, indicators: REPORT.indicators } }])
  })

  it('are no business of responders', async () => {
    const before = await rows()
    expect(code(await report(a.responder.people.admin))).toBe('FORBIDDEN')
    expect(await rows()).toBe(before)
  })

  it.each([
    ['/body/cves', { cves: [], indicators: [] }],
    ['/body/cves/0', { cves: ['CVE-26-1'] }],
    ['/body/cves', { cves: ['CVE-2026-10001', 'CVE-2026-10001'] }],
    ['/body/indicators/0', { indicators: ['malware--0193b0c8-1111-4222-8333-444455556666'] }],
    ['/body/sensor', { sensor: 'smell' }],
    ['/body/mode', { mode: 'maybe' }],
    ['/body/product', { product: 'two\nlines' }],
    ['/body/extra', { extra: 1 }],
  ])('name %s where a report does not fit, and keep nothing', async (field, changes) => {
    const before = await rows()
    expect((await report(a.vendor.people.analyst, changes)).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field }] })
    expect(await rows()).toBe(before)
  })

  it('are reported to the operator that is named where there are several, and never to another', async () => {
    const { people, id } = await seedMember(test.app, a.id, 'of both')
    const refused = { code: 'VALIDATION_FAILED', fields: [{ field: '/body/operator' }] }
    expect((await report(people.admin, { operator: b.id })).json()).toMatchObject(refused)
    expect((await report(people.admin, { operator: '0193b0c8-1111-7222-8333-444455556666' })).json()).toMatchObject(refused)
    await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, id, b.id))
    expect((await report(people.admin)).json()).toMatchObject(refused)
    expect((await report(people.admin, { operator: b.id, product: 'For B' })).statusCode).toBe(201)
    expect((await list(b.people.author)).map(({ product }) => product)).toEqual(['For B'])
    expect((await list(a.people.author)).map(({ product }) => product)).not.toContain('For B')
  })

  it('are bound by the log', async () => {
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true, faults: [] })
    await test.database.superuser.query(`update protection set mode = 'detect' where product = 'For B'`)
    expect((await verifyLog(test.app, {})).faults).toMatchObject([{ table: 'protection', code: 'ROW_ALTERED' }])
  })

  it('are reported to an operator until the membership ends', async () => {
    const { people, id } = await seedMember(test.app, a.id, 'that leaves')
    const ends = (until: Date) =>
      test.app.db.transaction(system('test'), (tx) => tx.db.updateTable('membership').set({ until }).where('organisation_id', '=', id).execute())
    await ends(new Date(test.clock.now().getTime() + 1))
    expect((await report(people.admin)).statusCode).toBe(201)
    // A member of another operator too, so that its people can still sign in.
    await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, id, b.id))
    await test.database.superuser.query('update membership set until = $2 where organisation_id = $1 and operator_id = $3', [id, test.clock.now(), a.id])
    await test.database.superuser.query('update membership set until = null where organisation_id = $1 and operator_id = $2', [id, b.id])
    expect((await report(people.admin, { operator: a.id })).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/operator' }] })
    expect((await report(people.admin, { operator: b.id })).statusCode).toBe(201)
  })

  describe('of a CVE that the organisation knows under embargo', () => {
    const cve = 'CVE-2026-20002'
    let contacts: SeededOperator['vendor']['people']
    const refusals = async () => {
      const { rows: leaves } = await test.database.superuser.query<{ operator_id: string }>(
        `select operator_id from audit_leaf where action = 'protection.refused' order by index`,
      )
      return leaves.map(({ operator_id: operator }) => operator)
    }

    beforeAll(async () => {
      contacts = a.vendor.people
      await entitle(test.app, a, a.vendor, contacts.analyst)
      // Members of both operators: the package is of one, and reports may name the other.
      await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, a.vendor.id, b.id))
      const { id } = await desk.scheduled(a, csafDocument('Embargoed', cve))
      test.clock.set(DECEMBER.advance)
      // Nobody of the organisation has received it: the answer must not say that there is anything.
      expect((await report(contacts.admin, { operator: a.id, cves: [cve] })).statusCode).toBe(201)
      ok(await desk.receive(contacts.analyst, id))
      test.clock.set(new Date(Date.parse(DECEMBER.release) - 1))
    })

    it('are refused to every person of it until the release, and recorded for the operator whose package it is', async () => {
      for (const by of [contacts.analyst, contacts.admin]) {
        const [before, recorded] = [await rows(), (await refusals()).length]
        const answer = (await report(by, { operator: b.id, cves: ['CVE-2026-10001', cve] })).json()
        expect(answer).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/cves/1', message: 'your organisation may not report this yet' }] })
        expect(await rows()).toBe(before)
        expect((await refusals()).slice(recorded)).toEqual([a.id])
        expect((await report(by, { operator: b.id, cves: ['CVE-2026-10001'] })).statusCode).toBe(201)
      }
      // The control: another organisation knows nothing, and is told nothing.
      const { people } = await seedMember(test.app, a.id, 'unknowing')
      expect((await report(people.admin, { cves: [cve] })).statusCode).toBe(201)
    })

    it('are refused whatever has become of the rights of who received it', async () => {
      await test.app.db.transaction(system('test'), (tx) =>
        tx.db.updateTable('clearance').set({ products: [] }).where('person_id', '=', contacts.analyst.id).where('operator_id', '=', a.id).execute(),
      )
      for (const by of [contacts.analyst, contacts.admin]) expect(code(await report(by, { operator: a.id, cves: [cve] }))).toBe('VALIDATION_FAILED')
    })

    it.each(['Guard against CVE-2026-20002', 'cve_2026_20002 shield', 'CVE\u20112026\u201120002', 'ＣＶＥ-2026-20002'])(
      'are refused where the product says it: %s',
      async (product) => {
        const before = await rows()
        expect((await report(contacts.admin, { operator: a.id, product })).json()).toMatchObject({ fields: [{ field: '/body/product' }] })
        expect(await rows()).toBe(before)
        expect((await report(contacts.admin, { operator: a.id, product: product.replace('20002', '200020') })).statusCode).toBe(201)
      },
    )

    it('are taken from the instant of the release on, under the key of the refused one too', async () => {
      const again = () =>
        test.server.inject({
          method: 'POST',
          url: '/api/protections',
          headers: { ...contacts.admin.token, 'idempotency-key': 'one-key-for-both' },
          payload: { ...REPORT, operator: a.id, cves: [cve] },
        })
      expect(code(await again())).toBe('VALIDATION_FAILED')
      const recorded = await refusals()
      test.clock.set(DECEMBER.release)
      expect((await again()).statusCode).toBe(201)
      expect(await refusals()).toEqual(recorded)
    })
  })
})
