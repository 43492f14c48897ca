import type { SessionView } from '../session/session.ts'
import { permitted, type Verb } from '../session/may.ts'
import type { IconName } from '../ui/icon.tsx'

interface Place {
  readonly to:
    | '/applications'
    | '/criteria'
    | '/renewals'
    | '/'
    | '/guide'
    | '/inbox'
    | '/packages'
    | '/releases'
    | '/indicators'
    | '/gaps'
    | '/scanner'
    | '/people'
    | '/contacts'
    | '/organisation'
    | '/members'
    | '/standing'
    | '/sign-in-settings'
    | '/agreement'
    | '/agreements'
    | '/listing'
    | '/public-pages'
    | '/outbox'
    | '/log'
    | '/account'
  readonly label: string
  readonly icon: IconName
  /** Verb without which the place is not offered; undefined: everybody's. */
  readonly verb: Verb | undefined
  /** Only where the demonstration is loaded. */
  readonly demonstration?: true
  /** Only for one side, where the verb is both sides'. */
  readonly side?: 'operator' | 'contact'
}

const PLACES: readonly Place[] = [
  { to: '/', label: 'Home', icon: 'home', verb: undefined },
  { to: '/guide', label: 'Guide', icon: 'guide', verb: undefined, demonstration: true },
  { to: '/inbox', label: 'Inbox', icon: 'inbox', verb: undefined },
  { to: '/packages', label: 'Packages', icon: 'package', verb: 'package.list' },
  { to: '/releases', label: 'Releases', icon: 'calendar', verb: 'release.list' },
  { to: '/indicators', label: 'Indicators', icon: 'target', verb: 'indicator.list' },
  { to: '/gaps', label: 'Gaps', icon: 'gap', verb: 'gap.list' },
  { to: '/scanner', label: 'Scanner', icon: 'scan', verb: 'submission.list' },
  { to: '/agreement', label: 'Agreement', icon: 'signature', verb: 'agreement.list', side: 'contact' },
  { to: '/agreements', label: 'Agreements', icon: 'signature', verb: 'agreement.list-members' },
  { to: '/listing', label: 'Public listing', icon: 'eye', verb: 'listing.read-own' },
  { to: '/public-pages', label: 'Public pages', icon: 'eye', verb: 'public-text.list' },
  { to: '/people', label: 'People', icon: 'people', verb: 'person.list' },
  { to: '/contacts', label: 'Contacts', icon: 'key', verb: 'contact.list' },
  { to: '/organisation', label: 'Our organisation', icon: 'flag', verb: 'contact-key.list' },
  { to: '/sign-in-settings', label: 'Sign-in', icon: 'shield', verb: 'identity-provider.list' },
  { to: '/applications', label: 'Applications', icon: 'flag', verb: 'application.list' },
  { to: '/criteria', label: 'Criteria', icon: 'check', verb: 'criteria.read' },
  { to: '/renewals', label: 'Renewals', icon: 'clock', verb: 'renewal.list' },
  { to: '/outbox', label: 'Outgoing mail', icon: 'mail', verb: 'outgoing-mail.list' },
  { to: '/log', label: 'Audit log', icon: 'log', verb: 'log.read' },
  { to: '/account', label: 'Account', icon: 'account', verb: undefined },
]

/** The places of the console that this person can use. */
export function placesFor(session: SessionView): readonly Place[] {
  return PLACES.filter(
    ({ verb, demonstration, side = session.kind }) =>
      (verb === undefined || permitted(session, verb)) && (!demonstration || session.edition === 'demo') && side === session.kind,
  )
}
