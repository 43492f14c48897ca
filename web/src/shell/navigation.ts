import type { SessionView } from '../session/session.ts'
import { permitted, type Verb } from '../session/may.ts'
import type { IconName } from '../ui/icon.tsx'

interface Place {
  readonly to:
    | '/'
    | '/guide'
    | '/inbox'
    | '/account'
    | '/packages'
    | '/releases'
    | '/calendar-rules'
    | '/embargo'
    | '/members'
    | '/applications'
    | '/criteria'
    | '/agreements'
    | '/contacts'
    | '/public-pages'
    | '/organisation'
    | '/agreement'
    | '/renewals'
    | '/listing'
    | '/indicators'
    | '/gaps'
    | '/search'
    | '/look-up'
    | '/scanner'
    | '/yara-sets'
    | '/machines'
    | '/zero-day-candidates'
    | '/people'
    | '/sign-in-settings'
    | '/outbox'
    | '/webhooks'
    | '/remotes'
    | '/collections'
    | '/log'
  readonly label: string
  readonly icon: IconName
  /** Verb without which the place is not offered; undefined: everybody's. */
  readonly verb: Verb | undefined
  /** Only where the demonstration is loaded. */
  readonly demonstration?: true
  /** Only for one side, where the verb is both sides'. */
  readonly side?: 'operator' | 'contact'
}

/** Places that belong together; the first has no name. */
interface Group {
  readonly name: string | undefined
  readonly places: readonly Place[]
}

const GROUPS: readonly Group[] = [
  {
    name: undefined,
    places: [
      { to: '/', label: 'Home', icon: 'home', verb: undefined },
      { to: '/guide', label: 'Guide', icon: 'guide', verb: undefined, demonstration: true },
      { to: '/inbox', label: 'Inbox', icon: 'inbox', verb: undefined },
    ],
  },
  {
    name: 'Program',
    places: [
      { to: '/packages', label: 'Packages', icon: 'package', verb: 'package.list' },
      { to: '/releases', label: 'Releases', icon: 'calendar', verb: 'release.list' },
      { to: '/calendar-rules', label: 'Calendar rules', icon: 'clock', verb: 'programme-rules.read' },
      { to: '/embargo', label: 'Embargo', icon: 'warning', verb: 'embargo-end.list' },
      { to: '/zero-day-candidates', label: 'Zero-day candidates', icon: 'eye', verb: 'zero-day-candidate.list' },
    ],
  },
  {
    name: 'Membership',
    places: [
      { to: '/members', label: 'Members', icon: 'shield', verb: 'organisation.list' },
      { to: '/applications', label: 'Applications', icon: 'flag', verb: 'application.list' },
      { to: '/criteria', label: 'Criteria', icon: 'check', verb: 'criteria.read' },
      { to: '/agreements', label: 'Agreements', icon: 'signature', verb: 'agreement.list-members' },
      { to: '/contacts', label: 'Contacts', icon: 'people', verb: 'contact.list' },
      { to: '/public-pages', label: 'Public pages', icon: 'eye', verb: 'public-text.list' },
      { to: '/organisation', label: 'Our organisation', icon: 'shield', verb: 'standing.read-own' },
      { to: '/agreement', label: 'Agreement', icon: 'signature', verb: 'agreement.list', side: 'contact' },
      { to: '/renewals', label: 'Renewals', icon: 'clock', verb: 'renewal.list' },
      { to: '/listing', label: 'Public listing', icon: 'eye', verb: 'listing.read-own' },
    ],
  },
  {
    name: 'Exchange',
    places: [
      { to: '/search', label: 'Search', icon: 'search', verb: 'object.search' },
      { to: '/look-up', label: 'Look up many', icon: 'list', verb: 'object.search' },
      { to: '/indicators', label: 'Indicators', icon: 'target', verb: 'indicator.list' },
      { to: '/collections', label: 'Collections', icon: 'members', verb: 'collection.list' },
      { to: '/gaps', label: 'Gaps', icon: 'gap', verb: 'gap.list' },
      { to: '/remotes', label: 'Remote servers', icon: 'download', verb: 'remote.list' },
    ],
  },
  {
    name: 'Scanner',
    places: [
      { to: '/scanner', label: 'Scanner', icon: 'scan', verb: 'submission.list' },
      { to: '/yara-sets', label: 'YARA sets', icon: 'target', verb: 'yara-set.list' },
      { to: '/machines', label: 'Machines', icon: 'program', verb: 'machine.list' },
    ],
  },
  {
    name: 'Administration',
    places: [
      { to: '/people', label: 'People', icon: 'people', verb: 'person.list' },
      { to: '/sign-in-settings', label: 'Sign-in', icon: 'key', verb: 'identity-provider.list' },
      { to: '/outbox', label: 'Outgoing mail', icon: 'mail', verb: 'outgoing-mail.list' },
      { to: '/webhooks', label: 'Webhooks', icon: 'upload', verb: 'webhook.list' },
      { to: '/log', label: 'Audit log', icon: 'log', verb: 'log.read' },
      { to: '/account', label: 'Account', icon: 'account', verb: undefined },
    ],
  },
]

/** The places of the console that this person can use; a group without one is left out. */
export function placesFor(session: SessionView): readonly Group[] {
  const groups = GROUPS.map(({ name, places }) => ({ name, places: places.filter((place) => isOffered(place, session)) }))
  return groups.filter(({ places }) => places.length > 0)
}

function isOffered({ verb, demonstration, side }: Place, session: SessionView): boolean {
  if (demonstration && session.edition !== 'demo') return false
  return (side === undefined || side === session.kind) && (verb === undefined || permitted(session, verb))
}
