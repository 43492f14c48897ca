import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { endIdentitiesOf, identityRow, listIdentities } from '#platform/auth/oidc/identity-store.ts'
import { lockPasskeys } from '#platform/auth/passkey-store.ts'
import { holdAccount } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeSessionsVia, sessionRow } from '#platform/auth/session-store.ts'
import { Problem } from '#platform/errors.ts'

/**
 * Ends the actor's own binding, and at once every session begun by it. Throws NOT_FOUND, and CONFLICT for who has no passkey:
 * enrol one first, or nothing would be left to sign in with.
 */
export async function disconnectIdentity(app: App, actor: PersonActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await holdAccount(tx, actor.person)
    if (!(await listIdentities(tx, actor.person, 10)).some((identity) => identity.id === id)) throw new Problem('NOT_FOUND')
    if ((await lockPasskeys(tx, actor.person)).length === 0) throw new Problem('CONFLICT', 'You have no passkey; enrol one first.')
    const at = app.clock.now()
    await endIdentitiesOf(tx, actor.person, at)
    const sessions = await revokeSessionsVia(tx, { identity: id }, at)
    const binds = [identityRow({ id }), ...sessions.map((session) => sessionRow({ id: session }))]
    await recordFor(app, tx, actor.person, { action: 'identity.disconnected', subject: actor.person, binds })
  })
}
