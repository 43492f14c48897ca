import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import type { ReleaseView } from '#program/releases/contract.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Release = z.output<typeof ReleaseView>
const REASON = 'Attacks were seen in the wild'
const WISH = {
  instant: '2026-11-27T15:00:00Z',
  zone: 'Europe/Berlin',
  windows: { validate: '2026-11-24T15:00:00Z', advance: '2026-11-24T15:00:00Z', entry: '2026-11-26T16:00:00+01:00' },
  reason: REASON,
}

describe('releases', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let second: SeededPerson<OperatorActor>
  const list = async (by: Caller) => (await desk.get(by, '/api/releases')).json<{ items: Release[] }>().items
  let named: { id: string; version: number; contentHash: string }
  const nameOf = ({ id, version, contentHash }: Package) => ({ id, version, contentHash: contentHash! })
  const propose = (changes: object = {}, by: Caller = a.people.publisher) => desk.post(by, '/api/releases', { ...WISH, packages: [named], ...changes })
  const confirm = (by: Caller, key: string) => desk.post(by, `/api/releases/${key}/confirmation`)

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst)
    named = nameOf(await approved())
  })
  afterAll(() => test.close())

  async function approved(): Promise<Package> {
    const { id } = ok(await desk.import(a.people.author))
    ok(await desk.step(a.people.author, id, 'review'))
    return ok(await desk.step(a.people.reviewer, id, 'approval'))
  }

  it("shows the next six of the programme's rule to everybody", async () => {
    const planned = await list(a.vendor.people.reader)
    expect(planned).toHaveLength(6)
    expect(planned[0]).toEqual({
      operator: { id: a.id, name: a.name },
      key: DECEMBER.release,
      kind: 'rule',
      instant: DECEMBER.release,
      zone: 'America/Los_Angeles',
      rule: 'update-tuesday@1',
      calendar: 'us-federal@1',
      windows: { validate: DECEMBER.validate, advance: DECEMBER.advance, entry: DECEMBER.entry },
      packages: [],
      proposed: null,
      confirmed: null,
      state: 'planned',
      moved: null,
    })
    expect(planned.map(({ instant }) => instant.slice(0, 10))).toEqual(['2026-12-08', '2027-01-12', '2027-02-09', '2027-03-09', '2027-04-13', '2027-05-11'])
    expect(await list(a.people.author)).toEqual(planned)
  })

  it('outside the rule takes two publishers: a proposal by one opens nothing', async () => {
    const version = await approved()
    const { id } = version
    const proposed = (await propose({ packages: [nameOf(version)] })).json<Release>()
    expect(proposed.packages).toEqual([{ ...nameOf(version), title: 'Example title' }])
    expect(proposed).toMatchObject({
      kind: 'out-of-band',
      state: 'waits',
      rule: 'out-of-band',
      proposed: { by: { id: a.people.publisher.id }, reason: REASON },
    })
    expect((await list(a.people.publisher))[0]).toEqual(proposed)
    expect(await list(a.vendor.people.analyst)).toHaveLength(6)
    expect((await list(a.people.auditor))[0]!.packages).toEqual([{ ...nameOf(version), title: null }])
    expect(code(await desk.schedule(a.people.publisher, id, proposed.key))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await confirm(a.people.publisher, proposed.key))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await desk.schedule(second, id, proposed.key))).toBe('SECOND_PERSON_NEEDED')
    test.clock.set('2026-11-25T00:00:00Z')
    expect(code(await desk.get(a.vendor.people.analyst, `/api/packages/${id}`))).toBe('NOT_FOUND')

    expect((await confirm(second, proposed.key)).json()).toMatchObject({ state: 'confirmed', confirmed: { by: { id: second.id } } })
    expect(code(await confirm(second, proposed.key))).toBe('CONFLICT')
    expect(code(await desk.get(a.vendor.people.analyst, `/api/packages/${id}`))).toBe('NOT_FOUND')
    const scheduled = ok(await desk.schedule(a.people.publisher, id, proposed.key))
    expect(scheduled).toMatchObject({ state: 'scheduled', release: { rule: 'out-of-band' }, scheduled: { by: { id: a.people.publisher.id } } })
    // Its window lay before it was scheduled: nothing was open then, and nobody is told that it was.
    expect((await desk.read(a.vendor.people.analyst, id)).openedAt).toBe('2026-11-25T00:00:00.000Z')
  })

  it('outside the rule is for the contents that it names, and for no other', async () => {
    const [meant, other] = [await approved(), await approved()]
    const { key } = (await propose({ packages: [nameOf(meant)] })).json<Release>()
    expect((await confirm(second, key)).json()).toMatchObject({ packages: [nameOf(meant)] })
    expect(code(await desk.schedule(a.people.publisher, other.id, key))).toBe('CONFLICT')
    // The same package with other words, reviewed and approved anew, is not what was decided.
    ok(await desk.post(a.people.author, `/api/packages/${meant.id}/return`))
    const { content, contentHash } = ok(await desk.edit(a.people.author, meant.id, (present) => ({ ...present, title: 'Other words' })))
    ok(await desk.step(a.people.author, meant.id, 'review'))
    ok(await desk.step(a.people.reviewer, meant.id, 'approval'))
    expect(code(await desk.schedule(a.people.publisher, meant.id, key))).toBe('CONFLICT')
    expect((await list(second)).find((release) => release.key === key)!.packages).toEqual([{ ...nameOf(meant), title: null }])
    expect((await desk.read(a.people.author, meant.id)).state).toBe('approved')
    // The control: with the words that were decided it is scheduled.
    ok(await desk.post(a.people.author, `/api/packages/${meant.id}/return`))
    ok(await desk.put(a.people.author, `/api/packages/${meant.id}/content`, { contentHash, content: { ...content, title: meant.title } }))
    ok(await desk.step(a.people.author, meant.id, 'review'))
    ok(await desk.step(a.people.reviewer, meant.id, 'approval'))
    expect(ok(await desk.schedule(a.people.publisher, meant.id, key)).contentHash).toBe(meant.contentHash)
    await test.database.superuser.query(`update release_package set content_hash = sha256('other') where release_id = $1`, [key])
    expect((await verifyLog(test.app, {})).faults).toContainEqual(expect.objectContaining({ table: 'release_package', code: 'ROW_ALTERED' }))
  })

  it('outside the rule names only contents of its operator that are in review or approved', async () => {
    const draft = ok(await desk.import(a.people.author))
    const inReview = ok(await desk.step(a.people.author, ok(await desk.import(a.people.author)).id, 'review'))
    const foreign = ok(await desk.import(b.people.author))
    ok(await desk.step(b.people.author, foreign.id, 'review'))
    const unknown = { id: '0193b0c8-1111-7222-8333-444455556666', version: 1, contentHash: 'a'.repeat(64) }
    const refusal = async (second_: object) => {
      const { requestId: _id, ...body } = (await propose({ packages: [named, second_] })).json<Record<string, unknown>>()
      return body
    }
    expect(await refusal(unknown)).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/packages/1' }] })
    for (const one of [nameOf(draft), nameOf(foreign), { ...nameOf(inReview), version: 2 }, { ...nameOf(inReview), contentHash: named.contentHash }])
      expect(await refusal(one)).toEqual(await refusal(unknown))
    expect((await propose({ packages: [] })).json()).toMatchObject({ fields: [{ field: '/body/packages' }] })
    expect((await propose({ packages: [named, named] })).json()).toMatchObject({ fields: [{ field: '/body/packages' }] })
    const { key } = (await propose({ packages: [named, nameOf(inReview)] })).json<Release>()
    expect((await desk.delete(second, `/api/releases/${key}`)).statusCode).toBe(204)
  })

  it('outside the rule rests on two publishers who still are', async () => {
    for (const who of ['proposer', 'confirmer'] as const) {
      const version = await approved()
      const leaver = await seedStaff(test.app, a.id, 'publisher', `Publisher who leaves as ${who}`)
      const { key } = (await propose({ packages: [nameOf(version)] }, who === 'proposer' ? leaver : a.people.publisher)).json<Release>()
      expect((await confirm(who === 'proposer' ? second : leaver, key)).statusCode).toBe(200)
      const disable = (disabled_at: Date | null) =>
        test.app.db.transaction(system('test'), (tx) => tx.db.updateTable('person').set({ disabled_at }).where('id', '=', leaver.id).execute())
      await disable(test.clock.now())
      expect((await desk.schedule(second, version.id, key)).json(), who).toMatchObject({ code: 'CONFLICT', detail: expect.stringContaining('propose another') })
      await disable(null)
      expect(ok(await desk.schedule(second, version.id, key)).state).toBe('scheduled')
    }
  })

  it('keeps why a release lies outside the rule out of the database', async () => {
    const { rows } = await test.database.superuser.query<{ line: string }>('select t::text as line from release t')
    expect(rows.length).toBeGreaterThan(0)
    for (const { line } of rows) expect(line).not.toContain(Buffer.from(REASON).toString('hex'))
    const events = await test.database.superuser.query<{ body: Buffer }>('select body from audit_leaf')
    for (const { body } of events.rows) expect(body.toString()).not.toContain(REASON)
  })

  it.each([
    ['/body/zone', { zone: 'Mars/Olympus' }],
    ['/body/zone', { zone: '+02:00' }],
    ['/body/instant', { instant: '2026-11-20T00:00:00Z' }],
    ['/body/instant', { instant: 'tomorrow' }],
    ['/body/instant', { instant: '2299-01-01T00:00:00Z' }],
    ['/body/windows/advance', { windows: { ...WISH.windows, validate: '2026-11-25T00:00:00Z' } }],
    ['/body/windows/entry', { windows: { ...WISH.windows, advance: '2026-11-26T16:00:00Z' } }],
    ['/body/windows/entry', { windows: { ...WISH.windows, entry: '2026-11-28T00:00:00Z' } }],
    ['/body/reason', { reason: ' ' }],
  ])('names %s where a proposal does not fit', async (field, changes) => {
    expect((await propose(changes)).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field }] })
  })

  it('is withdrawn while it waits, and then is no more', async () => {
    const { key } = (await propose()).json<Release>()
    expect(code(await desk.delete(b.people.publisher, `/api/releases/${key}`))).toBe('NOT_FOUND')
    expect(code(await confirm(b.people.publisher, key))).toBe('NOT_FOUND')
    expect((await desk.delete(second, `/api/releases/${key}`)).statusCode).toBe(204)
    expect(code(await confirm(second, key))).toBe('NOT_FOUND')
    expect((await list(second)).map((release) => release.key)).not.toContain(key)
    const confirmed = (await propose()).json<Release>().key
    await confirm(second, confirmed)
    expect(code(await desk.delete(second, `/api/releases/${confirmed}`))).toBe('CONFLICT')
  })

  it('is not confirmed after its instant, nor when who proposed it is no publisher any more', async () => {
    const late = (await propose({ instant: '2026-11-26T15:00:00Z', windows: { ...WISH.windows, entry: '2026-11-26T15:00:00Z' } })).json<Release>().key
    const third = await seedStaff(test.app, a.id, 'publisher', 'Third publisher')
    const orphan = (await propose({}, third)).json<Release>().key
    const gone = { disabled_at: test.clock.now() }
    await test.app.db.transaction(system('test'), (tx) => tx.db.updateTable('person').set(gone).where('id', '=', third.id).execute())
    expect(code(await confirm(second, orphan))).toBe('CONFLICT')
    test.clock.set('2026-11-26T15:00:00Z')
    expect(code(await confirm(second, late))).toBe('CONFLICT')
  })

  it('shows windows as they were frozen for the first package, and one release for all packages of a date', async () => {
    const [one, other] = [await approved(), await approved()]
    await Promise.all([one, other].map(async ({ id }) => ok(await desk.schedule(a.people.publisher, id))))
    const { rows } = await test.database.superuser.query(`select 1 from release where kind = 'rule' and operator_id = $1`, [a.id])
    expect(rows).toHaveLength(1)
    const frozen = (await list(a.people.author)).find(({ key }) => key === DECEMBER.release)
    expect(frozen).toMatchObject({ state: 'planned', windows: { advance: DECEMBER.advance } })
  })

  it('outside the rule is forgotten thirty days after it passed', async () => {
    const passed = async () => (await list(second)).filter(({ kind, state }) => kind === 'out-of-band' && state === 'confirmed').length
    test.clock.set('2026-12-27T15:00:00Z')
    expect(await passed()).toBe(5)
    test.clock.set('2026-12-27T15:00:00.001Z')
    expect(await passed()).toBe(0)
  })
})
