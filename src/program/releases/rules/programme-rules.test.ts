import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import type { ReleaseView } from '#program/releases/contract.ts'
import { cyclesOf } from '#program/releases/cycles.ts'
import type { ProgrammeRules, ProposedRules, RulesPreview } from '#program/releases/rules/contract.ts'
import { noteZoneDrift } from '#program/releases/rules/note-zone-drift.ts'
import { PRESET_RULES, type RuleSet } from '#program/releases/rules/rule-set.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, DECEMBER, ok, packageDesk, type Caller } from '#test/harness/packages.ts'
import { entitle, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Release = z.output<typeof ReleaseView>
type Proposed = z.output<typeof ProposedRules>
const URL = '/api/programme-rules'
const FEDERAL = PRESET_RULES[0]!.rules
const SHORTER: RuleSet = { ...FEDERAL, windows: { ...FEDERAL.windows, validate: { days: 10, unit: 'calendar-days' } } }
const QUARTERLY: RuleSet = { ...FEDERAL, name: 'quarterly', zone: 'Europe/Berlin', hour: 15, minute: 30, months: [1, 4, 7, 10], nth: 3 }
const JANUARY = { release: '2027-01-12T18:00:00.000Z', validate: '2026-12-29T18:00:00.000Z' }

describe('rules of the calendar', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let second: SeededPerson<OperatorActor>
  const show = async (by: Caller = a.people.publisher) => (await desk.get(by, URL)).json<z.output<typeof ProgrammeRules>>()
  const propose = (rules: object = SHORTER, from = '2027-02', by: Caller = a.people.publisher) => desk.post(by, URL, { rules, from })
  const adopt = (by: Caller, { proposal }: Proposed) => desk.post(by, `${URL}/${proposal}/adopt`)
  const releases = async (by: Caller) => (await desk.get(by, '/api/releases')).json<{ items: Release[] }>().items.filter(({ kind }) => kind === 'rule')
  const notices = async (person: { id: string }) => {
    const { rows } = await test.database.superuser.query<{ kind: string }>('select kind from notice where person_id = $1 order by id', [person.id])
    return rows.map(({ kind }) => kind)
  }
  const unsound = async (reply: Awaited<ReturnType<typeof propose>>) => {
    const { fields } = reply.json<{ fields?: { field: string }[] }>()
    return [reply.statusCode, fields?.[0]?.field]
  }

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst)
  })
  afterAll(() => test.close())

  async function scheduled(release: string): Promise<string> {
    const { id } = ok(await desk.import(a.people.author))
    ok(await desk.step(a.people.author, id, 'review'))
    ok(await desk.step(a.people.reviewer, id, 'approval'))
    ok(await desk.schedule(a.people.publisher, id, release))
    return id
  }

  it('are the preset until an operator has its own', async () => {
    const shown = await show(a.people.auditor)
    expect(shown.inForce).toEqual({ id: 'federal@1', rules: FEDERAL, from: null })
    expect(shown.calendarEnds).toBe('2040-12-31')
    expect(shown.proposals).toEqual([])
    expect(shown.cycles).toHaveLength(24)
    expect(shown.cycles[0]).toMatchObject({ month: '2026-12', instant: DECEMBER.release, rules: 'federal@1', windows: { validate: DECEMBER.validate } })
    expect(code(await desk.get(a.people.author, URL))).toBe('FORBIDDEN')
    expect(code(await desk.get(a.vendor.people.admin, URL))).toBe('FORBIDDEN')
  })

  it('are refused with the field that is wrong, and nothing is kept', async () => {
    expect(await unsound(await propose({ ...FEDERAL, zone: 'Mars/Olympus' }))).toEqual([400, '/body/rules/zone'])
    expect(await unsound(await propose({ ...FEDERAL, months: [] }))).toEqual([400, '/body/rules/months'])
    expect(await unsound(await propose({ ...FEDERAL, calendar: { id: 'own@1', from: '2026-11-01', to: '2028-01-31', dates: [] } }))).toEqual([
      400,
      '/body/rules/calendar',
    ])
    expect(await unsound(await propose({ ...FEDERAL, windows: { ...FEDERAL.windows, entry: { days: 9, unit: 'business-days' } } }))).toEqual([
      400,
      '/body/rules/windows/entry',
    ])
    expect(await unsound(await propose({ ...FEDERAL, minimumHours: { advance: 120 } }))).toEqual([400, '/body/rules/minimumHours/advance'])
    expect(await unsound(await propose(FEDERAL, '2027-13'))).toEqual([400, '/body/from'])
    expect((await show()).proposals).toEqual([])
  })

  it('are previewed over 24 months, and nothing is kept', async () => {
    const preview = async (body: object, by: Caller = a.people.auditor) => (await desk.post(by, `${URL}/preview`, body)).json<z.output<typeof RulesPreview>>()
    const member = { zone: 'Asia/Riyadh', weekend: ['friday', 'saturday'] }
    const shown = await preview({ rules: SHORTER, from: '2027-01', member })
    expect(shown).toMatchObject({ from: '2027-01', blocked: null })
    expect(shown.cycles[0]).toMatchObject({ month: '2026-12', taken: false, change: 'same', working: { advance: 24, entry: 8 } })
    expect(shown.cycles[1]).toMatchObject({
      month: '2027-01',
      taken: true,
      change: 'moved',
      before: { instant: JANUARY.release, windows: { validate: JANUARY.validate } },
      after: { instant: JANUARY.release, rule: 'federal@1', windows: { validate: '2027-01-02T18:00:00.000Z' } },
      hours: { validate: { before: 336, after: 240, gained: -96 }, entry: { before: 24, after: 24, gained: 0 } },
      working: { validate: 64, advance: 24, entry: 8 },
    })
    const quarterly = await preview({ rules: QUARTERLY })
    expect([quarterly.from, quarterly.blocked, ...quarterly.cycles.slice(0, 3).map(({ change }) => change)]).toEqual([
      '2026-12',
      null,
      'vanishes',
      'moved',
      'vanishes',
    ])
    expect(await preview({ rules: SHORTER, from: '2026-11' })).toMatchObject({ blocked: '2026-11' })
    const wrong = await desk.post(a.people.publisher, `${URL}/preview`, { rules: SHORTER, member: { ...member, zone: 'Mars/Olympus' } })
    expect(await unsound(wrong)).toEqual([400, '/body/member/zone'])
    expect(code(await desk.post(a.people.author, `${URL}/preview`, { rules: SHORTER }))).toBe('FORBIDDEN')
    expect((await show()).proposals).toEqual([])
  })

  it('take two publishers, and only other ones of the same operator know of them', async () => {
    const proposed = (await propose()).json<Proposed>()
    expect(proposed).toMatchObject({
      id: 'federal@2',
      from: '2027-02',
      state: 'waits',
      rules: SHORTER,
      proposed: { by: { id: a.people.publisher.id } },
      adopted: null,
    })
    expect(await notices(second)).toEqual(['programme.proposed'])
    expect(await notices(a.people.publisher)).toEqual([])
    expect(code(await adopt(a.people.publisher, proposed))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await adopt(a.people.auditor, proposed))).toBe('FORBIDDEN')
    expect(code(await adopt(b.people.publisher, proposed))).toBe('NOT_FOUND')
    expect((await show(b.people.publisher)).proposals).toEqual([])
    expect((await show()).inForce.id).toBe('federal@1')
    expect((await desk.delete(second, `${URL}/${proposed.proposal}`)).statusCode).toBe(204)
    expect(code(await adopt(second, proposed))).toBe('CONFLICT')
    expect(code(await desk.delete(second, `${URL}/${proposed.proposal}`))).toBe('CONFLICT')
    expect((await show()).proposals).toMatchObject([{ id: 'federal@2', state: 'withdrawn' }])
  })

  it('are not adopted when who proposed them is no publisher any more', async () => {
    const third = await seedStaff(test.app, a.id, 'publisher', 'Third publisher')
    const proposed = (await propose(SHORTER, '2027-02', third)).json<Proposed>()
    await test.app.db.transaction(system('test'), (tx) =>
      tx.db.updateTable('person').set({ disabled_at: test.clock.now() }).where('id', '=', third.id).execute(),
    )
    expect(code(await adopt(second, proposed))).toBe('CONFLICT')
  })

  it('E8: adopted while a window is open, change nothing in that cycle and apply from the next one on', async () => {
    test.clock.set('2026-12-04T12:00:00Z')
    const id = await scheduled(DECEMBER.release)
    expect(await releases(a.vendor.people.analyst)).toHaveLength(6)
    const before = (await releases(a.people.publisher))[0]
    expect(code(await propose(SHORTER, '2026-12'))).toBe('CONFLICT')
    const proposed = (await propose(SHORTER, '2027-01')).json<Proposed>()
    expect((await adopt(second, proposed)).json()).toMatchObject({ state: 'adopted', adopted: { by: { id: second.id } } })
    expect(code(await adopt(second, proposed))).toBe('CONFLICT')
    const after = await releases(a.people.publisher)
    expect(after[0]).toEqual(before)
    expect(after[0]).toMatchObject({ rule: 'update-tuesday@1', windows: { validate: DECEMBER.validate, entry: DECEMBER.entry } })
    expect(after[1]).toMatchObject({ instant: JANUARY.release, rule: 'federal@4', windows: { validate: '2027-01-02T18:00:00.000Z' } })
    expect(await releases(a.vendor.people.reader)).toEqual(after)
    expect((await desk.read(a.vendor.people.analyst, id)).release).toMatchObject({ instant: DECEMBER.release, rule: 'update-tuesday@1' })
    expect((await show()).inForce).toMatchObject({ id: 'federal@4', from: '2027-01', rules: SHORTER })
    expect((await show()).cycles.slice(0, 2)).toMatchObject([
      { rules: 'federal@1', begun: true },
      { rules: 'federal@4', begun: false },
    ])
    const cycles = await test.app.db.read(system('test'), (tx) => cyclesOf(tx, a.id, test.clock.now(), { before: 1, after: 1 }))
    expect(cycles.map(({ month, since, release }) => [month, since, release.rule])).toEqual([
      ['2026-11', undefined, 'update-tuesday@1'],
      ['2026-12', undefined, 'update-tuesday@1'],
      ['2027-01', test.clock.now(), 'federal@4'],
    ])
    // Another operator's calendar stays what it was, and its members see that one.
    expect((await releases(b.vendor.people.reader))[1]).toMatchObject({ rule: 'update-tuesday@1', windows: { validate: JANUARY.validate } })
    expect(await notices(a.vendor.people.reader)).toEqual(['programme.changed'])
    expect(await notices(b.vendor.people.reader)).toEqual([])
    const page = async (path: string) => {
      const { rule, releases } = (await test.server.inject({ url: path })).json<{ rule: string; releases: { opens: { validate: string } }[] }>()
      return [rule, releases[1]!.opens.validate]
    }
    expect(await page('/programme/operator-a.json')).toEqual(['federal@4', '2027-01-02T18:00:00.000Z'])
    expect(await page('/programme/operator-b.json')).toEqual(['update-tuesday@1', JANUARY.validate])
  })

  it('never move a cycle that holds a package, and say so before', async () => {
    await scheduled(JANUARY.release)
    expect(code(await propose(QUARTERLY, '2027-01'))).toBe('CONFLICT')
    const preview = await desk.post(second, `${URL}/preview`, { rules: QUARTERLY, from: '2027-01' })
    expect(preview.json()).toMatchObject({ blocked: '2027-01' })
    const proposed = (await propose(QUARTERLY, '2027-02')).json<Proposed>()
    // A package comes between the proposal and the adoption.
    await scheduled('2027-02-09T18:00:00.000Z')
    expect(code(await adopt(second, proposed))).toBe('CONFLICT')
    const later = (await propose(QUARTERLY, '2027-03')).json<Proposed>()
    expect(adoptedBy(await adopt(second, later)).id).toBe('quarterly@2')
    expect((await releases(a.people.publisher)).map(({ instant }) => instant.slice(0, 10))).toEqual([
      '2026-12-08',
      '2027-01-12',
      '2027-02-09',
      '2027-04-20',
      '2027-07-20',
      '2027-10-19',
    ])
    const { id } = ok(await desk.import(a.people.author))
    ok(await desk.step(a.people.author, id, 'review'))
    ok(await desk.step(a.people.reviewer, id, 'approval'))
    expect(code(await desk.schedule(a.people.publisher, id, '2027-03-09T18:00:00.000Z'))).toBe('VALIDATION_FAILED')
    expect(ok(await desk.schedule(a.people.publisher, id, '2027-04-20T13:30:00.000Z')).release).toMatchObject({ rule: 'quarterly@2', zone: 'Europe/Berlin' })
  })

  it('E10: newer zone data move what is to come and nothing that is past, on record, and publishers are told once', async () => {
    const { superuser } = test.database
    const run = () => noteZoneDrift(test.app, new AbortController().signal)
    const drifts = async () => (await superuser.query('select * from zone_drift order by id')).rows
    await run()
    expect(await drifts()).toEqual([])
    // As if April had been written down under zone data in which Berlin kept its winter time, and December, whose windows are partly open, too.
    const late = (instant: string) => `update release set instant = instant + interval '1 hour', entry_at = entry_at + interval '1 hour',
      advance_at = advance_at + interval '1 hour', validate_at = validate_at + interval '1 hour' where instant = '${instant}' and operator_id = '${a.id}'`
    await superuser.query(late('2027-04-20T13:30:00Z'))
    await superuser.query(late(DECEMBER.release))
    await run()
    await run()
    const found = (await show()).drifts
    expect(found).toMatchObject([
      {
        stored: { instant: '2026-12-08T19:00:00.000Z', windows: { advance: '2026-12-03T19:00:00.000Z' } },
        given: { instant: DECEMBER.release, windows: { validate: '2026-11-24T19:00:00.000Z', advance: '2026-12-03T19:00:00.000Z', entry: DECEMBER.entry } },
      },
      { stored: { instant: '2027-04-20T14:30:00.000Z' }, given: { instant: '2027-04-20T13:30:00.000Z' }, zoneData: process.versions['tz'] },
    ])
    expect(await drifts()).toHaveLength(2)
    expect((await notices(second)).filter((kind) => kind === 'release.zone-moved')).toHaveLength(2)
    const { rows } = await superuser.query<{ body: Buffer }>('select body from audit_leaf')
    expect(rows.filter(({ body }) => body.toString().includes('release.zone-moved'))).toHaveLength(2)
    // Nothing moved by itself: the instants that members were promised stand until two publishers move them.
    const { rows: kept } = await superuser.query<{ instant: Date }>(`select instant from release where rule = 'quarterly@2'`)
    expect(kept[0]!.instant.toISOString()).toBe('2027-04-20T14:30:00.000Z')
    test.clock.set('2027-05-01T00:00:00Z')
    expect((await show()).drifts).toEqual([])
  })

  it('are bound by leaves: a later edit of a row is found', async () => {
    const faults = async () => (await verifyLog(test.app, {})).faults.filter(({ table }) => table === 'programme')
    expect(await faults()).toEqual([])
    await test.database.superuser.query(`update programme set rules = jsonb_set(rules, '{hour}', '3') where name = 'quarterly'`)
    expect(await faults()).toContainEqual(expect.objectContaining({ code: 'ROW_ALTERED' }))
  })
})

function adoptedBy(reply: { statusCode: number; json<T>(): T }): Proposed {
  expect(reply.statusCode).toBe(200)
  return reply.json<Proposed>()
}
