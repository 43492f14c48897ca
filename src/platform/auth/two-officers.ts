import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import { binder, type Binding } from '#platform/audit/audit.ts'
import { endCredentials } from '#platform/auth/end-credentials.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'

const twoOfficersRow = binder('two_officers', ['since'])

/**
 * Whether a membership officer of the operator still gives roles alone, because no second one has ever come in. That
 * stands until the transaction ends if the caller holds the officer's account (`holdAccount`, `lockManagedPerson`).
 */
export async function actsAlone(tx: Tx, operator: OperatorId): Promise<boolean> {
  return (await tx.db.selectFrom('two_officers').select('operator_id').where('operator_id', '=', operator).executeTakeFirst()) === undefined
}

/**
 * Ends the time of acting alone for good once two membership officers of the person's operator have come in: had a
 * session that opens more than enrolling. What the first had handed out alone, and nobody has come in by yet, ends with
 * it: those people come in by a recovery, which takes two. Call it after whatever lets one come in or makes one an
 * officer. Both hold the accounts of all the staff, so of two such acts at once the later sees the earlier.
 */
export async function noteTwoOfficers(app: App, tx: Tx, person: PersonId): Promise<void> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ operator_id: OperatorId }>`insert into two_officers (operator_id, since)
      select me.operator_id, ${app.clock.now()}::timestamptz from person me
      where me.id = ${person} and me.operator_id is not null
        and not exists (select from two_officers t where t.operator_id = me.operator_id)
        and 2 <= (select count(*) from person p join role_grant g on g.person_id = p.id
          where p.operator_id = me.operator_id and p.disabled_at is null and g.role = 'operator:membership-officer'
            and exists (select from session s where s.person_id = p.id and s.method <> 'link'))
      on conflict do nothing returning operator_id`.execute(db),
  )
  for (const { operator_id: operator } of rows) recordTwoOfficers(app, tx, operator, await endHandedOut(app, tx, operator, person))
}

/** Ends the links and the enrolling sessions of staff who have never come in, but for who is coming in now. */
async function endHandedOut(app: App, tx: Tx, operator: OperatorId, except: PersonId): Promise<Binding[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: PersonId }>`select p.id from person p where p.operator_id = ${operator} and p.id <> ${except}
      and not exists (select from session s where s.person_id = p.id and s.method <> 'link') order by p.id`.execute(db),
  )
  const ended: Binding[] = []
  for (const { id } of rows) ended.push(...(await endCredentials(tx, id, app.clock.now())))
  return ended
}

/** Begins an operator that never was in one person's hands: one that is created with two officers. */
export async function beginWithTwoOfficers(app: App, tx: Tx, operator: OperatorId): Promise<void> {
  await tx.asSystem((db) => db.insertInto('two_officers').values({ operator_id: operator, since: app.clock.now() }).execute())
  recordTwoOfficers(app, tx, operator)
}

function recordTwoOfficers(app: App, tx: Tx, operator: OperatorId, ended: readonly Binding[] = []): void {
  app.audit.record(tx, { action: 'operator.two-officers', subject: operator, operator, binds: [twoOfficersRow({ operator_id: operator }), ...ended] })
}
