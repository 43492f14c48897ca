// oxlint-disable-next-line import/no-unassigned-import -- the library below asks for what this adds
import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import * as x509 from '@peculiar/x509'

const NAME = 'CN=Vedette recording proxy'
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000
const HOSTS_KEPT = 500

/** A certificate authority for one run of a proxy: its key is made for the run, and is gone with it. */
export interface Authority {
  /** Its own certificate in PEM. */
  readonly certificate: string
  /** What a server shows that poses as this host: certificate and key. */
  contextFor(host: string): Promise<SecureContext>
}

/** Makes an authority that the guest alone believes; `now` is when the guest thinks that it is. */
export async function makeAuthority(now: Date): Promise<Authority> {
  const own = await makeKeys()
  const hosts = await makeKeys()
  const valid = { notBefore: new Date(now.getTime() - DAY_MS), notAfter: new Date(now.getTime() + 30 * DAY_MS) }
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: NAME,
    keys: own,
    signingAlgorithm: ALGORITHM,
    ...valid,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  })
  const certificate = `${authority.toString('pem')}\n`
  const key = KeyObject.from(hosts.privateKey).export({ type: 'pkcs8', format: 'pem' })
  const certify = async (host: string) => {
    const leaf = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [host.slice(0, 64)] }],
      issuer: NAME,
      publicKey: hosts.publicKey,
      signingKey: own.privateKey,
      signingAlgorithm: ALGORITHM,
      ...valid,
      extensions: [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }]),
      ],
    })
    return createSecureContext({ cert: `${leaf.toString('pem')}\n${certificate}`, key })
  }
  const made = new Map<string, Promise<SecureContext>>()
  return {
    certificate,
    contextFor(host) {
      const known = made.get(host) ?? certify(host)
      if (made.size >= HOSTS_KEPT) made.clear()
      made.set(host, known)
      return known
    },
  }
}

const makeKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
