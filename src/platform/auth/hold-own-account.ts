import type { PersonActor } from '#platform/auth/actor.ts'
import { holdAccount } from '#platform/auth/people-store.ts'
import { isLive } from '#platform/auth/session-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'

/** Begins a transaction that makes a credential in the actor's session. Throws NOT_SIGNED_IN when that session was ended meanwhile. */
export async function holdOwnAccount(tx: Tx, actor: PersonActor): Promise<void> {
  await holdAccount(tx, actor.person)
  if (actor.credential.kind !== 'session' || !(await isLive(tx, actor.credential.id))) throw new Problem('NOT_SIGNED_IN')
}
