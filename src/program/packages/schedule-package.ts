import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { changeVersion, type Step, type StepInput } from '#program/packages/change-version.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageView } from '#program/packages/contract.ts'
import { requireSiblingsAssessed } from '#program/embargo/relate-packages.ts'
import { holdsRole } from '#platform/auth/holds-role.ts'
import { decide, schedule, scheduleRevision, type Approved, type Released, type Schedule, type Scheduled } from '#program/packages/package.ts'
import type { StoredVersion } from '#program/packages/store.ts'
import { findDeferral } from '#program/packages/decisions/sealed.ts'
import { emitReleased } from '#program/packages/released/emit-released.ts'
import { findRevised, takePlace } from '#program/packages/revisions/take-place.ts'
import { asApproved, asDeferred, asPresent, type LoadedVersion } from '#program/packages/version-states.ts'
import { listReleasePackages } from '#program/releases/release-package-store.ts'
import { findCycle, lockHead } from '#program/releases/moves/cycle-store.ts'
import { openMoveReason } from '#program/releases/moves/sealed-reason.ts'
import { findMove } from '#program/releases/moves/store.ts'
import { openReason } from '#program/releases/reason.ts'
import { lockCalendar, ruleHistory } from '#program/releases/rules/rules-store.ts'
import { freezeRelease, lockRelease, releaseRow, toRelease, type ReleaseId } from '#program/releases/store.ts'
import { releaseKey, upcomingReleases } from '#program/releases/upcoming.ts'

/** A release that a package can be put on, and how its instants were decided. */
interface Target {
  readonly id: ReleaseId
  readonly plan: Schedule
  readonly binds: readonly Binding[]
}

/**
 * Puts an approved or deferred version on a release: from then on its windows open by themselves. A revision goes on the release of
 * the version that it revises, whatever its instant, and takes that one's place; `key` is then needed only where that one was
 * deferred. Throws NOT_FOUND, CONFLICT when it is neither approved nor deferred, the release has passed or was decided for other
 * content, the version that it revises was pulled or withdrawn, or somebody on whose word it rests has lost the right to it,
 * VALIDATION_FAILED for a key that no release has, and SECOND_PERSON_NEEDED for who approved the version, for an out-of-band release
 * that no second publisher confirmed, and for vulnerabilities that leave the package without a decision of two.
 */
export function schedulePackage(app: App, actor: OperatorActor, id: PackageId, key: string | undefined): Promise<z.input<typeof PackageView>> {
  return changeVersion(app, actor, id, async (input) => {
    const { tx, row, content, key: version } = input
    const approved = row.state === 'deferred' ? asDeferred({ row, content }, await findDeferral(app, tx, version)) : asApproved({ row, content })
    // That two people decided the instants of an out-of-band release says nothing of the package: this step still takes another one.
    if (approved.approval.by === actor.person) throw new Problem('SECOND_PERSON_NEEDED', 'Another person than the one who approved it has to schedule it.')
    if (!(await holdsRole(tx, approved.approval.by, 'reviewer')))
      throw new Problem('CONFLICT', 'Who approved this version is no reviewer any more: return it to its authors, and let another reviewer approve it.')
    const earlier = approved.state === 'approved' ? await findRevised(app, tx, row) : undefined
    if (approved.state === 'approved' && earlier && earlier.row.state !== 'deferred') return followEarlier(app, input, { actor, approved, earlier, key })
    const target = await findTarget(app, tx, actor, { key, at: input.at, row })
    await requireSiblingsAssessed(tx, actor, id, target.plan.release.instant)
    const scheduled = schedule(approved, target.plan)
    const own = stepOf(scheduled, target.id, actor, target.binds)
    if (approved.state === 'deferred' || !earlier) return own
    return withBoth(own, await takePlace(app, input, { actor, newer: scheduled, earlier }))
  })
}

interface Wanted {
  readonly key: string | undefined
  readonly at: Date
  readonly row: StoredVersion
}

interface Revising {
  readonly actor: OperatorActor
  readonly approved: Approved
  readonly earlier: LoadedVersion
  readonly key: string | undefined
}

/** A revision goes where the version is that it revises: which release that is was decided when that one was scheduled. */
async function followEarlier(app: App, input: StepInput, { actor, approved, earlier, key }: Revising): Promise<Step> {
  const { tx, at } = input
  const present = asPresent(earlier, at)
  const { release_id: release } = earlier.row
  if (!release || (key !== undefined && key !== release && key !== releaseKey(present.release))) throw otherRelease()
  const newer = scheduleRevision(approved, present, { by: actor.person, at })
  if (newer.state === 'released') await emitReleased(app, tx, { package: newer.package, version: newer.version, release }, newer.operator)
  return withBoth(stepOf(newer, release, actor, []), await takePlace(app, input, { actor, newer, earlier }))
}

