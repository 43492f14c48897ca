import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { stopwatch } from '#platform/clock/clock.ts'
import { route } from '#platform/http/route.ts'
import { testFloor, type TestFloor } from '#test/harness/http.ts'

let floor: TestFloor
let server: FastifyInstance
let port: number

beforeAll(async () => {
  floor = await testFloor()
  const common = { summary: 'A route of the test.', tag: 'test', access: 'public', response: z.object({}), handle: async () => ({}) } as const
  server = await floor.serve([route({ ...common, method: 'POST', url: '/api/things', body: z.object({ a: z.number() }) })])
  await server.listen({ host: '127.0.0.1', port: 0 })
  port = (server.server.address() as AddressInfo).port
})
afterAll(() => floor[Symbol.asyncDispose]())

function open(bytes: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes)
      resolve({ socket, answer })
    })
    let text = ''
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.on('error', reject)
    const answer = new Promise<string>((done) => socket.on('close', () => done(text)))
  })
}

describe('slow senders', () => {
  it('have limits that no update of the runtime changes', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = server.server
    expect({ headersTimeout, requestTimeout, keepAliveTimeout, timeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 120_000,
      keepAliveTimeout: 65_000,
      timeout: 120_000,
    })
  })

  it('are told so and cut off once their headers took too long', async () => {
    const elapsed = stopwatch()
    const { answer } = await open('GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ')
    const text = await answer
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))).toMatchObject({ code: 'REQUEST_TIMEOUT' })
    expect(elapsed()).toBeLessThan(14_000)
  }, 30_000)

  it('do not hold up anyone else: three hundred of them, and an ordinary request is answered', async () => {
    const slow = await Promise.all(
      Array.from({ length: 300 }, () => open('POST /api/things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"')),
    )
    const elapsed = stopwatch()
    expect((await server.inject({ url: '/healthz' })).statusCode).toBe(200)
    const response = await fetch(`http://127.0.0.1:${port}/healthz`)
    expect([response.status, elapsed() < 1000]).toEqual([200, true])
    for (const { socket } of slow) socket.destroy()
  })

  it('that go away in the middle of a body leave the server as it was', async () => {
    for (let round = 0; round < 20; round++) {
      const { socket } = await open('POST /api/things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"a":')
      socket.destroy()
    }
    const { answer } = await open(
      'POST /api/things HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}',
    )
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('may send a body byte by byte', async () => {
    const body = '{"a": 1}'
    const { socket, answer } = await open(
      `POST /api/things HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    )
    for (const letter of body) await new Promise<void>((done) => socket.write(letter, () => done()))
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /)
  })
})
