import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { EmbargoEndView } from '#program/embargo/contract.ts'
import type { ClockView, DisclosureList } from '#program/reporting/contract.ts'
import { remindOfFilings } from '#program/reporting/remind.ts'
import type { BreachView } from '#program/embargo/breach/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

type Clock = z.output<typeof ClockView>
type Breach = z.output<typeof BreachView>
const CVE = 'CVE-2026-78001'
const MARK = 'undicht1618'
const AWARE = '2026-12-04T20:00:00.000Z'

describe('what has to be reported', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let second: SeededPerson<OperatorActor>
  let desk: ReturnType<typeof packageDesk>
  let member: SeededOrganisation
  let accused: SeededOrganisation
  let made: Package

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    second = await seedStaff(test.app, a.id, 'publisher', 'Operator A second publisher')
    desk = packageDesk(test)
    member = await seedMember(test.app, a.id, 'Northlight')
    accused = await seedMember(test.app, a.id, 'Southgate Systems')
    for (const organisation of [member, accused]) await entitle(test.app, a, organisation, organisation.people.analyst)
    const { author, reviewer, publisher } = a.people
    const { id } = ok(await desk.import(author, csafDocument(MARK, CVE)))
    ok(await desk.step(author, id, 'review'))
    ok(await desk.step(reviewer, id, 'approval'))
    made = ok(await desk.schedule(publisher, id))
    test.clock.set('2026-12-05T08:00:00.000Z')
  }, 60_000)
  afterAll(() => test.close())

  const notices = async (person: { id: string }, kind: string) =>
    (await test.database.superuser.query<{ n: number }>('select count(*)::int as n from notice where person_id = $1 and kind = $2', [person.id, kind])).rows[0]!
      .n
  const post = (by: Caller, url: string, body?: unknown) => desk.post(by, url, body)

  describe('about a vulnerability that is exploited', () => {
    let clock: Clock
    const start = { cve: CVE, basis: 'own-telemetry', evidence: `${MARK} in three networks`, awarenessAt: AWARE }

    it('E37: starts the hours at the awareness instant and proposes the end of the embargo, without ending it', async () => {
      expect(code(await post(a.people.publisher, '/api/regulatory-clocks', { ...start, awarenessAt: '2026-12-06T00:00:00Z' }))).toBe('VALIDATION_FAILED')
      expect(code(await post(a.people.publisher, '/api/regulatory-clocks', { ...start, cve: 'CVE-2026-70000' }))).toBe('VALIDATION_FAILED')
      expect(code(await post(a.people.author, '/api/regulatory-clocks', start))).toBe('FORBIDDEN')
      const started = await post(a.people.publisher, '/api/regulatory-clocks', start)
      expect(started.statusCode, started.body).toBe(201)
      clock = started.json<Clock>()
      expect(clock.deadlines.map(({ dueAt }) => dueAt)).toEqual(['2026-12-05T20:00:00.000Z', '2026-12-07T20:00:00.000Z', null])
      const [end] = (await desk.get(a.people.publisher, '/api/embargo-ends')).json<{ items: z.output<typeof EmbargoEndView>[] }>().items
      expect(end).toMatchObject({ cve: CVE, cause: 'exploitation', basis: 'own-telemetry', state: 'proposed' })
      expect((await desk.get(a.people.publisher, `/api/packages/${made.id}/embargo`)).json()).toMatchObject({ endedAt: null })
      expect(code(await post(second, '/api/regulatory-clocks', start))).toBe('CONFLICT')
    })

    it('I21: reminds publishers once of each deadline, as hours go', async () => {
      const before = await notices(second, 'filing.due')
      for (let again = 0; again < 2; again++) await remindOfFilings(test.app)
      expect((await notices(second, 'filing.due')) - before).toBe(2)
      test.clock.set('2026-12-05T17:00:00.000Z')
      await remindOfFilings(test.app)
      expect((await notices(second, 'filing.due')) - before).toBe(3)
    })

    it('E37: a filing is a disclosure: in the log and beside the holders; the final report ends the clock', async () => {
      const filing = {
        step: 'early-warning',
        recipient: 'enisa-platform',
        filedAt: '2026-12-05T16:00:00Z',
        reference: `${MARK}-1`,
        said: `${MARK} is exploited`,
      }
      const url = `/api/regulatory-clocks/${clock.id}`
      const filed = await post(a.people.publisher, `${url}/filings`, filing)
      expect(filed.json<Clock>().deadlines[0]).toEqual({ step: 'early-warning', dueAt: '2026-12-05T20:00:00.000Z', filedAt: '2026-12-05T16:00:00.000Z' })
      expect(code(await post(second, `${url}/filings`, filing))).toBe('CONFLICT')
      await post(a.people.publisher, `${url}/filings`, { ...filing, step: 'delay-request', recipient: 'national-csirt', filedAt: '2026-12-05T16:10:00Z' })
      const disclosed = (await desk.get(a.people.tracer, `/api/packages/${made.id}/disclosures`)).json<z.output<typeof DisclosureList>>().items
      expect(disclosed.map(({ step, recipient, cve }) => [step, recipient, cve])).toEqual([
        ['early-warning', 'enisa-platform', CVE],
        ['delay-request', 'national-csirt', CVE],
      ])
      const { rows } = await test.database.superuser.query<{ n: number }>(
        `select count(*)::int as n from audit_leaf t where t::text like '%reporting.disclosed%'`,
      )
      expect(rows[0]!.n).toBe(2)
      const auditor = (await desk.get(a.people.auditor, '/api/regulatory-clocks')).body
      expect([auditor.includes(MARK), auditor.includes('CVE-')]).toEqual([false, false])
      expect((await post(a.people.publisher, `${url}/corrective-measure`, { at: '2026-12-05T16:30:00Z' })).json<Clock>().deadlines[2]!.dueAt).toBe(
        '2026-12-19T16:30:00.000Z',
      )
      expect((await post(a.people.publisher, `${url}/filings`, { ...filing, step: 'final-report' })).json<Clock>().closedAt).not.toBeNull()
    })

    it('E37: another awareness instant takes two people, and moves the deadlines', async () => {
      const url = `/api/regulatory-clocks/${clock.id}/correction`
      const wish = { awarenessAt: '2026-12-04T18:00:00Z', reason: 'The first alert was earlier.' }
      expect(code(await post(a.people.publisher, `${url}/confirmation`))).toBe('CONFLICT')
      const waits = (await post(a.people.publisher, url, wish)).json<Clock>()
      expect([waits.awarenessAt, waits.correction!.awarenessAt]).toEqual([AWARE, '2026-12-04T18:00:00.000Z'])
      expect(code(await post(a.people.publisher, `${url}/confirmation`))).toBe('SECOND_PERSON_NEEDED')
      const confirmed = (await post(second, `${url}/confirmation`)).json<Clock>()
      expect([confirmed.awarenessAt, confirmed.deadlines[0]!.dueAt, confirmed.correction]).toEqual([
        '2026-12-04T18:00:00.000Z',
        '2026-12-05T18:00:00.000Z',
        null,
      ])
      expect((await post(a.people.publisher, url, wish)).statusCode).toBe(200)
      expect((await desk.delete(second, url)).json<Clock>().correction).toBeNull()
      expect(code(await post(b.people.publisher, url, wish))).toBe('NOT_FOUND')
    })
  })

  describe('about a breach', () => {
    const said = { what: `${MARK} proof of concept`, toWhom: 'A forum', learnt: 'A search', prevention: 'Access was cut' }
    let breach: Breach
    const url = () => `/api/breach-reports/${breach.id}`

    it('E40: says what, to whom, since when, how it was learnt and what prevents it', async () => {
      const by = member.people.analyst
      const report = { ...said, package: made.id, since: '2026-12-05T07:00:00+01:00', about: 'other' }
      expect(code(await post(by, '/api/breach-reports', { ...report, accused: accused.id }))).toBe('VALIDATION_FAILED')
      expect(code(await post(by, '/api/breach-reports', { ...report, since: '2026-12-06T07:00:00Z' }))).toBe('VALIDATION_FAILED')
      expect(code(await post(by, '/api/breach-reports', { ...report, since: '2026-12-05T07:00:00' }))).toBe('VALIDATION_FAILED')
      expect(code(await post(by, '/api/breach-reports', { ...report, prevention: undefined }))).toBe('VALIDATION_FAILED')
      expect(code(await post(member.people.reader, '/api/breach-reports', report))).toBe('NOT_FOUND')
      expect((await post(by, '/api/breach-reports', report)).statusCode).toBe(201)
      ;[breach] = (await desk.get(a.people.tracer, '/api/breach-reports')).json<{ items: [Breach] }>().items
      expect(breach).toMatchObject({ since: '2026-12-05T06:00:00.000Z', said, organisation: member.name, accused: null, state: 'reported' })
      expect((await desk.get(b.people.tracer, '/api/breach-reports')).json()).toEqual({ items: [] })
      expect(await notices(a.people.tracer, 'breach.reported')).toBe(1)
      expect((await desk.get(a.people.auditor, '/api/breach-reports')).body).not.toContain(MARK)
    })

    it('E40: names the accused to nobody before two people have decided that it may be', async () => {
      const { tracer, publisher } = a.people
      expect((await post(tracer, `${url()}/triage`, { accused: accused.id })).json<Breach>().accused!.name).toBe(accused.name)
      const tell = (body: string, by: Caller = tracer) => post(by, `${url()}/messages`, { body, readers: [member.id, a.vendor.id] })
      for (const body of [`It was ${accused.name}.`, 'it was VENDOR  Southgate\u200b-Systems!', `Ask ${member.name}.`]) {
        const refused = await tell(body)
        expect([code(refused), refused.body.includes(accused.name)]).toEqual(['VALIDATION_FAILED', false])
      }
      const words = 'A proof of concept is in a forum. Look at your exposure.'
      expect(code(await tell(words, publisher))).toBe('FORBIDDEN')
      expect((await tell(words)).json<Breach>().messages[0]!.readers).toBe(2)
      // Nobody holds it yet.
      expect(code(await post(tracer, `${url()}/messages`, { body: words, readers: 'holders' }))).toBe('VALIDATION_FAILED')
      expect((await desk.get(member.people.reader, '/api/breach-messages')).json<{ items: { body: string }[] }>().items.map(({ body }) => body)).toEqual([
        words,
      ])
      expect((await desk.get(accused.people.analyst, '/api/breach-messages')).json()).toEqual({ items: [] })
      const own = await desk.get(member.people.analyst, '/api/breach-reports/own')
      expect([own.json<{ items: unknown[] }>().items.length, own.body.includes(accused.id), own.body.includes(accused.name)]).toEqual([1, false, false])
      // A colleague to whom the package may be closed sees nothing of it.
      expect((await desk.get(member.people.reader, '/api/breach-reports/own')).json()).toEqual({ items: [] })
      const decision = { outcome: 'breach', namesAccused: true, reasons: `${MARK} bytes were theirs` }
      const waiting = async (what: object) => (await post(tracer, `${url()}/decision`, what)).json<Breach>()
      const confirm = (by: Caller, proposedAt: string) => post(by, `${url()}/decision/confirmation`, { proposedAt })
      const first = await waiting({ ...decision, namesAccused: false })
      expect(first.state).toBe('decision-proposed')
      const [readAt] = [first.decision!.proposed.at, test.clock.advance(1000)]
      const { at } = (await waiting(decision)).decision!.proposed
      expect(code(await confirm(tracer, at))).toBe('SECOND_PERSON_NEEDED')
      // Replaced between reading and confirming, it is not what was agreed to.
      expect(code(await confirm(publisher, readAt))).toBe('PRECONDITION_FAILED')
      expect(code(await tell(`It was ${accused.name}.`))).toBe('VALIDATION_FAILED')
      expect((await confirm(publisher, at)).json<Breach>().state).toBe('decided')
      expect((await tell(`It was ${accused.name}.`)).statusCode).toBe(200)
      expect(code(await tell(`It was ${member.name}.`))).toBe('VALIDATION_FAILED')
      expect(code(await post(tracer, `${url()}/decision`, decision))).toBe('CONFLICT')
    })

    it('E40: keeps what was said sealed', async () => {
      for (const table of ['breach_report', 'breach_message', 'regulatory_filing', 'regulatory_clock', 'awareness_correction', 'audit_leaf', 'notice']) {
        const { rows } = await test.database.superuser.query<{ line: string }>(`select t::text as line from ${table} t`)
        expect(rows.length, table).toBeGreaterThan(0)
        expect(
          rows.some(({ line }) => line.includes(MARK) || line.includes('CVE-2026')),
          table,
        ).toBe(false)
      }
    })
  })
})
