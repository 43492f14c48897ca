import type { Credential, PersonActor } from '#platform/auth/actor.ts'
import { findHolder } from '#platform/auth/credential-store.ts'
import { actorOf } from '#platform/auth/identify.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

/**
 * The person who began something that a job ends, with the roles that they hold now; undefined for whoever is disabled or let in by no
 * membership any more. `begunWith` may have ended since: it says in the log who did it.
 */
export async function findActor(tx: Tx, person: PersonId, begunWith: Credential): Promise<PersonActor | undefined> {
  const holder = await findHolder(tx, person)
  const actor = holder && actorOf(holder, begunWith)
  return actor?.kind === 'operator' || actor?.kind === 'contact' ? actor : undefined
}
