import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { EmbargoEnd } from '#program/embargo/ended-at.ts'
import { findReaders, type MemberReader } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { openSummary, type ContentSummary } from '#program/packages/content-summary.ts'
import { factsOf, releaseOf } from '#program/packages/known-version.ts'
import { listProtectionsFor, type StoredProtection } from '#program/protections/store.ts'
import { consequencesOf, digestOf, type Consequences, type MovedContact, type MovedVersion } from '#program/releases/moves/consequences.ts'
import { findReleases } from '#program/releases/moves/cycle-store.ts'
import { listHolders, listMemberPeople, listMovable, lockMovable, type Holder, type MovableVersion } from '#program/releases/moves/store.ts'
import { refused, type WishedMove } from '#program/releases/moves/wished-move.ts'
import { movedRelease, type Release } from '#program/releases/release.ts'
import { toRelease, type ReleaseId, type StoredRelease } from '#program/releases/store.ts'

/** A version that moves, with the row that says what it is on, and what that becomes. */
export interface PlannedVersion {
  readonly row: MovableVersion
  readonly summary: ContentSummary
  readonly from: Release
  readonly to: Release
  readonly holders: readonly Holder[]
  readonly protections: readonly StoredProtection[]
}

/** A move as it would be done now. */
export interface MovePlan {
  readonly versions: readonly PlannedVersion[]
  /** What each release of the cycle that moves becomes; the head first. */
  readonly releases: ReadonlyMap<ReleaseId, Release>
  readonly consequences: Consequences
  readonly sha256: string
  readonly tell: readonly PersonId[]
  /** Whether these are all people of the members, who are told of the calendar and of nothing else. */
  readonly everybody: boolean
}

/**
 * What a wish would do at `now`, from everything that decides about it. With `hold` nobody changes the versions until the transaction
 * ends. Throws CONFLICT when either instant has passed, and VALIDATION_FAILED for packages that are not scheduled for the release, and
 * for a move to where it is.
 */
export async function planMove(app: App, tx: Tx, operator: OperatorId, wish: WishedMove, now: Date, hold = false): Promise<MovePlan> {
  const { subject, packages } = wish
  const to = movedRelease(subject.release, wish.to, now)
  if (isSame(subject.release, to)) throw refused('/body/to', 'other instants than those that the release has')
  const rows = subject.head ? await (hold ? lockMovable : listMovable)(tx, operator, subject.head.cycle, packages) : []
  requireScheduled(rows, packages)
  const releases = becomes(subject.head, await releasesOf(tx, operator, rows), { to: wish.to, whole: packages === null, now })
  const versions = await loadVersions(app, tx, operator, rows, releases)
  const readers = await tx.asSystem(() => findReaders(app, tx, operator, { now }))
  const contacts = asContacts(readers, versions)
  // The ends of embargoes are the operator's, the same for every contact.
  const ends = readers[0]?.ends ?? []
  const everybody = packages === null && (await isOfRule(tx, operator, subject.head)) ? await listMemberPeople(tx, operator, now) : []
  const { consequences, tell } = consequencesOf({
    now,
    everybody,
    from: subject.release,
    to,
    versions: versions.map((version) => asMoved(version, ends)),
    contacts,
  })
  return { versions, releases, consequences, sha256: digestOf(consequences), tell, everybody: everybody.length > 0 }
}

function isSame(one: Release, other: Release): boolean {
  const instants = ({ instant, windows }: Release) => [instant, windows.validate, windows.advance, windows.entry].map((each) => each.getTime()).join()
  return instants(one) === instants(other) && one.zone === other.zone
}

function requireScheduled(rows: readonly MovableVersion[], packages: readonly PackageId[] | null): void {
  const found = new Set(rows.filter(({ state }) => state === 'scheduled').map(({ package_id: id }) => id))
  const missing = packages?.findIndex((id) => !found.has(id)) ?? -1
  if (missing >= 0) throw refused(`/body/packages/${missing}`, 'a package of yours that is scheduled for this release')
}

/** Whether it is a release of the rule, moved before or not: everybody of the members knows when those are. */
async function isOfRule(tx: Tx, operator: OperatorId, head: StoredRelease | undefined): Promise<boolean> {
  if (!head || head.kind === 'rule') return true
  return (await findReleases(tx, operator, [head.cycle])).get(head.cycle)?.kind === 'rule'
}

function releasesOf(tx: Tx, operator: OperatorId, rows: readonly MovableVersion[]): Promise<Map<ReleaseId, StoredRelease>> {
  return findReleases(tx, operator, [...new Set(rows.map(({ release_id: id }) => id!))])
}

function becomes(
  head: StoredRelease | undefined,
  present: ReadonlyMap<ReleaseId, StoredRelease>,
  { to, whole, now }: { to: Release; whole: boolean; now: Date },
): Map<ReleaseId, Release> {
  const moving = [...(head && whole ? [head] : []), ...[...present.values()].filter(({ id }) => !whole || id !== head?.id)]
  return new Map(moving.map((row) => [row.id, movedRelease(toRelease(row), to, now)]))
}

async function loadVersions(
  app: App,
  tx: Tx,
  operator: OperatorId,
  rows: readonly MovableVersion[],
  releases: ReadonlyMap<ReleaseId, Release>,
): Promise<PlannedVersion[]> {
  const holders = await listHolders(
    tx,
    operator,
    rows.map(({ package_id: id }) => id),
  )
  const opened = rows.map((row) => ({ row, summary: openSummary(app, { package: row.package_id, version: row.version }, row.content_hash, row.summary) }))
  const protections = await listProtectionsFor(tx, operator, [...new Set(opened.flatMap(({ summary }) => summary.cves))])
  return opened.map(({ row, summary }) => {
    const to = releases.get(row.release_id!)
    const from = releaseOf(row)
    if (!from || !to) throw new Problem('CONFLICT', 'This release changed meanwhile; read it again.')
    return {
      row,
      summary,
      from,
      to,
      holders: holders.filter((one) => one.package_id === row.package_id && one.version === row.version),
      protections: protections.filter(({ cves }) => cves.some((cve) => summary.cves.includes(cve))),
    }
  })
}

function asContacts(readers: readonly MemberReader[], versions: readonly PlannedVersion[]): MovedContact[] {
  const tags = new Map(versions.map(({ row }) => [keyOf(row.package_id, row.version), new Set(row.product_tags.map((tag) => tag.toString('hex')))]))
  const held = Map.groupBy(
    versions.flatMap(({ holders }) => holders),
    (holder) => keyOf(holder.package_id, holder.version),
  )
  return readers.map(({ person, organisation, tier, tags: cleared, readerOf }) => ({
    person,
    organisation,
    tier,
    readerOf: ({ package: id, version }) => {
      const products = tags.get(keyOf(id, version))
      const covered = cleared === undefined || cleared.some((tag) => products?.has(tag.toString('hex')))
      const holds = held.get(keyOf(id, version))?.some((holder) => holder.organisation_id === organisation) ?? false
      return readerOf({ package: id, version, covered, held: holds })
    },
  }))
}

function keyOf(id: PackageId, version: number): string {
  return `${id}/${version}`
}

function asMoved({ row, summary, from, to, holders, protections }: PlannedVersion, ends: readonly EmbargoEnd[]): MovedVersion {
  return {
    facts: factsOf(row, summary, ends),
    from,
    to,
    holders: holders.map((one): { organisation: OrganisationId; person: PersonId } => ({ organisation: one.organisation_id, person: one.person_id })),
    protections: protections.map(({ id }) => id),
  }
}
