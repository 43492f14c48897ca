import { createHash, X509Certificate } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { within } from '#platform/http/guarded-fetch.ts'
import { connectionTo, get, tunnelTo } from '#test/harness/proxy-client.ts'
import { INSIDE, openOutside, PUBLIC, whyRefused, type Outside } from '#test/harness/outside.ts'
import { makeAuthority } from './authority.ts'
import { directly } from './exits.ts'
import { happeningsOf } from './happenings.ts'
import { harOf } from './har.ts'
import { openProxy, type Proxy } from './proxy.ts'
import { ExchangeRecord, type RecordLimits } from './record.ts'
import type { ProxyTimes, Ways } from './requests.ts'
import { simulatedAnswer } from './simulated.ts'

let outside: Outside
const open: Proxy[] = []
const authority = await makeAuthority(new Date())
const ca = authority.certificate
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')

const PAGES: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/compressed': (response) => response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync('<p>compressed')),
  '/long': (response) => response.end(Buffer.alloc(200_000, 'x')),
  '/bomb': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
  '/never': () => undefined,
  '/trickle': (response) => {
    response.write('first')
    setTimeout(() => response.end(', last'), 700)
  },
  '/half': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
  },
}

beforeAll(async () => {
  outside = await openOutside((request, response) => {
    const page = PAGES[request.url ?? '']
    if (page) return page(response)
    return response.writeHead(200, { 'content-type': 'text/plain', 'x-seen-host': request.headers.host ?? '' }).end(`${request.method} ${request.url}`)
  })
})
afterAll(() => outside.close())
afterEach(async () => {
  for (const proxy of open.splice(0)) await proxy.close()
})

interface Given {
  ways?: Ways
  limits?: RecordLimits
  times?: ProxyTimes
}

/** Looks names up in turn: the first look-up gets the first address, and so on; the last one stays. */
function lookingUp(...answers: string[]) {
  const asked: string[] = []
  const resolve = async (host: string) => {
    const address = answers[Math.min(asked.push(host), answers.length) - 1]!
    return [{ address, family: 4 }]
  }
  return { asked, resolve }
}

const leaving = (resolve = lookingUp(PUBLIC).resolve, refuses = whyRefused): Ways => ({ kind: 'exit', exit: directly, rules: { resolve, whyRefused: refuses } })

function start({ ways = leaving(), limits, times }: Given = {}) {
  const bodies = new Map<string, Buffer>()
  const record = new ExchangeRecord(({ sha256: hash, bytes }) => bodies.set(hash, Buffer.from(bytes)), limits)
  const proxy = openProxy({ ways, authority, record, ...(times && { times }) })
  open.push(proxy)
  return { proxy, record, bodies }
}

