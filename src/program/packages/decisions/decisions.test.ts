import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import { replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import { insertClearance } from '#program/membership/entitlement-store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, type Caller } from '#test/harness/packages.ts'
import { entitle, seedStaff } from '#test/harness/people.ts'
import { versionWorld, type Decision } from '#test/harness/versions.ts'

type World = Awaited<ReturnType<typeof versionWorld>>
const AFTER = '2026-12-09T00:00:00.000Z'

describe('what two publishers decide about versions', () => {
  let test: TestApp
  let a: World['a']
  let b: World['b']
  let desk: World['desk']
  let versions: World['versions']
  let publishers: World['publishers']
  let second: World['second']
  let holder: World['holder']
  let other: World['other']
  let held: World['held']
  let plain: World['plain']
  let toldOf: World['toldOf']
  let report: World['report']
  let read: World['read']
  let expectNothing: World['expectNothing']

  beforeAll(async () => {
    test = await testApp()
    ;({ a, b, desk, versions, publishers, second, holder, other, held, plain, toldOf, report, read, expectNothing } = await versionWorld(test))
  })
  afterAll(() => test.close())

  describe('E18: one vulnerability of a package', () => {
    const [stays, leaves] = ['CVE-2026-55003', 'CVE-2026-55004']
    let id: string
    let deferred: { id: string; cve: string | null; continuedIn: string | null }
    const without = (content: Record<string, unknown>) => ({
      ...content,
      vulnerabilities: (content['vulnerabilities'] as { cve: string }[]).filter(({ cve }) => cve !== leaves),
    })

    it('E18: leaves the cycle with a revision, by a decision of two about exactly that content; holders are told', async () => {
      id = await held('Partly deferred', { cves: [stays, leaves] })
      ok(await versions.begin(a.people.author, id))
      expect(code(await versions.propose(publishers.first, id, 'defer-cves', 2))).toBe('CONFLICT')
      ok(await desk.edit(a.people.author, id, without))
      await versions.approve(a, id)
      expect(code(await desk.post(a.people.publisher, `/api/packages/${id}/schedule`))).toBe('SECOND_PERSON_NEEDED')
      expect(await versions.decide(publishers, id, 'defer-cves', 2)).toMatchObject({ cves: [leaves], state: 'confirmed' })
      ok(await desk.post(a.people.publisher, `/api/packages/${id}/schedule`))
      expect(await versions.states(a.people.author, id)).toEqual(['2 scheduled', '1 superseded'])
      expect(await toldOf(holder, id)).toContain('package.cves-deferred')
      test.clock.set(AFTER)
      expect((await read(other.people.analyst, id)).json()).toMatchObject({ version: 2 })
      expect(ok(await desk.receive(other.people.analyst, id, 2)).cves).toEqual([stays])
    })

    it('E18: is not described to a colleague under a duty to report when the old release comes', async () => {
      const colleague = a.vendor.people.admin
      await entitle(test.app, a, a.vendor, colleague, { clears: false })
      const clearance = { person: colleague.id, operator: a.id, products: ['*'], proofOfConcept: false, jurisdiction: 'duty-to-report@1' }
      test.clock.set('2026-11-01T12:00:00Z')
      await test.app.db.transaction(system('test'), (tx) => insertClearance(tx, { ...clearance, at: test.clock.now() }))
      test.clock.set(AFTER)
      expect((await read(holder, id, 1)).statusCode).toBe(200)
      expect((await read(colleague, id)).json()).toMatchObject({ version: 2 })
      expect((await read(colleague, id, 1)).statusCode).toBe(404)
      expect((await desk.receive(colleague, id, 1)).statusCode).toBe(404)
      expect(await versions.states(colleague, id)).toEqual(['2 scheduled'])
    })

    it('E18: stays under embargo when the rest is public, and nothing in the database says which it is', async () => {
      expect((await report(holder, stays)).statusCode).toBe(201)
      expect(code(await report(holder, leaves))).toBe('VALIDATION_FAILED')
      const list = async (by: Caller) => (await desk.get(by, `/api/packages/${id}/deferred-cves`)).json<{ items: (typeof deferred)[] }>().items
      deferred = (await list(a.people.publisher))[0]!
      expect(deferred).toMatchObject({ cve: leaves, version: 2, continuedIn: null })
      expect((await list(a.people.auditor))[0]).toMatchObject({ cve: null })
      const { rows } = await test.database.superuser.query(`select encode(cve, 'escape') || encode(cve_tag, 'escape') as text from deferred_cve`)
      expect(rows.map((row) => (row as { text: string }).text).join()).not.toContain('55004')
    })

    it('E18: goes on in a package of its own, whose release ends its embargo', async () => {
      test.clock.set('2026-12-10T12:00:00Z')
      const url = `/api/packages/${id}/deferred-cves/${deferred.id}/package`
      expect(code(await desk.post(b.people.author, url))).toBe('NOT_FOUND')
      const child = ok(await desk.post(a.people.author, url))
      expect(child).toMatchObject({ version: 1, state: 'draft', cves: [leaves] })
      expect(code(await desk.post(a.people.author, url))).toBe('CONFLICT')
      await versions.approve(a, child.id)
      ok(await desk.schedule(a.people.publisher, child.id, '2027-01-12T18:00:00.000Z'))
      expect(code(await report(holder, leaves))).toBe('VALIDATION_FAILED')
      test.clock.set('2027-01-12T18:00:00.000Z')
      expect((await report(holder, leaves)).statusCode).toBe(201)
    })
  })

  describe('a decision of two', () => {
    it('defers a version, which nobody reads until it is on another release, and tells its holders', async () => {
      const id = await held('Deferred')
      expect(code(await versions.propose(a.people.publisher, id, 'withdraw'))).toBe('CONFLICT')
      await versions.decide(publishers, id, 'defer')
      await expectNothing(holder, `/api/packages/${id}`, id)
      expect(await toldOf(holder, id)).toContain('package.deferred')
      test.clock.set(AFTER)
      await expectNothing(holder, `/api/packages/${id}`, id)
      // What somebody received stays as it was received.
      expect((await desk.post(a.people.author, `/api/packages/${id}/return`)).json()).toMatchObject({
        code: 'CONFLICT',
        detail: expect.stringContaining('revision'),
      })
      test.clock.set('2026-12-10T12:00:00Z')
      expect(ok(await desk.schedule(a.people.publisher, id, '2027-01-12T18:00:00.000Z')).state).toBe('scheduled')
      await expectNothing(holder, `/api/packages/${id}`, id)
      test.clock.set('2027-01-07T18:00:00.000Z')
      expect(await versions.states(holder, id)).toEqual(['1 scheduled'])
      test.clock.set('2026-11-23T12:00:00Z')
      const unheld = (await plain(csafDocument())).id
      await versions.decide(publishers, unheld, 'defer')
      expect(ok(await desk.post(a.people.author, `/api/packages/${unheld}/return`))).toMatchObject({ state: 'draft', release: null })
    })

    it('rests on two who both are publishers when it is confirmed', async () => {
      const id = await held('Two people')
      const leaver = await seedStaff(test.app, a.id, 'publisher', 'Publisher who leaves')
      const { id: decision } = (await versions.propose(leaver, id, 'pull')).json<Decision>()
      expect(code(await versions.propose(publishers.first, id, 'defer'))).toBe('CONFLICT')
      for (const by of [a.people.author, a.people.reviewer, a.people.auditor, holder]) expect(code(await versions.confirm(by, id, decision))).toBe('FORBIDDEN')
      for (const by of [b.people.publisher]) expect(code(await versions.confirm(by, id, decision))).toBe('NOT_FOUND')
      await test.app.db.transaction(system('test'), async (tx) => {
        await replaceRoles(tx, leaver.id, 'operator', ['author'], test.clock.now())
        test.app.audit.record(tx, { action: 'person.roles-changed', subject: leaver.id, binds: roleRows(leaver.id, 'operator') })
      })
      expect((await versions.confirm(second, id, decision)).json()).toMatchObject({ code: 'CONFLICT', detail: expect.stringContaining('no publisher') })
      expect(await versions.states(holder, id)).toEqual(['1 scheduled'])
      expect((await desk.delete(publishers.first, `/api/packages/${id}/decisions/${decision}`)).statusCode).toBe(204)
      expect(code(await versions.confirm(second, id, decision))).toBe('CONFLICT')
    })

    it('is closed when the version is not what it was proposed about any more', async () => {
      const id = await held('Changed meanwhile')
      const { id: decision } = (await versions.propose(publishers.first, id, 'defer')).json<Decision>()
      await versions.revise(a, id)
      const [listed] = (await desk.get(a.people.auditor, `/api/packages/${id}/decisions`)).json<{ items: Decision[] }>().items
      expect(listed).toMatchObject({ id: decision, state: 'closed', reason: null })
      expect(code(await versions.confirm(second, id, decision))).toBe('CONFLICT')
      expect(await versions.states(holder, id)).toEqual(['2 scheduled', '1 superseded'])
      // Here nothing but the clock changed it: what is public is not deferred.
      const late = (await versions.propose(publishers.first, id, 'defer', 2)).json<Decision>()
      test.clock.set(DECEMBER.release)
      expect(code(await versions.confirm(second, id, late.id))).toBe('CONFLICT')
      expect((await desk.get(publishers.first, '/api/package-decisions')).json<{ items: Decision[] }>().items.map((one) => one.id)).not.toContain(late.id)
    })

    it('is done once when two confirm at once', async () => {
      const id = await held('Confirmed at once')
      const third = await seedStaff(test.app, a.id, 'publisher', 'Third publisher')
      const { id: decision } = (await versions.propose(publishers.first, id, 'pull')).json<Decision>()
      const answers = await Promise.all([second, third].map((by) => versions.confirm(by, id, decision)))
      expect(answers.map(({ statusCode }) => statusCode).sort((x, y) => x - y)).toEqual([200, 409])
    })
  })

  it('leave a log that every row still fits', async () => {
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true, faults: [] })
  })
})
