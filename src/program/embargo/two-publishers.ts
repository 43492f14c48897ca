import { sql } from 'kysely'
import type { OperatorRole } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { holdsRole } from '#program/holds-role.ts'

/**
 * Makes sure that a decision rests on two different people who both hold the role at this moment, and lets nobody end either's account
 * or role until the transaction ends. Throws SECOND_PERSON_NEEDED, FORBIDDEN and CONFLICT.
 */
export async function requireTwo(tx: Tx, role: OperatorRole, proposer: PersonId, confirmer: PersonId): Promise<void> {
  if (proposer === confirmer) throw new Problem('SECOND_PERSON_NEEDED', 'Another person than the one who proposed this has to confirm it.')
  await sql`select 1 from person where id in (${proposer}, ${confirmer}) order by id for share`.execute(tx.db)
  if (!(await holdsRole(tx, confirmer, role))) throw new Problem('FORBIDDEN', `You are no ${role} any more.`)
  if (!(await holdsRole(tx, proposer, role))) throw new Problem('CONFLICT', `Who proposed this is no ${role} any more; propose it anew.`)
}
