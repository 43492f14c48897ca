import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { requireFittingRoles } from '#platform/auth/invite-person.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import type { Person, Role } from '#platform/auth/person.ts'
import { findPerson, replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * Makes somebody else's roles exactly these; their next request has them. Since nobody changes their own, a membership
 * officer always remains. Throws as `lockManagedPerson`, CONFLICT for a disabled person, VALIDATION_FAILED for roles of the other side.
 */
export async function setRoles(app: App, actor: PersonActor, id: string, roles: readonly Role[]): Promise<Person> {
  return app.db.transaction(actor, async (tx) => {
    const person = await lockManagedPerson(tx, actor, id)
    if (person.disabledAt) throw new Problem('CONFLICT', 'This person is disabled.')
    requireFittingRoles(person.side, roles)
    await replaceRoles(tx, person.id, person.side.kind, [...new Set(roles)], app.clock.now())
    const details = { before: person.roles, after: [...new Set(roles)] }
    await recordFor(app, tx, person.id, { action: 'person.roles-set', subject: person.id, binds: roleRows(person.id, person.side.kind), details })
    await notify(app, tx, person.id, 'account.roles-changed')
    return (await findPerson(tx, person.id))!
  })
}
