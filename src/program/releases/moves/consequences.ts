import { createHash } from 'node:crypto'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'
import { mayRead, opensAt, type ContactReader, type ReadableVersion } from '#program/embargo/may-read.ts'
import { WINDOW_TIERS, type WindowTier } from '#program/releases/programme.ts'
import type { Release } from '#program/releases/release.ts'

/** What becomes of an opening: null stands for the moment of the confirmation where it comes at once, and for never. */
export type Effect = 'stays-open' | 'at-once' | 'earlier' | 'later' | 'unchanged' | 'gains' | 'loses'
export type Change = {
  readonly effect: Effect
  /** ISO instants. */
  readonly before: string | null
  readonly after: string | null
}
export type TierChange = Change & { readonly tier: WindowTier }
/** People of one member to whom a version opens at the same instants. */
export type MemberChange = TierChange & { readonly organisation: OrganisationId; readonly people: number }

/** A version that a move concerns, on the release that it is on and on what that becomes. */
export interface MovedVersion {
  readonly facts: ReadableVersion
  readonly from: Release
  readonly to: Release
  readonly holders: readonly { readonly organisation: OrganisationId; readonly person: PersonId }[]
  /** Ids of protections that were reported for its vulnerabilities. */
  readonly protections: readonly string[]
}

/** A contact of a member, who is a reader of each version. */
export interface MovedContact {
  readonly person: PersonId
  readonly organisation: OrganisationId
  readonly tier: string
  readerOf(version: ReadableVersion): ContactReader
}

export interface MoveFacts {
  readonly now: Date
  /** Who is told whatever it changes for them: when a release of the rule moves, all people of the members, since all know the calendar. */
  readonly everybody: readonly { readonly person: PersonId; readonly organisation: OrganisationId }[]
  readonly from: Release
  readonly to: Release
  readonly versions: readonly MovedVersion[]
  readonly contacts: readonly MovedContact[]
}

export type VersionConsequences = {
  readonly package: string
  readonly version: number
  readonly embargo: { readonly before: string; readonly after: string }
  readonly tiers: readonly TierChange[]
  readonly members: readonly MemberChange[]
  readonly holders: readonly { readonly organisation: OrganisationId; readonly person: PersonId }[]
  readonly protections: readonly string[]
}

/** Every consequence of a move, as plain JSON: the same facts give the same text, whenever they are asked. */
export type Consequences = {
  readonly from: { readonly instant: string; readonly zone: string }
  readonly to: { readonly instant: string; readonly zone: string; readonly rule: string; readonly calendar: string | null }
  readonly tiers: readonly TierChange[]
  readonly versions: readonly VersionConsequences[]
  readonly told: { readonly people: number; readonly organisations: number }
}

/** What a move does to whom, and whom it has to be told. Pure: nothing but the facts decides, and the predicate decides who reads. */
export function consequencesOf(facts: MoveFacts): { readonly consequences: Consequences; readonly tell: readonly PersonId[] } {
  const { now, from, to, versions, contacts, everybody } = facts
  const told = new Map(everybody.map(({ person, organisation }) => [person, organisation]))
  const each = versions.map((version) => {
    const changes = contacts.flatMap((contact) => changeFor(contact, version, now))
    for (const { contact, knows } of changes) if (knows) told.set(contact.person, contact.organisation)
    return versionConsequences(version, changes, now)
  })
  const consequences = {
    from: { instant: from.instant.toISOString(), zone: from.zone },
    to: { instant: to.instant.toISOString(), zone: to.zone, rule: to.rule, calendar: to.calendar },
    tiers: tierChanges(from, to, now),
    versions: each.toSorted((one, other) => compare(one.package, other.package) || one.version - other.version),
    told: { people: told.size, organisations: new Set(told.values()).size },
  }
  return { consequences, tell: [...told.keys()] }
}

/** Lower-case hex of the SHA-256 of the canonical JSON: what a confirmation names. */
export function digestOf(consequences: Consequences): string {
  return createHash('sha256').update(canonicalJson(consequences)).digest('hex')
}

interface PersonChange {
  readonly contact: MovedContact
  readonly change: Change
  /** Whether this person may know of the version once the move is confirmed, and something of it changes for them. */
  readonly knows: boolean
}

function changeFor(contact: MovedContact, { facts, from, to }: MovedVersion, now: Date): PersonChange[] {
  const reader = contact.readerOf(facts)
  const [before, after] = [opening(reader, facts, from, now), opening(reader, facts, to, now)]
  if (before === undefined && after === undefined) return []
  const change = changeOf(before, after, now.getTime())
  const moved = change.effect !== 'unchanged' && (change.effect !== 'stays-open' || from.instant.getTime() !== to.instant.getTime())
  return [{ contact, change, knows: moved && after !== undefined && after <= now.getTime() }]
}

/** When a version on a release opens to a reader who may read it then, as things are; undefined for never. */
function opening(reader: ContactReader, version: ReadableVersion, release: Release, now: Date): number | undefined {
  const facts = { ...version, release }
  const opens = opensAt(reader, facts, 'existence', now)
  if (opens === undefined) return undefined
  return mayRead(reader, facts, 'existence', new Date(Math.max(opens, now.getTime()))).read ? opens : undefined
}

function changeOf(before: number | undefined, after: number | undefined, now: number): Change {
  const effect = effectOf(before, after, now)
  return { effect, before: textOf(before), after: effect === 'at-once' ? null : textOf(after) }
}

function effectOf(before: number | undefined, after: number | undefined, now: number): Effect {
  if (after === undefined) return 'loses'
  if (before !== undefined && before <= now) return 'stays-open'
  if (after <= now) return 'at-once'
  if (before === undefined) return 'gains'
  if (after === before) return 'unchanged'
  return after < before ? 'earlier' : 'later'
}

function tierChanges(from: Release, to: Release, now: Date): TierChange[] {
  return WINDOW_TIERS.map((tier) => ({ tier, ...changeOf(from.windows[tier].getTime(), to.windows[tier].getTime(), now.getTime()) }))
}

function versionConsequences({ facts, from, to, holders, protections }: MovedVersion, changes: readonly PersonChange[], now: Date): VersionConsequences {
  const groups = Map.groupBy(changes, ({ contact, change }) => JSON.stringify([contact.organisation, contact.tier, change]))
  const members = [...groups.values()].map((group): MemberChange => {
    const { contact, change } = group[0]!
    return { organisation: contact.organisation, tier: contact.tier as WindowTier, ...change, people: group.length }
  })
  const text = (one: MemberChange) => `${one.organisation} ${one.before} ${one.after}`
  return {
    package: facts.package,
    version: facts.version,
    embargo: { before: from.instant.toISOString(), after: to.instant.toISOString() },
    tiers: tierChanges(from, to, now),
    members: members.toSorted((one, other) => compare(text(one), text(other))),
    holders: holders.toSorted((one, other) => compare(one.person, other.person)),
    protections: protections.toSorted(compare),
  }
}

function textOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
