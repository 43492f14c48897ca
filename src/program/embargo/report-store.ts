import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { EndCause } from '#program/embargo/contract.ts'
import type { PackageId } from '#program/packages/content-hash.ts'

export type EmbargoReportId = Id<'embargo-report'>
export const reportRow = binder('embargo_report', [
  'operator_id',
  'package_id',
  'organisation_id',
  'reported_by',
  'reported_at',
  'cause',
  'said',
  'handled_by',
  'handled_at',
])

/** What somebody reported about a package; `said` is sealed. */
export interface StoredReport {
  readonly id: EmbargoReportId
  readonly operator_id: OperatorId
  readonly package_id: PackageId
  readonly organisation_id: OrganisationId | null
  readonly organisation_name: string | null
  readonly reported_by: PersonId
  readonly reporter_name: string
  readonly reported_at: Date
  readonly cause: EndCause
  readonly said: Buffer
  readonly handled_by: PersonId | null
  readonly handled_at: Date | null
}

export async function insertReport(
  tx: Tx,
  report: Pick<StoredReport, 'id' | 'operator_id' | 'package_id' | 'organisation_id' | 'reported_by' | 'reported_at' | 'cause' | 'said'>,
): Promise<void> {
  await tx.db.insertInto('embargo_report').values(report).execute()
}

/** Reports to an operator, the newest first; whoever reported is named, also when the membership has ended. */
export async function listReports(tx: Tx, operator: OperatorId, limit: number): Promise<StoredReport[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<StoredReport>`select e.*, o.name as organisation_name, p.name as reporter_name
      from embargo_report e join person p on p.id = e.reported_by left join organisation o on o.id = e.organisation_id
      where e.operator_id = ${operator} order by e.handled_at is not null, e.id desc limit ${limit}`.execute(db),
  )
  return rows
}

/** False when there is no such report that waits. */
export async function closeReport(tx: Tx, operator: OperatorId, id: EmbargoReportId, by: PersonId, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('embargo_report')
    .set({ handled_by: by, handled_at: at })
    .where('id', '=', id)
    .where('operator_id', '=', operator)
    .where('handled_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
