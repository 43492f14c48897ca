import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import type { EmbargoAlarmView, EmbargoEndView, EmbargoReportView, PackageEmbargo, ReportEnd } from '#program/embargo/contract.ts'
import { isPublishable, mergedInstant, publishableSince, splitMayRelease } from '#program/embargo/early-end.ts'
import type { EndId } from '#program/embargo/end-store.ts'
import { fillCveTags } from '#program/embargo/fill-cve-tags.ts'
import { mailEnds } from '#program/embargo/mail-ends.ts'
import { raiseAlarms } from '#program/embargo/raise-alarms.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Contact = SeededPerson<ContactActor>
type End = z.output<typeof EmbargoEndView>
const MARK = 'zeitlose2718'
const WITHIN = '2026-12-04T12:00:00.000Z'

describe('an early end', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let second: SeededPerson<OperatorActor>
  let desk: ReturnType<typeof packageDesk>
  let holder: Contact
  let waiting: Contact
  let restricted: Contact
  let uncleared: Contact
  let number = 0
  const cveOf = (n: number) => `CVE-2026-7700${n}`

  beforeAll(async () => {
    // Nobody listens at this port: every mail fails to leave.
    test = await testApp({ env: { VEDETTE_SMTP_URL: 'smtp://127.0.0.1:1', VEDETTE_MAIL_FROM: 'vedette@operator.example' } })
    ;[a, b] = await seedPeople(test.app)
    second = await seedStaff(test.app, a.id, 'publisher', 'Operator A second publisher')
    desk = packageDesk(test)
    const member = async (letter: string, options: Parameters<typeof entitle>[4]) => {
      const organisation = await seedMember(test.app, a.id, letter)
      await entitle(test.app, a, organisation, organisation.people.analyst, options)
      return organisation.people.analyst
    }
    holder = a.vendor.people.analyst
    await entitle(test.app, a, a.vendor, holder)
    waiting = await member('waiting', { tier: 'entry' })
    restricted = await member('restricted', { jurisdiction: 'duty-to-report@1', proofOfConcept: true })
    uncleared = await member('uncleared', { products: ['Something else'] })
  }, 60_000)
  afterAll(() => test.close())

  /** A package on the release of December that names vulnerabilities; its own number makes them new ones. */
  async function scheduled(...cves: string[]): Promise<Package> {
    test.clock.set('2026-11-22T12:00:00.000Z')
    const document = csafDocument(`${MARK}-${(number += 1)}`, cves[0])
    const more = cves.slice(1).map((cve) => ({ ...document.vulnerabilities[0]!, cve, title: `${MARK} ${cve}` }))
    const whole = { ...document, vulnerabilities: [...document.vulnerabilities, ...more] }
    const made = cves[0] === cveOf(1) ? await desk.scheduled(a, whole) : await plain(whole)
    test.clock.set(WITHIN)
    return made
  }
  /** Without files. */
  async function plain(document: object, release?: string): Promise<Package> {
    const { author, reviewer, publisher } = a.people
    const { id } = ok(await desk.import(author, document))
    ok(await desk.step(author, id, 'review'))
    ok(await desk.step(reviewer, id, 'approval'))
    return ok(await desk.schedule(publisher, id, release))
  }
  const propose = (cve: string, more: object = {}) =>
    desk.post(a.people.publisher, '/api/embargo-ends', { cve, cause: 'finder', evidence: `${MARK} seen`, ...more })
  const confirm = (id: string, derivable: string[] = [], by: Caller = second) => desk.post(by, `/api/embargo-ends/${id}/confirmation`, { derivable })
  async function ended(cve: string, more: object = {}, derivable: string[] = []): Promise<End> {
    const proposed = await propose(cve, more)
    expect(proposed.statusCode, proposed.body).toBe(201)
    const confirmed = await confirm(proposed.json<End>().id, derivable)
    expect(confirmed.statusCode, confirmed.body).toBe(200)
    return confirmed.json<End>()
  }
  const embargoOf = async (by: Caller, { id }: { id: string }) => (await desk.get(by, `/api/packages/${id}/embargo`)).json<z.output<typeof PackageEmbargo>>()
  const reads = async (by: Caller, { id }: { id: string }) => (await desk.get(by, `/api/packages/${id}`)).statusCode === 200
  const told = async (person: { id: string }, kind: string) =>
    (await test.database.superuser.query<{ n: number }>('select count(*)::int as n from notice where person_id = $1 and kind = $2', [person.id, kind])).rows[0]!
      .n
  const mailed = async (person: { id: string }, kind: string) =>
    (await test.database.superuser.query<{ n: number }>('select count(*)::int as n from outgoing_mail where person_id = $1 and kind = $2', [person.id, kind]))
      .rows[0]!.n

  it.each([
    ['a', 'third-party'],
    ['b', 'member'],
    ['c', 'finder'],
    ['d', 'own-slip'],
  ] as const)('E35: %s) disclosed by %s, it opens to every tier at the second confirmation, and each is told once', async (letter, cause) => {
    const cve = cveOf(letter.charCodeAt(0) - 96)
    const made = await scheduled(cve)
    ok(await desk.receive(holder, made.id))
    const report: z.input<typeof ReportEnd> = { cause, cves: [cve], what: `${MARK} is on a mailing list`, source: 'https://list.example/1' }
    expect((await desk.post(holder, `/api/packages/${made.id}/embargo-reports`, report)).statusCode).toBe(201)
    const reports = (await desk.get(a.people.publisher, '/api/embargo-reports')).json<{ items: z.output<typeof EmbargoReportView>[] }>().items
    const { siblings, ...prefilled } = reports[0]!.prefilled[0]!
    expect([prefilled.cve, siblings]).toEqual([cve, []])
    const before = await Promise.all([holder, waiting, restricted, uncleared].map((person) => told(person, 'embargo.ended')))
    const proposed = await desk.post(a.people.publisher, '/api/embargo-ends', prefilled)
    expect(proposed.statusCode).toBe(201)
    const { id } = proposed.json<End>()
    // One person ends nothing, and nothing has opened yet.
    expect(code(await confirm(id, [], a.people.publisher))).toBe('SECOND_PERSON_NEEDED')
    expect([await reads(waiting, made), await reads(restricted, made)]).toEqual([false, false])
    expect((await confirm(id)).statusCode).toBe(200)
    // Told in the same transaction, whatever becomes of the mail.
    const after = await Promise.all([holder, waiting, restricted, uncleared].map((person) => told(person, 'embargo.ended')))
    expect(after.map((n, at) => n - before[at]!)).toEqual([1, 1, 1, 0])
    expect([await reads(waiting, made), await reads(restricted, made), await reads(uncleared, made)]).toEqual([true, true, false])
    const written = await mailed(waiting, 'embargo.ended')
    for (let again = 0; again < 2; again++) await mailEnds(test.app, { end: id as EndId, what: 'ended' }, AbortSignal.timeout(60_000))
    expect((await mailed(waiting, 'embargo.ended')) - written).toBe(1)
    expect(await mailed(uncleared, 'embargo.ended')).toBe(0)
    expect(code(await confirm(id))).toBe('CONFLICT')
    // The right to publish, and no duty: the state is what it was.
    const staff = await embargoOf(a.people.publisher, made)
    expect([(await desk.read(a.people.author, made.id)).state, staff.staff!.isPublishable, staff.staff!.publishableSince]).toEqual(['scheduled', true, WITHIN])
    const received = ok(await desk.receive(waiting, made.id))
    expect(received.cves).toEqual([cve])
    expect(await embargoOf(waiting, made)).toMatchObject({ endedAt: WITHIN, ends: [{ cve, endedAt: WITHIN }], staff: null })
    const poor = ok(await desk.receive(restricted, made.id))
    expect(JSON.stringify(poor)).not.toContain(`${MARK} guidance`)
    expect([poor.content.proofOfConcept ?? [], poor.content.attachments ?? []]).toEqual([[], []])
  })

  it('E35: tells nobody a word before they are entitled, in notice, mail or row', async () => {
    const { rows } = await test.database.superuser.query<{ data: string }>(`select coalesce(string_agg(t::text, ''), '') as data from notice t`)
    expect(rows[0]!.data).not.toContain(MARK)
    for (const table of ['embargo_end', 'embargo_report', 'embargo_told', 'package_version', 'audit_leaf']) {
      const all = await test.database.superuser.query<{ line: string }>(`select t::text as line from ${table} t`)
      expect(all.rows.length, table).toBeGreaterThan(0)
      for (const text of [MARK, 'CVE-2026-7700', Buffer.from('CVE-2026-7700').toString('hex')])
        expect(
          all.rows.some(({ line }) => line.includes(text)),
          table,
        ).toBe(false)
    }
    const mails = await desk.get(a.people['membership-officer'], '/api/mails')
    expect(mails.body).not.toContain('CVE-2026')
  })

  it('E35: ends a sibling only where both hold it to be derivable, and a version with one still under embargo keeps its windows', async () => {
    const made = await scheduled('CVE-2026-77101', 'CVE-2026-77102', 'CVE-2026-77103')
    expect((await propose('CVE-2026-77101', { derivable: ['CVE-2026-70001'] })).json()).toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ field: '/body/derivable/0' }],
    })
    const proposed = (await propose('CVE-2026-77101', { derivable: ['CVE-2026-77102', 'CVE-2026-77103'] })).json<End>()
    expect(code(await confirm(proposed.id, ['CVE-2026-70001']))).toBe('VALIDATION_FAILED')
    expect((await confirm(proposed.id, ['CVE-2026-77102'])).statusCode).toBe(200)
    expect([await reads(waiting, made), (await embargoOf(a.people.publisher, made)).endedAt]).toEqual([false, null])
    expect((await embargoOf(a.people.publisher, made)).ends.map(({ cve }) => cve)).toEqual(['CVE-2026-77101', 'CVE-2026-77102'])
    // The last of them ends later: that instant counts.
    test.clock.set('2026-12-05T12:00:00.000Z')
    await ended('CVE-2026-77103')
    expect([await reads(waiting, made), (await embargoOf(waiting, made)).endedAt]).toEqual([true, '2026-12-05T12:00:00.000Z'])
  })

  it('lets a member report a protection from the end on, and not before', async () => {
    const made = await scheduled('CVE-2026-77201')
    ok(await desk.receive(holder, made.id))
    const protection = { cves: ['CVE-2026-77201'], product: 'Example sensor', indicators: [], sensor: 'file', mode: 'detect' }
    const report = () => desk.post(holder, '/api/protections', protection)
    expect((await report()).body).toContain('/body/cves/0')
    const end = await ended('CVE-2026-77201')
    expect((await report()).statusCode).toBe(201)
    expect(code(await desk.post(a.people.publisher, `/api/embargo-ends/${end.id}/false-alarm`, { reason: 'another flaw' }))).toBeUndefined()
    await desk.post(second, `/api/embargo-ends/${end.id}/false-alarm/confirmation`)
    expect((await report()).body).toContain('/body/cves/0')
  })

  it('E36: a false alarm takes two people, only before publication; then the embargo stands again and everybody is told', async () => {
    const made = await scheduled('CVE-2026-77301', 'CVE-2026-77302')
    const { id } = await ended('CVE-2026-77301', { derivable: ['CVE-2026-77302'] }, ['CVE-2026-77302'])
    const early = ok(await desk.receive(waiting, made.id))
    expect(early.receivedAt).toBe(WITHIN)
    const before = await told(waiting, 'embargo.stands-again')
    const call = () => desk.post(a.people.publisher, `/api/embargo-ends/${id}/false-alarm`, { reason: `${MARK} was another` })
    const agree = (by: Caller) => desk.post(by, `/api/embargo-ends/${id}/false-alarm/confirmation`)
    expect(code(await agree(second))).toBe('CONFLICT')
    expect((await call()).json<End>().state).toBe('false-alarm-proposed')
    expect(code(await agree(a.people.publisher))).toBe('SECOND_PERSON_NEEDED')
    expect(await reads(waiting, made)).toBe(true)
    expect((await desk.delete(second, `/api/embargo-ends/${id}/false-alarm`)).json<End>().state).toBe('ended')
    await call()
    test.clock.advance(60_000)
    expect((await agree(second)).json<End>().state).toBe('revoked')
    expect([await reads(waiting, made), await reads(holder, made)]).toEqual([false, true])
    expect((await told(waiting, 'embargo.stands-again')) - before).toBe(1)
    // What was received stays on record, and the windows open as they would have.
    const receipts = (await desk.get(a.people.publisher, `/api/packages/${made.id}/receipts`)).json<{ items: { person: { id: string } }[] }>().items
    expect(receipts.map(({ person }) => person.id)).toContain(waiting.id)
    test.clock.set(DECEMBER.entry)
    expect(await reads(waiting, made)).toBe(true)
    // A sibling alone was none: whoever was told of both is told of it.
    test.clock.set(WITHIN)
    await scheduled('CVE-2026-77311', 'CVE-2026-77312')
    const both = await ended('CVE-2026-77311', { derivable: ['CVE-2026-77312'] }, ['CVE-2026-77312'])
    const { items } = (await desk.get(second, '/api/embargo-ends')).json<{ items: End[] }>()
    const sibling = items.find(({ derivedFrom }) => derivedFrom === both.id)!
    const until = await told(waiting, 'embargo.stands-again')
    await desk.post(a.people.publisher, `/api/embargo-ends/${sibling.id}/false-alarm`, { reason: 'another flaw' })
    expect((await desk.post(second, `/api/embargo-ends/${sibling.id}/false-alarm/confirmation`)).json<End>().state).toBe('revoked')
    expect((await told(waiting, 'embargo.stands-again')) - until).toBe(1)
    // A new end may come, and one that was published does not go.
    test.clock.set(WITHIN)
    const again = await ended('CVE-2026-77301')
    expect((await desk.post(second, `/api/embargo-ends/${again.id}/publication`)).json<End>().published).not.toBeNull()
    expect(code(await desk.post(a.people.publisher, `/api/embargo-ends/${again.id}/false-alarm`, { reason: 'too late' }))).toBe('CONFLICT')
    const released = await ended('CVE-2026-77302')
    test.clock.set(DECEMBER.release)
    expect(code(await desk.post(a.people.publisher, `/api/embargo-ends/${released.id}/false-alarm`, { reason: 'too late' }))).toBe('CONFLICT')
  })

  it('E22: two packages with one vulnerability open by their own rules, and the release of one flags the other once', async () => {
    test.clock.set('2026-11-22T12:00:00.000Z')
    const first = await scheduled('CVE-2026-77401')
    test.clock.set('2026-11-22T12:00:00.000Z')
    const later = await plain(csafDocument(`${MARK}-later`, 'CVE-2026-77401'), '2027-01-12T18:00:00.000Z')
    test.clock.set(DECEMBER.release)
    await raiseAlarms(test.app)
    await raiseAlarms(test.app)
    const alarms = (await desk.get(a.people.publisher, '/api/embargo-alarms')).json<{ items: z.output<typeof EmbargoAlarmView>[] }>().items
    expect(alarms.filter((alarm) => alarm.kind === 'shared-cve').map((alarm) => alarm.package)).toEqual([later.id])
    expect([await reads(waiting, first), await reads(waiting, later)]).toEqual([true, false])
    const { id } = alarms.find((alarm) => alarm.kind === 'shared-cve')!
    expect((await desk.post(second, `/api/embargo-alarms/${id}/settlement`)).statusCode).toBe(204)
    // Two people end what is public now, and the other opens.
    await ended('CVE-2026-77401')
    expect(await reads(waiting, later)).toBe(true)
  })

  it('E22: the old instant of a version that was superseded before it flags nothing: what it names is not public', async () => {
    const { id } = await scheduled('CVE-2026-77411')
    test.clock.set('2026-11-22T12:00:00.000Z')
    const later = await plain(csafDocument(`${MARK}-deferred`, 'CVE-2026-77411'), '2027-01-12T18:00:00.000Z')
    const text = `with at as materialized (select set_config('vedette.now', $2, true)) update package_version set state = 'superseded' from at where package_id = $1`
    await test.database.superuser.query(text, [id, WITHIN])
    test.clock.set(DECEMBER.release)
    await raiseAlarms(test.app)
    const alarms = (await desk.get(a.people.publisher, '/api/embargo-alarms')).json<{ items: z.output<typeof EmbargoAlarmView>[] }>().items
    expect(alarms.filter((alarm) => alarm.package === later.id)).toEqual([])
  })

  it('E23: a) merged cases take the earliest instant; b) no part is released before its siblings without an assessment', async () => {
    const whole = await scheduled('CVE-2026-77501')
    test.clock.set('2026-11-22T12:00:00.000Z')
    const { people } = a
    const part = ok(await desk.import(people.author, csafDocument(`${MARK}-part`, 'CVE-2026-77502')))
    ok(await desk.step(people.author, part.id, 'review'))
    ok(await desk.step(people.reviewer, part.id, 'approval'))
    const related = await desk.post(people.publisher, `/api/packages/${part.id}/relations`, { kind: 'split', other: whole.id, reason: `${MARK} two causes` })
    const relation = related.json<{ items: { id: string; isPart: boolean; instant: string }[] }>().items[0]!
    expect([relation.isPart, relation.instant]).toEqual([true, DECEMBER.release])
    // At the same instant as its sibling it may, earlier it may not.
    await test.database.superuser.query(`update release set instant = instant + interval '1 day' where instant = $1`, [DECEMBER.release])
    expect(code(await desk.schedule(people.publisher, part.id))).toBe('PRECONDITION_FAILED')
    await test.database.superuser.query(`update release set instant = instant - interval '1 day' where instant = $1::timestamptz + interval '1 day'`, [
      DECEMBER.release,
    ])
    await desk.post(people.publisher, `/api/package-relations/${relation.id}/assessment`, { assessment: 'Nothing of the other can be derived.' })
    ok(await desk.schedule(people.publisher, part.id))
    const merged = await desk.post(people.publisher, `/api/packages/${whole.id}/relations`, { kind: 'merge', other: (await january()).id, reason: 'one cause' })
    expect(merged.statusCode).toBe(201)
    expect((await embargoOf(people.publisher, await january())).staff!.mergedInstant).toBe(DECEMBER.release)
    const [early, late] = [new Date(DECEMBER.release), new Date('2027-01-12T18:00:00Z')]
    expect([mergedInstant([late, undefined, early]), mergedInstant([undefined])]).toEqual([early, undefined])
    expect([
      splitMayRelease(early, [late], false),
      splitMayRelease(early, [undefined], false),
      splitMayRelease(early, [late], true),
      splitMayRelease(late, [early], false),
    ]).toEqual([false, false, true, true])
  })
  let third: Package | undefined
  const january = async () => (third ??= await plain(csafDocument(`${MARK}-january`, 'CVE-2026-77503'), '2027-01-12T18:00:00.000Z'))

  it('E41: a publication that fails extends nothing: at the instant it is open and may be published, and publishers are alarmed once', async () => {
    const made = await scheduled('CVE-2026-77601')
    test.clock.set(DECEMBER.release)
    expect([await reads(waiting, made), await reads(restricted, made)]).toEqual([true, true])
    expect((await embargoOf(a.people.publisher, made)).staff).toMatchObject({ isPublishable: true, publishableSince: DECEMBER.release })
    await raiseAlarms(test.app)
    const alarmed = () => told(second, 'release.not-published')
    const before = await alarmed()
    test.clock.advance(6 * 60_000)
    await raiseAlarms(test.app)
    const after = await alarmed()
    await raiseAlarms(test.app)
    expect([after > before, await alarmed()]).toEqual([true, after])
    expect((await desk.read(a.people.author, made.id)).state).toBe('scheduled')
    expect(publishableSince({ state: 'pulled', release: { instant: new Date(0) }, endedAt: new Date(0) })).toBeUndefined()
    expect(isPublishable({ state: 'deferred', release: { instant: new Date(0) }, endedAt: undefined }, new Date(1))).toBe(false)
    expect(isPublishable({ state: 'scheduled', release: { instant: new Date(2) }, endedAt: undefined }, new Date(1))).toBe(false)
  })

  it('knows nothing of what a row from before did not say, until a job has filled it in', async () => {
    const made = await scheduled('CVE-2026-77701')
    const before = await test.database.superuser.query('update package_version set cve_tags = null, unnamed_cves = null where package_id = $1 returning 1', [
      made.id,
    ])
    expect(before.rowCount).toBe(1)
    expect(code(await propose('CVE-2026-77701'))).toBe('VALIDATION_FAILED')
    await fillCveTags(test.app)
    await ended('CVE-2026-77701')
    expect(await reads(waiting, made)).toBe(true)
    await test.database.superuser.query('update package_version set cve_tags = null, unnamed_cves = null where package_id = $1', [made.id])
    expect(await reads(waiting, made)).toBe(false)
    await fillCveTags(test.app)
  })

  it('refuses what is no evidence, what is not theirs, and another role', async () => {
    await scheduled('CVE-2026-77801')
    expect(code(await propose('CVE-2026-77801', { cause: 'exploitation' }))).toBe('VALIDATION_FAILED')
    expect(code(await propose('CVE-2026-77801', { cause: 'exploitation', basis: 'epss' }))).toBe('VALIDATION_FAILED')
    expect(code(await propose('CVE-2026-70000'))).toBe('VALIDATION_FAILED')
    expect(code(await propose('CVE-2026-77801', { report: '01990000-0000-7000-8000-000000000000' }))).toBe('CONFLICT')
    const { id } = (await propose('CVE-2026-77801')).json<End>()
    expect(code(await propose('CVE-2026-77801'))).toBe('CONFLICT')
    for (const by of [a.people.author, a.people.reviewer, a.people.tracer, holder]) expect(code(await confirm(id, [], by))).toBe('FORBIDDEN')
    expect(code(await confirm(id, [], b.people.publisher))).toBe('NOT_FOUND')
    const auditor = (await desk.get(a.people.auditor, '/api/embargo-ends')).body
    expect([auditor.includes('CVE-'), auditor.includes(MARK)]).toEqual([false, false])
    expect((await desk.get(b.people.publisher, '/api/embargo-ends')).json()).toEqual({ items: [], next: null })
    expect((await desk.post(second, `/api/embargo-ends/${id}/refusal`)).json<End>().state).toBe('refused')
    const closed = await desk.get(uncleared, `/api/packages/${(await january()).id}/embargo`)
    expect([closed.statusCode, closed.body.replace(/"requestId":"[^"]*"/, '')]).toEqual([
      404,
      (await desk.get(uncleared, '/api/packages/01990000-0000-7000-8000-000000000000/embargo')).body.replace(/"requestId":"[^"]*"/, ''),
    ])
  })
})
