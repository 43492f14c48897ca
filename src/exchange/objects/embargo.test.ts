import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { EmbargoId } from '#exchange/embargoes/store.ts'
import { followTiers } from '#exchange/embargoes/follow-tiers.ts'
import { moveTo } from '#exchange/embargoes/change-embargo.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { embargoed as hold, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

const START = Date.parse('2026-11-22T12:00:00.000Z')
const HOUR = 3_600_000
const inHours = (hours: number) => new Date(START + hours * HOUR)

let test: TestApp
let a: SeededOperator
let entry: SeededOrganisation
let collection: CollectionId
let embargo: EmbargoId

beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  entry = await seedOrganisation(test.app, a.id, 'Entry', 'vendor')
  await test.database.superuser.query(`update membership set tier = 'entry' where organisation_id = $1`, [entry.id])
  await followTiers(test.app)
})
afterAll(() => test.close())
beforeEach(async () => {
  test.clock.set(inHours(0))
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: entry.id }])
})

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
const partner = (): AnyPerson => a.vendor.people.analyst
const other = (): AnyPerson => entry.people.analyst
const client = (person: AnyPerson) => new TaxiiClient(test.server, person, a.id, collection)
const walk = (person: AnyPerson) => client(person).walk()

/** Objects of the operator that partners are released at one instant and all others later. */
async function embargoed(objects: readonly { readonly id: string }[], advance: Date, rest: Date): Promise<string[]> {
  embargo = await hold(test.app, { collection, operator: a.id }, objects, { advance, entry: rest })
  return objects.map(({ id }) => id)
}
const move = (advance: Date, rest: Date) =>
  test.app.db.transaction(system('test'), (tx) =>
    moveTo(
      test.app,
      tx,
      { id: embargo, operator_id: a.id, collection_id: collection, package_id: null },
      [advance, rest].map((at, n) => ({ class: n === 0 ? 'advance' : 'entry', opensAt: at, ownAt: at })),
    ),
  )

