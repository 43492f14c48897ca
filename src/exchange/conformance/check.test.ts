import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkServer } from '#exchange/conformance/check.ts'
import { CheckReport, POINTS, type PointId } from '#exchange/conformance/contract.ts'
import type { CheckOptions } from '#exchange/conformance/session.ts'
import { LOGIN, startTaxiiServer, type Fault } from '#test/harness/taxii-server.ts'

const dir = mkdtempSync(join(tmpdir(), 'vedette-taxii-check-'))
const made = makeCertificates()
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const pem = (name: string) => readFileSync(join(dir, name))

/** Certificates of one day for the server and for a client; false where the machine has no openssl command. */
function makeCertificates(): boolean {
  try {
    for (const [name, ...subject] of [
      ['server', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ['client', '-subj', '/CN=client'],
    ] as const)
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-days',
          '1',
          ...subject,
          '-keyout',
          join(dir, `${name}.key`),
          '-out',
          join(dir, `${name}.pem`),
        ],
        { stdio: 'ignore' },
      )
    return true
  } catch {
    process.stderr.write('skipped: the tests of the TAXII check need the openssl command (apt-get install openssl)\n')
    return false
  }
}

async function judge(fault: Fault, more: Partial<CheckOptions> = {}): Promise<{ report: CheckReport; left: number }> {
  const server = await startTaxiiServer({ cert: pem('server.pem'), key: pem('server.key'), clients: pem('client.pem'), fault })
  try {
    const report = await checkServer({
      url: server.url,
      basic: LOGIN.basic,
      cert: pem('client.pem').toString(),
      key: pem('client.key').toString(),
      ca: pem('server.pem').toString(),
      timeoutMs: 5000,
      mostBytes: 10_000_000,
      mostObjects: 1000,
      stop: new AbortController().signal,
      progress: () => undefined,
      lookUpService: async () => undefined,
      ...more,
    })
    return { report, left: server.left() }
  } finally {
    await server.close()
  }
}

/** Points that fail or warn, with the probes that say so. */
const broken = ({ points }: CheckReport) =>
  Object.fromEntries(
    points
      .map(
        ({ point, probes }) =>
          [point, probes.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ probe, detail }) => `${probe}: ${detail ?? ''}`)] as const,
      )
      .filter(([, probes]) => probes.length > 0),
  )

describe.skipIf(!made)(`a check of a TAXII server${made ? '' : ' (skipped: apt-get install openssl)'}`, () => {
  it('the control passes every point and is left as it was found', async () => {
    const { report, left } = await judge(undefined)
    expect(broken(report)).toEqual({})
    expect(report.points.map(({ point }) => point)).toEqual(POINTS.map(([point]) => point))
    expect(report.points.filter(({ verdict }) => verdict !== 'pass').map(({ point, reasons }) => [point, reasons])).toEqual([])
    expect(left).toBe(0)
    expect(report.left_behind).toEqual([])
    expect(CheckReport.parse(report)).toEqual(report)
  })
  // What asks the most is left out where another point's fault is looked for; the control shows that a good server passes it.
  const COSTLY: readonly PointId[] = ['T13', 'T21', 'T26']
  it.each(POINTS.map(([point]) => point))('%s: its fault fails or warns there, and nowhere else', async (point) => {
    const only = COSTLY.includes(point) ? undefined : POINTS.map(([id]) => id).filter((id) => !COSTLY.includes(id))
    const { report } = await judge(point, { only })
    expect(Object.keys(broken(report)), JSON.stringify(broken(report), null, 1)).toEqual([point])
  })
})
