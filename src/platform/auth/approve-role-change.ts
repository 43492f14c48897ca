import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { grantRoles } from '#platform/auth/grant-roles.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { isSecondOfficer, roleChangeState } from '#platform/auth/role-change.ts'
import { approveRoleChange as setApproved, findRoleChange, lockRoleChange, roleChangeRow, type RoleChange } from '#platform/auth/role-change-store.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

export interface ApprovedRoleChange {
  readonly change: RoleChange
  /** For somebody who has never come in: the link to hand over. */
  readonly link: IssuedLink | undefined
}

/**
 * The second officer agrees: from now on the person holds exactly the roles of the change. Throws NOT_FOUND,
 * SECOND_PERSON_NEEDED for who proposed it and for the person concerned, and CONFLICT when it does not wait any more
 * or who proposed it is no membership officer any more.
 */
export async function approveRoleChange(app: App, actor: PersonActor, id: string): Promise<ApprovedRoleChange> {
  return app.db.transaction(actor, async (tx) => {
    const found = await findRoleChange(tx, id)
    if (!found) throw new Problem('NOT_FOUND')
    if (!isSecondOfficer(found, actor.person)) throw new Problem('SECOND_PERSON_NEEDED')
    // The account before the change, in the order in which everything else locks them.
    const person = await lockManagedPerson(tx, actor, found.person_id)
    const change = (await lockRoleChange(tx, id))!
    const at = app.clock.now()
    if (roleChangeState(change, at) !== 'waits') throw new Problem('CONFLICT', 'This role change does not wait any more.')
    const officers = await membershipOfficers(tx, change.operator_id)
    if (person.disabledAt || !officers.includes(change.proposed_by)) throw new Problem('CONFLICT', 'This role change does not stand any more; propose another.')
    await setApproved(tx, change.id, actor.person, at)
    const binds = [roleChangeRow({ id: change.id }), ...(await grantRoles(app, tx, person, change.roles))]
    const link = person.wasActive ? undefined : await issueLink(app, tx, 'invitation', person.id)
    const details = { before: person.roles, after: change.roles }
    await recordFor(app, tx, person.id, { action: 'role-change.approved', subject: person.id, binds: [...binds, ...(link?.binds ?? [])], details })
    const data = { change: change.id, person: person.id, name: person.name }
    await notify(app, tx, person.id, 'role-change.approved', data)
    await tellOfficers(app, tx, { about: person.id, except: actor.person }, 'role-change.approved', data)
    return { change: (await findRoleChange(tx, change.id))!, link }
  })
}
