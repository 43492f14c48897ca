import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { endedAtOf, type EmbargoEnd } from '#program/embargo/ended-at.ts'
import { mayRead, opensAt, type ReadableVersion, type Reader } from '#program/embargo/may-read.ts'
import type { Standing } from '#program/packages/contact-reader.ts'
import { openSummary, type ContentSummary } from '#program/packages/content-summary.ts'
import type { Part } from '#program/packages/contract.ts'
import type { StoredVersion, VersionForContact } from '#program/packages/store.ts'
import { toRelease, type ReleaseColumns } from '#program/releases/store.ts'

/** A version that somebody may know of, with its summary and what the predicate answers about its parts at one instant. */
export interface KnownVersion {
  readonly row: StoredVersion
  readonly summary: ContentSummary
  readonly reader: Reader
  readonly facts: ReadableVersion
  readonly now: Date
  /** Null for the operator's own people. */
  readonly contact: { readonly openedAt: Date | null; readonly receivedAt: Date | null; readonly receivedParts: ReadonlySet<Part> } | null
  mayRead(part: Part): boolean
}

/** A version of the operator's own; undefined when the roles may not know of it. */
export function knownToStaff(app: App, actor: OperatorActor, row: StoredVersion, now: Date): KnownVersion | undefined {
  const reader: Reader = { kind: 'operator', operator: actor.operator, roles: actor.roles }
  return known(app, row, { reader, ends: [] }, now, () => null)
}

/** A version that SQL found openable; undefined when it is not open to the contact. */
export function knownToContact(app: Pick<App, 'keys'>, standings: readonly Standing[], row: VersionForContact, now: Date): KnownVersion | undefined {
  const standing = standings.find(({ operator }) => operator === row.operator_id)
  if (!standing) return undefined
  const reader = standing.readerOf({ package: row.package_id, version: row.version, covered: row.covered, held: row.held })
  const found = known(app, row, { reader, ends: standing.ends }, now, (facts) => {
    const opens = opensAt(reader, facts, 'existence', now)
    return { openedAt: opens === undefined ? null : new Date(opens), receivedAt: row.received_at, receivedParts: new Set(row.received_parts) }
  })
  return found && { ...found, mayRead: asKept(row, found.mayRead) }
}

/**
 * Of a version in whose place another is, holders keep what they were given, and nothing more opens: its windows and its release are
 * those of a version that may have left its cycle since.
 */
export function asKept({ state, held_parts: kept }: VersionForContact, mayReadPart: KnownVersion['mayRead']): KnownVersion['mayRead'] {
  if (state !== 'superseded') return mayReadPart
  return (part) => (part === 'existence' || kept.includes(part)) && mayReadPart(part)
}

/** Asks the predicate before anything is unsealed: that a version exists does not depend on what it says. */
function known(
  app: Pick<App, 'keys'>,
  row: StoredVersion,
  { reader, ends }: { reader: Reader; ends: readonly EmbargoEnd[] },
  now: Date,
  contactOf: (facts: ReadableVersion) => KnownVersion['contact'],
): KnownVersion | undefined {
  const stated = factsOf(row, UNSEEN, ends)
  if (!mayRead(reader, stated, 'existence', now).read) return undefined
  const summary = openSummary(app, { package: row.package_id, version: row.version }, row.content_hash, row.summary)
  const facts = factsOf(row, summary, ends)
  return { row, summary, reader, facts, now, contact: contactOf(facts), mayRead: (part) => mayRead(reader, facts, part, now).read }
}

/** What a version says of itself while its summary is sealed: the stricter answer to each question. */
export const UNSEEN: Pick<ContentSummary, 'validateParts' | 'finderAgrees'> = { validateParts: [], finderAgrees: false }

/** What the predicate needs of a version. */
export function factsOf(
  row: StoredVersion,
  { validateParts, finderAgrees }: Pick<ContentSummary, 'validateParts' | 'finderAgrees'>,
  ends: readonly EmbargoEnd[],
): ReadableVersion {
  return {
    package: row.package_id,
    version: row.version,
    operator: row.operator_id,
    state: row.state,
    contentHash: row.content_hash.toString('hex'),
    approvedHash: row.approved_hash?.toString('hex'),
    release: releaseOf(row),
    scheduledAt: row.scheduled_at ?? undefined,
    supersededAt: row.state === 'superseded' ? (row.superseded_at ?? undefined) : undefined,
    endedAt: endedAtOf(row, ends),
    validateParts,
    finderAgrees,
  }
}

/** The release that a version is on, with its windows as they were frozen. */
export function releaseOf(row: StoredVersion) {
  return row.release_id === null ? undefined : toRelease(row as ReleaseColumns)
}
