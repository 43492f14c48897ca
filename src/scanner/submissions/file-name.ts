import type { Keys } from '#platform/crypto/keys.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { SubmissionId, SubmissionRow } from '#scanner/submissions/submission.ts'

const PURPOSE = 'submission.name'

/** A file's name may name its victim: it is sealed, for its own submission. */
export function sealName(keys: Keys, id: SubmissionId, name: string): Buffer {
  return sealText(keys, { purpose: PURPOSE, context: [id] }, name)
}

/** Throws for a name that was altered or moved from another submission. */
export function nameOf(keys: Keys, { id, sealed_name: sealed }: Pick<SubmissionRow, 'id' | 'sealed_name'>): string | null {
  return sealed === null ? null : unsealText(keys, { purpose: PURPOSE, context: [id] }, sealed)
}
