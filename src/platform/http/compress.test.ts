import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Readable } from 'node:stream'
import { preferredEncoding } from '#platform/http/compress.ts'
import { route } from '#platform/http/route.ts'
import { testFloor, type TestFloor } from '#test/harness/http.ts'

const TEXT = 'The same words again. '.repeat(200)
const anonymous = { method: 'GET', summary: 'Long.', tag: 'test', access: 'public', anonymous: true } as const
const ROUTES = [
  route({ ...anonymous, url: '/api/long', response: z.object({ text: z.string() }), handle: async () => ({ text: TEXT }) }),
  route({ ...anonymous, url: '/api/short', response: z.object({ text: z.string() }), handle: async () => ({ text: 'a' }) }),
  route({ ...anonymous, url: '/api/secret', secret: true, response: z.object({ text: z.string() }), handle: async () => ({ text: TEXT }) }),
  route({ ...anonymous, url: '/api/image', produces: 'image/png', response: z.any(), handle: async () => Buffer.alloc(4096) }),
  route({ ...anonymous, url: '/api/stream', produces: 'text/plain; charset=utf-8', response: z.any(), handle: async () => Readable.from([TEXT]) }),
]

let floor: TestFloor
let server: FastifyInstance
beforeAll(async () => {
  floor = await testFloor()
  server = await floor.serve(ROUTES)
})
afterAll(() => floor[Symbol.asyncDispose]())

const ask = (url: string, encoding?: string, more: object = {}) =>
  server.inject({ url, headers: { ...(encoding === undefined ? {} : { 'accept-encoding': encoding }), ...more } })

describe('compression', () => {
  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('sends the same bytes smaller: %s', async (encoding, open) => {
    const reply = await ask('/api/long', encoding)
    expect([reply.headers['content-encoding'], reply.headers.vary, reply.headers['content-length']]).toEqual([
      encoding,
      'accept-encoding',
      String(reply.rawPayload.length),
    ])
    expect(reply.rawPayload.length).toBeLessThan(TEXT.length / 4)
    expect(JSON.parse(open(reply.rawPayload).toString())).toEqual({ text: TEXT })
  })

  it('tells caches what it depends on, whatever was chosen and when nothing is sent again', async () => {
    const plain = await ask('/api/long')
    expect([plain.headers['content-encoding'], plain.headers.vary, plain.json()]).toEqual([undefined, 'accept-encoding', { text: TEXT }])
    const again = await ask('/api/long', 'gzip', { 'if-none-match': plain.headers.etag })
    expect([again.statusCode, again.headers.vary, again.body]).toEqual([304, 'accept-encoding', ''])
  })

  it.each(['/api/short', '/api/secret', '/api/image', '/api/stream'])('leaves alone what is short, secret, no text or a stream: %s', async (url) => {
    const [plain, compressed] = [await ask(url), await ask(url, 'br, gzip')]
    expect(compressed.headers['content-encoding']).toBeUndefined()
    expect(compressed.rawPayload).toEqual(plain.rawPayload)
  })

  it('says of a HEAD what it would say of a GET', async () => {
    const [get, head] = [await ask('/api/long', 'gzip'), await server.inject({ method: 'HEAD', url: '/api/long', headers: { 'accept-encoding': 'gzip' } })]
    expect([head.statusCode, head.body, head.headers['content-encoding']]).toEqual([200, '', 'gzip'])
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
  })
})

describe('the preferred encoding', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP, deflate, BR', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br; q=0, gzip;q=0', undefined],
    ['*', 'br'],
    ['*, br;q=0', 'gzip'],
    ['*;q=0', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.1, gzip;q=0.5', 'gzip'],
    ['zstd, deflate', undefined],
    ['gzip;q=many', undefined],
    ['gzip;q=2', undefined],
    ['constructor, __proto__', undefined],
  ])('of %j is %s', (header, encoding) => {
    expect(preferredEncoding(header)).toBe(encoding)
  })
})
