import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { bits, context, identifier, instant, octets, positive, sequence, set, truth, utf8 } from './der.ts'

const ECDSA_SHA256 = sequence(identifier('1.2.840.10045.4.3.2'))
const COMMON_NAME = '2.5.4.3'
const DAY_MS = 86_400_000
const HOSTS_KEPT = 500

/** A certificate authority for one run of a proxy: its key is made for the run, and is gone with it. */
export interface Authority {
  /** Its own certificate in PEM. */
  readonly certificate: string
  /** What a server shows that poses as this host: certificate and key. */
  contextFor(host: string): SecureContext
}

interface Subject {
  readonly name: string
  readonly key: KeyObject
  readonly extensions: readonly Buffer[]
}

/** Makes an authority that the guest alone believes; `now` is when the guest thinks that it is. */
export function makeAuthority(now: Date): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = 'Vedette recording proxy'
  const issuer = { name, key: own.privateKey }
  // Basic constraints: an authority; key usage: signs certificates.
  const extensions = [extension('2.5.29.19', true, sequence(truth(true))), extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1))]
  const certificate = pem(certify({ name, key: own.publicKey, extensions }, issuer, now))
  const hosts = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = hosts.privateKey.export({ type: 'pkcs8', format: 'pem' })
  const made = new Map<string, SecureContext>()
  return {
    certificate,
    contextFor(host) {
      const known = made.get(host)
      if (known) return known
      if (made.size >= HOSTS_KEPT) made.clear()
      const leaf = pem(certify({ name: host.slice(0, 64), key: hosts.publicKey, extensions: forServer(host) }, issuer, now))
      const shown = createSecureContext({ cert: leaf + certificate, key })
      made.set(host, shown)
      return shown
    },
  }
}

/** A certificate of X.509 version 3 (RFC 5280). */
function certify(subject: Subject, issuer: { name: string; key: KeyObject }, now: Date): Buffer {
  const validity = sequence(instant(new Date(now.getTime() - DAY_MS)), instant(new Date(now.getTime() + 30 * DAY_MS)))
  const toSign = sequence(
    context(0, true, positive(Buffer.from([2]))),
    positive(randomBytes(16)),
    ECDSA_SHA256,
    named(issuer.name),
    validity,
    named(subject.name),
    subject.key.export({ type: 'spki', format: 'der' }),
    context(3, true, sequence(...subject.extensions)),
  )
  return sequence(toSign, ECDSA_SHA256, bits(sign('sha256', toSign, issuer.key)))
}

/** Extended key usage: a server's; the host as subject alternative name. */
const forServer = (host: string) => [
  extension('2.5.29.37', false, sequence(identifier('1.3.6.1.5.5.7.3.1'))),
  extension('2.5.29.17', false, sequence(isIP(host) === 0 ? context(2, false, Buffer.from(host)) : context(7, false, addressBytes(host)))),
]

const named = (commonName: string) => sequence(set(sequence(identifier(COMMON_NAME), utf8(commonName))))
const extension = (id: string, critical: boolean, content: Buffer) => sequence(identifier(id), ...(critical ? [truth(true)] : []), octets(content))
const pem = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${hex(a, b)}:${hex(c, d)}`).split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...groups(tail)]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16)
