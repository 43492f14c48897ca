import { randomUUID } from 'node:crypto'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routeTable } from '#main/serve.ts'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import { createServer } from '#platform/http/server.ts'
import { ApiRoot, Collection, Collections, Discovery, MAX_CONTENT_LENGTH, TAXII_MEDIA_TYPE, TaxiiError } from '#exchange/taxii/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { ALL_READY } from '#test/harness/http.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { joinOperator, seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>

/** How a client signs in, and what it finds before it reads an object. */
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let both: SeededOrganisation
let analyst: AnyPerson
let open: CollectionId
let readOnly: CollectionId
let writeOnly: CollectionId
let foreign: CollectionId

beforeAll(async () => {
  test = await testApp({ env: { VEDETTE_CONTACT: 'psirt@operator.example' } })
  ;[a, b] = await seedPeople(test.app)
  both = await seedOrganisation(test.app, a.id, 'C', 'responder')
  await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, both.id, b.id))
  analyst = a.vendor.people.analyst
  open = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }], { alias: 'shared-indicators' })
  readOnly = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canWrite: false }])
  writeOnly = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canRead: false }])
  foreign = await seedCollection(test.app, a.id, [{ organisation: a.responder.id }], { alias: 'foreign' })
})
afterAll(() => test.close())

