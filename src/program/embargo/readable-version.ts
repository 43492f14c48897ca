import type { ReadableVersion } from '#program/embargo/may-read.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { finderAgrees } from '#program/packages/content-summary.ts'
import type { PackageVersion } from '#program/packages/package.ts'

/** What the predicate needs of a package version; the hash is computed from the content here, never taken from a column. `endedAt` as in `endedAtOf`. */
export function readableVersion(version: PackageVersion, endedAt?: Date, supersededAt?: Date): ReadableVersion {
  return {
    package: version.package,
    version: version.version,
    operator: version.operator,
    state: version.state,
    contentHash: contentHash(version),
    approvedHash: 'approval' in version ? version.approval.contentHash : undefined,
    release: 'release' in version ? version.release : undefined,
    scheduledAt: 'scheduledAt' in version ? version.scheduledAt : undefined,
    supersededAt,
    endedAt,
    validateParts: version.content.validateParts,
    finderAgrees: finderAgrees(version.content),
  }
}
