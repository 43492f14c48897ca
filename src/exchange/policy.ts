import { rule } from '#platform/auth/rule.ts'

/** Who may do what in the exchange; which collections and objects they see is decided by the rights stored for their organisation and by each object's marking. */
export const may = {
  readCollections: rule('collection.list', { operator: ['analyst', 'membership-officer', 'auditor'], contact: 'any', scope: 'taxii:read' }),
  readObjects: rule('object.list', { operator: ['analyst', 'auditor'], contact: 'any', scope: 'taxii:read' }),
  addObjects: rule('object.add', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'taxii:write' }),
  deleteObjects: rule('object.delete', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'taxii:write' }),
  readStatus: rule('object.read-status', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'taxii:write' }),
  listIndicators: rule('indicator.list', { operator: ['analyst', 'auditor'], contact: 'any', scope: 'exchange:read' }),
  reportSightings: rule('sighting.report', { contact: ['admin', 'analyst'], scope: 'exchange:write' }),
  listSightings: rule('sighting.list', { operator: ['analyst', 'auditor'], contact: 'any', scope: 'exchange:read' }),
  keepCollections: rule('collection.keep', { operator: ['membership-officer'] }),
  listAccess: rule('access.list', { operator: ['membership-officer', 'auditor'] }),
  changeAccess: rule('access.change', { operator: ['membership-officer'] }),
  listGroups: rule('sharing-group.list', { operator: ['analyst', 'membership-officer', 'auditor'], contact: 'any', scope: 'exchange:read' }),
  chooseNamed: rule('sharing-group.choose-named', { contact: ['admin'] }),
  searchObjects: rule('object.search', { operator: ['analyst', 'auditor'], contact: 'any', scope: 'exchange:read' }),
  listGaps: rule('gap.list', { contact: 'any', scope: 'exchange:read' }),
  // To set one shows nobody anything earlier; to end one takes a second person in a session.
  listEmbargoes: rule('object-embargo.list', { operator: ['analyst', 'publisher', 'auditor'], scope: 'exchange:read' }),
  setEmbargoes: rule('object-embargo.set', { operator: ['analyst', 'publisher'], scope: 'exchange:write' }),
  approveEmbargoes: rule('object-embargo.approve', { operator: ['analyst', 'publisher'] }),
  // Credentials of another's server and lasting ways in and out: a person in a session, and to pass anything on a second one.
  listRemotes: rule('remote.list', { operator: ['analyst', 'publisher', 'auditor'], scope: 'exchange:read' }),
  setUpRemotes: rule('remote.set-up', { operator: ['analyst'] }),
  confirmPushes: rule('remote.confirm-push', { operator: ['analyst', 'publisher'] }),
  runRemotes: rule('remote.run', { operator: ['analyst'], scope: 'exchange:write' }),
  endRemotes: rule('remote.end', { operator: ['analyst', 'publisher'] }),
}
