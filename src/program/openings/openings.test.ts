import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { mailNotices } from '#platform/notices/mail-notices.ts'
import { lookForOpenings } from '#program/openings/look-for-openings.ts'
import { remindOfWindows } from '#program/openings/remind-of-windows.ts'
import { until } from '#test/harness/jobs.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'
import { newToken } from '#test/harness/standing.ts'

const START = '2026-11-22T12:00:00.000Z'
const later = (instant: string, ms = 1000) => new Date(Date.parse(instant) + ms)

let test: TestApp
let operator: SeededOperator
let other: SeededOperator
let advance: SeededOrganisation
let entry: SeededOrganisation
beforeAll(async () => {
  test = await testApp()
  ;[operator, other] = await seedPeople(test.app)
  advance = operator.vendor
  entry = await seedMember(test.app, operator.id, 'Entry')
  await entitle(test.app, operator, advance, advance.people.admin)
  await entitle(test.app, operator, advance, advance.people.analyst)
  await entitle(test.app, operator, entry, entry.people.analyst, { tier: 'entry' })
})
beforeEach(async () => {
  await sql(
    "delete from opening_version; delete from opening; delete from window_reminder; delete from notice; update package_version set state = 'deferred' where release_id is not null",
  )
  test.clock.set(START)
})
afterAll(async () => test?.close())

const sql = async (text: string, values?: unknown[]) =>
  (values ? await test.database.superuser.query(text, values) : await test.database.superuser.query(text)).rows
const desk = () => packageDesk(test)
const openings = () => sql('select tier, told from opening order by opened_at')
const told = async (kind = 'window.opened') =>
  (await sql('select p.id from notice n join person p on p.id = n.person_id where n.kind = $1 order by n.created_at, n.id', [kind])).map(
    ({ id }: { id: string }) => id,
  )
const look = () => lookForOpenings(test.app)

