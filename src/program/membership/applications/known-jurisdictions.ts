import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { listPolicies, type StoredPolicy } from '#program/membership/standing/policy-store.ts'

/** The policies of jurisdictions that an operator may put a member under at an instant, by name and version; its own before one that is shipped. */
export async function policiesInForce(tx: Tx, operator: OperatorId, at: Date): Promise<StoredPolicy[]> {
  const policies = await listPolicies(tx, operator)
  const inForce = policies.filter(
    ({ approved_at: approved, validFrom, closed_at: closed }) => approved !== null && approved <= at && validFrom <= at && closed === null,
  )
  return [...new Map(inForce.map((one) => [one.policy, one])).values()]
}

/** The policy as a new member may be put under it. Throws VALIDATION_FAILED for one that is not in force. */
export async function requireKnownPolicy(tx: Tx, operator: OperatorId, policy: string | undefined, at: Date): Promise<string> {
  const known = (await policiesInForce(tx, operator, at)).map((one) => one.policy)
  if (policy !== undefined && known.includes(policy)) return policy
  throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/jurisdiction', message: `one of ${known.join(', ')}` }] })
}
