import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeToken, tokenRow } from '#platform/auth/token-store.ts'
import { Problem } from '#platform/errors.ts'

/** Revokes one of the actor's own API tokens; from the next request on it opens nothing. Throws NOT_FOUND. */
export async function endToken(app: App, actor: PersonActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    if (!(await revokeToken(tx, actor.person, id, app.clock.now()))) throw new Problem('NOT_FOUND')
    await recordFor(app, tx, actor.person, { action: 'token.revoked', subject: actor.person, binds: [tokenRow({ id })] })
  })
}
