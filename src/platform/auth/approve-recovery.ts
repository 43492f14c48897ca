import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { isSecond, recoveryState, requireRoles } from '#platform/auth/recovery.ts'
import { findRecovery, lockRecovery, recoveryRow, setApproved } from '#platform/auth/recovery-store.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * The second operator agrees and receives the one-time link to hand over; using it ends everything the account had.
 * Throws NOT_FOUND, SECOND_PERSON_NEEDED for who opened it and for the person concerned, and CONFLICT when it is not
 * open any more, who opened it is no membership officer any more or the person has no roles.
 */
export async function approveRecovery(app: App, actor: PersonActor, id: string): Promise<IssuedLink> {
  return app.db.transaction(actor, async (tx) => {
    const found = await findRecovery(tx, id)
    if (!found) throw new Problem('NOT_FOUND')
    if (!isSecond(found, actor.person)) throw new Problem('SECOND_PERSON_NEEDED')
    // The account before the recovery, in the order in which everything else locks them.
    const person = await lockManagedPerson(tx, actor, found.person_id)
    const recovery = (await lockRecovery(tx, id))!
    const at = app.clock.now()
    if (recoveryState(recovery, at) !== 'open') throw new Problem('CONFLICT', 'This recovery is not open any more.')
    const officers = await membershipOfficers(tx, recovery.operator_id)
    if (person.disabledAt || !officers.includes(recovery.opened_by)) throw new Problem('CONFLICT', 'This recovery does not stand any more; open another one.')
    requireRoles(person)
    await setApproved(tx, recovery.id, actor.person, at)
    const link = await issueLink(app, tx, 'recovery', person.id)
    await recordFor(app, tx, person.id, { action: 'recovery.approved', subject: person.id, binds: [recoveryRow({ id: recovery.id }), ...link.binds] })
    const data = { recovery: recovery.id, person: person.id, name: person.name }
    await notify(app, tx, person.id, 'recovery.link-issued', data)
    await tellOfficers(app, tx, { about: person.id, except: actor.person }, 'recovery.link-issued', data)
    return link
  })
}
