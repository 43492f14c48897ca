import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { Part } from '#program/packages/contract.ts'
import type { ReceiptId } from '#program/packages/receipt-store.ts'
import { versionColumns, type StoredVersion } from '#program/packages/store.ts'
import type { ReleaseId } from '#program/releases/store.ts'

/** A version that is on a cycle, or was. */
export interface CycleVersion extends StoredVersion {
  readonly product_tags: readonly Buffer[]
  /** Whether its release is one of the cycle's now. */
  readonly here: boolean
  readonly receipts: number
}

/** Every version that was ever put on a release of a cycle, by package. */
export async function listCycleVersions(tx: Tx, operator: OperatorId, cycle: ReleaseId): Promise<CycleVersion[]> {
  const { rows } =
    await sql<CycleVersion>`select ${versionColumns}, v.product_tags, coalesce(coalesce(r.cycle_id, r.id) = ${cycle}::uuid and v.state <> 'deferred', false) as here,
      (select count(*)::int from receipt t where t.package_id = v.package_id and t.version = v.version) as receipts
    from package_version v left join approval a on a.id = v.approval_id left join release r on r.id = v.release_id
    where v.operator_id = ${operator} and exists (select from package_version_history h join release o on o.id = h.release_id
      where h.package_id = v.package_id and h.version = v.version and coalesce(o.cycle_id, o.id) = ${cycle}::uuid) order by v.package_id, v.version`.execute(
      tx.db,
    )
  return rows
}

export interface CycleReceipt {
  readonly id: ReceiptId
  readonly package_id: PackageId
  readonly version: number
  readonly organisation_id: OrganisationId
  readonly person_id: PersonId
  readonly person_name: string
  readonly parts: readonly Part[]
  readonly received_at: Date
}

/** Who received anything of these packages, in order; people of ended memberships too. */
export async function listCycleReceipts(tx: Tx, operator: OperatorId, packages: readonly PackageId[]): Promise<CycleReceipt[]> {
  if (packages.length === 0) return []
  const { rows } = await tx.asSystem((db) =>
    sql<CycleReceipt>`select t.id, t.package_id, t.version, t.organisation_id, t.person_id, p.name as person_name, t.parts, t.received_at
      from receipt t join person p on p.id = t.person_id where t.operator_id = ${operator} and t.package_id = any(${packages}::uuid[])
      order by t.received_at, t.id`.execute(db),
  )
  return rows
}

/** Bodies of the leaves that say what of these packages was given to whom, and why it was decided so. */
export async function listDecisionLeaves(tx: Tx, operator: OperatorId, packages: readonly PackageId[]): Promise<{ index: number; body: Buffer }[]> {
  if (packages.length === 0) return []
  const { rows } = await sql<{ index: number; body: Buffer }>`select l.index, l.body from audit_leaf l
    where l.operator_id = ${operator} and l.action in ('package.received', 'package.file-received') and l.subject_id = any(${packages}::uuid[])
    order by l.index`.execute(tx.db)
  return rows
}
