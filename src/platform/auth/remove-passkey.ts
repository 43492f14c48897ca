import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { lockPasskeys, passkeyRow, revokePasskey } from '#platform/auth/passkey-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeSessions, sessionRow } from '#platform/auth/session-store.ts'
import { Problem } from '#platform/errors.ts'

/**
 * Removes one of the actor's own passkeys, and ends the other sessions, since whoever took the passkey may be in one.
 * Throws NOT_FOUND, and CONFLICT for the last one: enrol another first, or nothing would be left to sign in with.
 */
export async function removePasskey(app: App, actor: PersonActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const passkeys = await lockPasskeys(tx, actor.person)
    if (!passkeys.includes(id)) throw new Problem('NOT_FOUND')
    if (passkeys.length === 1) throw new Problem('CONFLICT', 'This is your only passkey; enrol another one first.')
    const at = app.clock.now()
    await revokePasskey(tx, id, at)
    const ended = await revokeSessions(tx, actor.person, at, actor.credential.id)
    const binds = [passkeyRow({ id }), ...ended.map((session) => sessionRow({ id: session }))]
    await recordFor(app, tx, actor.person, { action: 'passkey.removed', subject: actor.person, binds })
  })
}
