import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { TLP_LABELS, type TlpLabel } from '#program/packages/contract.ts'
import { seesVersion } from '#exchange/stix/visible.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, relationship, seedCollection } from '#test/harness/exchange.ts'
import { joinOperator, seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
interface Envelope {
  readonly more?: boolean
  readonly next?: string
  readonly objects?: { readonly id: string; readonly modified?: string }[]
}
interface Status {
  readonly id: string
  readonly success_count: number
  readonly failure_count: number
  readonly successes?: { readonly id: string; readonly version: string }[]
  readonly failures?: { readonly id: string; readonly message: string }[]
}
const idsOf = (answer: { json(): unknown }) => ((answer.json() as Envelope).objects ?? []).map(({ id }) => id)

/** Who is shown what, and what the log says of it. */
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let third: SeededOrganisation
let analyst: AnyPerson
let responder: AnyPerson

const fresh = (findings?: true) => {
  const organisations = [a.vendor, a.responder, third].map(({ id }) => ({ organisation: id }))
  return seedCollection(test.app, a.id, organisations, findings ? { findings } : {})
}
const RED = { object_marking_refs: [TLP_MARKINGS.RED] }
const GREEN = { object_marking_refs: [TLP_MARKINGS.GREEN] }
const file = (properties: object = {}) => ({
  type: 'file',
  id: `file--${randomUUID()}`,
  hashes: { MD5: 'd41d8cd98f00b204e9800998ecf8427e' },
  ...GREEN,
  ...properties,
})
/** Versions of one object, a minute apart. */
const versionsOf = (object: object, count: number) =>
  Array.from({ length: count }, (_, n) => ({ ...object, modified: new Date(Date.UTC(2026, 0, 2) + n * 60_000).toISOString() }))
const as = (person: AnyPerson, collection: CollectionId, root = a.id) => new TaxiiClient(test.server, person, root, collection)

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  third = await seedOrganisation(test.app, a.id, 'C', 'responder')
  await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, third.id, b.id))
  analyst = a.vendor.people.analyst
  responder = a.responder.people.reader
})
afterAll(() => test.close())

