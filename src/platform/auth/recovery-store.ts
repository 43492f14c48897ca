import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'

export type RecoveryId = Id<'recovery'>

export const recoveryRow = binder('recovery', [
  'person_id',
  'operator_id',
  'reason',
  'opened_by',
  'opened_at',
  'expires_at',
  'approved_by',
  'approved_at',
  'closed_at',
])

export interface Recovery {
  readonly id: RecoveryId
  readonly person_id: PersonId
  readonly person_name: string
  readonly operator_id: OperatorId
  readonly reason: string
  readonly opened_by: PersonId
  readonly opener_name: string
  readonly opened_at: Date
  readonly expires_at: Date
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly approved_at: Date | null
  readonly closed_at: Date | null
}

const select = sql`select r.id, r.person_id, p.name as person_name, r.operator_id, r.reason, r.opened_by, o.name as opener_name, r.opened_at,
    r.expires_at, r.approved_by, a.name as approver_name, r.approved_at, r.closed_at
  from recovery r join person p on p.id = r.person_id join person o on o.id = r.opened_by left join person a on a.id = r.approved_by`

/** Recoveries of the actor's operator, the newest first, from after `before` on. */
export async function listRecoveries(tx: Tx, limit: number, before: string | undefined): Promise<Recovery[]> {
  const { rows } = await sql<Recovery>`${select} where r.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
    order by r.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** A recovery of the actor's operator. */
export async function findRecovery(tx: Tx, id: string): Promise<Recovery | undefined> {
  const { rows } = await sql<Recovery>`${select} where r.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** The same; nobody else changes it until the transaction ends. */
export async function lockRecovery(tx: Tx, id: string): Promise<Recovery | undefined> {
  const { rows } = await sql<Recovery>`${select} where r.id = ${id}::uuid for no key update of r`.execute(tx.db)
  return rows[0]
}

export async function insertRecovery(
  tx: Tx,
  recovery: { id: RecoveryId; person: PersonId; operator: OperatorId; reason: string; by: PersonId; at: Date; expiresAt: Date },
): Promise<void> {
  const { id, person, operator, reason, by, at, expiresAt } = recovery
  await tx.db
    .insertInto('recovery')
    .values({ id, person_id: person, operator_id: operator, reason, opened_by: by, opened_at: at, expires_at: expiresAt })
    .execute()
}

/** Whether a recovery of the person waits for its second operator; closes the ones that waited too long, and returns those. */
export async function waitingRecovery(tx: Tx, person: PersonId, now: Date): Promise<{ readonly isWaiting: boolean; readonly expired: readonly string[] }> {
  const open = await tx.db
    .selectFrom('recovery')
    .select(['id', 'expires_at'])
    .where('person_id', '=', person)
    .where('approved_at', 'is', null)
    .where('closed_at', 'is', null)
    .execute()
  const expired = open.filter(({ expires_at }) => expires_at <= now).map(({ id }) => id)
  for (const id of expired) await closeRecovery(tx, id, now)
  return { isWaiting: open.length > expired.length, expired }
}

export async function setApproved(tx: Tx, id: string, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('recovery').set({ approved_by: by, approved_at: at }).where('id', '=', id).where('approved_at', 'is', null).execute()
}

export async function closeRecovery(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.db.updateTable('recovery').set({ closed_at: at }).where('id', '=', id).execute()
}

/** Closes the recoveries of a person that were not approved; returns their ids. */
export async function closeRecoveriesOf(tx: Tx, person: PersonId, at: Date): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db
      .updateTable('recovery')
      .set({ closed_at: at })
      .where('person_id', '=', person)
      .where('approved_at', 'is', null)
      .where('closed_at', 'is', null)
      .returning('id')
      .execute(),
  )
  return rows.map(({ id }) => id)
}