function stepOf({ state, scheduledAt }: Scheduled | Released, release: ReleaseId, { person }: OperatorActor, binds: readonly Binding[]): Step {
  const change = { state, release_id: release, scheduled_by: person, scheduled_at: scheduledAt }
  return { action: state === 'released' ? 'package.released' : 'package.scheduled', change, binds, details: { release } }
}

function withBoth(own: Step, other: Pick<Step, 'also' | 'binds' | 'details'>): Step {
  return { ...own, ...other, binds: [...(own.binds ?? []), ...(other.binds ?? [])], details: { ...own.details, ...other.details } }
}

async function findTarget(app: App, tx: Tx, actor: OperatorActor, { key, at, row: version }: Wanted): Promise<Target> {
  if (key === undefined) throw unknownRelease()
  await lockCalendar(tx, actor.operator, 'schedules')
  const planned = upcomingReleases(at, await ruleHistory(tx, actor.operator)).find((release) => releaseKey(release) === key)
  const frozen = planned && (await freezeRelease(tx, { id: app.ids.next<'release'>(), operator: actor.operator, release: planned, at }))
  const moved = await findMoved(app, tx, actor, { key, at, row: version })
  if (moved) return moved
  if (frozen) return { id: frozen.id, plan: { release: toRelease(frozen), by: actor.person, at }, binds: [releaseRow({ id: frozen.id })] }
  const row = UUID.test(key) ? await lockRelease(tx, actor.operator, key) : undefined
  if (!row?.proposed_by || !row.reason) throw unknownRelease()
  if (!row.confirmed_by) throw new Problem('SECOND_PERSON_NEEDED', 'Another publisher has to confirm this release first.')
  await requireDecided(tx, row.id, version)
  await requireInOffice(tx, [row.proposed_by, row.confirmed_by])
  const decision = decide({ proposedBy: row.proposed_by, confirmedBy: row.confirmed_by, reason: openReason(app, row.id, row.reason), at })
  return { id: row.id, plan: { release: toRelease(row), decision, at }, binds: [releaseRow({ id: row.id })] }
}

/** What a release is now that was moved, which nobody moves further meanwhile: two people decided its instants, whatever it was before. */
async function findMoved(
  app: App,
  tx: Tx,
  { operator }: OperatorActor,
  { key, at, row: version }: Wanted & { readonly key: string },
): Promise<Target | undefined> {
  const cycle = UUID.test(key) || !Number.isNaN(Date.parse(key)) ? await findCycle(tx, operator, key) : undefined
  const head = cycle && (await lockHead(tx, operator, cycle))
  if (!head || head.id === cycle || !head.move_id) return undefined
  const { id, proposed_by: proposedBy, confirmed_by: confirmedBy, reason } = (await findMove(tx, operator, head.move_id))!
  if (UUID.test(key)) {
    await requireDecided(tx, cycle, version)
    await requireInOffice(tx, [proposedBy, confirmedBy!])
  }
  const decision = decide({ proposedBy, confirmedBy: confirmedBy!, reason: openMoveReason(app, id, reason), at })
  return { id: head.id, plan: { release: toRelease(head), decision, at }, binds: [releaseRow({ id: head.id })] }
}

async function requireInOffice(tx: Tx, publishers: readonly PersonId[]): Promise<void> {
  for (const publisher of publishers)
    if (!(await holdsRole(tx, publisher, 'publisher')))
      throw new Problem('CONFLICT', 'Who proposed or confirmed this release is no publisher any more: propose another, and let another publisher confirm it.')
}

/** Two people decided instants for certain contents: no third one puts another under the same decision. */
async function requireDecided(tx: Tx, release: ReleaseId, { package_id: id, version, content_hash: hash }: StoredVersion): Promise<void> {
  const named = await listReleasePackages(tx, [release])
  if (named.some((one) => one.package_id === id && one.version === version && one.content_hash.equals(hash))) return
  throw new Problem('CONFLICT', 'This release was decided for other packages or other content: propose one for what was approved here.')
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function unknownRelease(): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/release', message: 'the key of a release that GET /api/releases lists' }] })
}

function otherRelease(): Problem {
  return new Problem('VALIDATION_FAILED', undefined, {
    fields: [{ field: '/body/release', message: 'the release of the version that this revises, or nothing: a revision goes with it' }],
  })
}
