import { connect } from 'node:net'
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_CONTENT_LENGTH, TAXII_MEDIA_TYPE, TaxiiError } from '#exchange/taxii/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

/** Media types, errors and query parameters of TAXII 2.1, as any client meets them; each test is named by the point of the standard that it holds. */
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let collection: CollectionId
let object: ReturnType<typeof indicator>
let client: TaxiiClient
let root: string
let place: string

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
  client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
  object = indicator()
  await client.post(object, indicator(), indicator())
  root = `/taxii2/${a.id}/`
  place = `${root}collections/${collection}/`
})
afterAll(() => test.close())

const send = (options: InjectOptions): Promise<LightMyRequestResponse> =>
  test.server.inject({ ...options, headers: { ...a.vendor.people.analyst.token, ...options.headers } })
const get = (url: string, headers: Record<string, string> = {}) => send({ method: 'GET', url, headers })
const every = () => ['/taxii2/', root, `${root}collections/`, place, `${place}objects/`, `${place}manifest/`, `${place}objects/${object.id}/`]

/** An error resource of the standard that says what the status line says. */
function refused(answer: { statusCode: number; headers: Record<string, unknown>; body: string }, status: number, code?: string) {
  expect([answer.statusCode, answer.headers['content-type']], answer.body).toEqual([status, TAXII_MEDIA_TYPE])
  const error = TaxiiError.strict().parse(JSON.parse(answer.body))
  expect(error.http_status).toBe(String(status))
  if (code !== undefined) expect(error.error_code).toBe(code)
  return error
}

