import { rule } from '#platform/auth/rule.ts'

/** Who may do what in the exchange; which collections they see is decided by the rights stored for their organisation. */
export const may = {
  readCollections: rule('collection.list', { operator: ['analyst', 'membership-officer', 'auditor'], contact: 'any', scope: 'taxii:read' }),
}
