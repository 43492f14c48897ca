import { once } from 'node:events'
import { request } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, readLine } from '#exchange/search/lookup-lines.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
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

  it('finds addresses by the networks that hold them, and what lies in a network by the network', async () => {
    const shared = await seedCollection(at.app, operator.id, [{ organisation: operator.vendor.id }])
    const named = (values: string[]) => values.map((value) => indicator({ pattern: `[ipv${value.includes(':') ? 6 : 4}-addr:value = '${value}']` }))
    const values = ['198.51.100.0/24', '198.51.100.7', '198.51.0.0/16', '203.0.113.64/27', '10.0.0.0/9', '2001:db8:1::/48']
    const objects = named(values)
    const byId = new Map(objects.map(({ id }, n) => [id, values[n]!]))
    expect((await new TaxiiClient(at.server, operator.vendor.people.analyst, operator.id, shared).post(...objects)).json()).toMatchObject({ failure_count: 0 })
    const ask = async (lines: string[]) => {
      const headers = { ...operator.vendor.people.reader.token, 'content-type': 'text/plain' }
      const { body } = await at.server.inject({ method: 'POST', url: '/api/exchange/lookup', headers, payload: lines.join('\n') })
      const answers = body.trimEnd().split('\n').map((line) => JSON.parse(line) as { kind?: string; found: { id: string; by?: string }[] }) // prettier-ignore
      return answers.map(({ kind, found }) => [kind, found.map(({ id, by }) => [byId.get(id), by])])
    }
    expect(await ask(['198.51.100.7', '198.51.7.1', '203.0.113.70', '203.0.113.7', '10.127.0.1', '10.128.0.1', '2001:db8:1:2::3', '2001:db8:2::'])).toEqual([
      ['ipv4', [['198.51.100.7', undefined], ['198.51.100.0/24', '198.51.100.0/24'], ['198.51.0.0/16', '198.51.0.0/16']]], // prettier-ignore
      ['ipv4', [['198.51.0.0/16', '198.51.0.0/16']]],
      ['ipv4', [['203.0.113.64/27', '203.0.113.64/27']]],
      [undefined, []],
      ['ipv4', [['10.0.0.0/9', '10.0.0.0/9']]],
      [undefined, []],
      ['ipv6', [['2001:db8:1::/48', '2001:db8:1::/48']]],
      [undefined, []],
    ])
    expect(await ask(['198.51.100.0/24', '203.0.113.0/24', '198.51.100.0/26'])).toEqual([
      ['network', [['198.51.100.0/24', undefined], ['198.51.0.0/16', '198.51.0.0/16'], ['198.51.100.7', '198.51.100.7']]], // prettier-ignore
      ['network', [['203.0.113.64/27', '203.0.113.64/27']]],
      ['network', expect.arrayContaining([['198.51.100.7', '198.51.100.7']])],
    ])
    // The ordinary search finds the same.
    const searched = async (value: string) => {
      const { items } = (await at.server.inject({ method: 'GET', url: `/api/exchange/objects?value=${encodeURIComponent(value)}`, headers: operator.vendor.people.reader.token })).json() // prettier-ignore
      return items.map(({ id }: { id: string }) => byId.get(id)).sort()
    }
    expect(await searched('198.51.100.7')).toEqual(['198.51.0.0/16', '198.51.100.0/24', '198.51.100.7'])
    expect(await searched('198.51.100.0/24')).toEqual(['198.51.0.0/16', '198.51.100.0/24', '198.51.100.7'])
    // What is deleted is not noted any more either.
    const before = await at.database.superuser.query('select count(*)::int as n from object_value where collection_id = $1', [shared])
    const url = `/taxii2/${operator.id}/collections/${shared}/objects/${objects[3]!.id}/`
    expect((await at.server.inject({ method: 'DELETE', url, headers: operator.vendor.people.admin.token })).statusCode).toBe(200)
    const after = await at.database.superuser.query('select count(*)::int as n from object_value where collection_id = $1', [shared])
    expect(before.rows[0].n - after.rows[0].n).toBe(3)
  })

  it('looks into so many networks and no more, and says so', async () => {
    const headers = { ...operator.vendor.people.reader.token, 'content-type': 'text/plain' }
    const payload = Array.from({ length: 492 }, (_, n) => `100.${64 + (n >> 8)}.${n & 255}.0/24`).join('\n')
    const { body } = await at.server.inject({ method: 'POST', url: '/api/exchange/lookup', headers, payload })
    const lines = body.trimEnd().split('\n').map((line) => JSON.parse(line) as { error?: string; line?: number }) // prettier-ignore
    expect(lines.flatMap(({ error, line }) => (error === undefined ? [] : [line]))).toEqual([491, 492])
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
