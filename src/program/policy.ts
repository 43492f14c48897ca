import { rule } from '#platform/auth/rule.ts'

/**
 * Who may do what in the program at all. Which organisations they see is decided by row-level security, and what they may read of
 * a package by the embargo's predicate (embargo/may-read.ts), whatever line of this list let them ask.
 */
export const may = {
  listOrganisations: rule('organisation.list', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  listPackages: rule('package.list', { operator: ['author', 'reviewer', 'publisher', 'tracer', 'auditor'], contact: 'any', scope: 'program:read' }),
  readPackage: rule('package.read', { operator: ['author', 'reviewer', 'publisher', 'tracer', 'auditor'], contact: 'any', scope: 'program:read' }),
  importPackage: rule('package.import', { operator: ['author'], scope: 'program:write' }),
  editPackage: rule('package.edit', { operator: ['author'], scope: 'program:write' }),
  submitPackage: rule('package.submit', { operator: ['author'], scope: 'program:write' }),
  returnPackage: rule('package.return', { operator: ['author', 'reviewer'], scope: 'program:write' }),
  approvePackage: rule('package.approve', { operator: ['reviewer'], scope: 'program:approve' }),
  schedulePackage: rule('package.schedule', { operator: ['publisher'], scope: 'program:approve' }),
  receivePackage: rule('package.receive', { contact: 'any', scope: 'program:read' }),
  downloadFile: rule('package.download', { operator: ['author', 'reviewer', 'publisher'], contact: 'any', scope: 'program:read' }),
  listReceipts: rule('receipt.list', { operator: ['publisher', 'tracer', 'auditor'], scope: 'program:read' }),
  listReleases: rule('release.list', { operator: ['author', 'reviewer', 'publisher', 'tracer', 'auditor'], contact: 'any', scope: 'program:read' }),
  proposeRelease: rule('release.propose', { operator: ['publisher'], scope: 'program:approve' }),
  confirmRelease: rule('release.confirm', { operator: ['publisher'], scope: 'program:approve' }),
  withdrawRelease: rule('release.withdraw', { operator: ['publisher'], scope: 'program:approve' }),
  listProtections: rule('protection.list', { operator: ['author', 'publisher', 'auditor', 'analyst'], contact: 'any', scope: 'program:read' }),
  reportProtection: rule('protection.report', { contact: ['admin', 'analyst'], scope: 'program:write' }),
  readCriteria: rule('criteria.read', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  proposeCriteria: rule('criteria.propose', { operator: ['membership-officer'], scope: 'program:approve' }),
  adoptCriteria: rule('criteria.adopt', { operator: ['membership-officer'], scope: 'program:approve' }),
  listApplications: rule('application.list', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  judgeApplication: rule('application.judge', { operator: ['membership-officer'], scope: 'program:write' }),
  decideApplication: rule('application.decide', { operator: ['membership-officer'], scope: 'program:approve' }),
  openEvidence: rule('application.open-evidence', { operator: ['membership-officer'], scope: 'program:read' }),
  listRenewals: rule('renewal.list', { contact: ['admin'], scope: 'program:read' }),
  fileRenewal: rule('renewal.file', { contact: ['admin'] }),
  readStanding: rule('standing.read', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  readOwnStanding: rule('standing.read-own', { contact: 'any', scope: 'program:read' }),
  changeStanding: rule('standing.change', { operator: ['membership-officer'] }),
  approveStanding: rule('standing.approve', { operator: ['membership-officer'] }),
  readReadable: rule('standing.could-read', { operator: ['membership-officer', 'auditor', 'tracer'], scope: 'program:read' }),
  listPolicies: rule('jurisdiction-policy.list', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  proposePolicy: rule('jurisdiction-policy.propose', { operator: ['membership-officer'] }),
  approvePolicy: rule('jurisdiction-policy.approve', { operator: ['membership-officer'] }),
}
