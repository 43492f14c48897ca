import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { listHistory, listVersionsAt } from '#program/packages/history-store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

describe('the history of a package', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let id: PackageId
  /** The instant after each step. */
  const after: Date[] = []

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    const desk = packageDesk(test)
    const { author, reviewer, publisher } = a.people
    const steps = [
      async () => (id = ok(await desk.import(author)).id as PackageId),
      async () => ok(await desk.edit(author, id, (content) => ({ ...content, title: 'Another title' }))),
      async () => ok(await desk.step(author, id, 'review')),
      async () => ok(await desk.step(reviewer, id, 'approval')),
      async () => ok(await desk.schedule(publisher, id)),
    ]
    for (const step of steps) {
      await step()
      after.push(test.clock.now())
      test.clock.advance(60_000)
    }
  })
  afterAll(() => test.close())

  const at = (instant: Date, operator = a) => test.app.db.read(operator.people.author.actor, (tx) => listVersionsAt(tx, operator.id, instant))

  it('tells what the version was at every past instant', async () => {
    expect(await at(new Date(after[0]!.getTime() - 1))).toEqual([])
    const states: unknown[] = []
    for (const instant of after) states.push((await at(new Date(instant.getTime() + 1))).map(({ version, state }) => [version, state]))
    expect(states).toEqual([[[1, 'draft']], [[1, 'draft']], [[1, 'in-review']], [[1, 'approved']], [[1, 'scheduled']]])
    const [imported, edited] = [await at(after[0]!), await at(after[1]!)]
    expect(imported[0]!.content_hash).not.toEqual(edited[0]!.content_hash)
    const [last] = await at(after[4]!)
    expect(last).toMatchObject({ scheduled_at: after[4], approved_by: a.people.reviewer.id, scheduled_by: a.people.publisher.id })
    expect([last!.instant, last!.entry_at, last!.approved_hash]).toEqual([new Date(DECEMBER.release), new Date(DECEMBER.entry), last!.content_hash])
  })

  it('is written by the database, whoever writes the version, and only when something of it changed', async () => {
    const count = async () => (await test.app.db.read(a.people.author.actor, (tx) => listHistory(tx, a.id, id))).length
    const before = await count()
    await test.database.superuser.query(`update package_version set updated_at = updated_at where package_id = $1`, [id])
    expect(await count()).toBe(before)
    await test.database.superuser.query(`update package_version set state = 'released' where package_id = $1`, [id])
    expect(await count()).toBe(before + 1)
    await test.database.superuser.query(`update package_version set state = 'scheduled' where package_id = $1`, [id])
    await test.database.superuser.query('delete from package_version_history where seq in (select seq from package_version_history order by seq desc limit 2)')
  })

  it('is shown to its operator only', async () => {
    expect(await at(test.clock.now(), b)).toEqual([])
    expect(await test.app.db.read(b.people.author.actor, (tx) => listHistory(tx, a.id, id))).toEqual([])
  })

  it('fits the log, and a line of it that is altered or taken out does not', async () => {
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    const query = (statement: string) => test.database.superuser.query<{ seq: number; at: Date }>(statement)
    const { rows } = await query('select seq, at from package_version_history order by seq')
    await query(`update package_version_history set at = at - interval '1 hour' where seq = ${rows[2]!.seq}`)
    expect((await verifyLog(test.app)).faults).toMatchObject([{ table: 'package_version_history', code: 'ROW_ALTERED', id: String(rows[2]!.seq) }])
    await query(`delete from package_version_history where seq = ${rows[2]!.seq}`)
    expect((await verifyLog(test.app)).faults).toMatchObject([{ table: 'package_version_history', code: 'ROW_MISSING' }])
  })
})
