import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Pair {
  readonly cert: string
  readonly key: string
}

/** An authority of one day, and what it vouches for: a server called localhost and a client. */
export interface Certificates {
  readonly ca: string
  readonly server: Pair
  readonly client: Pair
}

/** Undefined where the machine has no openssl command. */
export function makeCertificates(): Certificates | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'vedette-certificates-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' })
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const issue = (name: string, extension: string): Pair => {
    openssl('req', ...curve, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    writeFileSync(join(dir, `${name}.ext`), extension)
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`, '-out', `${name}.pem`) // prettier-ignore
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) }
  }
  try {
    openssl('req', '-x509', ...curve, '-days', '1', '-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem')
    return { ca: read('ca.pem'), server: issue('localhost', 'subjectAltName=DNS:localhost'), client: issue('client', 'extendedKeyUsage=clientAuth') }
  } catch {
    process.stderr.write('skipped: TLS needs the openssl command (apt-get install openssl)\n')
    return undefined
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
