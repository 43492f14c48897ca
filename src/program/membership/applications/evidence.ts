import type { EvidenceRow } from '#program/membership/applications/evidence-store.ts'
import type { OPENS } from '#program/membership/applications/contract.ts'

/** A scan that has not answered by then after the file was sent in is overdue, and asked for again. */
export const SCAN_DEADLINE_MS = 24 * 60 * 60 * 1000

/**
 * How far a reviewer may open evidence, by what our scanner said of it: nothing before it has answered, however long that takes; freely what it opened
 * wholly and found nothing in, and everything else (an exploit, a technique, what it could not read to the end) only by whoever
 * acknowledges that. Pure, and denies by default.
 */
export function howItOpens(
  { outcome, exploit, submitted_at: sent }: Pick<EvidenceRow, 'outcome' | 'exploit' | 'submitted_at'>,
  now: Date,
): (typeof OPENS)[number] {
  if (outcome === null) return sent !== null && now.getTime() - sent.getTime() > SCAN_DEADLINE_MS ? 'scan-overdue' : 'scan-waits'
  return outcome === 'complete' && exploit === 'none-seen' ? 'freely' : 'with-acknowledgement'
}