describe('openings', () => {
  it('are recorded once each, at the trusted instant and not before, and tell whoever may know of a version then', async () => {
    await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.validate, -1))
    await look()
    expect(await openings()).toEqual([])
    test.clock.set(DECEMBER.validate)
    await look()
    expect(await openings()).toEqual([{ tier: 'validate', told: 0 }])
    test.clock.set(later(DECEMBER.advance))
    await look()
    await look()
    expect(await openings()).toEqual([
      { tier: 'validate', told: 0 },
      { tier: 'advance', told: 2 },
    ])
    expect((await told()).sort()).toEqual([advance.people.admin.id, advance.people.analyst.id].sort())
    test.clock.set(later(DECEMBER.entry))
    await look()
    expect((await told()).slice(2)).toEqual([entry.people.analyst.id])
    test.clock.set(later(DECEMBER.release))
    await look()
    expect(await openings()).toHaveLength(4)
    expect(await told()).toHaveLength(3)
    const leaves = await sql("select count(*)::int as n from audit_leaf where action = 'release.opened'")
    expect(leaves).toEqual([{ n: 4 }])
  })

  it('are recorded once when two workers look at the same moment', async () => {
    await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.advance))
    await Promise.all([look(), look(), look()])
    expect(await openings()).toEqual([
      { tier: 'validate', told: 0 },
      { tier: 'advance', told: 2 },
    ])
    expect(await told()).toHaveLength(2)
  })

  it('are recorded whole after a worker was killed in the middle, and nothing of what it did before is left', async () => {
    await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.advance))
    // The last thing that it does waits for a lock, and its connection is cut there.
    const lock = await test.database.superuser.connect()
    await lock.query('begin; lock table notice in exclusive mode')
    const killed = look().then(
      () => 'done',
      () => 'killed',
    )
    const waiting = "select pid from pg_locks where not granted and relation = 'notice'::regclass"
    const [{ pid }] = await until(async () => ((await sql(waiting)).length > 0 ? sql(waiting) : undefined))
    await sql('select pg_terminate_backend($1)', [pid])
    expect(await killed).toBe('killed')
    await lock.query('rollback')
    lock.release()
    expect([await openings(), await told()]).toEqual([[], []])
    await look()
    expect(await openings()).toHaveLength(2)
    expect(await told()).toHaveLength(2)
  }, 30_000)

  it('are not recorded while the clocks disagree, and are once they agree', async () => {
    await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.advance))
    test.clock.disagree('the wall clock leapt')
    await look()
    expect(await openings()).toEqual([])
    test.clock.disagree(undefined)
    await look()
    expect(await openings()).toHaveLength(2)
  })

  it('tell of a version that comes when the window lies open already, and of a revision, each person once for each', async () => {
    const first = await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.advance))
    await look()
    test.clock.advance(60_000)
    const second = await desk().scheduled(operator, csafDocument('Second', 'CVE-2026-10002'))
    await look()
    await look()
    expect(await told()).toHaveLength(4)
    expect(second.id).not.toBe(first.id)
    // A revision is another version on the same release.
    await sql(
      `insert into package_version (package_id, version, operator_id, state, content_object, content_hash, product_tags, summary, contributors, source_object, source,
         submitted_by, submitted_at, approval_id, release_id, scheduled_by, scheduled_at, created_at, updated_at)
       select package_id, 2, operator_id, 'scheduled', content_object, content_hash, product_tags, summary, contributors, source_object, source,
         submitted_by, submitted_at, approval_id, release_id, scheduled_by, $2, created_at, updated_at from package_version where package_id = $1`,
      [first.id, test.clock.now()],
    )
    await look()
    await look()
    expect(await told()).toHaveLength(6)
  })

  it('tell nobody again when a version moves to another release, and whoever gains by it once', async () => {
    const one = await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.advance))
    await look()
    const before = await told()
    // As a move leaves it: another release with the same open windows, to which the version is put; entry opens at once.
    const [{ id: to }] = await sql(
      `insert into release (id, operator_id, kind, instant, zone, rule, calendar, validate_at, advance_at, entry_at, created_at)
       select gen_random_uuid(), operator_id, kind, instant - interval '1 day', zone, 'moved@1', calendar, validate_at, advance_at, $1, $1
       from release where instant = $2 and rule not like 'moved%' returning id`,
      [test.clock.now(), DECEMBER.release],
    )
    await sql('update package_version set release_id = $1 where package_id = $2', [to, one.id])
    await look()
    await look()
    expect(await sql('select tier, told from opening where release_id = $1 order by opened_at', [to])).toEqual([
      { tier: 'validate', told: 0 },
      { tier: 'advance', told: 0 },
      { tier: 'entry', told: 1 },
    ])
    expect((await told()).filter((person) => !before.includes(person))).toEqual([entry.people.analyst.id])
    expect(await told()).toHaveLength(before.length + 1)
  })

  it('tell nobody of what they may not know: no clearance, a suspended member, another operator', async () => {
    await sql("update membership set state = 'suspended' where organisation_id = $1", [entry.id])
    await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.release))
    await look()
    expect(new Set(await told())).toEqual(new Set([advance.people.admin.id, advance.people.analyst.id]))
    expect(other.vendor.people.admin.id).toBeDefined()
    await sql("update membership set state = 'active' where organisation_id = $1", [entry.id])
  })

  it('show the staff who was told, and nobody else', async () => {
    await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.advance))
    await look()
    const publisher = { token: await newToken(test, operator.people.publisher) }
    const { items } = (await desk().get(publisher, '/api/openings')).json()
    expect(items).toMatchObject([
      { tier: 'advance', packages: 1, told: 2 },
      { tier: 'validate', packages: 1, told: 0 },
    ])
    const url = `/api/openings/${items[0].release}/advance/told`
    const who = (await desk().get(publisher, url)).json()
    expect(who.items.map(({ organisation }: { organisation: { name: string } }) => organisation.name)).toEqual([advance.name, advance.name])
    expect((await desk().get({ token: await newToken(test, other.people.publisher) }, url)).statusCode).toBe(404)
    expect((await desk().get({ token: await newToken(test, advance.people.admin) }, url)).statusCode).toBe(403)
  })

  it('leave a log that verifies', async () => {
    const [{ size }] = await sql('select max(index)::int as size from audit_leaf')
    await desk().scheduled(operator)
    test.clock.set(later(DECEMBER.advance, -86_400_000))
    await remindOfWindows(test.app)
    test.clock.set(later(DECEMBER.advance))
    await look()
    const faults = async () => (await verifyLog(test.app)).faults.filter(({ leaf }) => (leaf ?? 0) > size)
    expect(await faults()).toEqual([])
    // Control: a row that is changed behind the log's back is found.
    await sql('update opening set told = told + 1')
    expect(await faults()).toHaveLength(2)
  })
})

