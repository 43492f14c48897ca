import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { requireRoles } from '#platform/auth/recovery.ts'
import { insertRecovery, lockRecovery, recoveryRow, waitingRecovery, type Recovery, type RecoveryId } from '#platform/auth/recovery-store.ts'
import { RECOVERY_LIFE_MS } from '#platform/auth/session.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * The first of two operators says that somebody has lost their passkeys. Nothing changes yet for that person, who is
 * told, as are the other membership officers. Throws as `lockManagedPerson`, CONFLICT when one is open already or the person is disabled or has no roles.
 */
export async function openRecovery(app: App, actor: PersonActor, id: string, reason: string): Promise<Recovery> {
  if (actor.kind !== 'operator') throw new Problem('FORBIDDEN')
  return app.db.transaction(actor, async (tx) => {
    const person = await lockManagedPerson(tx, actor, id)
    if (person.disabledAt) throw new Problem('CONFLICT', 'This person is disabled.')
    requireRoles(person)
    const at = app.clock.now()
    const { isWaiting, expired } = await waitingRecovery(tx, person.id, at)
    if (isWaiting) throw new Problem('CONFLICT', 'A recovery of this person is open already.')
    const recovery = app.ids.next<'recovery'>() as RecoveryId
    const expiresAt = new Date(at.getTime() + RECOVERY_LIFE_MS)
    await insertRecovery(tx, { id: recovery, person: person.id, operator: actor.operator, reason, by: actor.person, at, expiresAt })
    const binds = [recovery, ...expired].map((row) => recoveryRow({ id: row }))
    await recordFor(app, tx, person.id, { action: 'recovery.opened', subject: person.id, binds })
    const data = { recovery, person: person.id, name: person.name }
    await notify(app, tx, person.id, 'recovery.opened', data)
    await tellOfficers(app, tx, { about: person.id, except: actor.person }, 'recovery.opened', data)
    return (await lockRecovery(tx, recovery))!
  })
}
