import { useSession, type SessionView } from './session.ts'

/** Verbs of the platform's policies that the console has a control for. */
export type Verb =
  | 'notice.list'
  | 'person.list'
  | 'person.invite'
  | 'person.set-roles'
  | 'person.disable'
  | 'recovery.open'
  | 'recovery.list'
  | 'recovery.approve'
  | 'recovery.close'
  | 'role-change.list'
  | 'role-change.approve'
  | 'role-change.close'
  | 'log.read'
  | 'log.export'
  | 'clock.propose'
  | 'clock.confirm'
  | 'token.list'
  | 'token.create'
  | 'organisation.list'
  | 'outgoing-mail.list'
  | 'outgoing-mail.retry'
  | 'package.list'
  | 'package.import'
  | 'package.edit'
  | 'package.submit'
  | 'package.return'
  | 'package.approve'
  | 'package.schedule'
  | 'package.receive'
  | 'package.download'
  | 'receipt.list'
  | 'release.list'
  | 'release.propose'
  | 'release.confirm'
  | 'release.withdraw'
  | 'indicator.list'
  | 'sighting.report'
  | 'gap.list'
  | 'protection.report'
  | 'agreement.list'
  | 'agreement.list-members'
  | 'agreement.read-signed'
  | 'agreement.draft'
  | 'agreement.issue'
  | 'agreement.sign'
  | 'agreement.countersign'
  | 'agreement.refuse'
  | 'submission.list'
  | 'submission.read'
  | 'submission.submit'
  | 'submission.delete'

/** Whether the server's policies permit the signed-in person this verb; what they do not, the console does not offer. */
export function permitted(session: SessionView, verb: Verb): boolean {
  return session.may.includes(verb)
}

export function useMay(): (verb: Verb) => boolean {
  const session = useSession()
  return (verb) => permitted(session, verb)
}