describe('a request that leaves', () => {
  it.each(['http', 'https'])('reaches its server by %s, and is recorded whole', async (scheme) => {
    const { proxy, record, bodies } = start()
    const address = `${scheme}://site.example:${scheme === 'http' ? outside.port : outside.tlsPort}/page?q=1`
    const got = await get(proxy, address, ca, { method: 'POST', body: 'sent', headers: { 'content-type': 'text/plain' } })
    expect(got).toMatchObject({ status: 200, body: 'POST /page?q=1' })
    expect(got.headers['x-seen-host']).toMatch(/^site\.example:\d+$/)
    await proxy.close()
    expect(record.exchanges).toMatchObject([
      {
        method: 'POST',
        url: address,
        kind: 'http',
        outcome: 'answered',
        address: PUBLIC,
        request: { body: { size: 4, sha256: sha256('sent') } },
        response: { status: 200 },
      },
    ])
    expect(bodies.get(record.exchanges[0]!.response!.body!.sha256!)!.toString()).toBe('POST /page?q=1')
    const { tls } = record.exchanges[0]!
    if (scheme === 'http') expect(tls).toBeUndefined()
    else {
      // Nobody believes the server's authority: it is recorded, not refused.
      expect(tls).toMatchObject({ valid: false, why: expect.stringMatching(/./) as string })
      expect(tls!.chain[0]).toMatchObject({ subject: 'CN=site.example', issuer: 'CN=Vedette recording proxy' })
    }
  })

  it('keeps a body without its compression, and does not unpack a bomb', async () => {
    const { proxy, record, bodies } = start({ limits: { mostExchanges: 10, mostBodyBytes: 100_000, mostBytes: 1_000_000 } })
    await get(proxy, `http://site.example:${outside.port}/compressed`, ca)
    await get(proxy, `http://site.example:${outside.port}/bomb`, ca)
    await proxy.close()
    expect(record.exchanges[0]!.response!.body).toMatchObject({ sha256: sha256('<p>compressed') })
    expect([...bodies.values()].every((bytes) => bytes.length < 100_000)).toBe(true)
  })

  it('is looked up by the proxy once, and goes to the address that was checked', async () => {
    const names = lookingUp(PUBLIC, INSIDE)
    const { proxy, record } = start({ ways: leaving(names.resolve) })
    expect(await get(proxy, `http://rebinds.example:${outside.port}/first`, ca)).toMatchObject({ status: 200 })
    expect(names.asked).toEqual(['rebinds.example'])
    // The name now means an address inside: for plain requests, in a tunnel, and for a WebSocket.
    expect(await get(proxy, `http://rebinds.example:${outside.port}/second`, ca)).toMatchObject({ status: 403 })
    expect(await get(proxy, `https://rebinds.example:${outside.tlsPort}/third`, ca)).toMatchObject({ status: 403 })
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }
    expect(await get(proxy, `http://rebinds.example:${outside.port}/fourth`, ca, { headers: upgrade })).toMatchObject({ status: 403 })
    expect(outside.inside).toEqual([])
    await proxy.close()
    expect(record.exchanges.map(({ outcome }) => outcome)).toEqual(['answered', 'refused', 'refused', 'refused'])
    expect(record.exchanges[1]!.why).toContain(INSIDE)
    // Control: without the rule the same requests reach the servers inside.
    const unguarded = start({ ways: leaving(lookingUp(INSIDE).resolve, () => undefined) })
    expect(await get(unguarded.proxy, `http://rebinds.example:${outside.port}/second`, ca)).toMatchObject({ body: 'a secret from inside' })
    expect(await get(unguarded.proxy, `https://rebinds.example:${outside.tlsPort}/third`, ca)).toMatchObject({ body: 'a secret from inside' })
    expect(outside.inside.splice(0)).toHaveLength(2)
  })

  it('stays in the tunnel that it came through', async () => {
    const { proxy } = start()
    const tunnel = await tunnelTo(proxy, `site.example:${outside.tlsPort}`, { ca, servername: 'site.example' })
    tunnel.write(`GET http://other.example:${outside.port}/ HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n`)
    expect(String(await new Promise<Buffer>((resolve) => tunnel.once('data', resolve)))).toMatch(/^HTTP\/1\.1 403 /)
  })

  it('asks the host that was checked, whatever stands in its own header', async () => {
    const { proxy, record } = start()
    const got = await get(proxy, `http://site.example:${outside.port}/`, ca, { headers: { host: 'inside.example' } })
    const secret = await get(proxy, `https://site.example:${outside.tlsPort}/`, ca, { headers: { host: 'inside.example' } })
    expect([got, secret].map(({ headers }) => headers['x-seen-host'])).toEqual([`site.example:${outside.port}`, `site.example:${outside.tlsPort}`])
    await proxy.close()
    // What the guest wrote is in the record.
    expect(record.exchanges.map(({ request }) => request.headers.find(([name]) => name === 'host'))).toEqual([
      ['host', 'inside.example'],
      ['host', 'inside.example'],
    ])
  })

  it('is recorded with the other name where TLS asks for one', async () => {
    const { proxy, record } = start()
    const tunnel = await tunnelTo(proxy, `front.example:${outside.tlsPort}`, { ca, servername: 'front.example' })
    tunnel.destroy()
    await expect(tunnelTo(proxy, `front.example:${outside.tlsPort}`, { ca, servername: 'hidden.example' })).rejects.toThrow('altnames')
    await proxy.close()
    expect(record.exchanges.map(({ kind, why }) => [kind, why])).toEqual([
      ['tunnel', 'no request was made'],
      ['tunnel', 'no request was made'],
    ])
  })

  it('carries a WebSocket both ways', async () => {
    outside.onUpgrade((socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
      )
      socket.on('data', (bytes: Buffer) => socket.write(`echo ${bytes.toString()}`))
      socket.on('error', () => undefined)
    })
    const { proxy, record } = start()
    const tunnel = await tunnelTo(proxy, `site.example:${outside.port}`)
    const heard: string[] = []
    tunnel.on('data', (bytes: Buffer) => heard.push(bytes.toString()))
    tunnel.write(
      'GET /socket HTTP/1.1\r\nHost: site.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
    await expect.poll(() => heard.join('')).toContain('101 Switching')
    tunnel.write('hello')
    await expect.poll(() => heard.join('')).toContain('echo hello')
    tunnel.destroy()
    await proxy.close()
    expect(record.exchanges).toMatchObject([
      {
        kind: 'websocket',
        url: `http://site.example:${outside.port}/socket`,
        outcome: 'answered',
        request: { body: { size: 5, sha256: sha256('hello') } },
        response: { status: 101, body: { size: 10 } },
      },
    ])
  })

  it('says no more over a WebSocket than may pass', async () => {
    let heard = 0
    outside.onUpgrade((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      socket.on('data', (bytes: Buffer) => (heard += bytes.length))
      socket.on('error', () => undefined)
    })
    const { proxy, record } = start({ limits: { mostExchanges: 10, mostBodyBytes: 50_000, mostBytes: 1_000_000 } })
    const tunnel = await tunnelTo(proxy, `site.example:${outside.port}`)
    tunnel.write('GET /socket HTTP/1.1\r\nHost: site.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await new Promise((resolve) => tunnel.once('data', resolve))
    tunnel.write(Buffer.alloc(200_000, 'x'))
    await new Promise((resolve) => tunnel.once('close', resolve).resume())
    await proxy.close()
    expect(heard).toBeLessThanOrEqual(50_000)
    expect(record.exchanges).toMatchObject([{ why: 'more than is passed on', request: { body: { size: 50_000, cut: true } } }])
  })
})

