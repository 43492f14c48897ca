import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { OperatorRole } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'

export type RoleChangeId = Id<'role-change'>

export const roleChangeRow = binder('role_change', [
  'person_id',
  'operator_id',
  'roles',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'approved_by',
  'approved_on_host',
  'approved_at',
  'closed_at',
])

/** A change that gives somebody operator roles, and waits for the second officer. */
export interface RoleChange {
  readonly id: RoleChangeId
  readonly person_id: PersonId
  readonly person_name: string
  /** What the person holds at this moment, without the side. */
  readonly present_roles: readonly OperatorRole[]
  readonly operator_id: OperatorId
  /** All that the person shall hold then. */
  readonly roles: readonly OperatorRole[]
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly expires_at: Date
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly approved_at: Date | null
  readonly closed_at: Date | null
}

const select = sql`select c.id, c.person_id, p.name as person_name, c.operator_id, c.roles, c.proposed_by, o.name as proposer_name, c.proposed_at,
    array(select replace(g.role, 'operator:', '') from role_grant g where g.person_id = c.person_id order by g.role) as present_roles,
    c.expires_at, c.approved_by, a.name as approver_name, c.approved_at, c.closed_at
  from role_change c join person p on p.id = c.person_id join person o on o.id = c.proposed_by left join person a on a.id = c.approved_by`

/** Role changes of the actor's operator, the newest first, from after `before` on. */
export async function listRoleChanges(tx: Tx, limit: number, before: string | undefined): Promise<RoleChange[]> {
  const { rows } = await sql<RoleChange>`${select} where c.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
    order by c.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** A role change of the actor's operator. */
export async function findRoleChange(tx: Tx, id: string): Promise<RoleChange | undefined> {
  const { rows } = await sql<RoleChange>`${select} where c.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** The same; nobody else changes it until the transaction ends. */
export async function lockRoleChange(tx: Tx, id: string): Promise<RoleChange | undefined> {
  await sql`select 1 from role_change where id = ${id}::uuid for no key update`.execute(tx.db)
  return findRoleChange(tx, id)
}

export async function insertRoleChange(
  tx: Tx,
  change: {
    readonly id: RoleChangeId
    readonly person: PersonId
    readonly operator: OperatorId
    readonly roles: readonly OperatorRole[]
    readonly by: PersonId
    readonly at: Date
    readonly expiresAt: Date
  },
): Promise<void> {
  const { id, person, operator, roles, by, at, expiresAt } = change
  await tx.db
    .insertInto('role_change')
    .values({ id, person_id: person, operator_id: operator, roles: [...roles], proposed_by: by, proposed_at: at, expires_at: expiresAt })
    .execute()
}

/** `by` is the second officer, or whoever holds the machine itself. */
export async function setRoleChangeApproved(tx: Tx, id: string, by: PersonId | 'host', at: Date): Promise<void> {
  const approver = by === 'host' ? { approved_on_host: true } : { approved_by: by }
  await tx.db
    .updateTable('role_change')
    .set({ ...approver, approved_at: at })
    .where('id', '=', id)
    .execute()
}

export async function closeRoleChange(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.db.updateTable('role_change').set({ closed_at: at }).where('id', '=', id).execute()
}

/** Closes the role changes of a person that were not approved, and only those that waited too long if so asked; returns their ids. */
export async function closeRoleChangesOf(tx: Tx, person: PersonId, at: Date, which: 'all' | 'expired' = 'all'): Promise<string[]> {
  const rows = await tx.db
    .updateTable('role_change')
    .set({ closed_at: at })
    .where('person_id', '=', person)
    .where('approved_at', 'is', null)
    .where('closed_at', 'is', null)
    .$if(which === 'expired', (query) => query.where('expires_at', '<=', at))
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function isRoleChangeWaiting(tx: Tx, person: PersonId): Promise<boolean> {
  const row = await tx.db
    .selectFrom('role_change')
    .select('id')
    .where('person_id', '=', person)
    .where('approved_at', 'is', null)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}
