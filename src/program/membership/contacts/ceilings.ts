import type { OperatorId } from '#platform/ids.ts'
import type { Tx } from '#platform/db/database.ts'
import type { CeilingOf } from '#program/membership/contacts/clearance.ts'
import { loadCeilings } from '#program/membership/standing/jurisdiction-store.ts'

/** The policies of jurisdictions that are in force with an operator. */
export async function ceilingsOf(tx: Tx, operator: OperatorId, now: Date): Promise<CeilingOf> {
  const ceilings = await loadCeilings(tx, now)
  return (policy) => ceilings.of(operator, policy)
}
