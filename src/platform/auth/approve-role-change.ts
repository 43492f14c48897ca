import type { App } from '#platform/app.ts'
import { system, type PersonActor } from '#platform/auth/actor.ts'
import { grantRoles } from '#platform/auth/grant-roles.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import { lockPerson, membershipOfficers } from '#platform/auth/people-store.ts'
import type { Person } from '#platform/auth/person.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { isSecondOfficer, roleChangeState } from '#platform/auth/role-change.ts'
import { findRoleChange, lockRoleChange, roleChangeRow, setRoleChangeApproved, type RoleChange, type RoleChangeId } from '#platform/auth/role-change-store.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
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
    const approved = await carryOut(app, tx, actor.person, person, change)
    await tellOfficers(app, tx, { about: person.id, except: actor.person }, 'role-change.approved', dataOf(change))
    return approved
  })
}

/**
 * The same by whoever holds the machine itself, for when no second officer is left; every officer is told. Throws
 * NOT_FOUND, and CONFLICT as above.
 */
export async function approveRoleChangeOnHost(app: App, id: RoleChangeId): Promise<ApprovedRoleChange> {
  return app.db.transaction(system('host'), async (tx) => {
    const found = await findRoleChange(tx, id)
    const person = found && (await lockPerson(tx, found.person_id))
    if (!person) throw new Problem('NOT_FOUND')
    const change = (await lockRoleChange(tx, id))!
    const approved = await carryOut(app, tx, 'host', person, change)
    await tellOfficers(app, tx, { about: person.id, except: person.id }, 'role-change.approved', dataOf(change))
    return approved
  })
}

async function carryOut(app: App, tx: Tx, by: PersonId | 'host', person: Person, change: RoleChange): Promise<ApprovedRoleChange> {
  const at = app.clock.now()
  if (roleChangeState(change, at) !== 'waits') throw new Problem('CONFLICT', 'This role change does not wait any more.')
  const officers = await membershipOfficers(tx, change.operator_id)
  if (person.disabledAt || !officers.includes(change.proposed_by)) throw new Problem('CONFLICT', 'This role change does not stand any more; propose another.')
  await setRoleChangeApproved(tx, change.id, by, at)
  const binds = [roleChangeRow({ id: change.id }), ...(await grantRoles(app, tx, person, change.roles))]
  const link = person.wasActive ? undefined : await issueLink(app, tx, 'invitation', person.id)
  const details = { before: person.roles, after: change.roles }
  await recordFor(app, tx, person.id, { action: 'role-change.approved', subject: person.id, binds: [...binds, ...(link?.binds ?? [])], details })
  await notify(app, tx, person.id, 'role-change.approved', dataOf(change))
  return { change: (await findRoleChange(tx, change.id))!, link }
}

function dataOf(change: RoleChange) {
  return { change: change.id, person: change.person_id, name: change.person_name }
}
