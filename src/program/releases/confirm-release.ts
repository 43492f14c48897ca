import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { lockRelease, releaseRow, setReleaseConfirmed, setReleaseWithdrawn, type ReleaseId, type StoredRelease } from '#program/releases/store.ts'

/**
 * The second publisher agrees: from now on packages can be scheduled for the release. Throws NOT_FOUND,
 * SECOND_PERSON_NEEDED for who proposed it, and CONFLICT when it does not wait any more, its instant has passed, or who
 * proposed it is no publisher any more.
 */
export async function confirmRelease(app: App, actor: OperatorActor, id: ReleaseId): Promise<StoredRelease> {
  return app.db.transaction(actor, async (tx) => {
    const release = await lockWaiting(tx, actor, id)
    if (release.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    const at = app.clock.now()
    if (release.instant <= at) throw new Problem('CONFLICT', 'The instant of this release has passed; propose another.')
    if (!(await isPublisher(tx, release.proposed_by!))) throw new Problem('CONFLICT', 'Who proposed this release is no publisher any more; propose it anew.')
    await setReleaseConfirmed(tx, id, actor.person, at)
    app.audit.record(tx, { action: 'release.confirmed', subject: id, binds: [releaseRow({ id })] })
    return (await lockRelease(tx, actor.operator, id))!
  })
}

/** Takes a proposal back, one's own or another's; it was never in force. Throws NOT_FOUND, and CONFLICT once it is confirmed. */
export async function withdrawRelease(app: App, actor: OperatorActor, id: ReleaseId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await lockWaiting(tx, actor, id)
    await setReleaseWithdrawn(tx, id, app.clock.now())
    app.audit.record(tx, { action: 'release.withdrawn', subject: id, binds: [releaseRow({ id })] })
  })
}

async function lockWaiting(tx: Tx, actor: OperatorActor, id: ReleaseId): Promise<StoredRelease> {
  const release = await lockRelease(tx, actor.operator, id)
  if (!release) throw new Problem('NOT_FOUND')
  if (release.confirmed_at) throw new Problem('CONFLICT', 'This release is confirmed already.')
  return release
}

async function isPublisher(tx: Tx, id: PersonId): Promise<boolean> {
  const person = await findPerson(tx, id)
  return person !== undefined && person.disabledAt === null && person.roles.includes('publisher')
}
