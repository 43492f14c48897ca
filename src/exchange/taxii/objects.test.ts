import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { MOST_VERSIONS } from '#exchange/objects/store-objects.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
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
