import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { certificateRow, revokeCertificates } from '#platform/auth/certificates/store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { Problem } from '#platform/errors.ts'

/** Revokes one of the actor's own certificates; from the next request on it opens nothing, also on a connection that it opened. Throws NOT_FOUND. */
export async function endCertificate(app: App, actor: PersonActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const ended = await revokeCertificates(tx, actor.person, app.clock.now(), id)
    if (ended.length === 0) throw new Problem('NOT_FOUND')
    await recordFor(app, tx, actor.person, { action: 'certificate.revoked', subject: actor.person, binds: [certificateRow({ id })] })
  })
}
