import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { Keys } from '#platform/crypto/keys.ts'

const PURPOSE = 'stix_version.sealed_body'

/** The exact text of an object, sealed for its row: patterns and descriptions never lie in the database as they are. */
export function sealBody(keys: Pick<Keys, 'master'>, id: string, text: string): Buffer {
  return sealText(keys, { purpose: PURPOSE, context: [id] }, text)
}

export function openBody(keys: Pick<Keys, 'master'>, { id, sealed_body }: { readonly id: string; readonly sealed_body: Buffer }): string {
  return unsealText(keys, { purpose: PURPOSE, context: [id] }, sealed_body)
}
