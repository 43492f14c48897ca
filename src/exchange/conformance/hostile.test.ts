import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Server } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { NotChecked } from '#exchange/conformance/check.ts'
import { stopwatch } from '#platform/clock/clock.ts'
import { check } from '#test/harness/check-server.ts'

const TAXII = 'application/taxii+json;version=2.1'
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    ;(server as Partial<{ closeAllConnections(): void }>).closeAllConnections?.()
  }
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) => listen(createServer(answer))
/** A server with this JSON at each path that a good one has, and 404 elsewhere. */
const serveJson = (values: Readonly<Record<string, unknown>>) =>
  serve((request, response) => {
    const value = values[request.url!.split('?')[0]!]
    response.writeHead(value === undefined ? 404 : 200, { 'content-type': TAXII }).end(JSON.stringify(value ?? { title: 'none' }))
  })
const SECRET = 'the-secret-password'
const quick = { basic: `client:${SECRET}`, timeoutMs: 1000, mostBytes: 200_000 }
const probes = (report: Awaited<ReturnType<typeof check>>, point: string) => report.points.find((one) => one.point === point)!.probes

describe('a check of a broken or hostile server', () => {
  it.each([
    ['bodies that are not JSON', '<html>', {}, 'a body that is not JSON'],
    ['empty bodies', '', {}, 'an empty body'],
    ['lists', '[]', {}, 'JSON, but no object'],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe]), {}, 'a body that is not UTF-8'],
    ['bodies in an encoding that was not asked for', '{}', { 'content-encoding': 'gzip' }, 'a body encoded as gzip, which was not asked for'],
  ])('%s are a failure of T15', async (_name, body, headers, why) => {
    const url = await serve((_request, response) => response.writeHead(200, { 'content-type': TAXII, ...headers }).end(body))
    const report = await check(url, quick)
    expect(probes(report, 'T15').find(({ verdict }) => verdict === 'fail')?.detail).toBe(why)
    expect(report.totals.fail).toBeGreaterThan(0)
  })

  it('cuts off a body without end', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': TAXII })
      const more = () => response.writable && response.write(' '.repeat(65_536), () => setImmediate(more))
      more()
    })
    const report = await check(url, quick)
    expect(JSON.stringify(probes(report, 'T15'))).toContain('which was cut off')
  })

  it('follows no redirect, and sends its login nowhere else', async () => {
    const asked: unknown[] = []
    const elsewhere = await serve((request, response) => {
      asked.push(request.headers.authorization)
      response.end()
    })
    const moved = await serve((_request, response) => response.writeHead(302, { location: elsewhere }).end())
    await check(moved, quick)
    const named = await serveJson({
      '/taxii2/': { title: 'x', default: `${elsewhere}/`, api_roots: [`${elsewhere}/`, `${elsewhere.replace('http:', 'https:')}/`] },
    })
    const report = await check(named, quick)
    expect(asked).toEqual([])
    expect(probes(report, 'T8').map(({ verdict, detail }) => [verdict, detail])).toContainEqual([
      'note',
      '2 named by discovery; not visited, no login is sent there',
    ])
  })

  it('says in one sentence that nobody answers, or that nothing comes', async () => {
    const silent = await listen(createSocketServer(() => undefined))
    const gone = await serve(() => undefined)
    servers.pop()!.close()
    for (const [url, why] of [
      [silent, 'no whole answer within 0.3 s'],
      [gone, 'nothing listens there'],
    ] as const)
      await expect(check(url, { ...quick, timeoutMs: 300 })).rejects.toEqual(new NotChecked(`${url} cannot be reached: ${why}`))
    const locked = await serve((_request, response) => response.writeHead(401, { 'content-type': TAXII, 'www-authenticate': 'Basic' }).end('{"title":"no"}'))
    await expect(check(locked, quick)).rejects.toThrow('the server answers 401: give a login that it accepts')
  })

  it('is not confused by what is no HTTP', async () => {
    const url = await listen(createSocketServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.2\r\n')))
    expect((await check(url, quick)).totals.fail).toBeGreaterThan(0)
    const plain = await serve((_request, response) => response.end())
    const report = await check(plain.replace('http:', 'https:'), quick)
    expect([report.points[0]!.verdict, report.totals.not_applicable]).toEqual(['fail', 39])
  })

  it('shows no credentials, also where a server sends them back', async () => {
    const url = await serve((request, response) => {
      const { authorization = '' } = request.headers
      const decoded = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()
      response.writeHead(500, { 'content-type': TAXII, 'x-you': authorization }).end(JSON.stringify({ title: authorization, description: decoded }))
    })
    const text = JSON.stringify(await check(url, quick))
    expect(text).toContain('[credentials]')
    for (const secret of [SECRET, Buffer.from(quick.basic).toString('base64')]) expect(text).not.toContain(secret)
  })

  it.each([
    ['always the same', () => 'again'],
    ['ever another', (n: number) => `page-${n}`],
  ])('leaves a walk that never ends: next is %s', async (_name, next) => {
    let n = 0
    const collection = { id: '11111111-1111-4111-8111-111111111111', title: 'x', can_read: true, can_write: false }
    const url = await serve((request, response) => {
      const [path] = request.url!.split('?')
      const value = path!.endsWith('collections/')
        ? { collections: [collection] }
        : /(objects|manifest)\/$/.test(path!)
          ? { more: true, next: next(n++) }
          : path === '/taxii2/'
            ? { title: 'x', api_roots: ['/root/'] }
            : path === '/root/'
              ? { title: 'x', versions: [TAXII], max_content_length: 1 }
              : collection
      response.writeHead(200, { 'content-type': TAXII }).end(JSON.stringify(value))
    })
    const report = await check(url, { ...quick, only: ['T23', 'T24', 'T25'] })
    expect(probes(report, 'T23').filter(({ verdict }) => verdict === 'fail').length).toBeGreaterThan(0)
    expect(report.requests).toBeLessThan(200)
  })

  it('works with any JSON in any place', async () => {
    const leaf = fc.oneof(fc.constantFrom(null, true, -1, 1.5, '', '/', '../..', '\ud800', 'objects', '2024-01-01T00:00:00.000Z'), fc.string({ maxLength: 8 }))
    const value = fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(leaf, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('id', 'type', '__proto__', 'title', 'modified'), leaf),
    )
    const shaped = (...names: string[]) =>
      fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof(value, fc.array(value, { maxLength: 3 }))])), { requiredKeys: [] })
    const any = fc.record({
      '/taxii2/': shaped('title', 'default', 'versions').map((one) => ({ ...one, api_roots: ['/r/'] })),
      '/r/': shaped('title', 'versions', 'max_content_length'),
      '/r/collections/': shaped('id', 'title', 'alias', 'media_types').map((one) => ({ collections: [{ ...one, id: 'c', can_read: true }, one] })),
      '/r/collections/c/objects/': shaped('more', 'next', 'objects'),
      '/r/collections/c/manifest/': shaped('more', 'next', 'objects'),
    })
    const time = stopwatch()
    await fc.assert(
      fc.asyncProperty(any, async (values) => {
        const report = await check(await serveJson(values), {
          ...quick,
          readOnly: true,
        })
        for (const server of servers.splice(0)) server.close()
        expect(probes(report, 'T15').filter(({ probe }) => probe === 'answers can be worked with')).toEqual([])
      }),
      { numRuns: 12 },
    )
    expect(time()).toBeLessThan(60_000)
  })
})
