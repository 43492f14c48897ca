import { sql } from 'kysely'
import type { OperatorRole } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'

/** People of an operator who hold one of the roles and are not disabled. It crosses what the actor may see of them. */
export async function keepersOf(tx: Tx, operator: OperatorId, roles: readonly OperatorRole[]): Promise<PersonId[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: PersonId }>`select distinct p.id from person p join role_grant g on g.person_id = p.id where p.disabled_at is null
      and p.operator_id = ${operator} and g.role = any(${roles.map((role) => `operator:${role}`)}::text[]) order by p.id`.execute(db),
  )
  return rows.map(({ id }) => id)
}
