import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeSessions, sessionRow } from '#platform/auth/session-store.ts'
import { Problem } from '#platform/errors.ts'

/**
 * A new invitation for somebody who has never enrolled a passkey; the earlier link, and any session it began, end.
 * Throws CONFLICT once a passkey was enrolled: from then on a new link is a recovery and takes two operators.
 */
export async function renewInvitation(app: App, actor: PersonActor, id: string): Promise<IssuedLink> {
  return app.db.transaction(actor, async (tx) => {
    const person = await lockManagedPerson(tx, actor, id)
    if (person.disabledAt) throw new Problem('CONFLICT', 'This person is disabled.')
    if (person.hasEnrolled) throw new Problem('CONFLICT', 'This person has enrolled a passkey; a new link takes a recovery by two operators.')
    const ended = await revokeSessions(tx, person.id, app.clock.now())
    const link = await issueLink(app, tx, 'invitation', person.id)
    const binds = [...link.binds, ...ended.map((session) => sessionRow({ id: session }))]
    await recordFor(app, tx, person.id, { action: 'person.invitation-renewed', subject: person.id, binds })
    return link
  })
}
