import { Problem } from '#platform/errors.ts'
import type { PackageContent } from '#program/packages/contract.ts'
import {
  release,
  type Approval,
  type Approved,
  type Decision,
  type Deferred,
  type Draft,
  type InReview,
  type Left,
  type Released,
  type Scheduled,
  type Superseded,
} from '#program/packages/package.ts'
import type { StoredVersion } from '#program/packages/store.ts'
import { toRelease, type ReleaseColumns } from '#program/releases/store.ts'

/** A stored version with what it says. */
export interface LoadedVersion {
  readonly row: StoredVersion
  readonly content: PackageContent
}

/** A version as the state machine takes it. Throws CONFLICT when it is in another state. */
export function asDraft(version: LoadedVersion): Draft {
  if (version.row.state !== 'draft') throw new Problem('CONFLICT', 'This version is no draft any more.')
  return { ...common(version), state: 'draft' }
}

/** Throws CONFLICT when it is in another state. */
export function asInReview(version: LoadedVersion): InReview {
  const { state, submitted_by: submittedBy, submitted_at: submittedAt } = version.row
  if (state !== 'in-review' || !submittedBy || !submittedAt) throw new Problem('CONFLICT', 'This version is not in review.')
  return { ...common(version), state, submittedBy, submittedAt }
}

/** Throws CONFLICT when it is in another state. */
export function asApproved(version: LoadedVersion): Approved {
  const approval = approvalOf(version.row)
  if (version.row.state !== 'approved' || !approval) throw new Problem('CONFLICT', 'This version is not approved, or on a release already.')
  return { ...common(version), state: 'approved', approval }
}

/** On a release, whether its instant is reached or not. Throws CONFLICT when it is in another state. */
export function asScheduled(version: LoadedVersion): Scheduled {
  if (version.row.state !== 'scheduled') throw new Problem('CONFLICT', 'This version is not on a release that is to come.')
  return { ...onRelease(version), state: 'scheduled' }
}

/** Public at `now`, whether anybody wrote that down or not. Throws CONFLICT when it is not. */
export function asReleased(version: LoadedVersion, now: Date): Released {
  if (version.row.state === 'scheduled') return release(asScheduled(version), now)
  if (version.row.state !== 'released') throw new Problem('CONFLICT', 'This version is not released.')
  const common = onRelease(version)
  return { ...common, state: 'released', releasedAt: new Date(Math.max(common.release.instant.getTime(), common.scheduledAt.getTime())) }
}

/** What members read or are to read. Throws CONFLICT when it is in another state. */
export function asPresent(version: LoadedVersion, now: Date): Scheduled | Released {
  return version.row.state === 'released' ? asReleased(version, now) : asScheduled(version)
}

/** `decision` is the one that deferred it. Throws CONFLICT when it is in another state. */
export function asDeferred(version: LoadedVersion, decision: Decision | undefined): Deferred {
  if (version.row.state !== 'deferred' || !decision) throw new Problem('CONFLICT', 'This version is not deferred.')
  return { ...onRelease(version), state: 'deferred', decision }
}

/** `was` is the state that it left. Throws CONFLICT when it is in another state. */
export function asSuperseded(version: LoadedVersion, was: Left): Superseded {
  if (version.row.state !== 'superseded') throw new Problem('CONFLICT', 'No newer version took the place of this one.')
  return { ...onRelease(version), state: 'superseded', was }
}

function common({ row, content }: LoadedVersion) {
  return { package: row.package_id, operator: row.operator_id, version: row.version, content, contributors: row.contributors }
}

function approvalOf({ approved_hash: hash, approved_by: by, approved_at: at }: StoredVersion): Approval | undefined {
  return hash && by && at ? { contentHash: hash.toString('hex'), by, at } : undefined
}

/** The tables ask the same of every row. */
function onRelease(version: LoadedVersion) {
  const { row } = version
  const approval = approvalOf(row)
  const { release_id: release, scheduled_by: scheduledBy, scheduled_at: scheduledAt } = row
  if (!approval || !release || !scheduledBy || !scheduledAt)
    throw new Error(`version ${row.version} of package ${row.package_id} is ${row.state} without a release`)
  return { ...common(version), approval, release: toRelease(row as ReleaseColumns), scheduledBy, scheduledAt }
}