const get = (url: string, headers: InjectOptions['headers'] = analyst.token) => test.server.inject({ url, headers })
const root = () => `/taxii2/${a.id}/`
const at = (collection: string) => `${root()}collections/${collection}/`
const secret = () => analyst.token.authorization.slice('Bearer '.length)
const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` })

describe('the login', () => {
  it('T2: is a bearer token, or HTTP Basic with the token as its password and any user name', async () => {
    const good = [analyst.token, basic('anybody', secret()), basic('', secret()), { authorization: `bearer ${secret()}` }]
    for (const headers of good) expect((await get('/taxii2/', headers)).statusCode, headers.authorization).toBe(200)
  })

  it('T2: is not Basic where the operator switched it off, and then Basic is not offered', async () => {
    const app = { ...test.app, config: { ...test.app.config, basic: false } }
    const server = await createServer(app, { routes: await routeTable(app), identify: createIdentify(app), ready: async () => ALL_READY })
    try {
      const refused = await server.inject({ url: '/taxii2/', headers: basic('anybody', secret()) })
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, ['Bearer realm="TAXII"']])
      expect((await server.inject({ url: '/taxii2/', headers: analyst.token })).statusCode).toBe(200)
    } finally {
      await server.close()
    }
  })

  it('T3: that is missing or wrong gives 401 with every way to sign in, whatever the path', async () => {
    const paths = [
      '/taxii2/',
      root(),
      `${root()}collections/`,
      at(open),
      `${at(open)}objects/`,
      `${at(randomUUID())}manifest/`,
      `${root()}status/${randomUUID()}/`,
    ]
    const logins = [
      {},
      { authorization: 'Bearer wrong' },
      basic('a', 'wrong'),
      { authorization: 'Basic !!' },
      { authorization: 'Digest username="a"' },
      { authorization: '' },
    ]
    for (const url of paths)
      for (const headers of logins) {
        const answer = await get(url, headers)
        expect([answer.statusCode, answer.headers['content-type'], answer.headers['www-authenticate']]).toEqual([
          401,
          TAXII_MEDIA_TYPE,
          ['Bearer realm="TAXII"', 'Basic realm="TAXII", charset="UTF-8"'],
        ])
        expect(TaxiiError.parse(answer.json()).error_code).toBe('NOT_SIGNED_IN')
      }
  })
})

describe('discovery', () => {
  it('T8: is at the root of the host; several API roots may be there, each with its own collections', async () => {
    const member = both.people.reader.token
    const { api_roots: roots = [] } = Discovery.strict().parse((await get('/taxii2/', member)).json())
    expect(roots).toEqual([a.id, b.id].sort().map((id) => `/taxii2/${id}/`))
    for (const each of roots) expect((await get(each, member)).statusCode).toBe(200)
    expect((await get(`/taxii2/${b.id}/`)).statusCode).toBe(404)
  })

  it('T9: has a title, a contact, and a default that is one of its API roots, which are relative with one slash', async () => {
    const discovery = Discovery.strict().parse((await get('/taxii2/')).json())
    expect(discovery).toMatchObject({ title: 'Vedette', contact: 'psirt@operator.example', default: root(), api_roots: [root()] })
    for (const each of discovery.api_roots!) expect(each).toMatch(/^\/(?!\/)[^?#]*\/$/)
  })

  it('T10: an API root says its versions and how long a body may be', async () => {
    expect(ApiRoot.strict().parse((await get(root())).json())).toEqual({
      title: 'Operator A',
      versions: [TAXII_MEDIA_TYPE],
      max_content_length: MAX_CONTENT_LENGTH,
    })
  })

  it('T6: leaves out what is not for the client', async () => {
    const seen = async (person: AnyPerson) =>
      (Collections.parse((await get(`${root()}collections/`, person.token)).json()).collections ?? []).map(({ id }) => id)
    expect([await seen(analyst), await seen(a.responder.people.reader)]).toEqual([[open, readOnly, writeOnly].sort(), [foreign]])
    expect(await seen(a.people.analyst)).toEqual([open, readOnly, writeOnly, foreign].sort())
  })
})

describe('collections', () => {
  it('T33: have an id, a title, rights and media types; the list is left out when it is empty', async () => {
    const { collections = [] } = Collections.strict().parse((await get(`${root()}collections/`)).json())
    for (const each of collections) expect(Collection.strict().parse((await get(at(each.id))).json())).toEqual(each)
    expect(Object.fromEntries(collections.map(({ id, can_read: reads, can_write: writes }) => [id, [reads, writes]]))).toEqual({
      [open]: [true, true],
      [readOnly]: [true, false],
      [writeOnly]: [false, true],
    })
    for (const each of collections)
      expect(each).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/), media_types: ['application/stix+json;version=2.1'] })
    expect((await get(`/taxii2/${b.id}/collections/`, b.vendor.people.reader.token)).json()).toEqual({})
  })

  it('T19: come in a stable order', async () => {
    const list = async () =>
      (await get(`${root()}collections/`, a.people.auditor.token)).json<{ collections: { id: string }[] }>().collections.map(({ id }) => id)
    const first = await list()
    expect([await list(), first.toSorted()]).toEqual([first, first])
  })

  it('T33: answer by their alias in every path, as by their id', async () => {
    const by = (name: string) => new TaxiiClient(test.server, analyst, a.id, name as CollectionId)
    const object = indicator()
    expect((await by('shared-indicators').post(object)).statusCode).toBe(202)
    for (const path of ['', 'objects/', 'manifest/', `objects/${object.id}/`, `objects/${object.id}/versions/`]) {
      const [alias, id] = [await by('shared-indicators').get(path), await by(open).get(path)]
      expect([alias.statusCode, alias.body]).toEqual([200, id.body])
    }
    expect((await get(at('shared-indicators'))).json()).toMatchObject({ id: open, alias: 'shared-indicators' })
    // Another's alias is as unknown as one that nobody has.
    const [others, nobodys] = [await get(`${at('foreign')}objects/`), await get(`${at('nobodys')}objects/`)]
    const plain = (text: string) => text.replace(/"error_id":"[^"]*"/, '')
    expect([others.statusCode, plain(others.body)]).toEqual([404, plain(nobodys.body)])
  })

  it('T33: hold no alias that another of the same API root has, or that looks like an id', async () => {
    const keep = (alias: string) => test.database.superuser.query('update collection set alias = $2 where id = $1', [readOnly, alias])
    await expect(keep('shared-indicators')).rejects.toThrow(/collection_alias/)
    for (const alias of [randomUUID(), 'Upper', '', 'a/b', '-x']) await expect(keep(alias)).rejects.toThrow(/check/)
  })

  it('T35: that may not be read give 403, and T36: that may not be written', async () => {
    const answers = [
      await get(`${at(writeOnly)}objects/`),
      await get(`${at(writeOnly)}manifest/`),
      await get(`${at(writeOnly)}objects/${indicator().id}/`),
      await get(`${at(writeOnly)}objects/${indicator().id}/versions/`),
      await new TaxiiClient(test.server, analyst, a.id, readOnly).post(indicator()),
    ]
    expect(answers.map((answer) => [answer.statusCode, answer.json<{ error_code: string }>().error_code])).toEqual(answers.map(() => [403, 'FORBIDDEN']))
    expect((await new TaxiiClient(test.server, analyst, a.id, writeOnly).post(indicator())).statusCode).toBe(202)
  })

  it('C8: that are not the client’s answer byte for byte as those that are not there', async () => {
    const plain = (text: string) => text.replace(/"error_id":"[^"]*"/, '')
    for (const path of ['', 'objects/', 'manifest/', `objects/${indicator().id}/`, 'markings/']) {
      const [hidden, absent] = [await get(at(foreign) + path), await get(at(randomUUID()) + path)]
      expect([hidden.statusCode, plain(hidden.body)], path).toEqual([404, plain(absent.body)])
    }
    const post = (collection: string) => new TaxiiClient(test.server, analyst, a.id, collection as CollectionId).post(indicator())
    const [hidden, absent] = [await post(foreign), await post(randomUUID())]
    expect([hidden.statusCode, plain(hidden.body)]).toEqual([404, plain(absent.body)])
    expect((await get(`${at(open)}objects/`, {})).statusCode).toBe(401)
  })

  it('T18: T40: have no property but those of the standard, each in the characters that it allows', async () => {
    const names = (value: unknown): string[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([name, inner]) => [...(Array.isArray(value) ? [] : [name]), ...names(inner)])
    for (const url of ['/taxii2/', root(), `${root()}collections/`, `${at(open)}manifest/`, `/taxii2/${randomUUID()}/`])
      for (const name of names((await get(url)).json())) expect(name).toMatch(/^[a-z0-9_]{3,250}$|^id$/)
  })
})
