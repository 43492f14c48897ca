import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'
import type { StatusResource } from '#exchange/taxii/add-objects.ts'

export async function insertStatus(
  tx: Tx,
  { status, operator, organisation, at }: { status: StatusResource; operator: OperatorId; organisation: OrganisationId; at: Date },
): Promise<void> {
  await tx.db
    .insertInto('taxii_status')
    .values({ id: status.id, operator_id: operator, organisation_id: organisation, result: JSON.stringify(status), requested_at: at })
    .execute()
}

/** The status of an envelope that the organisation posted to the operator's root. */
export async function findStatus(tx: Tx, operator: OperatorId, organisation: OrganisationId, id: Id<'taxii-status'>): Promise<StatusResource | undefined> {
  const row = await tx.db
    .selectFrom('taxii_status')
    .select('result')
    .where('id', '=', id)
    .where('operator_id', '=', operator)
    .where('organisation_id', '=', organisation)
    .executeTakeFirst()
  return row?.result as StatusResource | undefined
}

export async function deleteStatuses(tx: Tx, before: Date): Promise<void> {
  await tx.db.deleteFrom('taxii_status').where('requested_at', '<', before).execute()
}
