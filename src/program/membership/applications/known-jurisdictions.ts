import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { listPolicies } from '#program/membership/standing/policy-store.ts'

/** Names and versions of the policies of jurisdictions that an operator may put a member under at an instant. */
export async function knownJurisdictions(tx: Tx, operator: OperatorId, at: Date): Promise<string[]> {
  const policies = await listPolicies(tx, operator)
  const inForce = policies.filter(
    ({ approved_at: approved, validFrom, closed_at: closed }) => approved !== null && approved <= at && validFrom <= at && closed === null,
  )
  return [...new Set(inForce.map(({ policy }) => policy))]
}