/** Bytes on a socket of their own, and what comes back. */
async function raw(bytes: string): Promise<{ statusCode: number; headers: Record<string, string>; body: string }> {
  if (!test.server.server.listening) await test.listen()
  const { port } = test.server.server.address() as AddressInfo
  const text = await new Promise<string>((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [line = '', ...fields] = head.split('\r\n')
  return {
    statusCode: Number(line.split(' ')[1]),
    headers: Object.fromEntries(fields.map((field) => [field.split(':')[0]!, field.split(': ')[1]!])),
    body,
  }
}

describe('paths and media types', () => {
  it('T5: asks for no User-Agent', async () => {
    const { authorization } = a.vendor.people.analyst.token
    const answer = await raw(`GET /taxii2/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`)
    expect(answer.statusCode).toBe(200)
  })

  it('T11: a path without its last slash is answered in the same way, and never by a redirect', async () => {
    for (const url of every()) {
      const [whole, short] = [await get(url), await get(url.slice(0, -1))]
      expect([short.statusCode, short.body, short.headers['content-type']], url).toEqual([200, whole.body, TAXII_MEDIA_TYPE])
    }
    const payload = JSON.stringify({ objects: [indicator()] })
    const posted = await send({ method: 'POST', url: `${place}objects`, headers: { 'content-type': TAXII_MEDIA_TYPE }, payload })
    expect(posted.statusCode).toBe(202)
  })

  it('T12: every answer carries the media type of TAXII 2.1, whatever it says', async () => {
    for (const url of every()) expect([(await get(url)).headers['content-type'], url]).toEqual([TAXII_MEDIA_TYPE, url])
    refused(await test.server.inject({ url: place }), 401)
    refused(await get('/taxii2/nothing/here/at/all'), 404, 'NOT_FOUND')
    refused(await test.server.inject({ url: '/taxii2/nothing/here/at/all' }), 404, 'NOT_FOUND')
    refused(await get(`/taxii2/${randomUUID()}/`), 404, 'NOT_FOUND')
    refused(await get(`${root}collections/no-such-alias/objects/`), 404, 'NOT_FOUND')
    refused(await get(`${root}status/5/`), 404, 'NOT_FOUND')
    refused(await get(`${place}objects/${'a'.repeat(400)}/`), 404, 'NOT_FOUND')
    refused(await get('/taxii2/%zz/'), 400, 'VALIDATION_FAILED')
    refused(await get('/taxii2/%00/'), 400, 'VALIDATION_FAILED')
    for (const method of ['PUT', 'PATCH', 'POST', 'DELETE'] as const) {
      const answer = await send({ method, url: place })
      refused(answer, 405, 'METHOD_NOT_ALLOWED')
      expect(answer.headers.allow).toBe('GET, HEAD')
    }
    refused(await raw(`GET /taxii2/?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`), 431, 'HEADERS_TOO_LARGE')
    refused(await raw(`GET /taxii2/ HTTP/1.1\r\nHost localhost\r\n\r\n`), 400)
    // The control: elsewhere a refusal is a problem (RFC 9457).
    expect((await get('/api/nothing')).headers['content-type']).toBe('application/problem+json')
    expect((await raw(`GET /api/?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).headers['content-type']).toBe('application/problem+json')
  })

  it('T13: Accept may name the media type with or without its version, in a list, by a range, with qualities', async () => {
    const taken = [
      'application/taxii+json',
      'application/taxii+json;version=2.1',
      'application/taxii+json; version=2.1',
      'application/taxii+json;version="2.1"',
      'Application/TAXII+JSON;Version=2.1',
      'application/taxii+json;q=0.5',
      'application/taxii+json;version=2.1;q=0.001',
      'text/html, application/taxii+json;q=0.1',
      'application/taxii+json;version=2.0, application/taxii+json;version=2.1;q=0.9',
      'application/*',
      '*/*',
      '',
    ]
    for (const accept of taken) for (const url of every()) expect([accept, (await get(url, { accept })).statusCode]).toEqual([accept, 200])
    const others = [
      'application/taxii+json;version=2.0',
      'application/taxii+json;version=3.0',
      'application/vnd.oasis.taxii+json',
      'application/json',
      'application/stix+json;version=2.1',
      'text/html',
      'text/*',
      'application/taxii+json;q=0',
      'application/taxii+json;version=2.1;q=0, */*',
      'application/taxii+json;version=2.1;q=many',
      'garbage',
    ]
    for (const accept of others) refused(await get(`${place}objects/`, { accept }), 406, 'NOT_ACCEPTABLE')
    const payload = JSON.stringify({ objects: [indicator()] })
    refused(await send({ method: 'POST', url: `${place}objects/`, headers: { accept: 'text/html', 'content-type': TAXII_MEDIA_TYPE }, payload }), 406)
  })

  it('T14: a body is TAXII 2.1, said with or without its version', async () => {
    const post = (type: string | undefined, headers: Record<string, string> = {}) =>
      send({
        method: 'POST',
        url: `${place}objects/`,
        headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
        payload: JSON.stringify({ objects: [indicator()] }),
      })
    for (const type of [
      'application/taxii+json',
      TAXII_MEDIA_TYPE,
      'application/taxii+json; version=2.1',
      'application/taxii+json;version="2.1"',
      'Application/Taxii+Json;version=2.1;charset=UTF-8',
    ])
      expect([type, (await post(type)).statusCode]).toEqual([type, 202])
    for (const type of [
      undefined,
      'application/taxii+json;version=2.0',
      'application/taxii+json;charset=latin1',
      'application/json',
      'application/stix+json;version=2.1',
      'text/plain',
      ';',
    ])
      refused(await post(type), 415, 'UNSUPPORTED_MEDIA_TYPE')
    refused(await post(TAXII_MEDIA_TYPE, { 'content-encoding': 'gzip' }), 415, 'UNSUPPORTED_MEDIA_TYPE')
  })
})

describe('errors', () => {
  it('T29: are error resources with a title, our code, the number of the request, the status as text and the fields', async () => {
    const answer = await get(`${place}objects/?limit=0&match[type]=!`)
    expect(refused(answer, 400, 'VALIDATION_FAILED')).toEqual({
      title: 'The request does not fit what this route accepts',
      description: 'limit: a whole number of 1 or more; match[type]/0: a type of STIX',
      error_id: answer.headers['x-request-id'],
      error_code: 'VALIDATION_FAILED',
      http_status: '400',
      external_details: new URL('/api#VALIDATION_FAILED', test.app.config.url).href,
      details: {
        fields: [
          { field: '/query/limit', message: 'a whole number of 1 or more' },
          { field: '/query/match[type]/0', message: 'a type of STIX' },
        ],
      },
    })
    expect(refused(await get(`/taxii2/${b.id}/`), 404).details).toBeUndefined()
  })

  it('T36: a body that is too large, no JSON, or no envelope is refused by the status that says so', async () => {
    const post = (payload: string, headers: Record<string, string> = {}) =>
      send({ method: 'POST', url: `${place}objects/`, headers: { 'content-type': TAXII_MEDIA_TYPE, ...headers }, payload })
    refused(await post(`{"objects":["${'a'.repeat(MAX_CONTENT_LENGTH)}"]}`), 413, 'PAYLOAD_TOO_LARGE')
    refused(await post('{"objects":[', {}), 400, 'MALFORMED_JSON')
    refused(await post('{"objects":[{}],"a":1,"a":2}'), 400, 'DUPLICATE_KEY')
    for (const payload of ['[]', '{}', '"text"', '{"objects":{}}', '{"objects":[]}']) refused(await post(payload), 422, 'UNPROCESSABLE')
  })

  it('T34: speak in the order of the standard: the login, the media type, the parameters, the path', async () => {
    const unknown = `${root}collections/${randomUUID()}/objects/`
    const bad = { accept: 'text/html' }
    expect((await test.server.inject({ url: `${unknown}?limit=0`, headers: bad })).statusCode).toBe(401)
    expect((await get(`${unknown}?limit=0`, bad)).statusCode).toBe(406)
    expect((await get(`${unknown}?limit=0`)).statusCode).toBe(400)
    expect((await get(unknown)).statusCode).toBe(404)
  })
})

describe('query parameters', () => {
  const MALFORMED: readonly (readonly [query: string, names: string])[] = [
    ['limit=0', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=%2B1', 'limit'],
    ['limit=1&limit=1', 'limit'],
    ['added_after=', 'added_after'],
    ['added_after=notadate', 'added_after'],
    ['added_after=2026-02-30T00:00:00Z', 'added_after'],
    ['added_after=2026-01-01T00:00:00%2B00:00', 'added_after'],
    ['added_after=2026-01-01', 'added_after'],
    ['added_after=1767225600', 'added_after'],
    ['added_after=2026-01-01T00:00:00Z&added_after=2026-01-01T00:00:00Z', 'added_after'],
    ['next=', 'next'],
    ['next=forged', 'next'],
    ['match[id]=', 'match[id]'],
    ['match[id]=garbage', 'match[id]'],
    ['match[id]=,', 'match[id]'],
    ['match%5Bid%5D=garbage', 'match[id]'],
    ['match[type]=', 'match[type]'],
    ['match[type]=indicator,', 'match[type]'],
    ['match[type]=in%20dicator', 'match[type]'],
    ['match[type]=indicator&match%5Btype%5D=malware', 'match[type]'],
    ['match[spec_version]=', 'match[spec_version]'],
    ['match[spec_version]=two', 'match[spec_version]'],
    ['match[version]=', 'match[version]'],
    ['match[version]=newest', 'match[version]'],
    ['match[version]=all,last', 'match[version]'],
    ['match[version]=all,all', 'match[version]'],
    ['match[version]=last,last', 'match[version]'],
    ['match[version]=2026-01-01T00:00:00Z,2026-01-01T00:00:00.000Z', 'match[version]'],
    ['match[version]=first,', 'match[version]'],
    ['other=1&other=2', 'other'],
    ['%ff=1', ''],
    ['limit=%ff', ''],
    ['limit=1%00', 'limit'],
  ]

  it.each(['objects/', 'manifest/'])('T21: a malformed one is 400 and names itself: %s', async (list) => {
    for (const [query, names] of MALFORMED) {
      const { description } = refused(await get(`${place}${list}?${query}`), 400)
      expect([query, description]).toEqual([query, expect.stringContaining(names)])
    }
  })

  it('T37: one object and its versions know the filters that are theirs, and ignore the others', async () => {
    const one = `${place}objects/${object.id}/`
    for (const query of ['match[type]=malware', `match[id]=${randomUUID()}`, 'match[type]=!'])
      for (const url of [one, `${one}versions/`]) expect((await get(`${url}?${query}`)).statusCode, `${url} ${query}`).toBe(200)
    expect((await get(`${one}versions/?match[version]=newest`)).statusCode).toBe(200)
    refused(await get(`${one}?match[version]=newest`), 400)
    for (const url of [one, `${one}versions/`]) for (const query of ['limit=0', 'match[spec_version]=x', 'next=x']) refused(await get(`${url}?${query}`), 400)
  })

  it('T25: fields that are not known are ignored, brackets may be written either way', async () => {
    const whole = (await get(`${place}objects/`)).body
    for (const query of ['match[colour]=red', 'x=1', 'match[x]', 'foo', '&&', 'match[]=1', '[]=', '__proto__=1', 'added-after=never'])
      expect([query, (await get(`${place}objects/?${query}`)).body]).toEqual([query, whole])
    const count = async (query: string) => (await get(`${place}objects/?${query}`)).json<{ objects?: unknown[] }>().objects?.length ?? 0
    expect([await count(`match[id]=${object.id}`), await count(`match%5Bid%5D=${object.id}`), await count(`match%5bid%5d=${object.id}`)]).toEqual([1, 1, 1])
    expect(await count(`match[id]=${object.id}&match[type]=malware`)).toBe(0)
  })

  it('T26: no type of STIX is an error, nor is one that nobody knows', async () => {
    const types = ['attack-pattern', 'x509-certificate', 'marking-definition', 'extension-definition', 'language-content', 'bundle', 'x-acme-thing', 'x_legacy']
    for (const type of types) expect([type, (await get(`${place}objects/?match[type]=${type}`)).body]).toEqual([type, '{}'])
  })

  it('T23: a limit larger than any page is a limit, and takes what fits', async () => {
    for (const limit of ['1', '1000', '999999999', '9007199254740991', '1'.repeat(60)])
      expect((await get(`${place}objects/?limit=${limit}`)).statusCode, limit).toBe(200)
  })

  it('C10: an instant is read with any fraction and in UTC only', async () => {
    for (const added of ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.123456789012Z'])
      expect((await get(`${place}objects/?added_after=${added}`)).statusCode, added).toBe(200)
  })
})
