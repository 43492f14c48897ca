import type { SealedFor } from '#platform/crypto/seal-text.ts'
import type { CandidateId } from '#program/candidates/store.ts'

/** What the reason of a decision is sealed for. */
export function reasonOf(id: CandidateId): SealedFor {
  return { purpose: 'zero_day_candidate.reason', context: [id] }
}
