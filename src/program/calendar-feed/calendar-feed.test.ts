import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'
import { readCalendar } from '#test/harness/strict-calendar.ts'

const later = (instant: string, ms = 1000) => new Date(Date.parse(instant) + ms)

let test: TestApp
let operator: SeededOperator
let address: string
let named: string
beforeAll(async () => {
  test = await testApp()
  ;[operator] = await seedPeople(test.app)
  await entitle(test.app, operator, operator.vendor, operator.vendor.people.analyst)
  await entitle(test.app, operator, operator.vendor, operator.vendor.people.admin)
  address = await make('analyst')
  named = await make('admin', true)
})
beforeEach(async () => {
  await sql("update package_version set state = 'superseded' where release_id is not null; delete from package_version_history")
  test.clock.set('2026-11-22T12:00:00.000Z')
})
afterAll(async () => test?.close())

const sql = async (text: string, values?: unknown[]) =>
  (values ? await test.database.superuser.query(text, values) : await test.database.superuser.query(text)).rows
const desk = () => packageDesk(test)
const get = (url: string) => test.server.inject({ method: 'GET', url: new URL(url).pathname })
const events = async (url: string) => readCalendar((await get(url)).rawPayload).events
const ofPackage = async (url: string, { id }: { id: string }) => (await events(url)).find(({ UID }) => UID === `package.${id}@vedette`)

async function make(role: 'analyst' | 'admin', titles = false): Promise<string> {
  const headers = await newSession(test, operator.vendor.people[role])
  const made = await test.server.inject({ method: 'POST', url: '/api/calendar-feed', headers, payload: { titles } })
  expect(made.statusCode).toBe(201)
  return made.json<{ url: string }>().url
}
/** As the database's own trigger keeps it, at the trusted instant. */
const move = (one: Package, change: string, values: unknown[] = []) => sql(`update package_version set ${change} where package_id = '${one.id}'`, values)
async function calledOff(one: Package, state: string): Promise<void> {
  await move(one, `state = '${state}'`)
  await sql('update package_version_history set at = $1 where package_id = $2 and state = $3', [test.clock.now(), one.id, state])
}

describe('the calendar file of a contact', () => {
  it('holds the windows of its own tier and the releases of the rule, in UTC, for nobody in particular to keep', async () => {
    const answer = await get(address)
    expect(answer.headers).toMatchObject({ 'content-type': 'text/calendar; charset=utf-8', 'cache-control': 'no-store' })
    expect(answer.headers['content-encoding']).toBeUndefined()
    const december = (await events(address)).filter(({ UID }) => UID!.includes('.2026-12.'))
    expect(december).toMatchObject([
      { DTSTART: DECEMBER.advance, SUMMARY: `${operator.name}: window of tier advance opens` },
      { DTSTART: DECEMBER.release, SUMMARY: `${operator.name}: release` },
    ])
    expect((await events(address)).length).toBeGreaterThan(24)
  })

  it('I22: is byte for byte what it would be without a package, until the window of its owner opens', async () => {
    const worlds = async () => [(await get(address)).rawPayload.toString(), (await get(named)).rawPayload.toString()]
    const without = await worlds()
    const hidden = await desk().scheduled(operator, csafDocument('Plantedtoken'))
    expect(await worlds()).toEqual(without)
    test.clock.set(later(DECEMBER.advance, -1))
    const before = await worlds()
    await sql('delete from receipt')
    await move(hidden, "state = 'superseded'")
    expect(await worlds()).toEqual(before)
    // Control: once the window is open, the same comparison tells the two apart.
    await move(hidden, "state = 'scheduled'")
    test.clock.set(later(DECEMBER.advance))
    expect((await worlds())[0]).not.toBe(before[0])
  })

  it('I22: names a package only once its owner has received it and wanted names; the UID stays and SEQUENCE rises', async () => {
    const one = await desk().scheduled(operator, csafDocument('Plantedtoken'))
    test.clock.set(later(DECEMBER.advance))
    const first = (await ofPackage(named, one))!
    expect(first).toMatchObject({ SUMMARY: `${operator.name}: release of a package`, DTSTART: DECEMBER.release, STATUS: 'CONFIRMED' })
    test.clock.advance(60_000)
    ok(await desk().receive(operator.vendor.people.admin, one.id))
    ok(await desk().receive(operator.vendor.people.analyst, one.id))
    const second = (await ofPackage(named, one))!
    expect(second).toMatchObject({ UID: first.UID, SUMMARY: `${operator.name}: Plantedtoken title` })
    expect(Number(second.SEQUENCE)).toBeGreaterThan(Number(first.SEQUENCE))
    expect((await get(address)).body).not.toContain('Plantedtoken')
  })

  it('I22: moves with the release, and stays as cancelled after a pull, also when the version is scheduled anew where nobody sees it', async () => {
    const one = await desk().scheduled(operator, csafDocument('Moving'))
    test.clock.set(later(DECEMBER.advance))
    const first = (await ofPackage(address, one))!
    test.clock.advance(60_000)
    const [{ id: to }] = await sql(
      `insert into release (id, operator_id, kind, instant, zone, rule, calendar, validate_at, advance_at, entry_at, created_at)
       select gen_random_uuid(), operator_id, kind, instant + interval '1 day', zone, 'moved@1', calendar, validate_at, advance_at, entry_at, $1
       from release where instant = $2 returning id`,
      [test.clock.now(), DECEMBER.release],
    )
    await move(one, 'release_id = $1', [to])
    await sql('update package_version_history set at = $1 where release_id = $2', [test.clock.now(), to])
    const moved = (await ofPackage(address, one))!
    expect(moved).toMatchObject({ UID: first.UID, DTSTART: later(DECEMBER.release, 86_400_000).toISOString() })
    expect(Number(moved.SEQUENCE)).toBeGreaterThan(Number(first.SEQUENCE))
    test.clock.advance(60_000)
    await calledOff(one, 'pulled')
    const pulled = (await ofPackage(address, one))!
    expect(pulled).toMatchObject({ UID: first.UID, STATUS: 'CANCELLED' })
    expect(Number(pulled.SEQUENCE)).toBeGreaterThan(Number(moved.SEQUENCE))
    const bytes = (await get(address)).body
    await move(one, "state = 'scheduled', scheduled_at = $1", [later(DECEMBER.release, 40 * 86_400_000)])
    expect((await get(address)).body).toBe(bytes)
  })

  it('I22: what is called off before its window opened was never there', async () => {
    const without = (await get(address)).body
    const one = await desk().scheduled(operator, csafDocument('Never'))
    await calledOff(one, 'deferred')
    expect((await get(address)).body).toBe(without)
    test.clock.set(later(DECEMBER.advance))
    expect(await ofPackage(address, one)).toBeUndefined()
  })
})

