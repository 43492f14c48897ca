import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import { leftAs } from '#program/packages/left-as.ts'
import { findVersion, type StoredVersion } from '#program/packages/store.ts'

/**
 * CVE ids that a revision does not name any more and the version before it does, while that one is not public: nothing ends their
 * embargo when the revision is released (program.md, E18). Sorted.
 */
export async function droppedCves(app: App, tx: Tx, revision: StoredVersion, now: Date): Promise<string[]> {
  const earlier = await findVersion(tx, revision.operator_id, { package: revision.package_id, version: revision.version - 1 })
  if (!earlier || (await wasPublic(tx, earlier, now))) return []
  const named = new Set(cvesOf(app, revision))
  return cvesOf(app, earlier)
    .filter((cve) => !named.has(cve))
    .sort()
}

async function wasPublic(tx: Tx, { package_id: id, version, state, instant }: StoredVersion, now: Date): Promise<boolean> {
  if (state === 'superseded' || state === 'pulled') return (await leftAs(tx, { package: id, version })) === 'released'
  return state !== 'deferred' && instant !== null && instant !== undefined && instant <= now
}

function cvesOf(app: App, { package_id: id, version, content_hash: hash, summary }: StoredVersion): string[] {
  return openSummary(app, { package: id, version }, hash, summary).cves
}
