import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { SignedStatement, StatementClaims, StatementKeys } from '#program/membership/directory/contract.ts'
import type { Statement } from '#program/membership/directory/statement-store.ts'

/** Where the keys are that sign statements. */
export const KEYS_PATH = '/.well-known/vedette-membership-keys.json'
/** Longest time for which a statement can be shown after it was read. */
const LONGEST_S = 24 * 60 * 60
/** What precedes the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

type Claims = z.output<typeof StatementClaims>
type Key = z.output<typeof StatementKeys>['keys'][number]

/** What a statement says at an instant: good for a day at most, and never beyond the membership. Pure. */
export function claimsOf(statement: Statement, origin: string, now: Date): Claims {
  const { id, operator, member, kind, since, tier, until } = statement
  const iat = Math.floor(now.getTime() / 1000)
  const end = until === null ? Infinity : Math.floor(until.getTime() / 1000)
  return {
    iss: origin,
    sub: `${origin}/membership/${id}`,
    iat,
    exp: Math.min(iat + LONGEST_S, end),
    operator,
    member,
    kind,
    since,
    ...(statement.shows_tier && { tier }),
  }
}

/** The claims and the same as JWS in compact form (RFC 7515), signed with Ed25519 (RFC 8037). */
export function signStatement(app: Pick<App, 'keys' | 'config'>, statement: Claims): z.input<typeof SignedStatement> {
  const key = signingKey(app)
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'EdDSA', typ: 'JWT', kid: publicKeyOf(key).kid })}.${part(statement)}`
  const jws = `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
  return { statement, jws, keys: `${app.config.url.origin}${KEYS_PATH}` }
}

/** The public key of the instance for statements. */
export function statementKey(app: Pick<App, 'keys'>): Key {
  return publicKeyOf(signingKey(app))
}

const known = new WeakMap<Buffer, KeyObject>()

/** Derived of the master key for this purpose alone: the log's key signs nothing but the log. */
function signingKey({ keys }: Pick<App, 'keys'>): KeyObject {
  let key = known.get(keys.master)
  if (!key) {
    const seed = deriveKey(keys, 'membership statement')
    known.set(keys.master, (key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })))
  }
  return key
}

function publicKeyOf(key: KeyObject): Key {
  const x = createPublicKey(key).export({ format: 'jwk' }).x!
  // RFC 7638: the required members in the order of their names.
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url')
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' }
}