describe('a version in whose place another is', () => {
  it('I22: is called off to nobody to whom its window had not opened by then', async () => {
    const one = await desk().scheduled(operator, csafDocument('Replaced'))
    // Superseded long before its window, and its package pulled within it.
    await sql(
      "with at as materialized (select set_config('vedette.now', $2, true)) update package_version set state = 'superseded' from at where package_id = $1",
      [one.id, test.clock.now().toISOString()],
    )
    await sql('delete from receipt')
    test.clock.set(later(DECEMBER.advance))
    const without = (await get(address)).body
    await calledOff(one, 'pulled')
    expect((await get(address)).body).toBe(without)
    // The control: to whoever held it when the newer one came, it is called off.
    const other = await desk().scheduled(operator, csafDocument('Kept'))
    ok(await desk().receive(operator.vendor.people.analyst, other.id))
    await sql(
      "with at as materialized (select set_config('vedette.now', $2, true)) update package_version set state = 'superseded' from at where package_id = $1",
      [other.id, test.clock.now().toISOString()],
    )
    await calledOff(other, 'pulled')
    expect(await ofPackage(address, other)).toMatchObject({ STATUS: 'CANCELLED' })
  })
})

describe('the address of a calendar file', () => {
  it('answers the same whatever is wrong with it, and ends with a new one, the contact and the member', async () => {
    const unknown = await get(`http://x/calendar/${'A'.repeat(43)}.ics`)
    const plain = ({ statusCode, body }: { statusCode: number; body: string }) => ({ statusCode, body: body.replace(/"requestId":"[^"]*"/, '') })
    const dead = async (url: string) => expect(plain(await get(url))).toEqual(plain(unknown))
    expect(unknown.statusCode).toBe(404)
    await dead('http://x/calendar/short')
    await dead(`http://x/calendar/${'A'.repeat(60)}.ics`)
    const earlier = address
    address = await make('analyst')
    await dead(earlier)
    expect((await get(address)).statusCode).toBe(200)
    const { person_id: person } = (await sql('select person_id from calendar_feed where ended_at is null and not titles'))[0]
    await sql('update person set disabled_at = $1 where id = $2', [test.clock.now(), person])
    await dead(address)
    await sql('update person set disabled_at = null where id = $1', [person])
    await sql(
      `insert into recovery (id, person_id, operator_id, reason, opened_by, opened_at, approved_by, approved_at, expires_at)
       values (gen_random_uuid(), $1, $2, 'Lost', $3, $5, $4, $5, $5)`,
      [person, operator.id, operator.people['membership-officer'].id, operator.people.publisher.id, test.clock.now()],
    )
    await dead(address)
    await sql('delete from recovery')
    for (const state of ['suspended', 'terminated']) {
      await sql('update membership set state = $1 where organisation_id = $2', [state, operator.vendor.id])
      await dead(address)
    }
    await sql("update membership set state = 'active' where organisation_id = $1", [operator.vendor.id])
    expect((await get(address)).statusCode).toBe(200)
    const headers = await newSession(test, operator.vendor.people.analyst)
    expect((await test.server.inject({ method: 'GET', url: '/api/calendar-feed', headers })).json()).toMatchObject({ feed: { titles: false } })
    expect((await test.server.inject({ method: 'DELETE', url: '/api/calendar-feed', headers })).statusCode).toBe(204)
    await dead(address)
    expect((await test.server.inject({ method: 'GET', url: '/api/calendar-feed', headers })).json()).toEqual({ feed: null })
  })

  it('is kept as a hash alone', async () => {
    const token = named.split('/').at(-1)!.slice(0, -4)
    const rows = await sql('select f::text as row from calendar_feed f')
    expect(rows.every(({ row }: { row: string }) => !row.includes(token))).toBe(true)
    expect(token).toHaveLength(43)
  })
})
