import type { Person } from '#platform/auth/person.ts'
import { Problem } from '#platform/errors.ts'
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

/** Throws CONFLICT for somebody without roles: what a link begins could not even enrol a passkey, so the account would be dead. */
export function requireRoles(person: Pick<Person, 'roles'>): void {
  if (person.roles.length === 0) throw new Problem('CONFLICT', 'This person has no roles yet; have their roles approved, which makes the link.')
}

/** Whether this person is the second one: neither who opened it nor whose account it is. */
export function isSecond(recovery: RecoveryFacts, person: PersonId): boolean {
  return person !== recovery.opened_by && person !== recovery.person_id
}
