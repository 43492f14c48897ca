import type { App } from '#platform/app.ts'
import type { OperatorRole, PersonActor } from '#platform/auth/actor.ts'
import { grantRoles } from '#platform/auth/grant-roles.ts'
import { requireFittingRoles } from '#platform/auth/invite-person.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import type { Person, Role } from '#platform/auth/person.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import { proposeRoleChange } from '#platform/auth/propose-role-change.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { closeRoleChangesOf, roleChangeRow, type RoleChange } from '#platform/auth/role-change-store.ts'
import { actsAlone } from '#platform/auth/two-officers.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

export type SetRolesResult =
  | { readonly state: 'done'; readonly person: Person }
  | { readonly state: 'waits'; readonly person: Person; readonly change: RoleChange }

/**
 * Makes somebody else's roles exactly these; their next request has them. What would give one of the operator's own
 * staff a role they lack waits as a whole for a second officer, unless there has never been one; taking roles away
 * does not, and ends a change that waits. Since nobody changes their own, a membership officer always remains. Throws
 * as `lockManagedPerson`, CONFLICT for a disabled person or while a change waits, VALIDATION_FAILED for roles of the other side.
 */
export async function setRoles(app: App, actor: PersonActor, id: string, roles: readonly Role[]): Promise<SetRolesResult> {
  return app.db.transaction(actor, async (tx): Promise<SetRolesResult> => {
    const person = await lockManagedPerson(tx, actor, id)
    if (person.disabledAt) throw new Problem('CONFLICT', 'This person is disabled.')
    requireFittingRoles(person.side, roles)
    const after = [...new Set(roles)]
    const gives = person.side.kind === 'operator' && after.some((role) => !person.roles.includes(role))
    const alone = gives && person.side.kind === 'operator' && (await actsAlone(tx, person.side.operator))
    if (gives && !alone) return { state: 'waits', person, change: await proposeRoleChange(app, tx, actor, { person, roles: after as OperatorRole[] }) }
    const closed = person.side.kind === 'operator' ? await closeRoleChangesOf(tx, person.id, app.clock.now()) : []
    const binds = [...(await grantRoles(app, tx, person, after)), ...closed.map((change) => roleChangeRow({ id: change }))]
    const details = { before: person.roles, after, ...(alone && { alone }) }
    await recordFor(app, tx, person.id, { action: 'person.roles-set', subject: person.id, binds, details })
    await notify(app, tx, person.id, 'account.roles-changed')
    return { state: 'done', person: (await findPerson(tx, person.id))! }
  })
}
