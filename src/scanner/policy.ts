import { rule } from '#platform/auth/rule.ts'

/** Who may do what in the scanner. That a submission is seen by its organisation and the operator's analysts only is decided beside it. */
export const may = {
  submit: rule('submission.submit', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'scanner:submit' }),
  listSubmissions: rule('submission.list', { operator: ['analyst'], contact: 'any', scope: 'scanner:read' }),
  readSubmission: rule('submission.read', { operator: ['analyst'], contact: 'any', scope: 'scanner:read' }),
  deleteSubmission: rule('submission.delete', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'scanner:submit' }),
  cancelSubmission: rule('submission.cancel', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'scanner:submit' }),
  readArtefacts: rule('submission.read-artefacts', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'scanner:read' }),
  readMachines: rule('machine.list', { operator: ['analyst', 'auditor'], scope: 'scanner:read' }),
  readEgress: rule('egress.read', { operator: ['analyst', 'auditor'], scope: 'scanner:read' }),
  // Decides what hostile pages reach: a stolen token does not.
  setEgress: rule('egress.set', { operator: ['analyst'] }),
  listYaraSets: rule('yara-set.list', { operator: ['analyst', 'auditor'], contact: 'any', scope: 'scanner:read' }),
  keepYaraSets: rule('yara-set.keep', { operator: ['analyst'], contact: ['admin', 'analyst'], scope: 'scanner:rules' }),
}
