import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { certificateClaim } from '#platform/auth/contract.ts'
import { readConfig } from '#platform/config.ts'
import { TAXII_MEDIA_TYPE } from '#exchange/taxii/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

/** The program's own TLS, and programs that sign in by a certificate; the certificates are made by the openssl command. */
const dir = mkdtempSync(join(tmpdir(), 'vedette-certificates-'))
const at = (name: string) => join(dir, name)
const made = makeAll()

function makeAll(): boolean {
  const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  try {
    for (const name of ['server', 'authority', 'stranger'])
      run(
        'req',
        '-x509',
        ...newKey,
        '-days',
        '2',
        '-subj',
        `/CN=${name === 'server' ? 'localhost' : name}`,
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.pem`),
      )
    const sign = (name: string, authority: string, usage = 'clientAuth') => {
      writeFileSync(at(`${name}.ext`), `basicConstraints=CA:FALSE\nextendedKeyUsage=${usage}\n`)
      run('req', '-new', ...newKey, '-subj', `/O=Vendor A/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`))
      run(
        'x509',
        '-req',
        '-in',
        at(`${name}.csr`),
        '-CA',
        at(`${authority}.pem`),
        '-CAkey',
        at(`${authority}.key`),
        '-CAcreateserial',
        '-days',
        '1',
        '-extfile',
        at(`${name}.ext`),
        '-out',
        at(`${name}.pem`),
      )
    }
    for (const name of ['client', 'other']) sign(name, 'authority')
    sign('forged', 'stranger')
    sign('wrong-use', 'authority', 'serverAuth')
    return true
  } catch {
    process.stderr.write('skipped: the tests of client certificates need the openssl command (apt-get install openssl)\n')
    return false
  }
}

let test: TestApp
let a: SeededOperator
let port: number
const TLS = () => ({ VEDETTE_TLS_CERT: at('server.pem'), VEDETTE_TLS_KEY: at('server.key') })

beforeAll(async () => {
  if (!made) return
  test = await testApp({ env: { ...TLS(), VEDETTE_TLS_CLIENT_CA: at('authority.pem') } })
  // The certificates are of this day.
  test.clock.set(new Date(Date.parse(readDate(at('client.pem'))) + 60_000))
  ;[a] = await seedPeople(test.app)
  port = Number(new URL(await test.listen()).port)
})
afterAll(async () => {
  if (made) await test.close()
  rmSync(dir, { recursive: true, force: true })
})

function readDate(file: string): string {
  return execFileSync('openssl', ['x509', '-in', file, '-noout', '-startdate'], { encoding: 'utf8' }).trim().split('=')[1]!
}

interface Reply {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
}

/** One request over TLS, with a certificate or without. */
function ask(path: string, options: { as?: string | undefined; method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Reply> {
  const shown = options.as === undefined ? {} : { cert: readFileSync(at(`${options.as}.pem`)), key: readFileSync(at(`${options.as}.key`)) }
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        servername: 'localhost',
        ca: readFileSync(at('server.pem')),
        agent: false,
        method: options.method ?? 'GET',
        headers: options.headers ?? {},
        ...shown,
      },
      (answer) => {
        let body = ''
        answer.on('data', (chunk) => (body += String(chunk)))
        answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }))
      },
    )
    sent.on('error', reject)
    sent.end(options.body)
  })
}

/** The status of a request on a connection that resumes the session of an earlier one. */
async function resumed(as: string | undefined): Promise<number> {
  const shown = as === undefined ? {} : { cert: readFileSync(at(`${as}.pem`)), key: readFileSync(at(`${as}.key`)) }
  const once = (session: Buffer | undefined) =>
    new Promise<{ session: Buffer; status: number; reused: boolean }>((resolve, reject) => {
      let [text, kept, reused]: [string, Buffer, boolean] = ['', Buffer.alloc(0), false]
      const options = { host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(at('server.pem')), ...shown, ...(session && { session }) }
      const socket: TLSSocket = connect(options, () => {
        reused = socket.isSessionReused()
        socket.write('GET /taxii2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      })
      socket.on('session', (given: Buffer) => (kept = given))
      socket.on('data', (chunk) => (text += String(chunk)))
      socket.on('close', () => resolve({ session: kept, status: Number(text.split(' ')[1]), reused }))
      socket.on('error', reject)
    })
  const again = await once((await once(undefined)).session)
  expect(again.reused).toBe(true)
  return again.status
}

const analyst = () => a.vendor.people.analyst
/** What the private key of a certificate signs for whoever registers it. */
const proof = (key: string, as = analyst()) =>
  sign('sha256', Buffer.from(certificateClaim(test.app.config.url.origin, as.id)), readFileSync(at(`${key}.key`))).toString('base64')
const add = async (name: string, scopes: readonly string[] = ['taxii:read', 'account:read'], as = analyst()) => {
  const payload = { name, pem: readFileSync(at(`${name}.pem`), 'utf8'), proof: proof(name, as), scopes }
  return test.server.inject({ method: 'POST', url: '/api/account/certificates', headers: as.session, payload })
}
const revoke = (id: string, as = analyst()) => test.server.inject({ method: 'DELETE', url: `/api/account/certificates/${id}`, headers: as.session })

function handshake(options: ConnectionOptions): Promise<{ protocol: string | null; cipher: string }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(at('server.pem')), ...options }, () => {
      resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name })
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

describe.skipIf(!made)(`the program's own TLS${made ? '' : ' (skipped: apt-get install openssl)'}`, () => {
  it('T1: speaks TLS 1.3 and 1.2, no older one, and of 1.2 no suite that HTTP/2 forbids', async () => {
    expect((await handshake({})).protocol).toBe('TLSv1.3')
    expect(await handshake({ maxVersion: 'TLSv1.2' })).toEqual({ protocol: 'TLSv1.2', cipher: expect.stringMatching(/^ECDHE-ECDSA-.*(GCM|POLY1305)/) })
    await expect(handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow()
    for (const cipher of ['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'DHE-RSA-AES128-SHA'])
      await expect(handshake({ maxVersion: 'TLSv1.2', ciphers: `${cipher}:@SECLEVEL=0` }), cipher).rejects.toThrow()
    // The control: the test offers suites that way, and a good one is taken.
    expect((await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0' })).cipher).toBe('ECDHE-ECDSA-AES128-GCM-SHA256')
  })
})

describe.skipIf(!made)('a client certificate', () => {
  it('T4: signs in whoever it was registered for, within its scopes, until it is revoked', async () => {
    expect((await ask('/taxii2/', { as: 'client' })).status).toBe(401)
    const added = await add('client')
    expect(added.statusCode, added.body).toBe(201)
    const certificate = added.json<{ id: string; subject: string; fingerprint: string; expiresAt: string; lastUsedAt: null }>()
    expect(certificate).toMatchObject({
      name: 'client',
      subject: 'O=Vendor A, CN=client',
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      lastUsedAt: null,
    })
    const answer = await ask('/taxii2/', { as: 'client' })
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, expect.objectContaining({ default: `/taxii2/${a.id}/` })])
    expect(JSON.parse((await ask('/api/session', { as: 'client' })).body)).toMatchObject({
      person: { id: analyst().id },
      credential: 'certificate',
      complete: true,
    })
    const listed = (await test.server.inject({ url: '/api/account/certificates', headers: analyst().session })).json<{
      items: { id: string; lastUsedAt: string }[]
    }>()
    expect(listed.items).toMatchObject([{ id: certificate.id, lastUsedAt: expect.any(String) }])
    // Without the scope it may not write, and nobody makes credentials by it.
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }])
    const url = `/taxii2/${a.id}/collections/${collection}/objects/`
    const body = JSON.stringify({ objects: [indicator()] })
    const posting = { method: 'POST', headers: { 'content-type': TAXII_MEDIA_TYPE }, body }
    expect((await ask(url, { as: 'client', ...posting })).status).toBe(403)
    expect((await ask('/api/account/tokens', { as: 'client', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status).toBe(403)
    // A second one with the scope may; the leaf says what it was done with.
    const writer = (await add('other', ['taxii:read', 'taxii:write'])).json<{ id: string }>()
    expect((await ask(url, { as: 'other', ...posting })).status).toBe(202)
    const { rows } = await test.database.superuser.query<{ body: Buffer }>('select body from audit_leaf order by index desc limit 1')
    expect(rows[0]!.body.toString()).toContain(`"credential":{"id":"${writer.id}","kind":"certificate"}`)
    // A page of another site cannot use it.
    const crossing = await ask(url, { as: 'other', ...posting, headers: { ...posting.headers, 'sec-fetch-site': 'cross-site' } })
    expect([crossing.status, JSON.parse(crossing.body)]).toEqual([403, expect.objectContaining({ error_code: 'CROSS_SITE' })])
    expect((await revoke(certificate.id)).statusCode).toBe(204)
    expect([(await ask('/taxii2/', { as: 'client' })).status, (await revoke(certificate.id)).statusCode]).toEqual([401, 404])
    expect((await revoke(writer.id, a.responder.people.analyst)).statusCode).toBe(404)
    expect((await revoke(writer.id)).statusCode).toBe(204)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })

  it('T4: signs in nobody when no authority vouches for it, for its use, or for its time', async () => {
    const added = await Promise.all(['forged', 'wrong-use', 'other'].map((name) => add(name)))
    expect(added.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201])
    expect((await ask('/taxii2/', { as: 'other' })).status).toBe(200)
    for (const as of ['forged', 'wrong-use', undefined]) expect([as, (await ask('/taxii2/', { as })).status]).toEqual([as, 401])
    // Nor when the session of such a connection is taken up again.
    expect([await resumed('other'), await resumed('forged'), await resumed(undefined)]).toEqual([200, 401, 401])
    // No header speaks for a certificate.
    const fingerprint = added[2]!.json<{ fingerprint: string }>().fingerprint
    for (const name of ['x-ssl-client-sha256', 'x-forwarded-client-cert', 'ssl-client-cert'])
      expect((await ask('/taxii2/', { headers: { [name]: fingerprint } })).status).toBe(401)
    // Whoever also sends a token is whom the token says.
    expect((await ask('/taxii2/', { as: 'other', headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
    const now = test.clock.now()
    test.clock.advance(3 * 86_400_000)
    expect((await ask('/taxii2/', { as: 'other' })).status).toBe(401)
    test.clock.set(now)
    for (const answer of added) await revoke(answer.json<{ id: string }>().id)
  })

  it('T4: is registered by nobody who has not its private key', async () => {
    const register = async (made: string) => {
      const payload = { name: 'x', pem: readFileSync(at('client.pem'), 'utf8'), proof: made, scopes: ['taxii:read'] }
      return test.server.inject({ method: 'POST', url: '/api/account/certificates', headers: analyst().session, payload })
    }
    // Another key's, another person's, and none.
    for (const made of [proof('other'), proof('client', a.responder.people.analyst), 'AAAA'])
      expect((await register(made)).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/proof' }] })
    expect((await ask('/taxii2/', { as: 'client' })).status).toBe(401)
    const own = await register(proof('client'))
    expect(own.statusCode).toBe(201)
    await revoke(own.json<{ id: string }>().id)
  })

  it('T4: is refused when it is none, another’s already, an authority’s, or has its private key with it', async () => {
    const first = await add('client')
    expect(first.statusCode).toBe(201)
    expect((await add('client', ['taxii:read'], a.responder.people.analyst)).json()).toMatchObject({ code: 'CONFLICT' })
    const post = (pem: string) =>
      test.server.inject({
        method: 'POST',
        url: '/api/account/certificates',
        headers: analyst().session,
        payload: { name: 'x', pem, proof: proof('client'), scopes: ['taxii:read'] },
      })
    for (const pem of [
      'garbage',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      readFileSync(at('authority.pem'), 'utf8'),
      readFileSync(at('other.pem'), 'utf8') + readFileSync(at('other.key'), 'utf8'),
    ])
      expect((await post(pem)).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/pem' }] })
    const bearer = await test.server.inject({
      method: 'POST',
      url: '/api/account/certificates',
      headers: analyst().token,
      payload: { name: 'x', pem: 'x', proof: 'x', scopes: ['taxii:read'] },
    })
    expect(bearer.statusCode).toBe(403)
    await revoke(first.json<{ id: string }>().id)
  })
})

describe('the settings', () => {
  it('T2: ask for certificates only where the program speaks TLS itself', () => {
    expect(() => readConfig('live', { VEDETTE_TLS_CLIENT_CA: 'x.pem' })).toThrow(/VEDETTE_TLS_CLIENT_CA/)
    expect([readConfig('live', {}).basic, readConfig('live', { VEDETTE_BASIC: 'off' }).basic]).toEqual([true, false])
  })
})
