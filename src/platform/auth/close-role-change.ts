import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { roleChangeState } from '#platform/auth/role-change.ts'
import { closeRoleChange as setClosed, lockRoleChange, roleChangeRow } from '#platform/auth/role-change-store.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * Ends a role change that should not go on. Any membership officer of the operator may, the person concerned included.
 * Throws NOT_FOUND, and CONFLICT when it was approved or closed: what was granted is taken back by setting roles.
 */
export async function closeRoleChange(app: App, actor: PersonActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const change = await lockRoleChange(tx, id)
    if (!change) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    if (['approved', 'closed'].includes(roleChangeState(change, at))) throw new Problem('CONFLICT', 'This role change has ended already.')
    await setClosed(tx, change.id, at)
    await recordFor(app, tx, change.person_id, { action: 'role-change.closed', subject: change.person_id, binds: [roleChangeRow({ id: change.id })] })
    const data = { change: change.id, person: change.person_id, name: change.person_name }
    await notify(app, tx, change.person_id, 'role-change.closed', data)
    await tellOfficers(app, tx, { about: change.person_id, except: actor.person }, 'role-change.closed', data)
  })
}
