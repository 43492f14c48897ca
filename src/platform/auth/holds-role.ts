import { sql } from 'kysely'
import type { OperatorRole } from '#platform/auth/actor.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'

/** Whether a person still has the right on which an earlier step rests: the account is enabled and holds the role. */
export async function holdsRole(tx: Tx, id: PersonId, role: OperatorRole): Promise<boolean> {
  const person = await findPerson(tx, id)
  return person !== undefined && person.disabledAt === null && person.roles.includes(role)
}

/** Lets nobody end the account or a role of either person until the transaction ends. */
export async function holdBoth(tx: Tx, one: PersonId, other: PersonId): Promise<void> {
  await sql`select 1 from person where id in (${one}, ${other}) order by id for share`.execute(tx.db)
}

interface TwoOfficers {
  readonly proposer: PersonId
  readonly approver: PersonId
  /** What the approver is told when the proposer is no officer any more. */
  readonly otherwise: string
}

/**
 * Makes sure that both membership officers on whom an approval rests are in office at this moment, and lets nobody end either's
 * account or role until the transaction ends. Throws SECOND_PERSON_NEEDED for one who is both, FORBIDDEN when the approver is no
 * officer any more, and CONFLICT with `otherwise` when the proposer is none.
 */
export async function requireTwoOfficers(tx: Tx, officers: TwoOfficers): Promise<void> {
  await requireTwo(tx, officers, 'membership-officer', 'You are no membership officer any more.')
}

/** The same of two publishers, who decide about releases and packages. */
export async function requireTwoPublishers(tx: Tx, publishers: TwoOfficers): Promise<void> {
  await requireTwo(tx, publishers, 'publisher', 'You are no publisher any more.')
}

async function requireTwo(tx: Tx, { proposer, approver, otherwise }: TwoOfficers, role: OperatorRole, ended: string): Promise<void> {
  if (proposer === approver) throw new Problem('SECOND_PERSON_NEEDED')
  await holdBoth(tx, proposer, approver)
  if (!(await holdsRole(tx, approver, role))) throw new Problem('FORBIDDEN', ended)
  if (!(await holdsRole(tx, proposer, role))) throw new Problem('CONFLICT', otherwise)
}
