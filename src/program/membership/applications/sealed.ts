import { createHmac } from 'node:crypto'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { Keys } from '#platform/crypto/keys.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'

/** Columns in which what people write about an application lies sealed, each for its own row. */
export type SealedColumn = 'email' | 'draft' | 'answers' | 'reason' | 'internal-note' | 'judgement' | 'question' | 'evidence-name'

export function seal(keys: Pick<Keys, 'master'>, column: SealedColumn, context: readonly (string | number)[], text: string): Buffer {
  return sealText(keys, { purpose: `application.${column}`, context: context.map(String) }, text)
}

/** Throws for a text that was altered or moved from another row. */
export function unseal(keys: Pick<Keys, 'master'>, column: SealedColumn, context: readonly (string | number)[], sealed: Buffer): string {
  return unsealText(keys, { purpose: `application.${column}`, context: context.map(String) }, sealed)
}

/** By which an application of the same address is found without the address. */
export function addressDigest(keys: Pick<Keys, 'master'>, email: string): Buffer {
  return createHmac('sha256', deriveKey(keys, 'application.address')).update(email).digest()
}
