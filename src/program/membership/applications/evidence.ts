import type { EvidenceRow } from '#program/membership/applications/evidence-store.ts'
import type { OPENS } from '#program/membership/applications/contract.ts'

/**
 * How far a reviewer may open evidence, by what our scanner said of it: nothing before it has answered, freely what it opened
 * wholly and found nothing in, and everything else (an exploit, a technique, what it could not read to the end) only by whoever
 * acknowledges that. Pure, and denies by default.
 */
export function howItOpens({ outcome, exploit }: Pick<EvidenceRow, 'outcome' | 'exploit'>): (typeof OPENS)[number] {
  if (outcome === null) return 'scan-waits'
  return outcome === 'complete' && exploit === 'none-seen' ? 'freely' : 'with-acknowledgement'
}
