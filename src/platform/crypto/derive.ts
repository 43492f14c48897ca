import { hkdfSync } from 'node:crypto'
import type { Keys } from '#platform/crypto/keys.ts'

/**
 * A 32-byte key for one purpose, derived from the master key (HKDF-SHA-256, RFC 5869). Equal purposes give
 * equal keys on every host of the instance; no key reveals another or the master key.
 */
export function deriveKey(keys: Pick<Keys, 'master'>, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', keys.master, Buffer.alloc(0), `vedette ${purpose}`, 32))
}
