import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { CriteriaSet } from '#program/membership/criteria/criterion.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'

/** The criteria that an operator asks of those who apply now, a set per kind of applicant. */
export async function setsInForce(_tx: Tx, _operator: OperatorId): Promise<readonly CriteriaSet[]> {
  return [PRESETS['vedette-default']]
}