describe('who sees an object', () => {
  it('follows its marking, its contributor and the reader, in every exit alike', async () => {
    const collection = await fresh()
    const contributors = { vendor: a.vendor, responder: a.responder }
    const objects: { id: string; tlp: TlpLabel; contributor: string }[] = []
    for (const { id: contributor, people } of Object.values(contributors)) {
      for (const tlp of TLP_LABELS) {
        const object = indicator({ object_marking_refs: [TLP_MARKINGS[tlp]] })
        expect((await as(people.analyst, collection).post(object)).json<Status>().success_count).toBe(1)
        objects.push({ id: object.id, tlp, contributor })
      }
    }
    const readers: AnyPerson[] = [
      a.vendor.people.reader,
      a.responder.people.reader,
      third.people.reader,
      a.people.analyst,
      b.people.analyst,
      b.vendor.people.reader,
    ]
    for (const reader of readers) {
      const inside = reader !== readers[4] && reader !== readers[5]
      const want = objects
        .filter(({ tlp, contributor }) => seesVersion(reader.actor, { operator: a.id, contributor, tlp, open: true }, inside))
        .map(({ id }) => id)
      expect(want.length, reader.name).toBe(inside ? (reader === readers[3] ? 10 : reader === readers[2] ? 6 : 8) : 0)
      const client = as(reader, collection)
      expect(await client.walk(), reader.name).toEqual(want)
      expect(idsOf(await client.get('manifest/')), reader.name).toEqual(want)
      const single = await Promise.all(objects.map(async ({ id }) => (await client.get(`objects/${id}/`)).statusCode))
      expect(single, reader.name).toEqual(objects.map(({ id }) => (want.includes(id) ? 200 : 404)))
      const { items } = (await test.server.inject({ method: 'GET', url: '/api/indicators?limit=200', headers: reader.token })).json<{
        items: { id: string; tlp: string }[]
      }>()
      expect(
        items.filter(({ id }) => objects.some((object) => object.id === id)).map(({ id }) => id),
        reader.name,
      ).toEqual(want.toReversed())
      // The second wall alone: the database shows no other rows either.
      const walled = await test.app.db.read(reader.actor, (tx) =>
        tx.db.selectFrom('object_version').select('object_id').where('collection_id', '=', collection).execute(),
      )
      expect(walled.map(({ object_id: id }) => id).sort(), reader.name).toEqual(want.toSorted())
    }
  })

  it('ends with the membership', async () => {
    const collection = await fresh()
    await as(analyst, collection).post(indicator())
    const set = (state: string) =>
      test.database.superuser.query('update membership set state = $1 where organisation_id = $2 and operator_id = $3', [state, third.id, a.id])
    await set('suspended')
    expect((await as(third.people.reader, collection).get('objects/')).statusCode).toBe(404)
    await set('active')
    expect(await as(third.people.reader, collection).walk()).toHaveLength(1)
  })

  it('hides a relationship with what it points at, also where that does not exist, and shows it anew when that appears', async () => {
    const collection = await fresh()
    const [open, hidden, later] = [indicator(), indicator({ object_marking_refs: [TLP_MARKINGS.RED] }), indicator()]
    const links = [
      relationship(open.id, open.id),
      relationship(open.id, hidden.id),
      relationship(open.id, later.id),
      relationship(open.id, `malware--${randomUUID()}`),
    ]
    await as(analyst, collection).post(open, hidden, ...links)
    const client = as(responder, collection)
    const before = await client.get('objects/')
    expect(idsOf(before)).toEqual([open.id, links[0]!.id])
    expect(await as(analyst, collection).walk()).toEqual([open, links[0]!, hidden, ...links.slice(1)].map(({ id }) => id))
    await as(analyst, collection).post(later)
    const poll = await client.get('objects/', { added_after: String(before.headers['x-taxii-date-added-last']) })
    expect(idsOf(poll)).toEqual([later.id, links[2]!.id])
  })

  it('is hidden with a report, a grouping, a note or an opinion about what is hidden, also in turn, and together with what refers to it', async () => {
    const collection = await fresh()
    const about = (type: string, refs: string[], properties: object = {}) => ({
      ...indicator(),
      type,
      id: `${type}--${randomUUID()}`,
      object_refs: refs,
      name: 'n',
      published: '2026-01-01T00:00:00Z',
      context: 'suspicious-activity',
      content: 'c',
      opinion: 'neutral',
      ...properties,
    })
    const [open, later] = [indicator(), indicator()]
    const hidden = indicator(RED)
    const types = ['report', 'grouping', 'note', 'opinion']
    const good = types.map((type) => about(type, [open.id]))
    const bad = types.map((type) => about(type, [open.id, hidden.id]))
    const waiting = about('report', [later.id])
    const inTurn = [about('note', [waiting.id]), relationship(open.id, waiting.id)]
    const noteId = `note--${randomUUID()}`
    const report = about('report', [noteId])
    const mutual = [report, about('note', [report.id], { id: noteId })]
    await as(analyst, collection).post(open, hidden, ...good, ...bad, waiting, ...inTurn, ...mutual)
    const client = as(responder, collection)
    const before = await client.get('objects/')
    expect(idsOf(before)).toEqual([open, ...good, ...mutual].map(({ id }) => id))
    await as(analyst, collection).post(later)
    const poll = await client.get('objects/', { added_after: String(before.headers['x-taxii-date-added-last']) })
    expect(idsOf(poll)).toEqual([later, waiting, ...inTurn].map(({ id }) => id))
    await as(analyst, collection).post({ ...later, ...RED, modified: '2026-02-01T00:00:00Z' })
    expect(await client.walk()).toEqual(idsOf(before))
  })

  it('is withdrawn in every version when its marking is raised, and stands again when it is lowered', async () => {
    const collection = await fresh()
    const object = indicator()
    const [first, second, third_] = versionsOf(object, 3) as [{ modified: string }, { modified: string }, { modified: string }]
    const link = relationship(object.id, object.id)
    await as(analyst, collection).post(first, link)
    expect(await as(responder, collection).walk()).toEqual([object.id, link.id])
    const raised = { ...second, ...RED }
    await as(analyst, collection).post(raised)
    const ask = async (person: AnyPerson, version: string) =>
      idsOf(await as(person, collection).get('objects/', { 'match[version]': version, 'match[type]': 'indicator' }))
    const choices = ['last', 'first', 'all', first.modified, second.modified]
    for (const version of choices) expect(await ask(responder, version), version).toEqual([])
    expect(await as(responder, collection).walk()).toEqual([])
    expect([404, 404]).toEqual(
      await Promise.all(['', 'versions/'].map(async (path) => (await as(responder, collection).get(`objects/${object.id}/${path}`)).statusCode)),
    )
    const walled = await test.app.db.read(responder.actor, (tx) =>
      tx.db.selectFrom('object_version').select('id').where('collection_id', '=', collection).execute(),
    )
    expect(walled).toEqual([])
    for (const person of [a.vendor.people.reader, a.people.analyst]) expect(await ask(person, 'all')).toEqual([object.id, object.id])
    await as(analyst, collection).post(third_)
    expect((await as(responder, collection).get('objects/', { 'match[type]': 'indicator' })).json<Envelope>().objects).toEqual([third_])
    expect(await ask(responder, 'all')).toEqual([object.id, object.id])
    expect(await as(responder, collection).walk()).toEqual([object.id, link.id])
  })

  it('stays with an observable, which has no versions, as long as one of its contributions is for members', async () => {
    const collection = await fresh()
    const open = file()
    await as(analyst, collection).post(open)
    await as(analyst, collection).post({ ...open, ...RED })
    const { objects } = (await as(responder, collection).get('objects/', { 'match[version]': 'all' })).json<Envelope>()
    expect(objects).toEqual([open])
    expect((await as(analyst, collection).get('objects/')).json<Envelope>().objects).toEqual([{ ...open, ...RED }])
  })

  it('does not move for what nobody else sees, and for its author not at all', async () => {
    const collection = await fresh()
    const target = indicator()
    const link = relationship(target.id, target.id)
    await as(analyst, collection).post(link)
    const added = async (person = analyst) =>
      String((await as(person, collection).get('objects/', { 'match[id]': link.id })).headers['x-taxii-date-added-last'])
    const before = await added()
    await as(third.people.analyst, collection).post({ ...target, ...RED })
    expect([await added(), await added(responder)]).toEqual([before, 'undefined'])
    await as(third.people.analyst, collection).post({ ...target, modified: '2026-02-01T00:00:00Z' })
    const after = await added(responder)
    expect([after > before, await added(), await added(a.people.analyst)]).toEqual([true, before, before])
    await as(third.people.analyst, collection).post({ ...target, modified: '2026-03-01T00:00:00Z' })
    expect([await added(responder), await added()]).toEqual([after, before])
  })

  it('takes a statement from nobody but the contributor, and nothing else for one', async () => {
    const collection = await fresh()
    const definition = { type: 'marking-definition', spec_version: '2.1', id: `marking-definition--${randomUUID()}`, created: '2026-01-01T00:00:00Z' }
    const said = { ...definition, definition_type: 'statement', definition: { statement: 'Copyright' } }
    await as(third.people.analyst, collection).post(said)
    const marked = indicator({ object_marking_refs: [said.id] })
    expect((await as(analyst, collection).post(marked)).json<Status>().success_count).toBe(1)
    expect(await as(responder, collection).walk()).toEqual([said.id])
    const posing = { ...indicator(), definition_type: 'statement' }
    const status = (await as(analyst, collection).post(posing, indicator({ object_marking_refs: [posing.id] }))).json<Status>()
    expect(status.failures).toMatchObject([{ message: '/object_marking_refs/0: must be the id of a marking-definition' }])
  })

  it('counts an unknown marking as RED, and a statement that came along as none', async () => {
    const collection = await fresh()
    const statement = { type: 'marking-definition', spec_version: '2.1', id: `marking-definition--${randomUUID()}`, created: '2026-01-01T00:00:00Z' }
    const said = { ...statement, definition_type: 'statement', definition: { statement: 'Copyright' } }
    const [unknown, stated] = [indicator({ object_marking_refs: [`marking-definition--${randomUUID()}`] }), indicator({ object_marking_refs: [said.id] })]
    const later = indicator({ object_marking_refs: [said.id] })
    await as(analyst, collection).post(unknown, stated, said)
    await as(analyst, collection).post(later)
    expect(await as(responder, collection).walk()).toEqual([stated.id, said.id, later.id])
  })
})

