import { hkdfSync } from 'node:crypto'
import type { Keys } from '#platform/crypto/keys.ts'

const derived = new WeakMap<Keys, Map<string, Buffer>>()

/** 32 bytes for one purpose, derived from the master key (HKDF-SHA-256, RFC 5869), so that no key serves two. */
export function keyFor(keys: Keys, purpose: string): Buffer {
  let known = derived.get(keys)
  if (!known) derived.set(keys, (known = new Map()))
  let key = known.get(purpose)
  if (!key) known.set(purpose, (key = Buffer.from(hkdfSync('sha256', keys.master, Buffer.alloc(0), `vedette/http/${purpose}`, 32))))
  return key
}
