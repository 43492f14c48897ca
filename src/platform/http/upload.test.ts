import { createHash } from 'node:crypto'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { attachmentHeader } from '#platform/http/upload.ts'
import { route, type Route } from '#platform/http/route.ts'
import { buildTable } from '#platform/http/route-table.ts'
import { BEARER, testFloor, type TestFloor } from '#test/harness/http.ts'

const LIMIT = 1000
const received: Route = route({
  method: 'POST',
  url: '/api/files',
  summary: 'Takes a file.',
  tag: 'test',
  access: 'public',
  consumes: ['application/octet-stream', 'application/json'],
  bodyLimit: LIMIT,
  response: z.object({ sha256: z.string(), name: z.string().nullable() }),
  handle: async ({ body }) => {
    const hash = createHash('sha256')
    for await (const chunk of body.bytes) hash.update(chunk)
    return { sha256: hash.digest('hex'), name: body.name ?? null }
  },
})

let floor: TestFloor
let server: FastifyInstance
beforeAll(async () => {
  floor = await testFloor()
  server = await floor.serve([received])
})
afterAll(() => floor[Symbol.asyncDispose]())

const post = (payload: Buffer | undefined, headers: Record<string, string> = {}) =>
  server.inject({
    method: 'POST',
    url: '/api/files',
    headers: { ...BEARER, ...(payload && { 'content-type': 'application/octet-stream' }), ...headers },
    ...(payload && { payload }),
  })
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('a body taken as bytes', () => {
  it('reaches the handler as it was sent, also when it is JSON', async () => {
    const bytes = Buffer.from('{"a":1,"a":2} \xff', 'latin1')
    for (const type of ['application/octet-stream', 'application/json', 'Application/JSON; charset=latin1'])
      expect((await post(bytes, { 'content-type': type })).json()).toEqual({ sha256: sha256(bytes), name: null })
  })

  it('is refused when it says that it is too long, and when it turns out to be', async () => {
    expect((await post(Buffer.alloc(LIMIT + 1))).json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.server.address() as AddressInfo
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' }
      const sent = request({ host: '127.0.0.1', port, path: '/api/files', method: 'POST', headers }, (answer) => resolve(answer.statusCode ?? 0))
      sent.on('error', reject)
      for (let n = 0; n < 11; n++) sent.write(Buffer.alloc(100))
      sent.end()
    })
    expect(status).toBe(413)
  })

  it('is refused when there is none, when it is compressed, and of a type that the route does not take, which the answer names', async () => {
    expect((await post(undefined)).json()).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' })
    expect((await post(Buffer.from('a'), { 'content-encoding': 'gzip' })).json()).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' })
    expect((await post(Buffer.from('a'), { 'content-type': 'text/plain' })).json()).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      detail: 'Send the body as application/octet-stream or application/json.',
    })
  })

  it.each([
    ['attachment; filename="report.doc"', 'report.doc'],
    ["attachment; filename*=UTF-8''%e2%82%ac%20rates.doc", '€ rates.doc'],
    ['attachment; filename="C:\\\\fakepath\\\\a.doc"', 'a.doc'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ["attachment; filename*=UTF-8''%D7%97%D7%A9%D7%91%D7%95%D7%9F%E2%80%8D.doc", 'חשבון\u200d.doc'],
    ['attachment', null],
    [';', null],
  ])('has the name that %s says, without a path', async (header, name) => {
    expect((await post(Buffer.from('a'), { 'content-disposition': header })).json()).toMatchObject({ name })
  })

  const misleading = [0x00, 0x0a, 0x85, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]

  it.each([
    'attachment; filename=""',
    'attachment; filename="a/"',
    `attachment; filename="${'a'.repeat(256)}"`,
    ...misleading.map((char) => `attachment; filename*=UTF-8''invoice${encodeURIComponent(String.fromCodePoint(char))}cod.exe`),
  ])('is refused with the name that %j says', async (header) => {
    expect((await post(Buffer.from('a'), { 'content-disposition': header })).json()).toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ field: '/headers/content-disposition' }],
    })
  })
})

describe('a route that takes bytes', () => {
  it('is described with its media types and the header of the name', async () => {
    const { paths } = (await server.inject({ url: '/api/openapi.json' })).json()
    const { requestBody, parameters } = paths['/api/files'].post
    expect(Object.keys(requestBody.content)).toEqual(['application/octet-stream', 'application/json'])
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual(['Content-Disposition'])
  })

  it('cannot be one that creates by key, or that takes JSON by a schema too', () => {
    const guarded = { ...received, access: { verb: 'file.add', operator: [], contact: [], scope: undefined, beforePasskey: false, byProvider: true } } as const
    expect(() => buildTable([{ ...guarded, creates: true }])).toThrow(/repetition/)
    expect(() => buildTable([{ ...guarded, body: z.object({}) }])).toThrow(/either/)
    expect(buildTable([guarded])).toHaveLength(1)
  })
})

describe('the header of a download', () => {
  it('keeps a name of any script inside one header line', () => {
    expect(attachmentHeader('€ "rates".doc')).toBe(`attachment; filename="? \\"rates\\".doc"; filename*=UTF-8''%E2%82%AC%20%22rates%22.doc`)
    expect(attachmentHeader('a\r\nset-cookie: x=1')).not.toMatch(/[\r\n]/)
  })
})
