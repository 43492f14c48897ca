import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'

/** Whether the organisation is a member of the operator that may use the exchange now. */
export async function isActiveMember(tx: Tx, operator: OperatorId, organisation: OrganisationId, now: Date): Promise<boolean> {
  const row = await tx.db
    .selectFrom('membership')
    .select('organisation_id')
    .where('operator_id', '=', operator)
    .where('organisation_id', '=', organisation)
    .where('state', 'in', ['active', 'paused'])
    .where((is) => is.or([is('until', 'is', null), is('until', '>', now)]))
    .executeTakeFirst()
  return row !== undefined
}
