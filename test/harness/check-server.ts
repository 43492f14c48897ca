import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkServer } from '#exchange/conformance/check.ts'
import type { CheckReport } from '#exchange/conformance/contract.ts'
import type { CheckOptions } from '#exchange/conformance/session.ts'

export interface Certificates {
  /** Path of a file of the folder; `server.pem`, `server.key`, `client.pem`, `client.key`. */
  readonly file: (name: string) => string
  readonly pem: (name: string) => Buffer
  readonly remove: () => void
}

/** Certificates of one day for a server on localhost and for a client; undefined where the machine has no openssl command. */
export function makeCertificates(): Certificates | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'vedette-taxii-check-'))
  const file = (name: string) => join(dir, name)
  const remove = () => rmSync(dir, { recursive: true, force: true })
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  try {
    for (const [name, ...subject] of [
      ['server', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ['client', '-subj', '/CN=client'],
    ] as const)
      execFileSync('openssl', [...kind, ...subject, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)], { stdio: 'ignore' })
  } catch {
    process.stderr.write('skipped: tests of the TAXII check need the openssl command (apt-get install openssl)\n')
    remove()
    return undefined
  }
  return { file, pem: (name) => readFileSync(file(name)), remove }
}

/** What a check in a test goes by unless said. */
export const PLAIN = {
  timeoutMs: 5000,
  mostBytes: 10_000_000,
  mostObjects: 1000,
  stop: new AbortController().signal,
  progress: () => undefined,
  lookUpService: async () => undefined,
}

export function check(url: string, more: Partial<CheckOptions> = {}): Promise<CheckReport> {
  return checkServer({ url, ...PLAIN, ...more })
}

/** Points that fail or warn, with the probes that say so. */
export function broken({ points }: CheckReport): Record<string, string[]> {
  const bad = points.map(({ point, probes }) => {
    const said = probes.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ probe, detail }) => `${probe}: ${detail ?? ''}`)
    return [point, said] as const
  })
  return Object.fromEntries(bad.filter(([, said]) => said.length > 0).map(([point, said]) => [point, [...said]]))
}
