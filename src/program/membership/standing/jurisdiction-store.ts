import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { JurisdictionCeiling } from '#program/embargo/may-read.ts'
import type { Part } from '#program/packages/contract.ts'

/** What a policy that is in force at an instant leaves of a package; undefined, which denies, for none and for one that is not known. */
export interface Ceilings {
  of(operator: OperatorId, policy: string | null): JurisdictionCeiling | undefined
}

/** The policies in force at an instant: those shipped with the program, and each operator's own that two officers decided. */
export async function loadCeilings(tx: Tx, at: Date): Promise<Ceilings> {
  const { rows } = await sql<{ operator: OperatorId | null; policy: string; parts: Part[]; not_before: 'window' | 'release' }>`select operator_id as operator,
      name || '@' || version as policy, parts, not_before from jurisdiction_policy where approved_at <= ${at} and valid_from <= ${at}`.execute(tx.db)
  const known = new Map(
    rows.map(({ operator, policy, parts, not_before: notBefore }): [string, JurisdictionCeiling] => [`${operator}/${policy}`, { policy, parts, notBefore }]),
  )
  return { of: (operator, policy) => (policy === null ? undefined : (known.get(`${operator}/${policy}`) ?? known.get(`null/${policy}`))) }
}
