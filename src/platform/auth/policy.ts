import { rule } from '#platform/auth/rule.ts'

/**
 * Who may do what to accounts. Whether one may do it to this account is `mayManage` in person.ts. What has no scope
 * takes a person in a session: a stolen token can make no other token, passkey, link or recovery, and give no role. Nor can a
 * session begun at a member's identity provider (`byProvider: false`): what it makes ends with what the provider says.
 */
export const may = {
  readSession: rule('session.read', { operator: 'any', contact: 'any', scope: 'account:read', beforePasskey: true }),
  endSession: rule('session.end', { operator: 'any', contact: 'any', beforePasskey: true }),
  listSessions: rule('session.list', { operator: 'any', contact: 'any' }),
  revokeSession: rule('session.revoke', { operator: 'any', contact: 'any' }),
  listPasskeys: rule('passkey.list', { operator: 'any', contact: 'any', beforePasskey: true }),
  enrolPasskey: rule('passkey.enrol', { operator: 'any', contact: 'any', beforePasskey: true }),
  removePasskey: rule('passkey.remove', { operator: 'any', contact: 'any', byProvider: false }),
  listTokens: rule('token.list', { operator: 'any', contact: 'any', scope: 'account:read' }),
  createToken: rule('token.create', { operator: 'any', contact: 'any', byProvider: false }),
  revokeToken: rule('token.revoke', { operator: 'any', contact: 'any' }),
  listCertificates: rule('certificate.list', { operator: 'any', contact: 'any', scope: 'account:read' }),
  addCertificate: rule('certificate.add', { operator: 'any', contact: 'any', byProvider: false }),
  revokeCertificate: rule('certificate.revoke', { operator: 'any', contact: 'any' }),
  listPeople: rule('person.list', { operator: ['membership-officer', 'auditor'], contact: ['admin'], scope: 'people:read' }),
  invitePerson: rule('person.invite', { operator: ['membership-officer'], contact: ['admin'], byProvider: false }),
  setRoles: rule('person.set-roles', { operator: ['membership-officer'], contact: ['admin'], byProvider: false }),
  disablePerson: rule('person.disable', { operator: ['membership-officer'], contact: ['admin'], scope: 'people:write' }),
  listRoleChanges: rule('role-change.list', { operator: ['membership-officer', 'auditor'], scope: 'people:read' }),
  approveRoleChange: rule('role-change.approve', { operator: ['membership-officer'] }),
  closeRoleChange: rule('role-change.close', { operator: ['membership-officer'] }),
  listRecoveries: rule('recovery.list', { operator: ['membership-officer', 'auditor'], scope: 'people:read' }),
  openRecovery: rule('recovery.open', { operator: ['membership-officer'] }),
  approveRecovery: rule('recovery.approve', { operator: ['membership-officer'] }),
  closeRecovery: rule('recovery.close', { operator: ['membership-officer'] }),
  listProviders: rule('identity-provider.list', { operator: ['membership-officer', 'auditor'], contact: ['admin'], scope: 'people:read' }),
  proposeProvider: rule('identity-provider.propose', { contact: ['admin'], byProvider: false }),
  testProvider: rule('identity-provider.test', { contact: ['admin'] }),
  confirmProvider: rule('identity-provider.confirm', { operator: ['membership-officer'], contact: ['admin'], byProvider: false }),
  endProvider: rule('identity-provider.end', { operator: ['membership-officer'], contact: ['admin'], scope: 'people:write' }),
  listIdentities: rule('identity.list', { contact: 'any', scope: 'account:read', beforePasskey: true }),
  connectIdentity: rule('identity.connect', { contact: 'any', beforePasskey: true, byProvider: false }),
  disconnectIdentity: rule('identity.disconnect', { contact: 'any' }),
  readDirectory: rule('scim.read', { contact: ['admin'], scope: 'scim:read' }),
  writeDirectory: rule('scim.write', { contact: ['admin'], scope: 'scim:write' }),
}
