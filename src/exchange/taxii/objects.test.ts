import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { TLP_LABELS, type TlpLabel } from '#program/packages/contract.ts'
import { seesVersion } from '#exchange/stix/visible.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { pause } from '#platform/clock/clock.ts'
import { MOST_VERSIONS, storeObjects } from '#exchange/objects/store-objects.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { entriesStatement, type VersionChoice } from '#exchange/objects/feed-query.ts'
import { openReader } from '#exchange/objects/open-reader.ts'
import { pointingQuery } from '#exchange/objects/version-store.ts'
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
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const code = (answer: { json(): unknown }) => (answer.json() as { error_code?: string }).error_code
const idsOf = (answer: { json(): unknown }) => ((answer.json() as Envelope).objects ?? []).map(({ id }) => id)

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

describe('a TAXII client', () => {
  it('signs in with a token as bearer or as the password of Basic, and is asked for it otherwise', async () => {
    const collection = await fresh()
    await as(analyst, collection).post(indicator())
    const url = `/taxii2/${a.id}/collections/${collection}/objects/`
    const secret = analyst.token.authorization.slice('Bearer '.length)
    const basic = `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}`
    for (const authorization of [analyst.token.authorization, basic]) {
      const answer = await test.server.inject({ method: 'GET', url, headers: { authorization } })
      expect([answer.statusCode, answer.headers['content-type'], idsOf(answer).length]).toEqual([200, 'application/taxii+json;version=2.1', 1])
    }
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic bm9ib2R5Og==' }]) {
      const answer = await test.server.inject({ method: 'GET', url, headers })
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([
        401,
        expect.arrayContaining([expect.stringContaining('Bearer'), expect.stringContaining('Basic')]),
      ])
    }
  })

  it('may name the media type with or without its version, and no other', async () => {
    const collection = await fresh()
    const url = `/taxii2/${a.id}/collections/${collection}/objects/`
    const ask = async (accept: string) => (await test.server.inject({ method: 'GET', url, headers: { ...analyst.token, accept } })).statusCode
    expect([await ask('application/taxii+json'), await ask('application/taxii+json;version=2.1'), await ask('*/*'), await ask('text/html')]).toEqual([
      200, 200, 200, 406,
    ])
    const payload = JSON.stringify({ objects: [indicator()] })
    const post = async (type: string) =>
      (await test.server.inject({ method: 'POST', url, headers: { ...analyst.token, 'content-type': type }, payload })).statusCode
    expect([await post('application/taxii+json'), await post('application/taxii+json;version=2.1'), await post('application/json')]).toEqual([202, 202, 415])
  })

  it('is told of a collection that is not its own exactly what it is told of none', async () => {
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canWrite: false }])
    const elsewhere = b.vendor.people.analyst
    const answers = await Promise.all([
      as(responder, collection).get('objects/'),
      as(responder, randomUUID() as string as CollectionId).get('objects/'),
      as(elsewhere, collection).get('objects/'),
      as(b.people.analyst, collection).get('objects/'),
      as(third.people.analyst, collection).post(indicator()),
    ])
    expect(answers.map((answer) => [answer.statusCode, code(answer)])).toEqual(answers.map(() => [404, 'NOT_FOUND']))
    expect(code(await as(analyst, collection).post(indicator()))).toBe('FORBIDDEN')
    const blind = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canRead: false }])
    expect((await as(analyst, blind).post(indicator())).statusCode).toBe(202)
    expect(code(await as(analyst, blind).get('objects/'))).toBe('FORBIDDEN')
  })
})

