import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { jobs } from '#program/packages/released/jobs.ts'
import { markReleased } from '#program/packages/released/mark-released.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedPeople, type SeededOperator } from '#test/harness/people.ts'

const JANUARY = '2027-01-12T18:00:00.000Z'

describe('writing down that a release happened', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  const ids: string[] = []

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst)
    for (const [operator, release] of [[a], [a], [b], [a, JANUARY]] as const) ids.push((await desk.scheduled(operator, csafDocument(), release)).id)
  })
  afterAll(() => test.close())

  /** In the order in which the packages were made. */
  const states = async () => {
    const { rows } = await test.database.superuser.query<{ state: string }>(
      'select state from package_version order by array_position($1::uuid[], package_id)',
      [ids],
    )
    return rows.map(({ state }) => state)
  }
  const count = async (table: string, where: string) => (await test.database.superuser.query(`select 1 from ${table} where ${where}`)).rowCount
  const readers = async () => ok(await desk.get(a.vendor.people.analyst, `/api/packages/${ids[0]}`)).state
  /** Makes the content of a version of operator A what its hash does not fit, or mends that. */
  const damage = (hash: string) =>
    test.database.superuser.query(`update approval set content_hash = ${hash} from package_version v where v.approval_id = approval.id and v.package_id = $1`, [
      ids[1],
    ])

  it('waits for the instant', async () => {
    test.clock.set(new Date(Date.parse(DECEMBER.release) - 1))
    await markReleased(test.app)
    expect(await states()).toEqual(['scheduled', 'scheduled', 'scheduled', 'scheduled'])
  })

  it('tells the publishers once when it cannot be done, and neither holds back another release nor what is read', async () => {
    test.clock.set(DECEMBER.release)
    await damage(`decode(repeat('00', 32), 'hex')`)
    for (let n = 0; n < 3; n++) await expect(markReleased(test.app)).rejects.toThrow('not the one that was approved')
    expect(await states()).toEqual(['scheduled', 'scheduled', 'released', 'scheduled'])
    expect(await count('notice', `kind = 'release.not-recorded' and person_id = '${a.people.publisher.id}'`)).toBe(1)
    expect(await count('notice', `kind = 'release.not-recorded'`)).toBe(1)
    expect(await count('audit_leaf', `action = 'release.not-recorded'`)).toBe(1)
    expect(await readers()).toBe('scheduled')
  })

  it('is tried again until it is done: once for each version, with a leaf and an event of ids', async () => {
    await damage('v.content_hash')
    for (let n = 0; n < 3; n++) await markReleased(test.app)
    expect(await states()).toEqual(['released', 'released', 'released', 'scheduled'])
    expect(await count('audit_leaf', `action = 'package.released'`)).toBe(3)
    expect(await count('release_fault', 'mended_at is null')).toBe(0)
    const { rows } = await test.database.superuser.query<{ operator_id: string; data: object }>(
      `select operator_id, data from outbox_event where type = 'package.released'`,
    )
    expect(rows.map(({ data }) => data)).toEqual(
      expect.arrayContaining(ids.slice(0, 3).map((id) => ({ package: id, version: 1, release: expect.any(String) }))),
    )
    expect(rows.filter((row) => row.operator_id === b.id)).toHaveLength(1)
    expect(await readers()).toBe('released')
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true, faults: [] })
  })

  it('runs every minute', () => {
    expect(jobs.map(({ name, cron }) => [name, cron])).toEqual([['packages.mark-released', '* * * * *']])
  })
})
