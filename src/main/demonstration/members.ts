import { EVERY_PRODUCT } from '#program/membership/entitlement-store.ts'
import { NO_CEILING } from '#program/embargo/may-read.ts'
import type { Role } from '#platform/auth/person.ts'
import type { Tier } from '#program/membership/contract.ts'

export const OPERATOR = 'Response centre of psirt.example'

/** What members of the demonstration have accepted. */
export const AGREEMENT = `# Agreement on advance information

Between the response centre and a member of its programme.

1. The member uses what it is given **to protect its customers**, and for nothing else.
2. It publishes nothing of it before the release.
3. It passes it to nobody else, and tells its own people only what they need to know.
`

/** A member organisation with its one contact. */
interface DemonstrationMember {
  readonly organisation: string
  readonly domain: string
  readonly kind: 'vendor' | 'responder'
  readonly tier: Tier
  /** How the printed links and demo.json call the contact. */
  readonly role: string
}

const vendor = (organisation: string, domain: string, tier: Tier, role: string): DemonstrationMember => ({ organisation, domain, kind: 'vendor', tier, role })
const responder = (organisation: string, domain: string, role: string): DemonstrationMember => ({
  organisation,
  domain,
  kind: 'responder',
  tier: 'responder',
  role,
})

/** Two vendors of each tier, and six responders. */
export const MEMBERS: readonly DemonstrationMember[] = [
  vendor('Endpoint vendor', 'endpoint.example', 'advance', 'vendor analyst'),
  vendor('Mail gateway vendor', 'mail.example', 'advance', 'vendor analyst, advance tier 2'),
  vendor('Network vendor', 'network.example', 'entry', 'vendor analyst, entry tier'),
  vendor('Firewall vendor', 'firewall.example', 'entry', 'vendor analyst, entry tier 2'),
  vendor('Validation partner', 'validate.example', 'validate', 'vendor analyst, validate tier'),
  vendor('Detection vendor', 'detection.example', 'validate', 'vendor analyst, validate tier 2'),
  responder('National CERT', 'cert.example', 'responder'),
  responder('Hospital incident response', 'hospital.example', 'responder 2'),
  responder('Bank incident response', 'bank.example', 'responder 3'),
  responder('Energy incident response', 'energy.example', 'responder 4'),
  responder('University incident response', 'university.example', 'responder 5'),
  responder('Ministry incident response', 'ministry.example', 'responder 6'),
]

/** A person of the demonstration; `member` is the index of their organisation, without it they are the operator's own. */
interface DemonstrationPerson {
  readonly role: string
  readonly name: string
  readonly email: string
  readonly roles: readonly Role[]
  readonly member?: number
}

const contactOf = ({ domain, kind, role }: DemonstrationMember, member: number): DemonstrationPerson => {
  const name = role.charAt(0).toUpperCase() + role.slice(1)
  return { role, name, email: `${kind === 'vendor' ? 'analyst' : 'responder'}@${domain}`, roles: ['admin', 'analyst'], member }
}

export const PEOPLE: readonly DemonstrationPerson[] = [
  {
    role: 'operator author',
    name: 'Operator author',
    email: 'author@psirt.example',
    roles: ['author', 'publisher', 'analyst', 'membership-officer'],
  },
  {
    role: 'operator approver',
    name: 'Operator approver',
    email: 'approver@psirt.example',
    roles: ['reviewer', 'publisher', 'membership-officer', 'tracer', 'auditor'],
  },
  ...MEMBERS.map(contactOf),
]

/** What every vendor's contact of the demonstration may know: everything, proofs of concept included. */
export const CLEARANCE = { products: [EVERY_PRODUCT], proofOfConcept: true, jurisdiction: NO_CEILING.policy } as const

/** For how long a key of a contact of the demonstration is good. */
export const KEY_DAYS = 365

export const COLLECTIONS = [
  { title: 'Community indicators', description: 'Indicators that members and responders share with one another.', canWrite: true, purpose: undefined },
  {
    title: 'Scanner findings',
    description: 'What the scanner found in submitted documents, as indicators.',
    canWrite: false,
    purpose: 'scanner-findings',
  },
] as const