describe('bounds', () => {
  it('ends what never answers, and what breaks off half-way, and says so', async () => {
    const { proxy, record } = start({ times: { answerMs: 300, wholeMs: 600 } })
    expect(await get(proxy, `http://site.example:${outside.port}/never`, ca)).toMatchObject({ status: 403, body: 'no complete answer in time\n' })
    await expect(get(proxy, `http://site.example:${outside.port}/half`, ca)).rejects.toThrow()
    await proxy.close()
    expect(record.exchanges.map(({ outcome, why }) => [outcome, why !== undefined])).toEqual([
      ['failed', true],
      ['answered', true],
    ])
    // What is answered in time may take longer until it is complete.
    const patient = start({ times: { answerMs: 300, wholeMs: 10_000 } })
    expect(await get(patient.proxy, `http://site.example:${outside.port}/trickle`, ca)).toMatchObject({ status: 200, body: 'first, last' })
  })

  it('ends at once, also where a name is looked up that nobody answers for', async () => {
    const asked: string[] = []
    const { proxy } = start({ ways: leaving((host) => new Promise(() => asked.push(host))) })
    const connection = connectionTo(proxy)
    connection.write('POST http://never.example/ HTTP/1.1\r\nHost: never.example\r\nContent-Length: 1\r\n\r\nx')
    await expect.poll(() => asked).toEqual(['never.example'])
    await proxy.close()
    // A look-up that begins when all is over is not waited for either.
    await expect(within(AbortSignal.abort(new Error('over')), new Promise(() => undefined))).rejects.toThrow('over')
  })

  it('cuts off what is too long, and records no more requests than allowed', async () => {
    const { proxy, record } = start({ limits: { mostExchanges: 2, mostBodyBytes: 50_000, mostBytes: 1_000_000 } })
    await expect(get(proxy, `http://site.example:${outside.port}/long`, ca)).rejects.toThrow()
    await get(proxy, `http://site.example:${outside.port}/`, ca)
    expect(await get(proxy, `http://site.example:${outside.port}/`, ca)).toMatchObject({ status: 403, body: 'too many requests\n' })
    await proxy.close()
    expect(record.exchanges).toHaveLength(2)
    expect(record.dropped).toBe(1)
    expect(record.exchanges[0]).toMatchObject({ why: 'more than is passed on', response: { body: { size: 50_000, cut: true } } })
  })

  it('unpacks one body after the other, and no more of all than may pass', async () => {
    const { proxy, record, bodies } = start({ ways: { kind: 'none' }, limits: { mostExchanges: 100, mostBodyBytes: 2_000_000, mostBytes: 3_000_000 } })
    const bombs = Array.from({ length: 8 }, (_, n) => gzipSync(Buffer.alloc(1_000_000, n)))
    for (const bomb of bombs)
      await get(proxy, 'http://site.example/', ca, { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: bomb as unknown as string })
    await proxy.close()
    // Three fit; the others are kept as they came.
    expect([...bodies.values()].map(({ length }) => length).filter((length) => length === 1_000_000)).toHaveLength(3)
    expect(record.exchanges.map(({ request }) => request.body?.sha256)).toEqual([
      ...[0, 1, 2].map((n) => sha256(Buffer.alloc(1_000_000, n))),
      ...bombs.slice(3).map((bomb) => sha256(bomb)),
    ])
  })

  it('unpacks what was packed more than once, and takes no word for a way to unpack', async () => {
    const { proxy, bodies } = start({ ways: { kind: 'none' } })
    const twice = gzipSync(deflateSync('a program'))
    const post = (encoding: string, body: Buffer) =>
      get(proxy, 'http://site.example/', ca, { method: 'POST', headers: { 'content-encoding': encoding }, body: body as unknown as string })
    for (const encoding of ['deflate, gzip', 'constructor', 'gzip, gzip, gzip, gzip, gzip']) await post(encoding, twice)
    await proxy.close()
    expect([...bodies.keys()].toSorted()).toEqual([sha256('a program'), sha256(twice)].toSorted())
  })

  it('refuses what is no request, and records it as it records tunnels that are used for something else', async () => {
    const { proxy, record } = start()
    for (const [wrong, answer] of [
      ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', / 403 /],
      ['GET ftp://site.example/ HTTP/1.1\r\nHost: x\r\n\r\n', / 403 /],
      ['CONNECT site.example HTTP/1.1\r\nHost: x\r\n\r\n', / 403 /],
      ['CONNECT user@site.example:443 HTTP/1.1\r\nHost: x\r\n\r\n', / 403 /],
    ] as const) {
      const connection = connectionTo(proxy)
      connection.write(wrong)
      expect([wrong, String(await new Promise<Buffer>((resolve) => connection.once('data', resolve)))]).toEqual([wrong, expect.stringMatching(answer)])
    }
    const tunnel = await tunnelTo(proxy, 'site.example:22')
    tunnel.write('SSH-2.0-OpenSSH_9.2\r\n')
    await new Promise((resolve) => tunnel.once('close', resolve).resume())
    await proxy.close()
    const garbage = start()
    const connection = connectionTo(garbage.proxy)
    connection.write('SSH-2.0-OpenSSH_9.2\r\n')
    await new Promise((resolve) => connection.once('close', resolve).resume())
    expect([...record.exchanges, ...garbage.record.exchanges]).toMatchObject([
      { kind: 'http', url: '/', outcome: 'refused', why: 'not an address of HTTP' },
      { kind: 'http', url: 'ftp://site.example/', outcome: 'refused', why: 'not an address of HTTP' },
      { kind: 'tunnel', url: 'site.example', outcome: 'refused', why: 'not a host and a port' },
      { kind: 'tunnel', url: 'user@site.example:443', outcome: 'refused', why: 'not a host and a port' },
      { kind: 'tunnel', url: 'site.example:22', outcome: 'refused', why: 'neither HTTP nor TLS was spoken' },
      { kind: 'tunnel', url: '', outcome: 'refused', why: 'no HTTP was spoken' },
    ])
    expect(happeningsOf(record.exchanges)).toMatchObject([
      { kind: 'connect', to: '/' },
      { kind: 'connect', to: 'site.example', port: 21 },
      { kind: 'connect', to: 'site.example', port: 80 },
      { kind: 'connect', to: 'site.example', port: 443 },
      { kind: 'connect', to: 'site.example', port: 22 },
    ])
  })
})

