import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { ReleaseView } from '#program/releases/contract.ts'
import type { MovePreview, MoveView } from '#program/releases/moves/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

type Release = z.output<typeof ReleaseView>
type Move = z.output<typeof MoveView>
type Preview = z.output<typeof MovePreview>

/** One week after Update Tuesday of December, at the usual hour. */
const SLIPPED = { kind: 'instants', zone: 'America/Los_Angeles', instant: '2026-12-15T10:00' }
const START = '2026-11-22T12:00:00Z'
const before = (instant: string) => new Date(Date.parse(instant) - 1).toISOString()

describe('moving the dates of a release', { timeout: 60_000 }, () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let second: SeededPerson<OperatorActor>
  let counter = 0
  const members = {} as Record<'validate' | 'advance' | 'entry' | 'responder' | 'restricted', SeededOrganisation>
  const reader = (tier: keyof typeof members) => members[tier].people.analyst

  beforeAll(async () => {
    test = await testApp()
    test.clock.set('2026-11-01T00:00:00Z')
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    for (const tier of ['validate', 'advance', 'entry', 'responder'] as const) {
      members[tier] = await seedMember(test.app, a.id, tier)
      await entitle(test.app, a, members[tier], reader(tier), { tier })
    }
    members.restricted = await seedMember(test.app, a.id, 'restricted')
    await entitle(test.app, a, members.restricted, reader('restricted'), { jurisdiction: 'duty-to-report@1' })
  })
  afterAll(() => test.close())

  const wish = (to: object, more: object = {}) => ({ release: DECEMBER.release, to, ...more })
  const preview = async (body: object, by: Caller = a.people.publisher) => desk.post(by, '/api/releases/moves/preview', body)
  const propose = (body: object, by: Caller = a.people.publisher) => desk.post(by, '/api/releases/moves', { reason: 'The fix needs another week', ...body })
  const confirm = (move: Move, by: Caller = second) => desk.post(by, `/api/releases/moves/${move.id}/confirmation`, { preview: move.preview!.sha256 })
  const list = async (by: Caller) => (await desk.get(by, '/api/releases')).json<{ items: Release[] }>().items
  async function moved(body: object): Promise<Move> {
    const proposed = await propose(body)
    if (proposed.statusCode !== 201) throw new Error(`refused: ${proposed.body}`)
    const answer = await confirm(proposed.json<Move>())
    if (answer.statusCode !== 200) throw new Error(`refused: ${answer.body}`)
    return answer.json<Move>()
  }
  const sees = async (tier: keyof typeof members, id: string) => (await desk.get(reader(tier), `/api/packages/${id}`)).statusCode === 200
  const listed = async (tier: keyof typeof members, id: string) =>
    (await desk.get(reader(tier), '/api/packages')).json<{ items: Package[] }>().items.some((one) => one.id === id)
  const who = async (id: string) => {
    const open: string[] = []
    for (const tier of Object.keys(members) as (keyof typeof members)[]) {
      const [one, other] = [await sees(tier, id), await listed(tier, id)]
      // The list narrows in the database, and says what the predicate says.
      expect(other, tier).toBe(one)
      if (one) open.push(tier)
    }
    return open.join(' ')
  }
  const noticesOf = async (person: { id: string }) => {
    const { rows } = await test.database.superuser.query<{ kind: string }>('select kind from notice where person_id = $1 order by kind', [person.id])
    return rows.map(({ kind }) => kind)
  }
  const forget = () => test.database.superuser.query('delete from notice')
  /** A package of two people's on a release, without files. */
  async function scheduled(mark: string, release: string = DECEMBER.release): Promise<Package> {
    const { id } = ok(await desk.import(a.people.author, csafDocument(mark, `CVE-2026-3${String(++counter).padStart(4, '0')}`)))
    ok(await desk.step(a.people.author, id, 'review'))
    ok(await desk.step(a.people.reviewer, id, 'approval'))
    return ok(await desk.schedule(a.people.publisher, id, release))
  }

  it('is nobody’s alone: a proposal moves nothing, and the consequences that were read are named', async () => {
    test.clock.set(START)
    const one = await scheduled('Alone')
    const proposed = await propose(wish(SLIPPED))
    expect(proposed.statusCode).toBe(201)
    const move = proposed.json<Move>()
    expect(move).toMatchObject({ state: 'waits', release: DECEMBER.release, packages: null, to: { instant: '2026-12-15T18:00:00.000Z' }, confirmed: null })
    expect(await noticesOf(second)).toEqual(['release.move-proposed'])
    expect(await noticesOf(a.people.publisher)).toEqual([])
    expect((await desk.read(a.people.publisher, one.id)).release!.instant).toBe(DECEMBER.release)

    expect(code(await confirm(move, a.people.publisher))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await confirm(move, b.people.publisher))).toBe('NOT_FOUND')
    expect(code(await confirm(move, a.people.reviewer))).toBe('FORBIDDEN')
    expect(code(await desk.post(second, `/api/releases/moves/${move.id}/confirmation`, { preview: 'a'.repeat(64) }))).toBe('PRECONDITION_FAILED')
    // Time alone changes no consequence before a window opens; another package does.
    test.clock.set('2026-11-23T12:00:00Z')
    const now = (await desk.get(second, `/api/releases/moves/${move.id}`)).json<Move>()
    expect(now.preview!.sha256).toBe(move.preview!.sha256)
    await scheduled('Alone too')
    expect(code(await confirm(move))).toBe('PRECONDITION_FAILED')
    expect((await desk.delete(second, `/api/releases/moves/${move.id}`)).statusCode).toBe(204)
    expect(code(await confirm(move))).toBe('NOT_FOUND')
    expect((await desk.get(second, '/api/releases/moves')).json()).toEqual({ items: [] })
  })

  it('E14: later before any opening recomputes the windows, and tells everybody by the calendar alone', async () => {
    test.clock.set(START)
    await forget()
    const { people } = await seedMember(test.app, a.id, 'without clearance')
    const [one] = (await desk.get(a.people.publisher, '/api/packages')).json<{ items: Package[] }>().items
    const told = await moved(wish(SLIPPED))
    expect(told).toMatchObject({ state: 'confirmed', confirmed: { by: { id: second.id } } })
    const december = (await list(people.reader))[0]!
    expect(december).toMatchObject({
      key: DECEMBER.release,
      kind: 'rule',
      rule: 'update-tuesday@1',
      instant: '2026-12-15T18:00:00.000Z',
      windows: { validate: '2026-12-01T18:00:00.000Z', advance: '2026-12-10T18:00:00.000Z', entry: '2026-12-14T18:00:00.000Z' },
      moved: { from: { instant: DECEMBER.release, windows: { advance: DECEMBER.advance } } },
    })
    expect((await list(a.people.author))[0]).toMatchObject({ instant: december.instant, moved: { from: { instant: DECEMBER.release } } })
    expect((await list(b.people.author))[0]).toMatchObject({ instant: DECEMBER.release, moved: null })
    expect((await list(b.vendor.people.reader))[0]).toMatchObject({ instant: DECEMBER.release, moved: null })
    for (const person of [people.reader, people.admin, reader('entry'), reader('responder'), reader('restricted')])
      expect(await noticesOf(person)).toEqual(['release.moved'])
    expect(await noticesOf(b.vendor.people.reader)).toEqual([])
    expect(await noticesOf(a.people.publisher)).toEqual(['release.move-confirmed'])

    // The old instants open nothing, the new ones do.
    test.clock.set(DECEMBER.advance)
    expect(await who(one!.id)).toBe('validate')
    test.clock.set(before('2026-12-10T18:00:00.000Z'))
    expect(await who(one!.id)).toBe('validate')
    test.clock.set('2026-12-10T18:00:00.000Z')
    expect(await who(one!.id)).toBe('validate advance')
    // Nothing of the move shows when it was scheduled: nobody is told of an opening that was not.
    expect((await desk.read(reader('advance'), one!.id)).openedAt).toBe('2026-12-10T18:00:00.000Z')
  })

  it('E15: later after an opening leaves open what is open, and everybody who received it is asked to acknowledge', async () => {
    const JANUARY = '2027-01-12T18:00:00.000Z'
    const opened = '2027-01-07T18:00:00.000Z'
    test.clock.set('2026-12-28T00:00:00Z')
    const { id } = await scheduled('Slips', JANUARY)
    const cve = (await desk.read(a.people.author, id)).cves[0]!
    test.clock.set(opened)
    ok(await desk.receive(reader('advance'), id))
    test.clock.set('2027-01-08T12:00:00Z')
    await forget()
    const shown = (await preview({ release: JANUARY, packages: [id], to: { ...SLIPPED, instant: '2027-01-19T10:00' } })).json<Preview>()
    const [version] = shown.packages
    expect(shown.tiers.map(({ tier, effect, after }) => [tier, effect, after])).toEqual([
      ['validate', 'stays-open', '2026-12-29T18:00:00.000Z'],
      ['advance', 'stays-open', opened],
      // The Monday before is a holiday: T-1 is a Friday, as the rule counts it.
      ['entry', 'later', '2027-01-15T18:00:00.000Z'],
    ])
    expect(version).toMatchObject({
      title: 'Slips title',
      embargo: { before: JANUARY, after: '2027-01-19T18:00:00.000Z' },
      people: { 'stays-open': 2, later: 2 },
      losesHours: 0,
      holders: [{ person: { id: reader('advance').id }, organisation: { id: members.advance.id } }],
      protections: [],
    })
    expect(version!.members.find(({ organisation }) => organisation.id === members.entry.id)).toMatchObject({ hoursBefore: 24, hoursAfter: 96, people: 1 })
    expect(version!.members.map(({ organisation }) => organisation.id)).not.toContain(members.responder.id)
    expect(shown.told).toEqual({ people: 2, organisations: 2 })

    await moved({ release: JANUARY, packages: [id], to: { ...SLIPPED, instant: '2027-01-19T10:00' } })
    // Only who may know of it now is told that it moved.
    expect([await noticesOf(reader('advance')), await noticesOf(reader('validate'))]).toEqual([
      ['package.acknowledgement-asked', 'package.moved'],
      ['package.moved'],
    ])
    const duties = await desk.get(reader('advance'), '/api/acknowledgements')
    expect(duties.json()).toMatchObject({ items: [{ package: id, version: 1, kind: 'slip' }] })
    expect((await desk.get(reader('validate'), '/api/acknowledgements')).json()).toEqual({ items: [] })
    expect([await noticesOf(reader('entry')), await noticesOf(reader('restricted'))]).toEqual([[], []])
    expect(await who(id)).toBe('validate advance')
    expect((await desk.read(reader('advance'), id)).openedAt).toBe(opened)
    expect((await desk.read(reader('advance'), id)).release!.instant).toBe('2027-01-19T18:00:00.000Z')
    // What is reported at the old instant is held back, since the embargo goes on.
    const report = () => desk.post(reader('advance'), '/api/protections', { product: 'Gateway', sensor: 'network', mode: 'block', cves: [cve] })
    test.clock.set(JANUARY)
    expect(await who(id)).toBe('validate advance')
    expect(code(await report())).toBe('VALIDATION_FAILED')
    test.clock.set('2027-01-15T18:00:00.000Z')
    expect(await who(id)).toBe('validate advance entry')
    test.clock.set('2027-01-19T18:00:00.000Z')
    expect(await who(id)).toBe('validate advance entry restricted')
    expect((await report()).statusCode).toBe(201)
    // The control: the other packages of the month were left where they were.
    expect((await list(reader('entry')))[0]).toMatchObject({ instant: '2027-02-09T18:00:00.000Z', moved: null })
  })

  it('E16: earlier opens now what would open in the past, in the order of the tiers, and never to a tier not entitled', async () => {
    const FEBRUARY = '2027-02-09T18:00:00.000Z'
    test.clock.set('2027-01-20T00:00:00Z')
    const { id } = await scheduled('Pulled forward', FEBRUARY)
    test.clock.set('2027-01-27T00:00:00Z')
    // Whoever joins within the window of their tier reads from the next cycle on.
    const late = await seedMember(test.app, a.id, 'late')
    await entitle(test.app, a, late, late.people.analyst, { tier: 'validate' })
    test.clock.set('2027-02-01T20:00:00Z')
    expect(await who(id)).toBe('validate')
    const to = { ...SLIPPED, instant: '2027-02-02T10:00' }
    const shown = (await preview({ release: FEBRUARY, to })).json<Preview>()
    expect(shown.tiers.map(({ tier, effect, after }) => [tier, effect, after])).toEqual([
      ['validate', 'stays-open', '2027-01-26T18:00:00.000Z'],
      ['advance', 'at-once', null],
      ['entry', 'at-once', null],
    ])
    expect(shown.packages[0]).toMatchObject({ people: { 'stays-open': 1, 'at-once': 2, earlier: 1 }, losesHours: 3 })
    await moved({ release: FEBRUARY, to })
    expect(await who(id)).toBe('validate advance entry')
    expect((await desk.get(late.people.analyst, `/api/packages/${id}`)).statusCode).toBe(404)
    const { windows } = (await list(a.people.author)).find(({ key }) => key === FEBRUARY)!
    expect(windows).toEqual({ validate: '2027-01-26T18:00:00.000Z', advance: '2027-02-01T20:00:00.000Z', entry: '2027-02-01T20:00:00.000Z' })
    test.clock.set(before('2027-02-02T18:00:00.000Z'))
    expect(await who(id)).toBe('validate advance entry')
    test.clock.set('2027-02-02T18:00:00.000Z')
    expect(await who(id)).toBe('validate advance entry restricted')
    expect(code(await preview({ release: FEBRUARY, to: SLIPPED }))).toBe('CONFLICT')
  })

  it('E17: past the next Update Tuesday the package keeps id and instant, the other cycle its windows, and both are shown', async () => {
    const [MARCH, APRIL] = ['2027-03-09T18:00:00.000Z', '2027-04-13T17:00:00.000Z']
    test.clock.set('2027-02-10T00:00:00Z')
    const [one, other, joining] = [await scheduled('Far', MARCH), await scheduled('Stays', MARCH), await scheduled('Joins', MARCH)]
    const april = (await list(a.people.author)).find(({ key }) => key === APRIL)!
    await forget()
    await moved({ release: MARCH, packages: [one.id], to: { ...SLIPPED, instant: '2027-04-20T10:00' } })
    const after = await list(a.people.author)
    expect(after.find(({ key }) => key === APRIL)).toEqual(april)
    expect(after.find(({ kind, instant }) => kind === 'moved' && instant > MARCH)).toMatchObject({
      instant: '2027-04-20T17:00:00.000Z',
      moved: { from: { instant: MARCH } },
    })
    expect(after.find(({ key }) => key === MARCH)).toMatchObject({ instant: MARCH, moved: null })
    const read = async ({ id }: Package) => (await desk.read(a.people.author, id)).release!.instant
    expect([await read(one), await read(other)]).toEqual(['2027-04-20T17:00:00.000Z', MARCH])
    // To members nothing says that anything is on either.
    const dates = (releases: Release[]) => releases.map(({ operator: _whose, ...release }) => release)
    expect(dates(await list(reader('advance')))).toEqual(dates(await list(b.vendor.people.reader)))
    expect(await noticesOf(reader('advance'))).toEqual([])

    // To another release of the rule it is the same act, and goes with that one from then on.
    await moved({ release: MARCH, packages: [joining.id], to: { kind: 'release', release: APRIL } })
    expect([await read(joining), await read(other)]).toEqual([APRIL, MARCH])
    await moved({ release: APRIL, to: { ...SLIPPED, instant: '2027-04-15T10:00' } })
    expect([await read(joining), await read(one)]).toEqual(['2027-04-15T17:00:00.000Z', '2027-04-20T17:00:00.000Z'])
  })

  it('a release of the rule with nothing on it moves too, and what is scheduled for its key goes with it', async () => {
    const MAY = '2027-05-11T17:00:00.000Z'
    const { packages, release } = await moved({ release: MAY, to: { ...SLIPPED, instant: '2027-05-18T10:00' } })
    expect({ packages, release }).toEqual({ packages: null, release: MAY })
    expect((await scheduled('For May', MAY)).release).toMatchObject({ instant: '2027-05-18T17:00:00.000Z' })
    // And once more, from where it is.
    await moved({ release: MAY, to: { ...SLIPPED, instant: '2027-05-04T10:00' } })
    expect((await scheduled('For May too', MAY)).release).toMatchObject({ instant: '2027-05-04T17:00:00.000Z' })
    const of = (await list(a.people.author)).filter(({ key }) => key === MAY)
    expect(of).toMatchObject([{ instant: '2027-05-04T17:00:00.000Z', moved: { from: { instant: MAY } } }])
  })

  it('E13: one outside the rule keeps its contents and its own approval when it moves', async () => {
    test.clock.set('2027-03-01T00:00:00Z')
    const { id } = ok(await desk.import(a.people.author, csafDocument('Urgent', 'CVE-2026-39001')))
    ok(await desk.step(a.people.author, id, 'review'))
    const { contentHash } = ok(await desk.step(a.people.reviewer, id, 'approval'))
    const instant = '2027-03-03T15:00:00Z'
    const body = { instant, zone: 'Europe/Berlin', windows: { validate: instant, advance: instant, entry: instant }, reason: 'Urgent' }
    const { key } = (await desk.post(a.people.publisher, '/api/releases', { ...body, packages: [{ id, version: 1, contentHash }] })).json<Release>()
    const to = {
      kind: 'instants',
      zone: 'Europe/Berlin',
      instant: '2027-03-04T16:00',
      windows: { validate: '2027-03-02T16:00', advance: '2027-03-04T16:00', entry: '2027-03-04T16:00' },
    }
    expect((await preview({ release: key, to })).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/release' }] })
    await desk.post(second, `/api/releases/${key}/confirmation`)
    await moved({ release: key, to })
    const stranger = ok(await desk.import(a.people.author, csafDocument('Stranger', 'CVE-2026-39002')))
    ok(await desk.step(a.people.author, stranger.id, 'review'))
    ok(await desk.step(a.people.reviewer, stranger.id, 'approval'))
    expect(code(await desk.schedule(a.people.publisher, stranger.id, key))).toBe('CONFLICT')
    expect(ok(await desk.schedule(a.people.publisher, id, key)).release).toMatchObject({ instant: '2027-03-04T15:00:00.000Z', zone: 'Europe/Berlin' })
    expect((await list(a.people.author)).find((release) => release.key === key)).toMatchObject({
      kind: 'out-of-band',
      moved: { from: { instant: '2027-03-03T15:00:00.000Z' } },
    })
  })

  it.each([
    ['/body/to/instant', 'does not exist', { to: { ...SLIPPED, instant: '2027-03-14T02:30' } }],
    ['/body/to/instant', 'occurs twice', { to: { ...SLIPPED, instant: '2027-11-07T01:30' } }],
    ['/body/to/instant', 'instant', { to: { ...SLIPPED, instant: 'soon' } }],
    ['/body/to/instant', '2000 to 2199', { to: { ...SLIPPED, instant: '2299-01-01T00:00:00Z' } }],
    ['/body/to/zone', 'IANA', { to: { ...SLIPPED, zone: 'Mars/Olympus' } }],
    [
      '/body/to/windows/entry',
      'not after',
      { to: { ...SLIPPED, instant: '2027-04-01T10:00', windows: { validate: '2027-03-30T10:00', advance: '2027-03-30T10:00', entry: '2027-04-02T10:00' } } },
    ],
    [
      '/body/to/windows/advance',
      'validate',
      { to: { ...SLIPPED, instant: '2027-04-01T10:00', windows: { validate: '2027-03-30T10:00', advance: '2027-03-29T10:00', entry: '2027-03-31T10:00' } } },
    ],
    ['/body/to/release', 'another', { to: { kind: 'release', release: '2027-06-08T17:00:00.000Z' } }],
    ['/body/to/release', 'GET /api/releases', { to: { kind: 'release', release: '2027-06-09T17:00:00.000Z' } }],
    ['/body/release', 'GET /api/releases', { release: '0193b0c8-1111-7222-8333-444455556666' }],
    ['/body/packages/0', 'scheduled', { packages: ['0193b0c8-1111-7222-8333-444455556666'] }],
    ['/body/to', 'other instants', { to: { ...SLIPPED, instant: '2027-06-08T10:00' } }],
  ])('names %s where a wish does not fit, with the reason: %s', async (field, reason, changes) => {
    const answer = await preview({ release: '2027-06-08T17:00:00.000Z', to: { ...SLIPPED, instant: '2027-06-15T10:00' }, ...changes })
    expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field, message: expect.stringContaining(reason) }] })
  })

  it('E23: no part moves before what it was split off from, nor that one behind it, without an assessment', async () => {
    test.clock.set('2027-03-05T00:00:00Z')
    const JULY = '2027-07-13T17:00:00.000Z'
    const [part, whole] = [await scheduled('Part', JULY), await scheduled('Whole', JULY)]
    const related = await desk.post(a.people.publisher, `/api/packages/${part.id}/relations`, { kind: 'split', other: whole.id, reason: 'Two causes' })
    expect(related.statusCode).toBe(201)
    const alone = (id: string, instant: string) => ({ release: JULY, to: { ...SLIPPED, instant }, packages: [id] })
    const [earlier, later] = [alone(part.id, '2027-07-06T10:00'), alone(whole.id, '2027-07-20T10:00')]
    for (const body of [earlier, later]) {
      expect(code(await preview(body))).toBe('PRECONDITION_FAILED')
      expect(code(await propose(body))).toBe('PRECONDITION_FAILED')
    }
    // Together they may, and the part behind the whole.
    expect((await preview({ ...later, packages: [part.id, whole.id] })).statusCode).toBe(200)
    expect((await preview(alone(part.id, '2027-07-20T10:00'))).statusCode).toBe(200)
    const { items } = related.json<{ items: { id: string }[] }>()
    const waits = await desk.post(a.people.publisher, `/api/package-relations/${items[0]!.id}/assessment`, { assessment: 'Nothing can be derived' })
    expect(waits.statusCode).toBe(200)
    for (const body of [earlier, later]) expect((await preview(body)).statusCode).toBe(200)
  })

  it('is refused once either instant has passed, and when who proposed it is no publisher any more', async () => {
    const to = { ...SLIPPED, instant: '2027-06-15T10:00' }
    const JUNE = '2027-06-08T17:00:00.000Z'
    expect(code(await preview({ release: DECEMBER.release, to }))).toBe('CONFLICT')
    expect(code(await preview({ release: JUNE, to: { ...to, instant: '2027-02-15T10:00' } }))).toBe('CONFLICT')
    const leaver = await seedStaff(test.app, a.id, 'publisher', 'Publisher who leaves')
    const move = (await propose({ release: JUNE, to }, leaver)).json<Move>()
    await test.database.superuser.query('update person set disabled_at = $2 where id = $1', [leaver.id, test.clock.now()])
    expect(code(await confirm(move))).toBe('CONFLICT')
    // What moved meanwhile is not moved from where it was.
    const stale = (await propose({ release: JUNE, to })).json<Move>()
    await moved({ release: JUNE, to: { ...to, instant: '2027-06-16T10:00' } })
    expect(code(await confirm(stale))).toBe('CONFLICT')
    expect((await desk.get(second, `/api/releases/moves/${stale.id}`)).json()).toMatchObject({ state: 'waits', preview: null })
  })

  it('shows those who may not read a package nothing of it, keeps the reason sealed, and is bound by the log', async () => {
    const all = (await desk.get(a.people.auditor, '/api/releases/moves')).body
    expect((await desk.get(a.people.author, '/api/releases/moves')).body).toContain('The fix needs another week')
    for (const word of ['Slips', 'CVE-2026-3', 'another week']) expect(all).not.toContain(word)
    for (const by of [reader('advance'), a.people['membership-officer']]) expect(code(await desk.get(by, '/api/releases/moves'))).toBe('FORBIDDEN')
    expect((await desk.get(b.people.publisher, '/api/releases/moves')).json()).toEqual({ items: [] })
    const { rows } = await test.database.superuser.query<{ line: string }>(
      'select t::text as line from release_move t union all select body::text from audit_leaf',
    )
    const hex = Buffer.from('another week').toString('hex')
    for (const { line } of rows) expect(line).not.toContain(hex)
    // The tests above took proposers out of office behind the program's back; nothing else differs.
    await test.database.superuser.query('update person set disabled_at = null where disabled_at is not null')
    expect((await verifyLog(test.app, {})).faults).toEqual([])
    await test.database.superuser.query(`update release_move set advance_at = validate_at where confirmed_at is not null`)
    await test.database.superuser.query(`update release set cycle_id = null where cycle_id is not null`)
    const faults = (await verifyLog(test.app, {})).faults.map(({ table }) => table)
    expect(new Set(faults)).toEqual(new Set(['release_move', 'release']))
  })

  it('takes no version along in whose place a revision comes at the same moment, and leaves none behind', async () => {
    test.clock.set('2027-03-05T00:00:00Z')
    const JULY = '2027-07-13T17:00:00.000Z'
    const { people } = b
    const other = await seedStaff(test.app, b.id, 'publisher', 'Second publisher of B')
    const { id } = ok(await desk.import(people.author, csafDocument('Revised', 'CVE-2026-39001')))
    const approve = async () => {
      ok(await desk.step(people.author, id, 'review'))
      ok(await desk.step(people.reviewer, id, 'approval'))
    }
    await approve()
    ok(await desk.schedule(people.publisher, id, JULY))
    ok(await desk.post(people.author, `/api/packages/${id}/revisions`, { summary: 'Corrected' }))
    ok(await desk.edit(people.author, id, (content) => ({ ...content, title: 'Corrected' })))
    await approve()
    const move = (await propose({ release: JULY, to: { ...SLIPPED, instant: '2027-07-20T10:00' } }, people.publisher)).json<Move>()
    // The revision takes the place of the version, and is not committed yet.
    const client = await test.database.superuser.connect()
    await client.query('begin')
    await client.query(`update package_version set state = 'superseded' where package_id = $1 and version = 1`, [id])
    await client.query(
      `update package_version n set state = 'scheduled', release_id = o.release_id, scheduled_by = o.scheduled_by, scheduled_at = o.scheduled_at
       from package_version o where n.package_id = $1 and n.version = 2 and o.package_id = n.package_id and o.version = 1`,
      [id],
    )
    const confirmed = confirm(move, other)
    await expect.poll(async () => (await test.database.superuser.query(`select 1 from pg_locks where not granted`)).rowCount, { timeout: 10_000 }).toBe(1)
    await client.query('commit')
    client.release()
    expect(code(await confirmed)).toBe('PRECONDITION_FAILED')
    const again = (await desk.get(other, `/api/releases/moves/${move.id}`)).json<Move>()
    expect((await confirm(again, other)).statusCode).toBe(200)
    const { rows } = await test.database.superuser.query<{ instant: Date }>(
      'select r.instant from package_version v join release r on r.id = v.release_id where v.package_id = $1',
      [id],
    )
    expect(rows.map(({ instant }) => instant.toISOString())).toEqual(['2027-07-20T17:00:00.000Z', '2027-07-20T17:00:00.000Z'])
  })
})
