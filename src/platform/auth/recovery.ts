import type { PersonId } from '#platform/ids.ts'

export type RecoveryState = 'open' | 'approved' | 'expired' | 'closed'

/** The part of a recovery that decides what may still be done with it. */
export interface RecoveryFacts {
  readonly person_id: PersonId
  readonly opened_by: PersonId
  readonly expires_at: Date
  readonly approved_at: Date | null
  readonly closed_at: Date | null
}

export function recoveryState(recovery: RecoveryFacts, now: Date): RecoveryState {
  if (recovery.closed_at) return 'closed'
  if (recovery.approved_at) return 'approved'
  return recovery.expires_at <= now ? 'expired' : 'open'
}

/** Whether this person is the second one: neither who opened it nor whose account it is. */
export function isSecond(recovery: RecoveryFacts, person: PersonId): boolean {
  return person !== recovery.opened_by && person !== recovery.person_id
}
