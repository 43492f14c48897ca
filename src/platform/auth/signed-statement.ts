import { createHash } from 'node:crypto'
import { verifyAuthenticationResponse, type AuthenticationResponseJSON } from '@simplewebauthn/server'
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'
import { z } from 'zod'
import { canonicalJson } from '#platform/audit/canonical-json.ts'

/**
 * A statement that a person signed with a passkey, complete in itself: whoever holds it can verify it without this program and years
 * later. The challenge of the assertion (WebAuthn Level 3, section 7.2) is the SHA-256 of the statement's bytes. Bytes are base64url.
 */
export interface SignedStatement {
  /** Canonical JSON (RFC 8785). */
  readonly statement: string
  readonly authenticatorData: string
  readonly clientDataJSON: string
  readonly signature: string
  readonly credentialId: string
  /** COSE_Key (RFC 9052, section 7). */
  readonly publicKey: string
}

/** What every statement says besides what it is about: with which keys it can be signed, and where. */
const Frame = z.looseObject({
  relyingParty: z.strictObject({ id: z.string(), origin: z.string() }),
  /** SHA-256 of credential id and public key, base64url. */
  passkeys: z.array(z.strictObject({ id: z.string(), publicKey: z.string() })).min(1),
})

const digest = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

/** The SHA-256 of a statement, which is the challenge of its signature. */
export function statementDigest(statement: string): Buffer {
  return digest(statement)
}

/** A passkey as a statement names it. */
export function passkeyDigests(passkey: { readonly credentialId: Uint8Array; readonly publicKey: Uint8Array }): { id: string; publicKey: string } {
  return { id: digest(passkey.credentialId).toString('base64url'), publicKey: digest(passkey.publicKey).toString('base64url') }
}

/**
 * Whether exactly this statement was signed with exactly this passkey, which the statement names, at the site that it names, by a
 * person whom the authenticator verified. Gives the signature counter, or undefined for anything else, whatever was changed. Pure.
 */
export async function verifyStatement(signed: SignedStatement): Promise<{ readonly counter: number } | undefined> {
  const frame = frameOf(signed.statement)
  if (!frame || !isCanonical(signed)) return undefined
  const publicKey = bytes(signed.publicKey)
  const { id, publicKey: key } = passkeyDigests({ credentialId: bytes(signed.credentialId), publicKey })
  if (!frame.passkeys.some((named) => named.id === id && named.publicKey === key)) return undefined
  try {
    if (!isStrict(bytes(signed.signature), publicKey)) return undefined
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: responseOf(signed),
      expectedChallenge: statementDigest(signed.statement).toString('base64url'),
      expectedOrigin: frame.relyingParty.origin,
      expectedRPID: frame.relyingParty.id,
      requireUserVerification: true,
      // A counter says nothing about a signature that is read again: whoever accepts one compares it.
      credential: { id: signed.credentialId, publicKey: new Uint8Array(publicKey), counter: 0 },
    })
    return verified && authenticationInfo.userVerified ? { counter: authenticationInfo.newCounter } : undefined
  } catch {
    return undefined
  }
}

function frameOf(statement: string): z.output<typeof Frame> | undefined {
  try {
    const parsed: unknown = JSON.parse(statement)
    const frame = Frame.safeParse(parsed)
    return frame.success && canonicalJson(parsed as never) === statement ? frame.data : undefined
  } catch {
    return undefined
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')

/** One text for the same bytes: otherwise a record could be changed and still verify. */
function isCanonical(signed: SignedStatement): boolean {
  const { authenticatorData, clientDataJSON, signature, credentialId, publicKey } = signed
  return [authenticatorData, clientDataJSON, signature, credentialId, publicKey].every((text) => bytes(text).toString('base64url') === text)
}

const COSE_KEY_TYPE = 1
const EC2 = 2

/**
 * A signature by an elliptic curve of up to 256 bits is two integers in DER (RFC 3279, section 2.2.3), which the library reads
 * leniently; other bytes for the same integers are refused here. Throws for a key that cannot be read.
 */
function isStrict(signature: Buffer, publicKey: Buffer): boolean {
  const key = decodeCredentialPublicKey(new Uint8Array(publicKey)) as unknown as ReadonlyMap<number, unknown>
  if (key.get(COSE_KEY_TYPE) !== EC2) return true
  const first = integerEnd(signature, 2)
  return signature[0] === 0x30 && signature[1] === signature.length - 2 && integerEnd(signature, first) === signature.length
}

/** Where a positive integer in its shortest form that begins at `at` ends; NaN when none does. */
function integerEnd(der: Buffer, at: number): number {
  const length = der[at + 1] ?? 0
  const [high = 0xff, next = 0] = der.subarray(at + 2, at + 2 + length)
  const shortest = high < 0x80 && (high > 0 || next >= 0x80)
  return der[at] === 0x02 && length > 0 && length <= 33 && shortest ? at + 2 + length : Number.NaN
}

function responseOf({ credentialId: id, authenticatorData, clientDataJSON, signature }: SignedStatement): AuthenticationResponseJSON {
  return { id, rawId: id, type: 'public-key', response: { authenticatorData, clientDataJSON, signature }, clientExtensionResults: {} }
}
