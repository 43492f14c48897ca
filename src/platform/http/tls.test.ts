import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecureVersion } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { testFloor } from '#test/harness/http.ts'

const dir = mkdtempSync(join(tmpdir(), 'vedette-tls-'))
const certFile = join(dir, 'cert.pem')
const keyFile = join(dir, 'key.pem')
const made = makeCertificate()
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A certificate of one day for localhost; undefined where the machine has no openssl command. */
function makeCertificate(): boolean {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', ...subject, '-keyout', keyFile, '-out', certFile],
      { stdio: 'ignore' },
    )
    return true
  } catch {
    process.stderr.write('skipped: the TLS tests need the openssl command (apt-get install openssl)\n')
    return false
  }
}

function ask(
  port: number,
  options: { maxVersion?: SecureVersion; minVersion?: SecureVersion } = {},
): Promise<{ status: number; protocol: string | null; strict: unknown }> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', servername: 'localhost', port, path: '/healthz', ca: readFileSync(certFile), agent: false, ...options },
      (response) => {
        const protocol = (response.socket as import('node:tls').TLSSocket).getProtocol()
        response.resume().on('end', () => resolve({ status: response.statusCode!, protocol, strict: response.headers['strict-transport-security'] }))
      },
    )
    request.on('error', reject)
  })
}

describe.skipIf(!made)(`with a certificate of its own${made ? '' : ' (skipped: apt-get install openssl)'}`, () => {
  it('the server speaks TLS 1.3 and 1.2, and nothing older', async () => {
    await using floor = await testFloor({ VEDETTE_TLS_CERT: certFile, VEDETTE_TLS_KEY: keyFile })
    const server = await floor.serve([])
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.server.address() as AddressInfo
    expect(await ask(port)).toEqual({ status: 200, protocol: 'TLSv1.3', strict: 'max-age=31536000' })
    expect((await ask(port, { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2')
    await expect(ask(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow()
  })
})

describe('a certificate that cannot be used', () => {
  it('is named in one sentence', async () => {
    await using missing = await testFloor({ VEDETTE_TLS_CERT: join(dir, 'gone.pem'), VEDETTE_TLS_KEY: keyFile })
    await expect(missing.serve([])).rejects.toMatchObject({ name: 'StartupError', message: expect.stringContaining('VEDETTE_TLS_CERT') })
    const nonsense = join(dir, 'nonsense.pem')
    writeFileSync(nonsense, 'nonsense')
    await using wrong = await testFloor({ VEDETTE_TLS_CERT: nonsense, VEDETTE_TLS_KEY: nonsense })
    await expect(wrong.serve([])).rejects.toMatchObject({ name: 'StartupError', message: expect.stringContaining('VEDETTE_TLS') })
  })
})
