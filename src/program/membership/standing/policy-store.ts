import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { Part } from '#program/packages/contract.ts'

export type PolicyId = Id<'jurisdiction-policy'>

export const policyRow = binder('jurisdiction_policy', [
  'operator_id',
  'name',
  'version',
  'jurisdictions',
  'basis',
  'duty_to_report',
  'parts',
  'not_before',
  'valid_from',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'approved_by',
  'approved_at',
  'closed_by',
  'closed_at',
])

export interface StoredPolicy {
  readonly id: PolicyId
  /** Null for those shipped with the program. */
  readonly operator: OperatorId | null
  readonly policy: string
  readonly name: string
  readonly version: number
  readonly jurisdictions: readonly string[]
  readonly basis: string
  readonly dutyToReport: boolean
  readonly parts: Part[]
  readonly notBefore: 'window' | 'release'
  readonly validFrom: Date
  readonly proposed_by: PersonId | null
  readonly proposer_name: string | null
  readonly proposed_at: Date
  /** Null for those shipped with the program. */
  readonly expires_at: Date | null
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly approved_at: Date | null
  readonly closed_at: Date | null
  readonly members: number
}

const select = sql`select j.id, j.operator_id as operator, j.name || '@' || j.version as policy, j.name, j.version, j.jurisdictions, j.basis,
    j.duty_to_report as "dutyToReport", j.parts, j.not_before as "notBefore", j.valid_from as "validFrom", j.proposed_by, p.name as proposer_name, j.proposed_at, j.expires_at,
    j.approved_by, a.name as approver_name, j.approved_at, j.closed_at,
    (select count(*) from membership m where m.jurisdiction = j.name || '@' || j.version and m.state <> 'terminated') as members
  from jurisdiction_policy j left join person p on p.id = j.proposed_by left join person a on a.id = j.approved_by`

/** Lets one transaction after the other propose policies of the operator. */
export async function holdPolicies(tx: Tx, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`jurisdiction policies of ${operator}`}, 0))`.execute(tx.db)
}

/** The policies of the operator and those shipped with the program. */
export async function listPolicies(tx: Tx, operator: OperatorId): Promise<StoredPolicy[]> {
  const { rows } = await sql<StoredPolicy>`${select} where j.operator_id is null or j.operator_id = ${operator}
    order by j.operator_id nulls first, j.name, j.version, j.id limit 500`.execute(tx.db)
  return rows
}

/** A policy by name and version that is in force for members of the operator. */
export async function findPolicy(tx: Tx, operator: OperatorId, policy: string | null, now: Date): Promise<StoredPolicy | undefined> {
  const { rows } = await sql<StoredPolicy>`${select} where (j.operator_id is null or j.operator_id = ${operator}) and j.name || '@' || j.version = ${policy}
    and j.approved_at <= ${now} and j.valid_from <= ${now} order by j.operator_id nulls last limit 1`.execute(tx.db)
  return rows[0]
}

/** A policy of the operator; nobody else changes it until the transaction ends. */
export async function lockPolicy(tx: Tx, operator: OperatorId, id: PolicyId): Promise<StoredPolicy | undefined> {
  await sql`select 1 from jurisdiction_policy where id = ${id} and operator_id = ${operator} for no key update`.execute(tx.db)
  const { rows } = await sql<StoredPolicy>`${select} where j.id = ${id} and j.operator_id = ${operator}`.execute(tx.db)
  return rows[0]
}

export interface NewPolicy {
  readonly id: PolicyId
  readonly operator: OperatorId
  readonly name: string
  readonly version: number
  readonly jurisdictions: readonly string[]
  readonly basis: string
  readonly dutyToReport: boolean
  readonly parts: readonly Part[]
  readonly notBefore: 'window' | 'release'
  readonly validFrom: Date
  readonly by: PersonId
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertPolicy(tx: Tx, policy: NewPolicy): Promise<void> {
  await tx.db
    .insertInto('jurisdiction_policy')
    .values({
      id: policy.id,
      operator_id: policy.operator,
      name: policy.name,
      version: policy.version,
      jurisdictions: [...policy.jurisdictions],
      basis: policy.basis,
      duty_to_report: policy.dutyToReport,
      parts: [...policy.parts],
      not_before: policy.notBefore,
      valid_from: policy.validFrom,
      proposed_by: policy.by,
      proposed_at: policy.at,
      expires_at: policy.expiresAt,
    })
    .execute()
}

export async function setPolicyApproved(tx: Tx, id: PolicyId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('jurisdiction_policy').set({ approved_by: by, approved_at: at }).where('id', '=', id).execute()
}

export async function setPolicyClosed(tx: Tx, id: PolicyId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('jurisdiction_policy').set({ closed_by: by, closed_at: at }).where('id', '=', id).execute()
}
