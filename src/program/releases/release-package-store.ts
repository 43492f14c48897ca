import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { ReleaseId } from '#program/releases/store.ts'

const row = binder('release_package', ['operator_id', 'content_hash'])
export const releasePackageRow = (release: ReleaseId, { id, version }: Pick<NamedContent, 'id' | 'version'>) =>
  row({ release_id: release, package_id: id, version: String(version) })

/** Exactly one content of one version of a package. */
export interface NamedContent {
  readonly id: PackageId
  readonly version: number
  /** Lower-case hex. */
  readonly contentHash: string
}

/** What a release was decided for, and what its version says by now. */
export interface StoredReleasePackage {
  readonly release_id: ReleaseId
  readonly package_id: PackageId
  readonly version: number
  readonly content_hash: Buffer
  readonly present_hash: Buffer
  /** Sealed; of the present content. */
  readonly summary: Buffer
}

export async function insertReleasePackages(tx: Tx, release: ReleaseId, operator: OperatorId, packages: readonly NamedContent[]): Promise<void> {
  await tx.db
    .insertInto('release_package')
    .values(
      packages.map(({ id, version, contentHash }) => ({
        release_id: release,
        package_id: id,
        version,
        operator_id: operator,
        content_hash: Buffer.from(contentHash, 'hex'),
      })),
    )
    .execute()
}

/** What these releases were decided for, in the order of the packages. */
export async function listReleasePackages(tx: Tx, releases: readonly ReleaseId[]): Promise<StoredReleasePackage[]> {
  if (releases.length === 0) return []
  const { rows } = await sql<StoredReleasePackage>`select n.release_id, n.package_id, n.version, n.content_hash, v.content_hash as present_hash, v.summary
    from release_package n join package_version v on v.package_id = n.package_id and v.version = n.version
    where n.release_id = any(${releases}::uuid[]) order by n.release_id, n.package_id, n.version`.execute(tx.db)
  return rows
}

/** Which of these contents are not what a version of this operator says that is in review or approved; nobody changes the others until the transaction ends. */
export async function lockUndecidable(tx: Tx, operator: OperatorId, packages: readonly NamedContent[]): Promise<NamedContent[]> {
  const { rows } = await sql<{ package_id: PackageId; version: number; content_hash: Buffer }>`select package_id, version, content_hash from package_version
    where operator_id = ${operator} and package_id = any(${packages.map(({ id }) => id)}::uuid[]) and state in ('in-review', 'approved')
    order by package_id, version for no key update`.execute(tx.db)
  const said = new Set(rows.map(({ package_id: id, version, content_hash: hash }) => `${id} ${version} ${hash.toString('hex')}`))
  return packages.filter(({ id, version, contentHash }) => !said.has(`${id} ${version} ${contentHash}`))
}
