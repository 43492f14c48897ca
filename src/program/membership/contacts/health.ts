import type { PersonId } from '#platform/ids.ts'
import type { ContactFunction } from '#program/membership/contacts/store.ts'
import type { FINDING_KINDS } from '#program/membership/contacts/contract.ts'

const DAY_MS = 86_400_000
/** Who has not been there for this long may not know that a cycle begins. */
const LATELY_MS = 60 * DAY_MS
/** How long before the first window of a cycle its members are told. */
const AHEAD_MS = 14 * DAY_MS

/** One cycle: from the first window of any tier to the release. */
export interface Cycle {
  readonly opens: Date
  readonly release: Date
}

/** What is known of one member with one operator. */
export interface MemberFacts {
  readonly contacts: readonly ContactFacts[]
  /** When what the member signed stops entitling: the date by which a newer text, or the first, has to be signed; null when nothing is due. */
  readonly agreementUntil: Date | null
  readonly until: Date | null
}

interface ContactFacts {
  readonly id: PersonId
  readonly name: string
  readonly functions: readonly ContactFunction[]
  readonly disabled: boolean
  readonly bouncedAt: Date | null
  readonly lastSeenAt: Date | null
  /** When the last of the keys in force expires; null without one. */
  readonly keyUntil: Date | null
  /** Whether the person is cleared for anything of this operator: who is not needs no key. */
  readonly cleared: boolean
}

export interface Finding {
  readonly kind: (typeof FINDING_KINDS)[number]
  readonly person: { readonly id: PersonId; readonly name: string } | null
  readonly at: Date | null
}

/** The first cycle that has not begun. `releases` are in order. */
export function nextCycle(releases: readonly { readonly instant: Date; readonly windows: Readonly<Record<string, Date>> }[], now: Date): Cycle | undefined {
  const cycles = releases.map(({ instant, windows }) => ({ opens: new Date(Math.min(...Object.values(windows).map(Number))), release: instant }))
  return cycles.find(({ opens }) => opens > now)
}

/** Whether it is time to tell members of what would go wrong in this cycle. */
export function isNear({ opens }: Cycle, now: Date): boolean {
  return opens > now && opens.getTime() - now.getTime() <= AHEAD_MS
}

/** What would keep a member from a cycle, or from hearing of it: each person's matters first, in the order of the contacts. Pure. */
export function healthOf({ contacts, agreementUntil, until }: MemberFacts, cycle: Cycle, now: Date): Finding[] {
  const here = contacts.filter(({ disabled }) => !disabled)
  const findings = here.flatMap((contact) => matters(contact, cycle, now))
  const whole = (kind: Finding['kind'], at: Date | null = null) => findings.push({ kind, person: null, at })
  if (agreementUntil && agreementUntil <= cycle.release) whole('agreement-lapses', agreementUntil)
  if (until && until <= cycle.release) whole('membership-lapses', until)
  if (!here.some(({ functions }) => functions.includes('accountable'))) whole('no-accountable-contact')
  if (here.length <= 1) whole('single-contact')
  return findings
}

function matters({ id, name, bouncedAt, lastSeenAt, keyUntil, cleared }: ContactFacts, { release }: Cycle, now: Date): Finding[] {
  const person = { id, name }
  const found: Finding[] = []
  const add = (kind: Finding['kind'], at: Date | null) => found.push({ kind, person, at })
  if (cleared && keyUntil === null) add('key-missing', null)
  if (cleared && keyUntil && keyUntil <= release) add('key-expires', keyUntil)
  if (bouncedAt) add('address-bounced', bouncedAt)
  if (lastSeenAt === null) add('never-signed-in', null)
  else if (now.getTime() - lastSeenAt.getTime() >= LATELY_MS) add('not-signed-in-lately', lastSeenAt)
  return found
}

/** Names a finding within one cycle: a member is told of each once. */
export function findingKey({ kind, person }: Finding): string {
  return person ? `${kind}/${person.id}` : kind
}