describe('reminders', () => {
  it('come at least 24 hours ahead, once, to the tier whose window it is, and say the same whatever packages there are', async () => {
    const run = async () => {
      await sql('delete from window_reminder; delete from notice')
      test.clock.set(later(DECEMBER.advance, -47 * 3_600_000))
      await remindOfWindows(test.app)
      await Promise.all([remindOfWindows(test.app), remindOfWindows(test.app)])
      return sql('select person_id, kind, data from notice order by person_id, kind')
    }
    const without = await run()
    await desk().scheduled(operator, csafDocument('Hidden'))
    expect(await run()).toEqual(without)
    const own = without.filter(({ person_id: person }: { person_id: string }) => person === advance.people.reader.id)
    expect(own).toMatchObject([{ kind: 'window.reminder', data: { name: operator.name, at: DECEMBER.advance } }])
    expect(without.filter(({ person_id: person }: { person_id: string }) => person === entry.people.analyst.id)).toEqual([])
  })

  it('of a release outside the calendar reach its publishers alone, without a date', async () => {
    const draft = ok(await desk().import(operator.people.author, csafDocument('Urgent', 'CVE-2026-10003')))
    ok(await desk().step(operator.people.author, draft.id, 'review'))
    const { contentHash } = await desk().read(operator.people.author, draft.id)
    const soon = (hours: number) => later(START, hours * 3_600_000).toISOString()
    const windows = { validate: soon(20), advance: soon(21), entry: soon(22) }
    const wish = { instant: soon(30), zone: 'UTC', windows, reason: 'Exploited', packages: [{ id: draft.id, version: 1, contentHash }] }
    const { key } = (await desk().post(operator.people.publisher, '/api/releases', wish)).json()
    const confirm =
      "update release set confirmed_by = (select person_id from role_grant where role = 'operator:reviewer' limit 1), confirmed_at = $2 where id = $1"
    await sql(confirm, [key, test.clock.now()])
    await remindOfWindows(test.app)
    await remindOfWindows(test.app)
    const rows = await sql("select person_id, kind, data from notice where kind <> 'window.reminder' and kind <> 'calendar.reminder'")
    expect(rows).toMatchObject([
      { person_id: operator.people.publisher.id, kind: 'release.publisher-reminder', data: { operator: operator.id, name: operator.name } },
    ])
    await sql('update release set withdrawn_at = null, confirmed_at = null, confirmed_by = null where id = $1', [key])
  })
})

describe('mail of notices', () => {
  it('is written for whoever has not said otherwise, says no more than the notice, and once', async () => {
    await sql('delete from outgoing_mail')
    const put = await test.server.inject({
      method: 'PUT',
      url: '/api/notices/mail-choices/window.opened',
      headers: { ...advance.people.admin.session },
      payload: { wanted: false },
    })
    expect(put.json().items.find(({ kind }: { kind: string }) => kind === 'window.opened')).toMatchObject({ wanted: false })
    const refused = await test.server.inject({
      method: 'PUT',
      url: '/api/notices/mail-choices/account.roles-changed',
      headers: { ...advance.people.admin.session },
      payload: { wanted: true },
    })
    expect(refused.statusCode).toBe(404)
    await desk().scheduled(operator, csafDocument('Mailed'))
    test.clock.set(later(DECEMBER.advance))
    await look()
    await Promise.all([mailNotices(test.app), mailNotices(test.app)])
    expect(await sql('select person_id, kind, operator_id from outgoing_mail')).toEqual([
      { person_id: advance.people.analyst.id, kind: 'window.opened', operator_id: operator.id },
    ])
    expect(await told()).toHaveLength(2)
  })
})
