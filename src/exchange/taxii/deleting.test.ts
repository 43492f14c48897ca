import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '#main/app.ts'
import { routeTable } from '#main/serve.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import { createServer } from '#platform/http/server.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { TAXII_MEDIA_TYPE } from '#exchange/taxii/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>

/** Deleting over TAXII; what becomes of feeds and of the bytes is tested where they are stored. */
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let writer: AnyPerson
let reader: AnyPerson

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  writer = a.vendor.people.analyst
  reader = a.responder.people.reader
})
afterAll(() => test.close())

const fresh = () => seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
const as = (person: AnyPerson, collection: CollectionId) => new TaxiiClient(test.server, person, a.id, collection)
const remove = (person: AnyPerson, collection: string, object: string, query = '') =>
  test.server.inject({ method: 'DELETE', url: `/taxii2/${a.id}/collections/${collection}/objects/${object}/${query}`, headers: person.token })
const INSTANTS = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'] as const
const versions = () => {
  const object = indicator()
  return INSTANTS.map((modified) => ({ ...object, modified }))
}
const versionsIn = async (person: AnyPerson, collection: CollectionId, object: string) => {
  const answer = await as(person, collection).get(`objects/${object}/versions/`)
  return answer.statusCode === 200 ? answer.json<{ versions: string[] }>().versions : answer.statusCode
}

describe('deleting an object', () => {
  it('T38: C4: takes away all its versions; then it is nowhere', async () => {
    const collection = await fresh()
    const [object, other] = [versions(), indicator()]
    await as(writer, collection).post(...object, other)
    const { id } = object[0]!
    const answer = await remove(writer, collection, id)
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([200, TAXII_MEDIA_TYPE, '{}'])
    for (const person of [writer, reader, a.people.analyst]) {
      const client = as(person, collection)
      expect([(await client.get(`objects/${id}/`)).statusCode, (await client.get(`objects/${id}/versions/`)).statusCode]).toEqual([404, 404])
      for (const list of ['objects/', 'manifest/'])
        for (const version of ['last', 'all']) {
          const { objects } = (await client.get(list, { 'match[version]': version })).json<{ objects: { id: string }[] }>()
          expect(objects.map((one) => one.id)).toEqual([other.id])
        }
      expect((await client.get('objects/', { 'match[id]': id })).body).toBe('{}')
    }
    expect((await remove(writer, collection, id)).statusCode).toBe(404)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })

  it('T38: takes it away from what any process serves, whatever that still holds in memory', async () => {
    const { app, close } = await createApp(test.app.config, test.database, 'other', { clock: test.clock })
    const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
    const other = await createServer(app, { routes: await routeTable(app), identify: createIdentify(app), ready })
    try {
      const collection = await fresh()
      const objects = [indicator(), indicator(), indicator()]
      await as(writer, collection).post(...objects)
      const { id } = objects[0]!
      const clients = [test.server, other].map((server) => new TaxiiClient(server, reader, a.id, collection))
      const texts = () => Promise.all(clients.flatMap((client) => [client.get('objects/', { limit: '2' }), client.get(`objects/${id}/`)]))
      // Twice: what is asked for once more is in memory.
      for (let n = 0; n < 2; n++) for (const { body } of await texts()) expect(body).toContain(id)
      expect((await remove(writer, collection, id)).statusCode).toBe(200)
      for (const { body } of await texts()) expect(body).not.toContain(objects[0]!['pattern'])
      // It is there: only that the collection counts its changes keeps the page from being served.
      await test.database.superuser.query('update collection set generation = generation - 1 where id = $1', [collection])
      expect((await clients[1]!.get('objects/', { limit: '2' })).body).toContain(objects[0]!['pattern'])
    } finally {
      await other.close()
      await close()
    }
  })

  it('T38: takes away exactly the versions that are named', async () => {
    const collection = await fresh()
    const object = versions()
    await as(writer, collection).post(...object)
    const { id } = object[0]!
    expect((await remove(writer, collection, id, '?match[version]=2026-01-02T00:00:00Z')).statusCode).toBe(200)
    expect(await versionsIn(reader, collection, id)).toEqual([INSTANTS[0], INSTANTS[2]])
    expect((await remove(writer, collection, id, '?match%5Bversion%5D=last')).statusCode).toBe(200)
    expect(await versionsIn(reader, collection, id)).toEqual([INSTANTS[0]])
    for (const query of ['?match[version]=2020-01-01T00:00:00Z', '?match[spec_version]=2.0'])
      expect((await remove(writer, collection, id, query)).statusCode).toBe(404)
    expect((await remove(writer, collection, id, '?match[version]=newest')).statusCode).toBe(400)
    expect((await remove(writer, collection, id, '?match[spec_version]=2.1&match[version]=first')).statusCode).toBe(200)
    expect(await versionsIn(reader, collection, id)).toBe(404)
  })

  it('T38: takes the right to read and to write: one alone is 403, neither is 404', async () => {
    const [readOnly, writeOnly] = await Promise.all([
      seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canWrite: false }]),
      seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canRead: false }]),
    ])
    const neither = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canRead: false, canWrite: false }])
    const { id } = indicator()
    const statuses = await Promise.all(
      [readOnly, writeOnly, neither, randomUUID()].map(async (collection) => (await remove(writer, collection, id)).statusCode),
    )
    expect(statuses).toEqual([403, 403, 404, 404])
    // A reader's role may not, whatever the rights of its organisation.
    expect((await remove(reader, await fresh(), id)).statusCode).toBe(403)
    expect((await remove(b.vendor.people.analyst, await fresh(), id)).statusCode).toBe(404)
  })

  it('T38: C8: is for who contributed it: another’s that is seen is 403, one that is not seen is 404', async () => {
    const collection = await fresh()
    const [shared, hidden] = [indicator(), indicator({ object_marking_refs: [TLP_MARKINGS.RED] })]
    await as(writer, collection).post(shared, hidden)
    const other = a.responder.people.analyst
    const answers = await Promise.all([shared.id, hidden.id, indicator().id, 'garbage'].map((id) => remove(other, collection, id)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 404, 404, 404])
    const plain = ({ body }: { body: string }) => body.replace(/"error_id":"[^"]*"/, '')
    expect(plain(answers[1]!)).toBe(plain(answers[2]!))
    // Where both contributed it, each takes away its own.
    await as(other, collection).post(hidden)
    expect((await remove(other, collection, hidden.id)).statusCode).toBe(200)
    expect([await versionsIn(other, collection, hidden.id), await versionsIn(writer, collection, hidden.id)]).toEqual([404, [INSTANTS[0]]])
    expect((await remove(writer, collection, hidden.id)).statusCode).toBe(200)
    expect(await versionsIn(writer, collection, hidden.id)).toBe(404)
  })
})
