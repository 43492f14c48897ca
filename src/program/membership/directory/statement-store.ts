import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OrganisationId, OperatorId, PersonId } from '#platform/ids.ts'
import type { Tier } from '#program/membership/contract.ts'
import { activeAt } from '#program/membership/directory/active.ts'
import type { Pair } from '#program/membership/directory/listing-store.ts'

export const statementRow = binder('membership_statement', [
  'organisation_id',
  'operator_id',
  'shows_tier',
  'switched_on_by',
  'switched_on_at',
  'switched_off_at',
])

/** What is stated of a member. */
export interface Statement {
  readonly id: string
  readonly operator: string
  readonly member: string
  readonly kind: 'vendor' | 'responder'
  /** `2026-11-25` */
  readonly since: string
  readonly tier: Tier
  readonly shows_tier: boolean
  readonly until: Date | null
}

/** A statement that holds now: it is switched on and the membership is active. Undefined for every other id alike. */
export async function findStatement(tx: Tx, id: string, now: Date): Promise<Statement | undefined> {
  const { rows } = await sql<Statement>`select s.id, op.name as operator, o.name as member, o.kind, m.tier, s.shows_tier, m.until,
      to_char(coalesce(i.member_since, m.created_at::date), 'YYYY-MM-DD') as since
    from membership_statement s join membership m on m.organisation_id = s.organisation_id and m.operator_id = s.operator_id
      join organisation o on o.id = m.organisation_id join operator op on op.id = m.operator_id
      left join imported_member i on i.organisation_id = m.organisation_id and i.operator_id = m.operator_id
    where s.id = ${id}::uuid and s.switched_off_at is null and ${activeAt(now)}`.execute(tx.db)
  return rows[0]
}

/** The statement of a member that is switched on, whatever the membership is. */
export async function findOwnStatement(tx: Tx, { organisation, operator }: Pair): Promise<{ id: string; shows_tier: boolean } | undefined> {
  return tx.db
    .selectFrom('membership_statement')
    .select(['id', 'shows_tier'])
    .where('organisation_id', '=', organisation)
    .where('operator_id', '=', operator)
    .where('switched_off_at', 'is', null)
    .executeTakeFirst()
}

export async function insertStatement(
  tx: Tx,
  statement: {
    readonly id: string
    readonly organisation: OrganisationId
    readonly operator: OperatorId
    readonly showsTier: boolean
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { id, organisation, operator, showsTier, by, at } = statement
  await tx.db
    .insertInto('membership_statement')
    .values({ id, organisation_id: organisation, operator_id: operator, shows_tier: showsTier, switched_on_by: by, switched_on_at: at })
    .execute()
}

export async function setShowsTier(tx: Tx, id: string, showsTier: boolean): Promise<void> {
  await tx.db.updateTable('membership_statement').set({ shows_tier: showsTier }).where('id', '=', id).execute()
}

export async function setSwitchedOff(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.db.updateTable('membership_statement').set({ switched_off_at: at }).where('id', '=', id).execute()
}
