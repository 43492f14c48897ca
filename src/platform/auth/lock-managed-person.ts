import type { PersonActor } from '#platform/auth/actor.ts'
import { mayManage, maySee, type Person } from '#platform/auth/person.ts'
import { findPerson, lockPerson } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'

/**
 * The account that the actor is about to change, held until the transaction ends, decided on the rights that the actor
 * has now: of two officers who remove each other at once, one succeeds. Throws NOT_FOUND for an account that the actor
 * may not know of, exactly as for one that does not exist, and FORBIDDEN for one it knows but may not change.
 */
export async function lockManagedPerson(tx: Tx, actor: PersonActor, id: string): Promise<Person> {
  const person = await lockPerson(tx, id)
  if (!person || !maySee(actor, person.side)) throw new Problem('NOT_FOUND')
  if (person.id === actor.person) throw new Problem('FORBIDDEN', 'Somebody else has to change your account.')
  if (!mayManage(await withPresentRoles(tx, actor), person)) throw new Problem('FORBIDDEN', 'You may not change accounts of this organisation.')
  return person
}

/** The actor with the roles it holds at this moment of the transaction; none when it was disabled. */
export async function withPresentRoles(tx: Tx, actor: PersonActor): Promise<PersonActor> {
  const self = await findPerson(tx, actor.person)
  const roles = self && !self.disabledAt ? self.roles : []
  return { ...actor, roles } as PersonActor
}
