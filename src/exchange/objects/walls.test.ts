import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type Actor } from '#platform/auth/actor.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { joinGroup } from '#exchange/groups/join-group.ts'
import { insertGroup, type GroupId } from '#exchange/groups/store.ts'
import { indexObjects } from '#exchange/search/index-objects.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { embargoed, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let test: TestApp
let a: SeededOperator
let b: SeededOperator
let collection: CollectionId
const group = randomUUID() as string as GroupId
const ids: Record<'open' | 'red' | 'grouped' | 'link' | 'held', string> = { open: '', red: '', grouped: '', link: '', held: '' }

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
  await test.app.db.transaction(system('test'), async (tx) => {
    await insertGroup(tx, { id: group, operator_id: a.id, title: 'Group', description: '', created_at: test.clock.now() })
    await joinGroup(test.app, tx, { operator: a.id, group, organisation: a.vendor.id })
  })
  const [open, red, grouped, held] = [
    indicator(),
    indicator({ object_marking_refs: [TLP_MARKINGS.RED] }),
    indicator({ object_marking_refs: [markingOfGroup(group), TLP_MARKINGS.GREEN] }),
    indicator(),
  ]
  const link = relationship(open.id, red.id)
  for (const [name, { id }] of Object.entries({ open, red, grouped, held, link })) ids[name as keyof typeof ids] = id
  const status = await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection).post(open, red, grouped, link)
  expect(status.json<{ success_count: number }>().success_count).toBe(4)
  await embargoed(test.app, { collection, operator: a.id }, [held], { everybody: new Date(test.clock.now().getTime() + 3_600_000) })
  await indexObjects(test.app, new AbortController().signal)
})
afterAll(() => test.close())

const insider = () => a.vendor.people.analyst.actor
const outsider = () => a.responder.people.analyst.actor
const strangers = () => [b.vendor.people.analyst.actor, b.people.analyst.actor]

/** What somebody's own settings let a hand-written statement read. */
async function read(actor: Actor, text: string): Promise<string[]> {
  return test.app.db.read(actor, async (tx) => (await sql.raw<{ id: string }>(text).execute(tx.db)).rows.map(({ id }) => id).sort())
}
const count = async (actor: Actor, table: string) => Number((await read(actor, `select count(*)::text as id from ${table}`))[0])
const write = (actor: Actor, text: string) => test.app.db.transaction(actor, async (tx) => Number((await sql.raw(text).execute(tx.db)).numAffectedRows ?? 0n))
const sorted = (...of: (keyof typeof ids)[]) => of.map((name) => ids[name]).sort()

describe('row-level security as a second wall', () => {
  it('V9: lets nobody read versions and feeds but those of its own audiences that are open', async () => {
    for (const [table, own] of [
      ['object_version', sorted('open', 'red', 'grouped', 'link')],
      ['object_feed', sorted('open', 'red', 'grouped', 'link')],
    ] as const) {
      const text = `select distinct object_id as id from ${table}`
      expect(await read(insider(), text)).toEqual(own)
      expect(await read(outsider(), text)).toEqual(sorted('open'))
      for (const stranger of strangers()) expect(await read(stranger, text)).toEqual([])
    }
    // The control: the operator's own people read all of it.
    expect(await read(a.people.analyst.actor, 'select distinct object_id as id from object_version')).toEqual(sorted('open', 'red', 'grouped', 'link', 'held'))
  })

  it('V1: opens the rows of an embargo by the trusted instant alone', async () => {
    const text = `select distinct object_id as id from object_version where object_id = '${ids.held}'`
    expect(await read(outsider(), text)).toEqual([])
    const before = test.clock.now()
    test.clock.set(new Date(before.getTime() + 3_600_000))
    expect(await read(outsider(), text)).toEqual([ids.held])
    expect(await read(outsider(), `select distinct object_id as id from object_feed where object_id = '${ids.held}'`)).toEqual([ids.held])
    test.clock.set(before)
  })

  it('V3: keeps what objects are found by, who is left out and what waits from everybody but the program', async () => {
    for (const table of ['object_reference', 'object_value', 'object_word', 'object_fact', 'object_indexed']) {
      expect(await count(system('test'), table), table).toBeGreaterThan(0)
      for (const actor of [insider(), outsider(), ...strangers()]) expect(await count(actor, table), table).toBe(0)
    }
    const groups = async (actor: Actor) => [await count(actor, 'sharing_group'), await count(actor, 'sharing_group_member')]
    expect([await groups(insider()), await groups(outsider()), await groups(strangers()[0]!)]).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ])
    for (const actor of [insider(), outsider(), ...strangers()]) expect(await count(actor, 'access_change')).toBe(0)
    expect(await count(strangers()[0]!, 'object_block')).toBe(0)
  })

  it('V9: a membership that ended shows nothing of the group', async () => {
    const until = (text: string) => test.database.superuser.query(`update membership set until = ${text} where organisation_id = $1`, [a.vendor.id])
    await until(`'2020-01-01T00:00:00Z'`)
    expect([await count(insider(), 'sharing_group'), await count(insider(), 'object_feed'), await count(insider(), 'object_version')]).toEqual([0, 0, 0])
    await until('null')
    expect(await count(insider(), 'sharing_group')).toBe(1)
  })

  it('lets no member write any of it, nor reach past the walls into one part of a table', async () => {
    for (const text of [
      `update object_version set open = true, tlp = 'CLEAR'`,
      `update object_feed set audience = '${a.responder.id}', opens_at = null`,
      `update object_block set sealed = ''`,
      `update sharing_group_member set organisation_id = '${a.responder.id}'`,
      `delete from object_exclusion`,
      `delete from object_feed`,
      `delete from object_version`,
    ])
      expect(await write(outsider(), text), text).toBe(0)
    const member = `insert into sharing_group_member (group_id, organisation_id, operator_id, joined_at, joined_position)
      values ('${group}', '${a.responder.id}', '${a.id}', now(), 0)`
    const feed = `insert into object_feed (collection_id, operator_id, audience, position, version_id, object_id, type, version, version_at, block_id, start, size, oldest, newest, tlp)
      values ('${collection}', '${a.id}', '${a.responder.id}', 1, '${group}', '${ids.red}', 'indicator', '', 0, '${group}', 0, 1, true, true, 'CLEAR')`
    for (const text of [member, feed]) await expect(write(outsider(), text), text).rejects.toThrow('row-level security')
    for (const table of [
      'object_version',
      'object_feed',
      'object_block',
      'object_exclusion',
      'object_removal',
      'object_reference',
      'object_value',
      'object_word',
      'object_fact',
    ])
      for (let part = 0; part < 8; part++) await expect(count(outsider(), `${table}_${part}`)).rejects.toThrow('permission denied')
  })
})
