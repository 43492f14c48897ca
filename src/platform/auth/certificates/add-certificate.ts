import { verify, X509Certificate, type KeyObject } from 'node:crypto'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { certificateRow, countCertificates, insertCertificate } from '#platform/auth/certificates/store.ts'
import { certificateClaim, type AddCertificate, type ClientCertificate } from '#platform/auth/contract.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { Problem } from '#platform/errors.ts'

/** More would be a mistake of a script, and a list that nobody reads. */
const MOST_CERTIFICATES = 20
const MOST_SUBJECT = 500

/**
 * Registers a certificate that programs of the actor's sign in with from now on, within scopes, until it expires. Throws CONFLICT where
 * the server asks for no certificates, past 20 live ones, and for one that is registered already; VALIDATION_FAILED for what is none, and
 * for a proof that its private key did not make: whoever registers another's would be signed in as by that one's programs.
 */
export async function addCertificate(app: App, actor: PersonActor, input: z.output<typeof AddCertificate>): Promise<z.input<typeof ClientCertificate>> {
  if (app.config.tls?.clientCaFile === undefined)
    throw new Problem('CONFLICT', 'This server asks for no client certificates: whoever runs it has to set VEDETTE_TLS_CLIENT_CA.')
  const at = app.clock.now()
  const { subject, fingerprint, expiresAt, key } = readCertificate(input.pem, at)
  const claim = certificateClaim(app.config.url.origin, actor.person)
  if (!isSignedBy(key, claim, input.proof)) throw invalid('a signature, by the private key of this certificate, of the text that is shown', '/body/proof')
  return app.db.transaction(actor, async (tx) => {
    await holdOwnAccount(tx, actor)
    if ((await countCertificates(tx, actor.person, at)) >= MOST_CERTIFICATES)
      throw new Problem('CONFLICT', `You have ${MOST_CERTIFICATES} certificates that work; revoke one that is not used any more first.`)
    const id = app.ids.next()
    const scopes = [...new Set(input.scopes)]
    await insertCertificate(tx, { id, person: actor.person, name: input.name, subject, fingerprint, scopes, at, expiresAt })
    await recordFor(app, tx, actor.person, { action: 'certificate.added', subject: actor.person, binds: [certificateRow({ id })] })
    return { id, name: input.name, subject, fingerprint: showFingerprint(fingerprint), scopes, createdAt: at, expiresAt, lastUsedAt: null }
  })
}

/** The first certificate of a PEM text. Throws VALIDATION_FAILED. */
function readCertificate(pem: string, now: Date): { subject: string; fingerprint: Buffer; expiresAt: Date; key: KeyObject } {
  const certificate = parse(pem)
  if (!certificate) throw invalid('one certificate in PEM (-----BEGIN CERTIFICATE-----)')
  const expiresAt = certificate.validToDate
  if (!(expiresAt > now)) throw invalid('a certificate that has not expired')
  if (certificate.ca) throw invalid('the certificate of the client, not that of an authority')
  const subject = certificate.subject.replaceAll('\n', ', ').slice(0, MOST_SUBJECT)
  return { subject, fingerprint: bytesOf(certificate.fingerprint256), expiresAt, key: certificate.publicKey }
}

/** Keys of curves that hash by themselves. */
const HASHING = ['ed25519', 'ed448']

function isSignedBy(key: KeyObject, text: string, proof: string): boolean {
  try {
    return verify(HASHING.includes(key.asymmetricKeyType ?? '') ? null : 'sha256', Buffer.from(text), key, Buffer.from(proof, 'base64'))
  } catch {
    return false
  }
}

function parse(pem: string): X509Certificate | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw invalid('the certificate alone: a private key was pasted, so make a new key')
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return undefined
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function invalid(message: string, field = '/body/pem'): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}

/** The SHA-256 of a certificate as Node writes it, `AB:CD:…`, as bytes. */
export function bytesOf(fingerprint: string): Buffer {
  return Buffer.from(fingerprint.replaceAll(':', ''), 'hex')
}

export function showFingerprint(bytes: Buffer): string {
  return bytes
    .toString('hex')
    .toUpperCase()
    .replaceAll(/(..)(?!$)/g, '$1:')
}
