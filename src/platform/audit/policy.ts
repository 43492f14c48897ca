import { rule } from '#platform/auth/rule.ts'

/** Auditors read the log; which leaves are theirs is decided by row-level security: those of their own operator. */
export const may = {
  readLog: rule('log.read', { operator: ['auditor'], scope: 'log:read' }),
  exportLog: rule('log.export', { operator: ['auditor'], scope: 'log:read' }),
}
