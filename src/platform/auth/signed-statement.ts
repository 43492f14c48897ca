import { createHash } from 'node:crypto'
import { verifyAuthenticationResponse, type AuthenticationResponseJSON } from '@simplewebauthn/server'
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

function responseOf({ credentialId: id, authenticatorData, clientDataJSON, signature }: SignedStatement): AuthenticationResponseJSON {
  return { id, rawId: id, type: 'public-key', response: { authenticatorData, clientDataJSON, signature }, clientExtensionResults: {} }
}
