import type { OperatorRole } from '#platform/auth/actor.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

/** Whether a person still has the right on which an earlier step rests: the account is enabled and holds the role. */
export async function holdsRole(tx: Tx, id: PersonId, role: OperatorRole): Promise<boolean> {
  const person = await findPerson(tx, id)
  return person !== undefined && person.disabledAt === null && person.roles.includes(role)
}