describe('an embargo', () => {
  it('V1, V6: opens to each audience at its own instant, by the clock alone, at a position that no poller has passed', async () => {
    const open = indicator()
    await client(partner()).post(open)
    const ids = await embargoed([indicator(), indicator()], inHours(1), inHours(2))
    const cursor = String((await client(partner()).get('objects/')).headers['x-taxii-date-added-last'])
    expect([await walk(partner()), await walk(other()), (await walk(a.people.analyst)).length]).toEqual([[open.id], [open.id], 3])
    test.clock.set(new Date(inHours(1).getTime() - 1))
    expect(await walk(partner())).toEqual([open.id])
    test.clock.set(inHours(1))
    const opened = await client(partner()).get('objects/', { added_after: cursor })
    expect(opened.json<{ objects: { id: string }[] }>().objects.map(({ id }) => id)).toEqual(ids)
    expect(opened.headers['x-taxii-date-added-first']).toBe('2026-11-22T13:00:00.000000Z')
    // What is posted in the same moment follows what was reserved.
    const late = indicator()
    await client(partner()).post(late)
    expect([await walk(partner()), await walk(other())]).toEqual([
      [open.id, ...ids, late.id],
      [open.id, late.id],
    ])
    const passed = String((await client(other()).get('objects/')).headers['x-taxii-date-added-last'])
    // Nothing that a poller would pass over is written while the next instant comes.
    test.clock.set(new Date(inHours(2).getTime() - 500))
    const refused = await client(partner()).post(indicator())
    expect(refused.statusCode).toBe(503)
    // Nor is anybody told why (V3).
    expect(refused.body).not.toMatch(/embargo|release/i)
    test.clock.set(inHours(2))
    expect((await client(other()).get('objects/', { added_after: passed })).json<{ objects: { id: string }[] }>().objects.map(({ id }) => id)).toEqual(ids)
  })

  it('V1: two that end within a second open in the order of their positions, whichever was set first', async () => {
    const later = await embargoed([indicator()], inHours(1.5), inHours(2))
    const soon = new Date(inHours(1.5).getTime() - 900)
    const sooner = await embargoed([indicator()], soon, inHours(2))
    test.clock.set(soon)
    const first = await client(partner()).get('objects/')
    expect(first.json<{ objects: { id: string }[] }>().objects.map(({ id }) => id)).toEqual(sooner)
    test.clock.set(inHours(1.5))
    const next = await client(partner()).get('objects/', { added_after: String(first.headers['x-taxii-date-added-last']) })
    expect(next.json<{ objects: { id: string }[] }>().objects.map(({ id }) => id)).toEqual(later)
    // So many that they would reach behind the later ones are refused before they are set.
    const [at, near] = [inHours(3), new Date(inHours(3).getTime() - 1)]
    await embargoed([indicator()], at, at)
    const many = Array.from({ length: 501 }, () => indicator())
    await expect(embargoed(many, near, near)).rejects.toThrow('ends too soon')
  })

  it('V6: shows the operator once what it releases to everybody who may read', async () => {
    const one = indicator()
    await hold(test.app, { collection, operator: a.id }, [one], { everybody: inHours(1) })
    const everybody = async () => [await walk(a.people.analyst), await walk(partner()), await walk(other())]
    expect(await everybody()).toEqual([[one.id], [], []])
    test.clock.set(inHours(1))
    expect(await everybody()).toEqual([[one.id], [one.id], [one.id]])
  })

  it('V3: holds an object back in every exit, and what points at it', async () => {
    const hidden = indicator()
    await embargoed([hidden, relationship(hidden.id, hidden.id)], inHours(1), inHours(2))
    const link = relationship(hidden.id, hidden.id)
    await client(partner()).post(link)
    const exits = async (person: AnyPerson) => [
      (await client(person).get(`objects/${hidden.id}/`)).statusCode,
      (await client(person).get(`objects/${hidden.id}/versions/`)).statusCode,
      (await client(person).get('manifest/', { 'match[id]': hidden.id })).body,
    ]
    expect(await exits(other())).toEqual([404, 404, '{}'])
    const walled = await test.app.db.read(other().actor, async (tx) => [
      await tx.db.selectFrom('object_version').select('id').where('collection_id', '=', collection).execute(),
      await tx.db.selectFrom('object_feed').select('version_id').where('collection_id', '=', collection).execute(),
    ])
    expect(walled).toEqual([[], []])
    // The same object, posted by a member that cannot know of it, is its own (V4).
    expect((await client(other()).post({ ...hidden, name: 'Mine' })).json<{ success_count: number }>().success_count).toBe(1)
    expect(await walk(partner())).toContain(hidden.id)
  })

  it('moves what was not reached, never into the past, and leaves what was reached', async () => {
    const ids = await embargoed([indicator(), indicator()], inHours(1), inHours(2))
    test.clock.set(inHours(1.5))
    const before = await client(partner()).get('manifest/')
    expect(await move(inHours(4), inHours(5))).toBe(2)
    expect((await client(partner()).get('manifest/')).body).toBe(before.body)
    test.clock.set(inHours(3))
    expect(await walk(other())).toEqual([])
    // An early end: shown from now on, not since the past instant.
    const posted = indicator()
    await client(other()).post(posted)
    const cursor = String((await client(other()).get('objects/')).headers['x-taxii-date-added-last'])
    expect(await move(inHours(1), inHours(1))).toBe(2)
    test.clock.advance(1)
    const opened = await client(other()).get('objects/', { added_after: cursor })
    expect(opened.json<{ objects: { id: string }[] }>().objects.map(({ id }) => id)).toEqual(ids)
  })

  it('V7: leaves each instant and each change of it in a log that verifies', async () => {
    await embargoed([indicator()], inHours(1), inHours(2))
    await move(inHours(3), inHours(4))
    const { rows } = await test.database.superuser.query<{ action: string; body: Buffer }>(
      `select action, body from audit_leaf where action like 'embargo.%' order by index desc limit 2`,
    )
    expect(rows.map(({ action }) => action)).toEqual(['embargo.moved', 'embargo.set'])
    expect(rows[0]!.body.toString()).toContain(inHours(3).toISOString())
    // The tier was set behind the program's back.
    expect((await verifyLog(test.app)).faults.filter(({ table }) => table !== 'membership')).toEqual([])
  })
})
