import { spawn, type ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { Client } from '#exchange/conformance/client.ts'
import { Judge } from '#exchange/conformance/judge.ts'
import { probeTransport } from '#exchange/conformance/probes/transport.ts'
import { Session } from '#exchange/conformance/session.ts'
import { pause } from '#platform/clock/clock.ts'
import { freePort } from '#test/harness/instance.ts'
import { check, makeCertificates, PLAIN } from '#test/harness/check-server.ts'

const made = makeCertificates()
afterAll(() => made?.remove())
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill()
})

/** OpenSSL's own test server, which can do wrong what Node's cannot. */
async function startOpenssl(...options: readonly string[]): Promise<string> {
  const port = await freePort()
  const { file } = made!
  const child = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', file('server.pem'), '-key', file('server.key'), '-quiet', ...options], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  running.push(child)
  for (let tries = 0; tries < 200; tries++) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true))).on('error', () => resolve(false))
    })
    if (up) return `https://localhost:${port}`
    await pause(25)
  }
  throw new Error('openssl s_server did not start')
}

/** What T1 says, probe by probe. */
async function transport(origin: string): Promise<Record<string, string>> {
  const options = { ...PLAIN, url: origin, ca: made!.pem('server.pem').toString(), timeoutMs: 3000 }
  const session = new Session(options, new Client(options), new Judge(), origin)
  await probeTransport(session)
  const { probes } = session.judge.results()[0]!
  return Object.fromEntries(probes.map(({ probe, verdict, detail }) => [probe, detail === undefined || verdict === 'pass' ? verdict : `${verdict}: ${detail}`]))
}

const GOOD = 'ECDHE-ECDSA-AES128-GCM-SHA256'

describe.skipIf(!made)(`T1${made ? '' : ' (skipped: apt-get install openssl)'}`, () => {
  it('T1: passes TLS 1.2 and 1.3 with good suites and without early data', async () => {
    const found = await transport(await startOpenssl('-www', '-cipher', GOOD))
    expect(new Set(Object.values(found))).toEqual(new Set(['pass']))
    expect(Object.keys(found)).toHaveLength(8)
  })

  it('T1: notices session tickets that allow early data (0-RTT)', async () => {
    const found = await transport(await startOpenssl('-cipher', GOOD, '-early_data', '-max_early_data', '4096'))
    expect(found['no session ticket allows early data (0-RTT)']).toBe('fail: 4096 bytes are allowed')
  })

  it('T1: notices suites of the black list, and that TLS 1.2 or 1.3 is missing', async () => {
    const listed = await transport(await startOpenssl('-www', '-cipher', 'ECDHE-ECDSA-AES128-SHA', '-no_tls1_3'))
    expect(listed['suites of the black list of RFC 7540 are refused']).toBe('warn: the server chose version 0x0303, suite 0xc009')
    expect(listed['TLS 1.3 is accepted']).toMatch(/^warn: /)
    const modern = await transport(await startOpenssl('-www', '-tls1_3'))
    expect(modern['TLS 1.2 is accepted']).toMatch(/^fail: /)
    expect(modern['suites of the black list of RFC 7540 are refused']).toBe('pass')
  })

  it('T1: notices old versions', async () => {
    const found = await transport(await startOpenssl('-www', '-cipher', 'ALL:@SECLEVEL=0', '-min_protocol', 'TLSv1'))
    expect(found['TLS 1.0 is refused (RFC 8996)']).toMatch(/^fail: the server chose version 0x0301/)
    expect(found['TLS 1.1 is refused (RFC 8996)']).toMatch(/^fail: the server chose version 0x0302/)
  })

  it('T1: sends no login to a server whose certificate is not trusted', async () => {
    const url = await startOpenssl('-www')
    const report = await check(url, { basic: 'client:the right password', ca: made!.pem('client.pem').toString() })
    expect(report.points[0]).toMatchObject({ point: 'T1', verdict: 'fail' })
    expect(report.points.slice(1).map(({ verdict }) => verdict)).toEqual(Array.from({ length: 39 }, () => 'not-applicable'))
    expect(report.points[1]!.reasons[0]).toContain('--ca names its authority')
  })
})