describe('the log', () => {
  it('verifies, and names a version whose marking was edited, that was taken away or made up, and a block whose bytes were', async () => {
    const collection = await fresh()
    const [marked, moved, written] = [indicator(RED), indicator(), indicator()]
    for (const object of [marked, moved, written]) await as(analyst, collection).post(object)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    const edit = async (text: string, object: string) => (await test.database.superuser.query<{ id: string }>(`${text} returning id`, [object])).rows[0]!.id
    const named = async () => (await verifyLog(test.app)).faults.map(({ table, id }) => `${table} ${id}`).sort()
    await edit(`update object_version set operator_id = '${b.id}' where object_id = $1`, moved.id)
    expect(await named()).toEqual([expect.stringMatching(/^object_version /)])
    await edit(`update object_version set operator_id = '${a.id}' where object_id = $1`, moved.id)
    const first = await edit(`update object_version set tlp = 'GREEN' where object_id = $1`, marked.id)
    const block = await edit(
      `update object_block set sealed = sealed || '\\x00' where id = (select block_id from object_version where object_id = $1)`,
      written.id,
    )
    expect(await named()).toEqual([`object_block collection_id=${collection},id=${block}`, `object_version ${first}`].sort())
    const { rows } = await test.database.superuser.query<{ block_id: string }>('select block_id from object_version where object_id = $1', [moved.id])
    await edit('delete from object_version where object_id = $1', moved.id)
    expect(await named()).toContain(`object_version block_id=${rows[0]!.block_id}`)
    await edit(`update object_version set tlp = 'RED' where object_id = $1`, marked.id)
    expect((await named()).filter((name) => name.includes(first))).toEqual([])
  })
})
