import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { Keys } from '#platform/crypto/keys.ts'

const IV_BYTES = 12
const TAG_BYTES = 16

/** What a sealed text belongs to: `purpose` names the column, `context` the row; under others it does not open. */
export interface SealedFor {
  readonly purpose: string
  readonly context: readonly string[]
}

/**
 * A short text sealed for one column of one row (AES-256-GCM, a random nonce each): what is too small for an object and
 * must not lie in the database as it is. At most 2^32 texts per purpose (NIST SP 800-38D, 8.3).
 */
export function sealText(keys: Pick<Keys, 'master'>, { purpose, context }: SealedFor, text: string): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyFor(keys, purpose), iv).setAAD(Buffer.from(JSON.stringify(context)))
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** The text that `sealText` sealed for the same row. Throws for one that was altered, moved, or sealed under another master key. */
export function unsealText(keys: Pick<Keys, 'master'>, { purpose, context }: SealedFor, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyFor(keys, purpose), sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(JSON.stringify(context))).setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
}

/** Derived keys by master key and purpose: there are as many purposes as columns, and pages open hundreds of texts. */
const derived = new WeakMap<Buffer, Map<string, Buffer>>()

function keyFor(keys: Pick<Keys, 'master'>, purpose: string): Buffer {
  let known = derived.get(keys.master)
  if (!known) derived.set(keys.master, (known = new Map()))
  let key = known.get(purpose)
  if (!key) known.set(purpose, (key = deriveKey(keys, purpose)))
  return key
}