describe('posting', () => {
  it('stores good objects, names each bad one, and keeps the answer for its own organisation', async () => {
    const collection = await fresh()
    const good = [indicator(), indicator()]
    const answer = await as(analyst, collection).post(good[0], { type: 'x', id: 'garbage' }, good[1], indicator({ pattern: '' }), 7)
    expect(answer.statusCode).toBe(202)
    const status = answer.json<Status>()
    expect(status).toMatchObject({ status: 'complete', total_count: 5, success_count: 2, failure_count: 3, pending_count: 0 })
    expect(status.successes!.map(({ id, version }) => [id, version])).toEqual(good.map(({ id }) => [id, '2026-01-01T00:00:00.000Z']))
    expect(status.failures!.map(({ message }) => message)).toEqual([expect.stringContaining('/type'), expect.stringContaining('/pattern'), 'not an object'])
    expect(await as(responder, collection).walk()).toEqual(good.map(({ id }) => id))
    const url = `/taxii2/${a.id}/status/${status.id}/`
    const read = async (person: AnyPerson) => test.server.inject({ method: 'GET', url, headers: person.token })
    expect((await read(a.vendor.people.admin)).json()).toEqual(status)
    expect([code(await read(a.responder.people.admin)), code(await read(b.vendor.people.admin))]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
  })

  it('refuses what is no envelope, and stores nothing of it', async () => {
    const collection = await fresh()
    const url = `/taxii2/${a.id}/collections/${collection}/objects/`
    const headers = { ...analyst.token, 'content-type': 'application/taxii+json' }
    const post = async (payload: string) => code(await test.server.inject({ method: 'POST', url, headers, payload }))
    expect(await post(`{"objects":[${JSON.stringify(indicator())},]}`)).toBe('MALFORMED_JSON')
    expect(await post('{"objects":[{}],"a":1,"a":2}')).toBe('DUPLICATE_KEY')
    for (const payload of ['[]', '{}', '{"objects":{}}', '{"objects":[]}', '"objects"', 'null']) expect(await post(payload)).toBe('UNPROCESSABLE')
    expect(await as(analyst, collection).walk()).toEqual([])
  })

  it('answers for objects of every shape, never with a fault', { timeout: 60_000 }, async () => {
    const collection = await fresh()
    const names = [
      'type',
      'id',
      'created',
      'modified',
      'spec_version',
      'pattern',
      'object_marking_refs',
      'granular_markings',
      'external_references',
      'revoked',
      'hashes',
    ]
    const hostile = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('file', 'sighting', 'marking-definition', [null], [{}], ['\u{1f6e1}'.repeat(100)], '9999-12-31T23:59:59Z'),
    )
    const changed = fc.dictionary(
      fc.oneof(
        fc.constantFrom(...names),
        fc.string({ unit: 'binary' }).map((name) => `${name}_ref`),
      ),
      hostile,
      { maxKeys: 3 },
    )
    const property = fc.asyncProperty(fc.array(changed, { minLength: 1, maxLength: 10 }), async (changes) => {
      const objects = changes.map((change, n) => JSON.stringify({ ...(n % 2 === 0 ? indicator() : file()), ...change }))
      const answer = await as(analyst, collection).post(...objects)
      expect([202, 400], answer.body).toContain(answer.statusCode)
      const counted = answer.statusCode === 202 ? answer.json<Status>() : undefined
      if (counted) expect(counted.success_count + counted.failure_count).toBe(objects.length)
    })
    await fc.assert(property, { numRuns: 100 })
    expect((await as(responder, collection).get('objects/')).statusCode).toBe(200)
  })

  it('refuses an observable whose instants are none, and keeps the rest of the envelope', async () => {
    const collection = await fresh()
    const good = indicator()
    const bad = [{ modified: 5 }, { created: 'yesterday' }, { revoked: 'no' }, { modified: null }].map((properties) => file(properties))
    const answer = await as(analyst, collection).post(...bad, good)
    expect(answer.statusCode).toBe(202)
    expect(answer.json<Status>().failures!.map(({ message }) => message.split(':')[0])).toEqual(['/modified', '/created', '/revoked', '/modified'])
    expect(await as(responder, collection).walk()).toEqual([good.id])
  })

  it('keeps the rest of an envelope in which one object cannot be read, and each digit of a number', async () => {
    const collection = await fresh()
    const good = JSON.stringify(indicator({ x_serial: 0 })).replace('"x_serial":0', '"x_serial":90071992547409931.50')
    const twice = JSON.stringify(indicator()).replace('"type"', '"type":"malware","type"')
    const deep = JSON.stringify(indicator({ x_deep: 0 })).replace('"x_deep":0', `"x_deep":${'['.repeat(10_000)}${']'.repeat(10_000)}`)
    const status = (await as(analyst, collection).post(twice, good, deep, '{"id":tru}')).json<Status>()
    expect(status).toMatchObject({ success_count: 1, failure_count: 3 })
    expect(status.failures!.map(({ message }) => message)).toEqual([
      '/type: a key that is named twice',
      'nested more than 64 deep',
      expect.stringMatching(/^not JSON/),
    ])
    expect((await as(responder, collection).get('objects/')).body).toBe(`{"objects":[${good}]}`)
    // The same but for a digit that a double does not hold.
    const changed = (await as(analyst, collection).post(good.replace('931.50', '932.50'))).json<Status>()
    expect(changed.failures).toMatchObject([{ message: 'this version is stored with another content' }])
    expect((await as(analyst, collection).post(good.replace('931.50', '931.5'))).json<Status>()).toMatchObject({ success_count: 1, failure_count: 0 })
  })

  it('takes no version that was created otherwise or by somebody else, and none of a marking', async () => {
    const collection = await fresh()
    const [first, second] = versionsOf(indicator({ created_by_ref: `identity--${randomUUID()}` }), 2) as [object, object]
    const marking = { type: 'marking-definition', spec_version: '2.1', id: `marking-definition--${randomUUID()}`, created: '2026-01-01T00:00:00Z' }
    const statement = { ...marking, definition_type: 'statement', definition: { statement: 'Copyright' } }
    await as(analyst, collection).post(first, statement)
    const bad = [
      { ...second, created_by_ref: `identity--${randomUUID()}` },
      { ...second, created: '2025-01-01T00:00:00Z' },
      { ...statement, created: '2026-01-02T00:00:00Z', definition: { statement: 'None' } },
    ]
    const refused = (await as(analyst, collection).post(...bad)).json<Status>()
    expect(refused.failures!.map(({ message }) => message.split(':')[0])).toEqual(['/created_by_ref', '/created', '/modified'])
    expect((await as(analyst, collection).post(second)).json<Status>().success_count).toBe(1)
    // One of the same envelope is compared with, too; the same written otherwise is no other version.
    const [third, fourth] = versionsOf(indicator(), 2) as [object, object]
    const again = JSON.stringify(third, null, 1)
    const status = (await as(analyst, collection).post(third, again, { ...fourth, created: '2025-01-01T00:00:00Z' })).json<Status>()
    expect([status.success_count, status.failures!.map(({ message }) => message.split(':')[0])]).toEqual([2, ['/created']])
  })

  it('remarks upon the id of an observable that does not follow from its content', async () => {
    const collection = await fresh()
    const url = (id: string) => ({ type: 'url', spec_version: '2.1', id: `url--${id}`, value: 'https://example.com/?q=1&r=<2>' })
    const posted = (await as(analyst, collection).post(url('16a55861-834b-5d57-bf22-cbcee6a881c7'), url('16a55861-834b-5d57-bf22-cbcee6a881c8'))).json<Status>()
    expect(posted).toMatchObject({
      success_count: 2,
      successes: [expect.not.objectContaining({ message: expect.anything() }), { message: expect.stringContaining('does not follow') }],
    })
  })

  it('keeps a thousand versions of an object, and ends with the one that revokes it', { timeout: 60_000 }, async () => {
    const collection = await fresh()
    const [many, ended] = [indicator(), indicator()]
    const versions = versionsOf(many, MOST_VERSIONS + 1)
    expect((await as(analyst, collection).post(...versions.slice(0, MOST_VERSIONS))).json<Status>().success_count).toBe(1000)
    const status = (await as(analyst, collection).post(versions.at(-1))).json<Status>()
    expect([status.success_count, status.failures]).toEqual([0, [expect.objectContaining({ message: 'has 1000 versions, the most that are kept' })]])
    const [first, revoked, after] = versionsOf(ended, 3) as [object, object, object]
    await as(analyst, collection).post(first, { ...revoked, revoked: true })
    const refused = (await as(analyst, collection).post(after, { ...revoked, revoked: true })).json<Status>()
    expect([refused.success_count, refused.failures]).toEqual([1, [expect.objectContaining({ message: 'was revoked, which is final' })]])
    expect((await as(responder, collection).get(`objects/${ended.id}/`)).json<Envelope>().objects).toEqual([{ ...revoked, revoked: true }])
  })

  it('gives the bytes back as they came, and knows a repetition', async () => {
    const collection = await fresh()
    const text = JSON.stringify(indicator({ name: 'é\u{1f6e1}', confidence: 50 }), null, '\t')
      .replace('"confidence": 50', '"confidence": 50.0')
      .replace('é', '\\u00e9')
    await as(analyst, collection).post(text)
    const again = (await as(analyst, collection).post(text, JSON.stringify(JSON.parse(text)))).json<Status>()
    expect([again.success_count, again.failure_count]).toEqual([2, 0])
    expect((await as(responder, collection).get('objects/')).body).toBe(`{"objects":[${text}]}`)
    const changed = (await as(analyst, collection).post({ ...(JSON.parse(text) as object), confidence: 51 })).json<Status>()
    expect(changed.failures).toMatchObject([{ message: 'this version is stored with another content' }])
  })

  it('lies sealed in the database', async () => {
    const collection = await fresh()
    const secret = randomUUID()
    await as(analyst, collection).post(indicator({ description: secret, pattern: `[domain-name:value = '${secret}.example']` }))
    const { rows } = await test.database.superuser.query<{ row: string; at: number }>(
      `select v::text || f::text as row, position(convert_to($2, 'UTF8') in b.sealed) as at from object_version v join object_feed f on f.version_id = v.id
         join object_block b on b.id = v.block_id where v.collection_id = $1`,
      [collection, secret],
    )
    expect(rows).toMatchObject([{ row: expect.not.stringContaining(secret), at: 0 }])
  })

  it('lets nobody but the first who is seen make versions of an object', async () => {
    const collection = await fresh()
    const object = indicator()
    await as(analyst, collection).post(object)
    const revoked = { ...object, modified: '2026-02-01T00:00:00Z', revoked: true }
    const refused = (await as(third.people.analyst, collection).post(revoked)).json<Status>()
    expect(refused.failures).toMatchObject([{ id: object.id, message: 'only its creator makes versions of this object' }])
    expect((await as(third.people.analyst, collection).post(object)).json<Status>().success_count).toBe(1)
    expect((await as(analyst, collection).post(revoked)).json<Status>().success_count).toBe(1)
    expect((await as(responder, collection).get('objects/')).json<Envelope>().objects).toEqual([revoked])
  })

  it('ranks contributions by when members first saw them, so nobody takes an object by having hidden it first', async () => {
    const collection = await fresh()
    const object = indicator()
    const squatter = as(third.people.analyst, collection)
    await squatter.post({ ...object, ...RED })
    await as(analyst, collection).post(object)
    const taken = { ...object, modified: '2026-02-01T00:00:00Z', revoked: true }
    expect((await squatter.post(taken)).json<Status>().success_count).toBe(1)
    for (const version of ['last', 'all', 'first']) {
      const { objects } = (await as(responder, collection).get('objects/', { 'match[version]': version })).json<Envelope>()
      expect(objects, version).toEqual([object])
    }
    const { items } = (await test.server.inject({ method: 'GET', url: '/api/indicators?limit=200', headers: responder.token })).json<{
      items: { id: string }[]
    }>()
    expect(items.find(({ id }) => id === object.id)).toMatchObject({ revoked: false })
    // Once the first withdraws, the other stands, at a position that no poller has passed.
    const seen = String((await as(responder, collection).get('objects/')).headers['x-taxii-date-added-last'])
    await as(analyst, collection).post({ ...object, ...RED, modified: '2026-03-01T00:00:00Z' })
    expect((await as(responder, collection).get('objects/', { added_after: seen })).json<Envelope>().objects).toEqual([taken])
  })

  it('accepts the duplicate of a hidden object as if nobody had it (V4)', async () => {
    const collection = await fresh()
    const hidden = indicator({ object_marking_refs: [TLP_MARKINGS.RED] })
    await as(analyst, collection).post(hidden)
    const own = { ...hidden, modified: '2026-03-01T00:00:00Z', object_marking_refs: [TLP_MARKINGS.GREEN] }
    const status = (await as(third.people.analyst, collection).post(own)).json<Status>()
    const unknown = (await as(third.people.analyst, collection).post(indicator({ modified: own.modified }))).json<Status>()
    const plain = ({ successes, ...rest }: Status & { request_timestamp?: string }) => ({
      ...rest,
      id: '',
      request_timestamp: '',
      versions: successes?.map(({ version }) => version),
    })
    expect(plain(status)).toEqual(plain(unknown))
    expect((await as(responder, collection).get(`objects/${own.id}/`)).json<Envelope>().objects).toEqual([own])
    expect((await as(analyst, collection).get(`objects/${own.id}/`, { 'match[version]': 'all' })).json<Envelope>().objects).toEqual([hidden])
  })
})

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

