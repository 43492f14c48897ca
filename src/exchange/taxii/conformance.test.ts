import { sign, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { certificateClaim } from '#platform/auth/contract.ts'
import { checkServer } from '#exchange/conformance/check.ts'
import type { CheckReport } from '#exchange/conformance/contract.ts'
import type { CheckOptions } from '#exchange/conformance/session.ts'
import { asReport } from '#cli/taxii-report.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { makeCertificates } from '#test/harness/certificates.ts'
import { PLAIN } from '#test/harness/check-server.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

/** The conformance kit against our own server, over our own TLS. */
const dir = mkdtempSync(join(tmpdir(), 'vedette-conformance-'))
const made = makeCertificates()
let test: TestApp
let a: SeededOperator
let url: string
let writeCollection: string

beforeAll(async () => {
  if (!made) return
  const file = (name: string, text: string) => (writeFileSync(join(dir, name), text), join(dir, name))
  const env = { VEDETTE_TLS_CERT: file('cert.pem', made.server.cert), VEDETTE_TLS_KEY: file('key.pem', made.server.key) }
  test = await testApp({ env: { ...env, VEDETTE_TLS_CLIENT_CA: file('ca.pem', made.ca) } })
  // The certificates are of this day.
  test.clock.set(new Date(Date.parse(new X509Certificate(made.client.cert).validFrom) + 60_000))
  ;[a] = await seedPeople(test.app)
  const { analyst } = a.vendor.people
  const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }], { alias: 'indicators' })
  await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canWrite: false }])
  await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canRead: false }])
  await new TaxiiClient(test.server, analyst, a.id, collection).post(...Array.from({ length: 40 }, () => indicator()))
  url = (await test.listen()).replace('http:', 'https:')
  writeCollection = collection
})
afterAll(async () => {
  if (made) await test.close()
  rmSync(dir, { recursive: true, force: true })
})

function check(options: Partial<CheckOptions>): Promise<CheckReport> {
  return checkServer({ ...PLAIN, url, ca: made!.ca, writeCollection, timeoutMs: 60_000, mostBytes: 64 * 1024 * 1024, ...options })
}

function expectSound(report: CheckReport): void {
  const found = report.points.filter(({ verdict, warnings }) => verdict === 'fail' || warnings > 0)
  expect(
    found.map(({ point }) => point),
    asReport(report, { colour: false, detail: 'quiet' }),
  ).toEqual([])
}

it.skipIf(!made)('T1 to T40: finds nothing where its client signs in by a certificate alone', { timeout: 240_000 }, async () => {
  const { id, session } = a.vendor.people.analyst
  const { cert, key } = made!.client
  const proof = sign('sha256', Buffer.from(certificateClaim(test.app.config.url.origin, id)), key).toString('base64')
  const payload = { name: 'Kit', pem: cert, proof, scopes: ['taxii:read', 'taxii:write'] }
  expect((await test.server.inject({ method: 'POST', url: '/api/account/certificates', headers: session, payload })).statusCode).toBe(201)
  const report = await check({ cert, key })
  expectSound(report)
  // Strangers are shown nothing, and a machine called localhost has no SRV record: both are allowed.
  expect(report.points.filter(({ verdict }) => verdict !== 'pass').map(({ point }) => point)).toEqual(['T6', 'T40'])
})

it.skipIf(!made)('T1 to T40: finds nothing where its client signs in by a token', { timeout: 240_000 }, async () => {
  const bearer = a.vendor.people.analyst.token.authorization.slice('Bearer '.length)
  const report = await check({ bearer })
  expectSound(report)
  // T4 is about certificates.
  expect(report.points.filter(({ verdict }) => verdict !== 'pass').map(({ point }) => point)).toEqual(['T4', 'T6', 'T40'])
  expectSound(await check({ basic: `anybody:${bearer}`, only: ['T2', 'T3', 'T5', 'T7'] }))
})
