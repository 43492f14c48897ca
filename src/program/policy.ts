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
  readOwnListing: rule('listing.read-own', { contact: 'any', scope: 'program:read' }),
  editOwnListing: rule('listing.edit', { contact: ['admin'], scope: 'program:write' }),
  readLogo: rule('listing.logo', { operator: ['membership-officer', 'auditor'], contact: 'any', scope: 'program:read' }),
  listListings: rule('listing.list', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  decideListing: rule('listing.decide', { operator: ['membership-officer'], scope: 'program:approve' }),
  listPublicTexts: rule('public-text.list', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  publishText: rule('public-text.publish', { operator: ['membership-officer'], scope: 'program:approve' }),
  proposeImport: rule('member-import.propose', { operator: ['membership-officer'], scope: 'program:write' }),
  listImports: rule('member-import.list', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  approveImport: rule('member-import.approve', { operator: ['membership-officer'] }),
  closeImport: rule('member-import.close', { operator: ['membership-officer'], scope: 'program:write' }),
  listAgreements: rule('agreement.list', { operator: ['membership-officer', 'auditor'], contact: 'any', scope: 'program:read' }),
  readSignedAgreement: rule('agreement.read-signed', { operator: ['membership-officer', 'auditor'], contact: ['admin'], scope: 'program:read' }),
  listAgreementMembers: rule('agreement.list-members', { operator: ['membership-officer', 'auditor'], scope: 'program:read' }),
  draftAgreement: rule('agreement.draft', { operator: ['membership-officer'], scope: 'program:write' }),
  issueAgreement: rule('agreement.issue', { operator: ['membership-officer'], scope: 'program:approve' }),
  // A signature is a person's: no token makes one.
  signAgreement: rule('agreement.sign', { contact: ['admin'] }),
  countersignAgreement: rule('agreement.countersign', { operator: ['membership-officer'] }),
  refuseAgreement: rule('agreement.refuse', { operator: ['membership-officer'], scope: 'program:approve' }),
}