describe('without a way out', () => {
  it('nothing passes, and all that was tried is known, within TLS too', async () => {
    const { proxy, record } = start({ ways: { kind: 'none' } })
    expect(await get(proxy, `http://${PUBLIC}:${outside.port}/plain`, ca)).toMatchObject({ status: 403 })
    expect(await get(proxy, 'https://command.example/upload?id=7', ca, { method: 'POST', body: 'stolen' })).toMatchObject({ status: 403 })
    await proxy.close()
    expect(record.exchanges).toMatchObject([
      { outcome: 'refused', why: expect.stringContaining('egress is off') as string },
      { outcome: 'refused', url: 'https://command.example/upload?id=7', request: { body: { sha256: sha256('stolen') } } },
    ])
  })

  it('the simulated Internet answers by kind, and asks for a login to a share', async () => {
    const { proxy, record } = start({ ways: { kind: 'simulated', answer: simulatedAnswer } })
    expect((await get(proxy, 'https://any.example/a.png', ca)).headers['content-type']).toBe('image/png')
    expect((await get(proxy, 'http://any.example/', ca, { headers: { accept: 'text/css,*/*;q=0.1' } })).headers['content-type']).toBe('text/css')
    expect(await get(proxy, 'http://any.example/doc.pdf', ca)).toMatchObject({ status: 200, body: expect.stringMatching(/^%PDF-1\.4[^]*%%EOF\n$/) as string })
    const asked = await get(proxy, 'http://files.example/share/', ca, { method: 'PROPFIND' })
    expect([asked.status, asked.headers['www-authenticate']]).toEqual([401, 'NTLM, Basic realm="share"'])
    const login = { authorization: 'NTLM TlRMTVNTUAADAAAA' }
    expect(await get(proxy, 'http://files.example/share/', ca, { method: 'PROPFIND', headers: login })).toMatchObject({ status: 207 })
    await proxy.close()
    expect(record.exchanges.every(({ outcome, address }) => outcome === 'simulated' && address === undefined)).toBe(true)
    expect(record.exchanges.at(-1)!.request.headers).toContainEqual(['authorization', login.authorization])
  })
})

it('the record can be read as HAR 1.2', async () => {
  const { proxy, record } = start()
  await get(proxy, `http://site.example:${outside.port}/page?a=1&b=2`, ca)
  await proxy.close()
  const har = JSON.parse(JSON.stringify(harOf(record.exchanges, new Date(0), '1'))) as {
    log: { version: string; entries: { request: object; response: object }[] }
  }
  expect(har.log.version).toBe('1.2')
  expect(har.log.entries).toMatchObject([
    {
      request: {
        method: 'GET',
        queryString: [
          { name: 'a', value: '1' },
          { name: 'b', value: '2' },
        ],
      },
      response: { status: 200, content: { mimeType: 'text/plain' } },
      serverIPAddress: PUBLIC,
    },
  ])
})

it('the authority’s certificates are ones that others verify', () => {
  const own = new X509Certificate(ca)
  expect([own.ca, own.verify(own.publicKey), own.checkIssued(own)]).toEqual([true, true, true])
  expect(new Date(own.validTo).getTime()).toBeGreaterThan(Date.now())
})
