import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { changeVersion } from '#program/packages/change-version.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageView } from '#program/packages/contract.ts'
import { requireSiblingsAssessed } from '#program/embargo/relate-packages.ts'
import { holdsRole } from '#program/holds-role.ts'
import { decide, schedule, type Schedule } from '#program/packages/package.ts'
import type { StoredVersion } from '#program/packages/store.ts'
import { asApproved } from '#program/packages/version-states.ts'
import { listReleasePackages } from '#program/releases/release-package-store.ts'
import { openReason } from '#program/releases/reason.ts'
import { freezeRelease, lockRelease, releaseRow, toRelease, type ReleaseId } from '#program/releases/store.ts'
import { releaseKey, upcomingReleases } from '#program/releases/upcoming.ts'

/** A release that a package can be put on, and how its instants were decided. */
interface Target {
  readonly id: ReleaseId
  readonly plan: Schedule
  readonly binds: readonly Binding[]
}

/**
 * Puts an approved version on a release: from then on its windows open by themselves. Throws NOT_FOUND, CONFLICT when it is not
 * approved, the release has passed or was decided for other content, or somebody on whose word it rests has lost the right to it,
 * VALIDATION_FAILED for a key that no release has, and SECOND_PERSON_NEEDED for who approved the version, and for an out-of-band
 * release that no second publisher confirmed.
 */
export function schedulePackage(app: App, actor: OperatorActor, id: PackageId, key: string): Promise<z.input<typeof PackageView>> {
  return changeVersion(app, actor, id, async ({ tx, row, content, at }) => {
    const approved = asApproved({ row, content })
    // That two people decided the instants of an out-of-band release says nothing of the package: this step still takes another one.
    if (approved.approval.by === actor.person) throw new Problem('SECOND_PERSON_NEEDED', 'Another person than the one who approved it has to schedule it.')
    if (!(await holdsRole(tx, approved.approval.by, 'reviewer')))
      throw new Problem('CONFLICT', 'Who approved this version is no reviewer any more: return it to its authors, and let another reviewer approve it.')
    const { id: releaseId, plan, binds } = await findTarget(app, tx, actor, { key, at, row })
    await requireSiblingsAssessed(tx, actor, id, plan.release.instant)
    const { state, scheduledAt } = schedule(approved, plan)
    const change = { state, release_id: releaseId, scheduled_by: actor.person, scheduled_at: scheduledAt }
    return { action: 'package.scheduled', change, binds, details: { release: releaseId } }
  })
}

async function findTarget(app: App, tx: Tx, actor: OperatorActor, { key, at, row: version }: { key: string; at: Date; row: StoredVersion }): Promise<Target> {
  const planned = upcomingReleases(at).find((release) => releaseKey(release) === key)
  if (planned) {
    const row = await freezeRelease(tx, { id: app.ids.next<'release'>(), operator: actor.operator, release: planned, at })
    return { id: row.id, plan: { release: toRelease(row), by: actor.person, at }, binds: [releaseRow({ id: row.id })] }
  }
  const row = UUID.test(key) ? await lockRelease(tx, actor.operator, key) : undefined
  if (!row?.proposed_by || !row.reason) throw unknownRelease()
  if (!row.confirmed_by) throw new Problem('SECOND_PERSON_NEEDED', 'Another publisher has to confirm this release first.')
  await requireDecided(tx, row.id, version)
  for (const publisher of [row.proposed_by, row.confirmed_by])
    if (!(await holdsRole(tx, publisher, 'publisher')))
      throw new Problem('CONFLICT', 'Who proposed or confirmed this release is no publisher any more: propose another, and let another publisher confirm it.')
  const decision = decide({ proposedBy: row.proposed_by, confirmedBy: row.confirmed_by, reason: openReason(app, row.id, row.reason), at })
  return { id: row.id, plan: { release: toRelease(row), decision, at }, binds: [releaseRow({ id: row.id })] }
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
