import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { endCredentials } from '#platform/auth/end-credentials.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import type { Person } from '#platform/auth/person.ts'
import { findPerson, personRow, setDisabled } from '#platform/auth/people-store.ts'
import { closeRecoveriesOf, recoveryRow } from '#platform/auth/recovery-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { closeRoleChangesOf, roleChangeRow } from '#platform/auth/role-change-store.ts'
import type { Tx } from '#platform/db/database.ts'

/** Ends an account for good with everything it could sign in by, in one act; a second time changes nothing. Throws as `lockManagedPerson`. */
export async function disablePerson(app: App, actor: PersonActor, id: string): Promise<Person> {
  return app.db.transaction(actor, async (tx) => {
    const person = await lockManagedPerson(tx, actor, id)
    return endAccount(app, tx, person)
  })
}

/** The same for an account that the caller has authorised to end, and holds (`lockPerson`). */
export async function endAccount(app: App, tx: Tx, person: Person): Promise<Person> {
  if (person.disabledAt) return person
  const at = app.clock.now()
  await setDisabled(tx, person.id, at)
  const closed = await closeRecoveriesOf(tx, person.id, at)
  const changes = person.side.kind === 'operator' ? await closeRoleChangesOf(tx, person.id, at) : []
  const ended = [...closed.map((recovery) => recoveryRow({ id: recovery })), ...changes.map((change) => roleChangeRow({ id: change }))]
  const binds = [personRow({ id: person.id }), ...(await endCredentials(tx, person.id, at)), ...ended]
  await recordFor(app, tx, person.id, { action: 'person.disabled', subject: person.id, binds })
  return (await findPerson(tx, person.id))!
}
