import { COSEALG } from '@simplewebauthn/server/helpers'
import type { Config } from '#platform/config.ts'

/** What passkeys are bound to (WebAuthn Level 3, section 5.4.2): the host name and origin at which people reach this instance. */
export function relyingParty(config: Config): { readonly id: string; readonly name: string; readonly origin: string } {
  return { id: config.url.hostname, name: 'Vedette', origin: config.url.origin }
}

/** Signature algorithms that a passkey may use, the most wanted first. Node's ML-DSA is still an experiment, so it is not offered. */
export const PASSKEY_ALGORITHMS: number[] = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256]
