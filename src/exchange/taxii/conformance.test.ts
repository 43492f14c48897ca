import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { checkServer } from '#exchange/conformance/check.ts'
import { asReport } from '#cli/taxii-report.ts'
import { testApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople } from '#test/harness/people.ts'

const dir = mkdtempSync(join(tmpdir(), 'vedette-conformance-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
const made = makeCertificate()

function makeCertificate(): boolean {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  try {
    execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
    return true
  } catch {
    process.stderr.write('skipped: the conformance test needs the openssl command (apt-get install openssl)\n')
    return false
  }
}

it.skipIf(!made)('T1 to T40: the conformance kit finds nothing against our own server, over our own TLS', { timeout: 120_000 }, async () => {
  const test = await testApp({ env: { VEDETTE_TLS_CERT: certFile, VEDETTE_TLS_KEY: keyFile } })
  try {
    const [a] = await seedPeople(test.app)
    const rights = [{ organisation: a.vendor.id }]
    const collection = await seedCollection(test.app, a.id, rights, { alias: 'indicators' })
    await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canWrite: false }])
    await seedCollection(test.app, a.id, [{ organisation: a.vendor.id, canRead: false }])
    const { analyst } = a.vendor.people
    await new TaxiiClient(test.server, analyst, a.id, collection).post(...Array.from({ length: 40 }, () => indicator()))
    const url = (await test.listen()).replace('http:', 'https:')
    const report = await checkServer({
      url,
      bearer: analyst.token.authorization.slice('Bearer '.length),
      ca: readFileSync(certFile, 'utf8'),
      writeCollection: collection,
      timeoutMs: 10_000,
      mostBytes: 64 * 1024 * 1024,
      mostObjects: 1000,
      stop: new AbortController().signal,
      progress: () => undefined,
      lookUpService: async () => undefined,
    })
    const found = report.points.filter(({ verdict, warnings }) => verdict === 'fail' || warnings > 0)
    expect(
      found.map(({ point }) => point),
      asReport(report, { colour: false, detail: 'quiet' }),
    ).toEqual([])
  } finally {
    await test.close()
  }
})
