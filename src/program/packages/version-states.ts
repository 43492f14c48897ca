import { Problem } from '#platform/errors.ts'
import type { PackageContent } from '#program/packages/contract.ts'
import type { Approved, Draft, InReview, Scheduled } from '#program/packages/package.ts'
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
  const { state, approved_hash: hash, approved_by: by, approved_at: at } = version.row
  if (state !== 'approved' || !hash || !by || !at) throw new Problem('CONFLICT', 'This version is not approved, or on a release already.')
  return { ...common(version), state, approval: { contentHash: hash.toString('hex'), by, at } }
}

/** Throws CONFLICT when it is in another state. */
export function asScheduled(version: LoadedVersion): Scheduled {
  const {
    state,
    approved_hash: hash,
    approved_by: by,
    approved_at: at,
    release_id: release,
    scheduled_by: scheduledBy,
    scheduled_at: scheduledAt,
  } = version.row
  if (state !== 'scheduled' || !hash || !by || !at || !release || !scheduledBy || !scheduledAt) throw new Problem('CONFLICT', 'This version is not scheduled.')
  const approval = { contentHash: hash.toString('hex'), by, at }
  return { ...common(version), state, approval, release: toRelease(version.row as ReleaseColumns), scheduledBy, scheduledAt }
}

function common({ row, content }: LoadedVersion) {
  return { package: row.package_id, operator: row.operator_id, version: row.version, content, contributors: row.contributors }
}
