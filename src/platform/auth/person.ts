import { CONTACT_ROLES, OPERATOR_ROLES, type ContactRole, type OperatorRole, type PersonActor } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'

export type Role = OperatorRole | ContactRole

/** Where a person belongs: to an operator's staff, or to a member organisation. It never changes (OpenCTI CVE-2026-44730). */
export type Side =
  | { readonly kind: 'operator'; readonly operator: OperatorId }
  | {
      readonly kind: 'contact'
      readonly organisation: OrganisationId
      /** Operators that the organisation is a member of, terminated memberships left out, the oldest first. */
      readonly operators: readonly OperatorId[]
    }

export interface Person {
  readonly id: PersonId
  readonly name: string
  readonly email: string | null
  readonly side: Side
  /** Name of the operator or of the organisation. */
  readonly sideName: string
  readonly roles: readonly Role[]
  /** Passkeys that can be used now. */
  readonly passkeys: number
  /** Whether any passkey, session, token or used link ever was: from then on only a recovery makes a new link. */
  readonly wasActive: boolean
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

/** Whether the roles all belong to the side: operator roles to staff, contact roles to contacts. */
export function rolesFit(side: Side, roles: readonly Role[]): boolean {
  const allowed: readonly Role[] = side.kind === 'operator' ? OPERATOR_ROLES : CONTACT_ROLES
  return roles.every((role) => allowed.includes(role))
}

/** Whether the actor may know that the person exists. Row-level security says the same. */
export function maySee(actor: PersonActor, side: Side): boolean {
  if (actor.kind === 'contact') return side.kind === 'contact' && side.organisation === actor.organisation
  return side.kind === 'operator' ? side.operator === actor.operator : side.operators.includes(actor.operator)
}

/**
 * Whether the actor may change the accounts of a side: a membership officer those of the operator's own staff and of
 * organisations that are members of no other operator, a contact admin those of the own organisation. An organisation
 * with two operators manages itself: otherwise one operator could enter the other's exchange in its name.
 */
export function mayManageSide(actor: PersonActor, side: Side): boolean {
  if (!maySee(actor, side)) return false
  if (actor.kind === 'contact') return actor.roles.includes('admin')
  if (!actor.roles.includes('membership-officer')) return false
  return side.kind === 'operator' || side.operators.every((operator) => operator === actor.operator)
}

/** Whether the actor may change this account: one that it may manage, and never its own. */
export function mayManage(actor: PersonActor, person: Pick<Person, 'id' | 'side'>): boolean {
  return actor.person !== person.id && mayManageSide(actor, person.side)
}
