import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { endAccount } from '#platform/auth/end-account.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import type { Person } from '#platform/auth/person.ts'

/** Ends an account for good with everything it could sign in by, in one act; a second time changes nothing. Throws as `lockManagedPerson`. */
export async function disablePerson(app: App, actor: PersonActor, id: string): Promise<Person> {
  return app.db.transaction(actor, async (tx) => {
    const person = await lockManagedPerson(tx, actor, id)
    return endAccount(app, tx, person)
  })
}
