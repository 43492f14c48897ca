import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'

/** Enabled people of the organisations that are members of an operator now. */
export async function listPeopleOfMembers(tx: Tx, operator: OperatorId): Promise<PersonId[]> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<{ id: PersonId }>`select p.id from membership m join person p on p.organisation_id = m.organisation_id
      where m.operator_id = ${operator} and m.state in ('active', 'paused') and p.disabled_at is null order by p.id`.execute(db)
    return rows.map(({ id }) => id)
  })
}

export async function operatorName(tx: Tx, operator: OperatorId): Promise<string> {
  const row = await tx.asSystem((db) => db.selectFrom('operator').select('name').where('id', '=', operator).executeTakeFirstOrThrow())
  return row.name
}

/** Every operator of the instance. */
export async function listOperators(tx: Tx): Promise<OperatorId[]> {
  const rows = await tx.db.selectFrom('operator').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id as OperatorId)
}
