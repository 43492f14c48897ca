import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { Manifest, Versions } from '#exchange/taxii/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
interface Envelope {
  readonly more?: boolean
  readonly next?: string
  readonly objects?: readonly { readonly id: string; readonly modified?: string; readonly date_added?: string; readonly version?: string }[]
}

/** What a client reads, page after page. */
let test: TestApp
let a: SeededOperator
let writer: AnyPerson
let reader: AnyPerson

const FIRST = 'x-taxii-date-added-first'
const LAST = 'x-taxii-date-added-last'
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  writer = a.vendor.people.analyst
  reader = a.responder.people.reader
})
afterAll(() => test.close())

const fresh = () => seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
const as = (person: AnyPerson, collection: CollectionId) => new TaxiiClient(test.server, person, a.id, collection)
/** A collection with seven objects, one posted after the other or all at once. */
async function filled(count = 7) {
  const collection = await fresh()
  const objects = Array.from({ length: count }, () => indicator())
  await as(writer, collection).post(...objects)
  return { collection, objects, client: as(reader, collection), ids: objects.map(({ id }) => id) }
}
const versionsOf = (object: object, instants: readonly string[]) => instants.map((modified) => ({ ...object, created: instants[0], modified }))
const shown = (answer: { json(): unknown }) => ((answer.json() as Envelope).objects ?? []).map(({ id }) => id)

