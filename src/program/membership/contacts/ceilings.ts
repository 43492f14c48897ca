import type { OperatorId } from '#platform/ids.ts'
import type { Tx } from '#platform/db/database.ts'
import { ceilingOf } from '#program/embargo/jurisdictions.ts'
import type { CeilingOf } from '#program/membership/contacts/clearance.ts'

/** The policies of jurisdictions that are in force with an operator. */
export async function ceilingsOf(_tx: Tx, _operator: OperatorId, _now: Date): Promise<CeilingOf> {
  return ceilingOf
}
