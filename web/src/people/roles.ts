import { CONTACT_ROLES, OPERATOR_ROLES, type ContactRole, type OperatorRole } from '#platform/auth/actor.ts'

export type Role = OperatorRole | ContactRole
interface RoleText {
  readonly name: string
  readonly may: string
}

const OPERATOR_TEXT: Readonly<Record<OperatorRole, RoleText>> = {
  author: { name: 'Author', may: 'writes advance packages' },
  reviewer: { name: 'Reviewer', may: 'reviews and approves what an author wrote' },
  publisher: { name: 'Publisher', may: 'schedules and confirms releases, and confirms the time when clocks disagree' },
  'membership-officer': { name: 'Membership officer', may: 'looks after member organisations and invites people' },
  tracer: { name: 'Tracer', may: 'looks into leaks' },
  analyst: { name: 'Analyst', may: 'works with the exchange and the scanner' },
  auditor: { name: 'Auditor', may: 'reads and checks the audit log, changes nothing' },
}
const CONTACT_TEXT: Readonly<Record<ContactRole, RoleText>> = {
  admin: { name: 'Admin', may: 'looks after the people of the organisation' },
  analyst: { name: 'Analyst', may: 'works with packages, indicators and the scanner for the organisation' },
  reader: { name: 'Reader', may: 'reads what the organisation may read' },
}

export type Side = 'operator' | 'contact'

/** Roles that a person of this side can hold. */
export function rolesOf(side: Side): readonly Role[] {
  return side === 'operator' ? OPERATOR_ROLES : CONTACT_ROLES
}

export function roleText(side: Side, role: Role): RoleText {
  const text = side === 'operator' ? OPERATOR_TEXT[role as OperatorRole] : CONTACT_TEXT[role as ContactRole]
  return text ?? { name: role, may: '' }
}

export function roleName(role: Role): string {
  return (OPERATOR_TEXT[role as OperatorRole] ?? CONTACT_TEXT[role as ContactRole]).name
}
