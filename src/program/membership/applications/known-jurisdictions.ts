import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { DUTY_TO_REPORT, NO_CEILING } from '#program/embargo/may-read.ts'

/** Names and versions of the policies of jurisdictions that an operator may put a member under. */
export async function knownJurisdictions(_tx: Tx, _operator: OperatorId, _at: Date): Promise<string[]> {
  return [NO_CEILING.policy, DUTY_TO_REPORT.policy]
}
