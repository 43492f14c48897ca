import { generateKeyPairSync } from 'node:crypto'
import { bech32 } from '@scure/base'

/** The public half of a new X25519 identity of age (https://age-encryption.org/v1), whose secret half nobody keeps. */
export function newAgeRecipient(): string {
  const { x } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
  return bech32.encodeFromBytes('age', Buffer.from(x!, 'base64url'))
}
