import type { PersonActor } from '#platform/auth/actor.ts'
import { withPresentRoles } from '#platform/auth/lock-managed-person.ts'
import { maySee, type Person, type Side } from '#platform/auth/person.ts'
import { lockPerson } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'

export type ContactPerson = Person & { readonly side: Extract<Side, { kind: 'contact' }> }

/**
 * A contact about whom the actor decides something of the programme, held until the transaction ends: a membership officer about
 * contacts of the operator's members, an admin about those of the own organisation. Throws NOT_FOUND for whom the actor may not know
 * of, FORBIDDEN without the role at this moment, and CONFLICT for somebody who is disabled.
 */
export async function lockContact(tx: Tx, actor: PersonActor, id: string): Promise<ContactPerson> {
  const person = await lockPerson(tx, id)
  if (!person || person.side.kind !== 'contact' || !maySee(actor, person.side)) throw new Problem('NOT_FOUND')
  const present = await withPresentRoles(tx, actor)
  if (!present.roles.some((role) => role === (actor.kind === 'operator' ? 'membership-officer' : 'admin'))) throw new Problem('FORBIDDEN')
  if (person.disabledAt) throw new Problem('CONFLICT', 'This person is disabled.')
  return { ...person, side: person.side }
}
