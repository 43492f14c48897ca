import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeSession, revokeSessions, sessionRow } from '#platform/auth/session-store.ts'
import { Problem } from '#platform/errors.ts'

/** Ends one of the actor's own sessions, the present one included. Throws NOT_FOUND. */
export async function endSession(app: App, actor: PersonActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    if (!(await revokeSession(tx, actor.person, id, app.clock.now()))) throw new Problem('NOT_FOUND')
    await recordFor(app, tx, actor.person, { action: 'session.ended', subject: actor.person, binds: [sessionRow({ id })] })
  })
}

/** Ends all of the actor's own sessions but the present one. */
export async function endOtherSessions(app: App, actor: PersonActor): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const ended = await revokeSessions(tx, actor.person, app.clock.now(), actor.credential.id)
    if (ended.length === 0) return
    await recordFor(app, tx, actor.person, { action: 'session.ended', subject: actor.person, binds: ended.map((id) => sessionRow({ id })) })
  })
}
