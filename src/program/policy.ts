import { rule } from '#platform/auth/rule.ts'

/** Who may do what in the program; which organisations they see is decided by row-level security and beside each object. */
export const may = {
  listOrganisations: rule('organisation.list', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
}