describe('pages', () => {
  it('T19: come by the instant at which an object was added, manifests too', async () => {
    const { client, ids } = await filled()
    const manifest = Manifest.strict().parse((await client.get('manifest/')).json()).objects!
    const added = manifest.map(({ date_added }) => date_added)
    expect([manifest.map(({ id }) => id), shown(await client.get('objects/'))]).toEqual([ids, ids])
    expect([added.toSorted(), new Set(added).size]).toEqual([added, 7])
  })

  it('T20: T16: say between which instants they were added, with six digits', async () => {
    const { client, ids } = await filled()
    const manifest = (await client.get('manifest/')).json<Envelope>().objects!
    for (const path of ['objects/', 'manifest/', `objects/${ids[0]}/`, `objects/${ids[0]}/versions/`]) {
      const { headers } = await client.get(path)
      const one = path.includes(ids[0]!)
      expect([headers[FIRST], headers[LAST]], path).toEqual([manifest[0]!.date_added, manifest[one ? 0 : 6]!.date_added])
      expect(headers[FIRST]).toMatch(MICROSECONDS)
    }
  })

  it('C1: T30: an empty one is an empty envelope, and says neither', async () => {
    const { client } = await filled(1)
    for (const path of ['objects/', 'manifest/']) {
      const answer = await client.get(path, { added_after: '2999-01-01T00:00:00Z' })
      expect([answer.statusCode, answer.body, answer.headers[FIRST], answer.headers[LAST]]).toEqual([200, '{}', undefined, undefined])
    }
  })

  it('T22: C6: go on strictly after an instant, and by `next` or by the last instant each object comes once', async () => {
    const { client, ids } = await filled()
    const byInstant: string[] = []
    for (let after: string | undefined; ;) {
      const answer = await client.get('objects/', { limit: '2', ...(after !== undefined && { added_after: after }) })
      byInstant.push(...shown(answer))
      if (!answer.json<Envelope>().more) break
      after = answer.headers[LAST] as string
    }
    expect([byInstant, await client.walk({ limit: '2' })]).toEqual([ids, ids])
    const manifest = (await client.get('manifest/')).json<Envelope>().objects!
    expect(shown(await client.get('objects/', { added_after: manifest[2]!.date_added! }))).toEqual(ids.slice(3))
  })

  it('T23: hold no more than was asked for, everything that fits, and tell whether there is more', async () => {
    const { client, ids } = await filled()
    for (const [limit, count, more] of [
      ['1', 1, true],
      ['6', 6, true],
      ['7', 7, undefined],
      ['8', 7, undefined],
    ] as const) {
      const page = (await client.get('objects/', { limit })).json<Envelope>()
      expect([page.objects!.length, page.more, page.next === undefined]).toEqual([count, more, more === undefined])
    }
    expect(shown(await client.get('objects/'))).toEqual(ids)
  })

  it('T24: C3: `next` goes on with the same filters, in manifests and versions, too', async () => {
    const { client, ids, collection } = await filled()
    const first = (await client.get('manifest/', { limit: '3', 'match[type]': 'indicator' })).json<Envelope>()
    const second = await client.get('manifest/', { limit: '3', 'match[type]': 'indicator', next: first.next! })
    expect(shown(second)).toEqual(ids.slice(3, 6))
    const object = indicator()
    await as(writer, collection).post(...versionsOf(object, ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']))
    const page = Versions.strict().parse((await client.get(`objects/${object.id}/versions/`, { limit: '2' })).json())
    expect([page.versions, page.more]).toEqual([['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'], true])
    const rest = Versions.strict().parse((await client.get(`objects/${object.id}/versions/`, { next: page.next! })).json())
    expect([rest.versions, rest.more]).toEqual([['2026-01-03T00:00:00Z'], undefined])
  })

  it('T7: `next` is worth nothing to somebody else, for another query, or after the right has ended', async () => {
    const { client, collection } = await filled()
    const { next } = (await client.get('objects/', { limit: '2' })).json<Required<Envelope>>()
    const others = [
      await as(a.responder.people.analyst, collection).get('objects/', { next }),
      await client.get('manifest/', { next }),
      await client.get('objects/', { next, 'match[type]': 'indicator' }),
      await as(reader, await fresh()).get('objects/', { next }),
      await client.get('objects/', { next: `${next.slice(0, -1)}${next.endsWith('A') ? 'B' : 'A'}` }),
    ]
    expect(others.map(({ statusCode }) => statusCode)).toEqual(others.map(() => 400))
    expect(shown(await client.get('objects/', { next }))).toHaveLength(5)
    await test.database.superuser.query('update collection_right set can_read = false where collection_id = $1 and organisation_id = $2', [
      collection,
      a.responder.id,
    ])
    expect((await client.get('objects/', { next })).statusCode).toBe(403)
  })

  it('T15: a success carries the resource of its path', async () => {
    const { client, ids } = await filled(1)
    expect(Object.keys((await client.get('objects/')).json<object>())).toEqual(['objects'])
    expect(Manifest.strict().parse((await client.get('manifest/')).json()).objects).toHaveLength(1)
    expect(Versions.strict().parse((await client.get(`objects/${ids[0]}/versions/`)).json()).versions).toHaveLength(1)
  })
})

describe('versions', () => {
  const INSTANTS = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.5Z', '2026-01-03T00:00:00.123456Z']
  async function versioned() {
    const { collection, client } = await filled(1)
    const object = indicator()
    for (const version of versionsOf(object, INSTANTS)) await as(writer, collection).post(version)
    const ask = async (version?: string, path = 'objects/') => {
      const answer = await client.get(path, { 'match[id]': object.id, ...(version !== undefined && { 'match[version]': version }) })
      return (answer.json<Envelope>().objects ?? []).map(({ modified, version: text }) => modified ?? text)
    }
    return { client, object, ask }
  }

  it('T27: T25: are the last unless said: the first, all, or those of an instant', async () => {
    const { ask } = await versioned()
    expect([await ask(), await ask('last'), await ask('first'), await ask('all')]).toEqual([[INSTANTS[2]], [INSTANTS[2]], [INSTANTS[0]], INSTANTS])
    expect([await ask('first,last'), await ask(INSTANTS[1]), await ask('2020-01-01T00:00:00Z')]).toEqual([[INSTANTS[0], INSTANTS[2]], [INSTANTS[1]], []])
  })

  it('C9: are spelled as the object spells them, and found by any spelling of their instant', async () => {
    const { client, object, ask } = await versioned()
    expect(await ask('all', 'manifest/')).toEqual(INSTANTS)
    expect((await client.get(`objects/${object.id}/versions/`)).json()).toEqual({ versions: INSTANTS })
    for (const spelling of ['2026-01-02T00:00:00.5Z', '2026-01-02T00:00:00.500Z', '2026-01-02T00:00:00.500000Z'])
      expect(await ask(spelling)).toEqual([INSTANTS[1]])
  })

  it('T28: are of the newest version of STIX, and of no other than those that are asked for', async () => {
    const { client, object } = await versioned()
    const count = async (spec: string) => shown(await client.get('objects/', { 'match[id]': object.id, 'match[spec_version]': spec })).length
    expect([await count('2.1'), await count('2.0,2.1'), await count('2.0')]).toEqual([1, 1, 0])
    expect((await client.get(`objects/${object.id}/`, { 'match[spec_version]': '2.0' })).body).toBe('{}')
    expect((await client.get(`objects/${object.id}/versions/`, { 'match[spec_version]': '2.0' })).body).toBe('{}')
  })

  it('T39: T35: filters concern the object; lists that would be empty are left out', async () => {
    const { client, object } = await versioned()
    expect((await client.get('manifest/', { 'match[id]': object.id, 'match[type]': 'malware' })).body).toBe('{}')
    expect((await client.get('manifest/', { 'match[id]': object.id })).json()).toEqual({
      objects: [{ id: object.id, date_added: expect.stringMatching(MICROSECONDS), version: INSTANTS[2], media_type: 'application/stix+json;version=2.1' }],
    })
  })

  it('C2: T38: an object that is unknown, or not for this client, is not found; one whose filter takes nothing is an empty envelope', async () => {
    const { collection, client, ids } = await filled(1)
    const hidden = indicator({ object_marking_refs: [TLP_MARKINGS.RED] })
    await as(writer, collection).post(hidden)
    const plain = (text: string) => text.replace(/"error_id":"[^"]*"/, '')
    for (const path of ['', 'versions/']) {
      const [secret, unknown, garbage] = [
        await client.get(`objects/${hidden.id}/${path}`),
        await client.get(`objects/${indicator().id}/${path}`),
        await client.get(`objects/garbage/${path}`),
      ]
      expect([secret.statusCode, plain(secret.body), plain(garbage.body)]).toEqual([404, plain(unknown.body), plain(unknown.body)])
    }
    expect((await as(writer, collection).get(`objects/${hidden.id}/`)).statusCode).toBe(200)
    expect((await client.get(`objects/${ids[0]}/`, { 'match[version]': '2020-01-01T00:00:00Z' })).body).toBe('{}')
  })

  it('C5: the tables bind, not the examples: no path /object/, no instant with a 51st tenth of a minute, a version with every success', async () => {
    const { client, ids } = await filled(1)
    expect((await client.get(`object/${ids[0]}/`)).statusCode).toBe(404)
    expect((await client.get('objects/', { added_after: '2016-11-04T03:04:051Z' })).statusCode).toBe(400)
    const { successes } = (await as(writer, await fresh()).post(indicator())).json<{ successes: { version: string }[] }>()
    expect(successes[0]!.version).toBe('2026-01-01T00:00:00.000Z')
  })

  it('C7: an object that starts to match gets a new position, so that pollers see it', async () => {
    const { collection, client } = await filled(2)
    const raised = indicator({ object_marking_refs: [TLP_MARKINGS.RED] })
    await as(writer, collection).post(raised)
    const last = (await as(writer, collection).get('objects/')).headers[LAST] as string
    await as(writer, collection).post({ ...raised, modified: '2026-02-01T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.GREEN] })
    expect(shown(await client.get('objects/', { added_after: last }))).toEqual([raised.id])
  })

  it('C11: an observable, which has none, has one that stays and does not lie before it was there', async () => {
    const { collection, client } = await filled(1)
    const before = (await client.get('objects/')).headers[LAST] as string
    const file = { type: 'file', id: `file--${randomUUID()}`, hashes: { MD5: 'd41d8cd98f00b204e9800998ecf8427e' }, object_marking_refs: [TLP_MARKINGS.GREEN] }
    const post = async () => (await as(writer, collection).post(file)).json<{ successes: { version: string }[] }>().successes[0]!.version
    const version = await post()
    expect([await post(), version]).toEqual([version, expect.stringMatching(MICROSECONDS)])
    expect(version > before).toBe(true)
    expect((await client.get(`objects/${file.id}/versions/`)).json()).toEqual({ versions: [version] })
    expect(shown(await client.get('objects/', { 'match[version]': version, 'match[id]': file.id }))).toEqual([file.id])
  })

  it('C12: a client is told under which markings it is shown objects', async () => {
    const { client } = await filled(1)
    const { markings } = (await client.get('markings/')).json<{ markings: { id: string; of: string }[] }>()
    expect(markings.find(({ id }) => id === TLP_MARKINGS.GREEN)).toMatchObject({ of: 'all' })
    expect(markings.find(({ id }) => id === TLP_MARKINGS.RED)).toMatchObject({ of: 'own' })
  })
})