describe('paging', () => {
  it('visits each object once by `next` and by `added_after`, also one at a time, in the order of positions', async () => {
    const collection = await fresh()
    const objects = Array.from({ length: 23 }, () => indicator())
    await as(analyst, collection).post(...objects.slice(0, 11))
    await as(analyst, collection).post(...objects.slice(11))
    const want = objects.map(({ id }) => id)
    const client = as(responder, collection)
    for (const limit of ['1', '2', '5', '22', '23', '1000']) expect(await client.walk({ limit }), limit).toEqual(want)
    const polled: string[] = []
    for (let after = ''; ;) {
      const page = await client.get('objects/', { limit: '3', ...(after && { added_after: after }) })
      if (page.body === '{}') {
        expect([page.headers['x-taxii-date-added-first'], page.headers['x-taxii-date-added-last']]).toEqual([undefined, undefined])
        break
      }
      polled.push(...idsOf(page))
      expect([page.headers['x-taxii-date-added-first'], page.headers['x-taxii-date-added-last']]).toEqual([
        expect.stringMatching(MICROSECONDS),
        expect.stringMatching(MICROSECONDS),
      ])
      after = String(page.headers['x-taxii-date-added-last'])
    }
    expect(polled).toEqual(want)
    const whole = (await client.get('objects/')).json<Envelope>()
    expect([whole.more, whole.next]).toEqual([undefined, undefined])
    const dates = (await client.get('manifest/')).json<{ objects: { date_added: string }[] }>().objects.map(({ date_added: date }) => date)
    expect(dates).toEqual([...new Set(dates)].sort())
  })

  it('misses nothing of what others post meanwhile', async () => {
    const collection = await fresh()
    const batches = Array.from({ length: 12 }, () => Array.from({ length: 4 }, () => indicator()))
    const client = as(responder, collection)
    const polled: string[] = []
    let after: string | undefined
    let posting = true
    const poll = async () => {
      const page = await client.get('objects/', { limit: '3', ...(after !== undefined && { added_after: after }) })
      polled.push(...idsOf(page))
      after = page.body === '{}' ? after : String(page.headers['x-taxii-date-added-last'])
      return page.body !== '{}'
    }
    const posted = Promise.all(
      [analyst, third.people.analyst, a.responder.people.analyst].map(async (person, n) => {
        for (const batch of batches.filter((_, index) => index % 3 === n)) await as(person, collection).post(...batch)
      }),
    ).then(() => (posting = false))
    while ((await poll()) || posting);
    await posted
    while (await poll());
    expect(polled.toSorted()).toEqual(
      batches
        .flat()
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('shows nothing later while an earlier writer has not committed', async () => {
    const collection = await fresh()
    const [slow, fast] = [indicator(), indicator()]
    const [stored, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const to = { collection, operator: a.id, contributor: a.vendor.id, by: undefined }
    const first = test.app.db.transaction(system('test'), async (tx) => {
      await storeObjects(test.app, tx, to, [{ object: slow, bytes: Buffer.from(JSON.stringify(slow)) }])
      stored.resolve()
      await release.promise
    })
    await stored.promise
    const second = as(third.people.analyst, collection).post(fast)
    // The second writer waits for the first: were it let through, a poller would now take its position and pass over the first's.
    expect(await Promise.race([second.then(() => 'committed'), pause(500).then(() => 'waits')])).toBe('waits')
    expect(await as(responder, collection).walk()).toEqual([])
    release.resolve()
    await first
    expect((await second).statusCode).toBe(202)
    expect(await as(responder, collection).walk()).toEqual([slow.id, fast.id])
  })

  it('costs the same however many versions of an object there are', { timeout: 120_000 }, async () => {
    const pages = async (collection: CollectionId, versions: VersionChoice, found = 3) => {
      await test.database.superuser.query('analyze')
      const filter = { after: undefined, ids: undefined, types: undefined, versions, limit: 1001 }
      const reader = await openReader(test.app, responder.actor, { root: a.id, collection })
      const { text, values } = entriesStatement(reader, filter)
      const [row] = await test.app.db.ask<{
        'QUERY PLAN': { Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number; 'Actual Rows': number } }[]
      }>(responder.actor, `explain (analyze, buffers, format json) ${text}`, values)
      const { Plan } = row!['QUERY PLAN'][0]!
      expect(Plan['Actual Rows']).toBe(found)
      return Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks']
    }
    const choice = (first: boolean): VersionChoice => ({ all: false, first, last: !first, at: [] })
    const [few, many] = [await fresh(), await fresh()]
    for (const person of [analyst, third.people.analyst, a.responder.people.analyst]) {
      await as(person, few).post(indicator())
      await as(person, many).post(...versionsOf(indicator(), 1000))
    }
    for (const first of [false, true]) {
      const [little, much] = [await pages(few, choice(first)), await pages(many, choice(first))]
      // A version each would be three thousand blocks, and each compared with all others a million.
      expect(much, `${little}`).toBeLessThan(little + 100)
    }
    // Control: whoever asks for all of them pays for all of them.
    expect(await pages(many, { all: true }, 1001)).toBeGreaterThan((await pages(many, choice(false))) + 100)
  })

  it('finds what points at an object by its target, not by reading everything', { timeout: 60_000 }, async () => {
    const collection = await fresh()
    for (let n = 0; n < 2; n++) await as(analyst, collection).post(...Array.from({ length: 1000 }, () => relationship(indicator().id, indicator().id)))
    await test.database.superuser.query('analyze')
    const objects = Array.from({ length: 200 }, () => indicator().id)
    const { rows } = await test.app.db.read(system('test'), (tx) =>
      sql<{ 'QUERY PLAN': { Plan: object }[] }>`explain (analyze, buffers, format json) ${pointingQuery(collection, objects)}`.execute(tx.db),
    )
    const plan = rows[0]!['QUERY PLAN'][0]!.Plan
    expect(JSON.stringify(plan)).toMatch(/"Index Name":"object_reference_\d_pkey"/)
    // Each of the two hundred against each of the four thousand references would be thrown away row by row.
    const removed = [...JSON.stringify(plan).matchAll(/"Rows Removed by (?:Join )?Filter":(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0)
    expect(removed).toBeLessThan(50_000)
  })

  it('goes on one by one, what everybody sees first: nothing tells how much lies between that others do not see', async () => {
    const collection = await fresh()
    await as(analyst, collection).post(...Array.from({ length: 50 }, (_, n) => indicator(n % 2 === 0 ? RED : GREEN)))
    const entries = (await as(responder, collection).get('manifest/')).json<{ objects: { date_added: string }[] }>().objects
    const instants = entries.map(({ date_added: date }) => Number(date.slice(20, 26)))
    expect(instants.map((at) => at - instants[0]!)).toEqual(Array.from({ length: 25 }, (_, n) => n))
    const last = entries.at(-1)!.date_added
    expect(last <= test.clock.now().toISOString().replace('Z', '000Z')).toBe(true)
  })

  it('stays strictly increasing while the trusted clock stands still', async () => {
    const collection = await fresh()
    for (let n = 0; n < 3; n++) await as(analyst, collection).post(indicator(), indicator())
    const { rows } = await test.database.superuser.query<{ n: number }>('select count(distinct position)::int as n from object_feed where collection_id = $1', [
      collection,
    ])
    expect(rows[0]!.n).toBe(6)
  })

  it('accepts a `next` only for the same filters, collection and reader', async () => {
    const [collection, other] = [await fresh(), await fresh()]
    for (const each of [collection, other]) await as(analyst, each).post(indicator(), indicator(), indicator())
    const client = as(responder, collection)
    const { next } = (await client.get('objects/', { limit: '1', 'match[type]': 'indicator' })).json<Required<Envelope>>()
    const refused = [
      await client.get('objects/', { limit: '1', next }),
      await client.get('objects/', { 'match[type]': 'malware', next }),
      await client.get('manifest/', { 'match[type]': 'indicator', next }),
      await as(responder, other).get('objects/', { 'match[type]': 'indicator', next }),
      await as(third.people.reader, collection).get('objects/', { 'match[type]': 'indicator', next }),
      await client.get('objects/', { 'match[type]': 'indicator', next: `${next}A` }),
    ]
    expect(refused.map((answer) => [answer.statusCode, code(answer)])).toEqual(refused.map(() => [400, 'BAD_CURSOR']))
    expect(idsOf(await client.get('objects/', { limit: '2', 'match[type]': 'indicator', next }))).toHaveLength(2)
  })
})

describe('filters', () => {
  it('are joined by AND, their values by OR', async () => {
    const collection = await fresh()
    const [one, two, link] = [indicator(), indicator(), undefined]
    const between = link ?? relationship(one.id, two.id)
    await as(analyst, collection).post(one, two, between)
    const client = as(responder, collection)
    const ask = async (query: Record<string, string>) => idsOf(await client.get('objects/', query))
    expect(await ask({ 'match[id]': `${two.id},${between.id}` })).toEqual([two.id, between.id])
    expect(await ask({ 'match[id]': `${two.id},${between.id}`, 'match[type]': 'relationship' })).toEqual([between.id])
    expect(await ask({ 'match[type]': 'malware,relationship,x-other' })).toEqual([between.id])
    expect(await ask({ 'match[spec_version]': '2.0,2.1' })).toHaveLength(3)
    expect((await client.get('objects/', { 'match[spec_version]': '2.0' })).body).toBe('{}')
    expect((await client.get('manifest/', { 'match[type]': 'malware' })).body).toBe('{}')
  })

  it('choose versions: the last unless said, the first, all, or by instant however it is spelled', async () => {
    const collection = await fresh()
    const versions = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00.123456Z']
    const object = indicator({ created: versions[0] })
    const client = as(analyst, collection)
    for (const modified of [versions[1], versions[0], versions[2]]) await client.post({ ...object, modified })
    const ask = async (version?: string) => {
      const answer = await client.get(`objects/${object.id}/`, version === undefined ? {} : { 'match[version]': version })
      return (answer.json<Envelope>().objects ?? []).map(({ modified }) => modified)
    }
    expect([await ask(), await ask('last'), await ask('first')]).toEqual([[versions[2]], [versions[2]], [versions[0]]])
    expect(await ask('all')).toEqual([versions[1], versions[0], versions[2]])
    expect(await ask('first,last')).toEqual([versions[0], versions[2]])
    expect(await ask('2026-01-02T00:00:00.000000Z,last')).toEqual([versions[1], versions[2]])
    expect(await ask('2020-01-01T00:00:00Z')).toEqual([])
    const listed = (await client.get(`objects/${object.id}/versions/`)).json<{ versions: string[] }>().versions
    expect(listed).toEqual([versions[1], versions[0], versions[2]])
  })

  it('give an observable one version that stays', async () => {
    const collection = await fresh()
    const file = { type: 'file', id: `file--${randomUUID()}`, hashes: { MD5: 'd41d8cd98f00b204e9800998ecf8427e' } }
    const client = as(analyst, collection)
    const [first, again] = [(await client.post(file)).json<Status>(), (await client.post(file)).json<Status>()]
    const version = first.successes![0]!.version
    expect([again.successes![0]!.version, version]).toEqual([version, expect.stringMatching(MICROSECONDS)])
    expect((await client.get('manifest/')).json()).toMatchObject({ objects: [{ id: file.id, version, date_added: version }] })
    expect(idsOf(await client.get('objects/', { 'match[version]': version }))).toEqual([file.id])
  })

  it('are refused with 400 when they are malformed', async () => {
    const client = as(responder, await fresh())
    const malformed: Record<string, string>[] = [
      { limit: '0' },
      { limit: '-1' },
      { limit: '1.5' },
      { limit: '' },
      { added_after: 'yesterday' },
      { added_after: '2026-01-01T00:00:00+00:00' },
      { 'match[version]': 'all,last' },
      { 'match[version]': 'newest' },
      { 'match[version]': '' },
      { 'match[id]': 'garbage' },
      { 'match[type]': '' },
      { 'match[spec_version]': 'two' },
      { next: 'forged' },
    ]
    for (const query of malformed) expect([query, (await client.get('objects/', query)).statusCode]).toEqual([query, 400])
    const twice = await test.server.inject({
      method: 'GET',
      url: `/taxii2/${a.id}/collections/${await fresh()}/objects/?limit=1&limit=1`,
      headers: responder.token,
    })
    expect(twice.statusCode).toBe(400)
    for (const limit of ['1', '999999999']) expect((await client.get('objects/', { limit })).statusCode).toBe(200)
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
