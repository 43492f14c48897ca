import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { APPLICANT_KINDS, type CriteriaSet } from '#program/membership/criteria/criterion.ts'
import { setInForce } from '#program/membership/criteria/set-store.ts'

/** The criteria that an operator asks of those who apply now, a set per kind of applicant. */
export async function setsInForce(tx: Tx, operator: OperatorId): Promise<readonly CriteriaSet[]> {
  const sets: CriteriaSet[] = []
  for (const kind of APPLICANT_KINDS) sets.push(await setInForce(tx, operator, kind))
  return sets
}
