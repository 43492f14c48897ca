import { once } from 'node:events'
import { request } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, readLine } from '#exchange/search/lookup-lines.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

describe('the lines of a look-up', () => {
  it('are the same however their bytes arrive', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\n', ' '))),
      fc.array(fc.integer({ min: 1, max: 9 })),
      async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const found = await all(linesOf(chunks(bytes, cuts)))
        expect(found).toEqual(lines)
      },
    )
    await fc.assert(property, { numRuns: 200 })
  })

  it('are bounded: one that never ends is passed over, and the next is read', async () => {
    const bytes = Buffer.from(`${'x'.repeat(100_000)}\nshort\n${'y'.repeat(9_000)}`)
    expect(await all(linesOf(chunks(bytes, [1000])))).toEqual([undefined, 'short', undefined])
  })

  it('are JSON where they are said to be, with their kind or without', () => {
    expect(readLine('{"value":"AS1","kind":"asn"}', true)).toEqual({ value: 'AS1', readings: [{ kind: 'asn', text: '1' }] })
    expect(readLine('{"value":"a.example","kind":"colour"}', true)).toHaveProperty('error')
    expect(readLine('{"value":"a.example","more":1}', true)).toHaveProperty('error')
    expect(readLine(' \r', true)).toBeUndefined()
    expect(readLine('"a.example"', false)).toMatchObject({ value: '"a.example"' })
  })
})

describe('a look-up over a connection', () => {
  let at: TestApp
  let operator: SeededOperator
  let url: string
  beforeAll(async () => {
    at = await testApp()
    ;[operator] = await seedPeople(at.app)
    url = await at.listen()
  })
  afterAll(() => at.close())

  const send = () =>
    request(`${url}/api/exchange/lookup`, { method: 'POST', headers: { ...operator.vendor.people.reader.token, 'content-type': 'text/plain' } })

  it('answers while it is still asked, and ends with whoever leaves', async () => {
    const asking = send()
    asking.on('error', () => undefined)
    asking.write('absent.example\n'.repeat(2_000))
    const [answer] = (await once(asking, 'response')) as [import('node:http').IncomingMessage]
    let lines = 0
    for await (const chunk of answer) {
      lines += String(chunk).split('\n').length - 1
      if (lines >= 2_000) break
    }
    expect(lines).toBe(2_000)
    asking.destroy()
    // Nothing hangs: the server answers others, and closes at the end of this test.
    const next = send()
    next.end('absent.example')
    const [other] = (await once(next, 'response')) as [import('node:http').IncomingMessage]
    expect((await other.setEncoding('utf8').toArray()).join('')).toBe('{"value":"absent.example","found":[]}\n')
  })

  it('takes so many values and no more, and says so in its last line', { timeout: 60_000 }, async () => {
    const payload = '\u0000{\n'.repeat(500_001)
    const headers = { ...operator.vendor.people.reader.token, 'content-type': 'application/x-ndjson' }
    const { body } = await at.server.inject({ method: 'POST', url: '/api/exchange/lookup', headers, payload })
    const lines = body.trimEnd().split('\n')
    expect(lines).toHaveLength(500_001)
    expect(JSON.parse(lines.at(-1)!)).toEqual({ line: 500_001, error: 'at most 500,000 values in one request' })
  })

  it('is refused whole for what it is not', async () => {
    const as = (headers: Record<string, string>, payload = 'x') => at.server.inject({ method: 'POST', url: '/api/exchange/lookup', headers, payload })
    const { token } = operator.vendor.people.reader
    expect((await as({ 'content-type': 'text/plain' })).statusCode).toBe(401)
    expect((await as({ ...token, 'content-type': 'application/json' }, '"x"')).statusCode).toBe(415)
    expect((await as({ ...token, 'content-type': 'text/plain', 'content-length': String(65 * 1024 * 1024) })).statusCode).toBe(413)
    expect((await as({ ...operator.people.tracer.token, 'content-type': 'text/plain' })).statusCode).toBe(403)
  })
})

async function* chunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  for (let from = 0, n = 0; from < bytes.length; n++) {
    const size = cuts.length === 0 ? bytes.length : cuts[n % cuts.length]!
    yield bytes.subarray(from, from + size)
    from += size
  }
}

async function all(lines: AsyncIterable<readonly (string | undefined)[]>): Promise<(string | undefined)[]> {
  const found = []
  for await (const some of lines) found.push(...some)
  return found
}
