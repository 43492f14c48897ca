import type { PersonId } from '#platform/ids.ts'

export type RoleChangeState = 'waits' | 'approved' | 'expired' | 'closed'

/** The part of a role change that decides what may still be done with it. */
export interface RoleChangeFacts {
  readonly person_id: PersonId
  readonly proposed_by: PersonId
  readonly expires_at: Date
  readonly approved_at: Date | null
  readonly closed_at: Date | null
}

export function roleChangeState(change: RoleChangeFacts, now: Date): RoleChangeState {
  if (change.closed_at) return 'closed'
  if (change.approved_at) return 'approved'
  return change.expires_at <= now ? 'expired' : 'waits'
}

/** Whether this person is the second one: neither who proposed it nor who would get the roles. */
export function isSecondOfficer(change: RoleChangeFacts, person: PersonId): boolean {
  return person !== change.proposed_by && person !== change.person_id
}
