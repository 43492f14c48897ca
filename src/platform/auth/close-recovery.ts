import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { linkRow, revokeLinks } from '#platform/auth/link-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { recoveryState } from '#platform/auth/recovery.ts'
import { closeRecovery as setClosed, lockRecovery, recoveryRow } from '#platform/auth/recovery-store.ts'
import { Problem } from '#platform/errors.ts'

/**
 * Ends a recovery that should not go on, also an approved one while its link is unused. Any membership officer of the
 * operator may, the person concerned included. Throws NOT_FOUND, and CONFLICT when there is nothing left to stop.
 */
export async function closeRecovery(app: App, actor: PersonActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const recovery = await lockRecovery(tx, id)
    if (!recovery) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    const state = recoveryState(recovery, at)
    const voided = state === 'approved' ? await revokeLinks(tx, recovery.person_id, at, 'recovery') : []
    if (state === 'closed' || (state === 'approved' && voided.length === 0)) throw new Problem('CONFLICT', 'This recovery has ended already.')
    await setClosed(tx, recovery.id, at)
    const binds = [recoveryRow({ id: recovery.id }), ...voided.map((link) => linkRow({ id: link }))]
    await recordFor(app, tx, recovery.person_id, { action: 'recovery.closed', subject: recovery.person_id, binds })
  })
}
