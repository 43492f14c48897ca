import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { holdsRole } from '#platform/auth/holds-role.ts'
import type { ReleaseView } from '#program/releases/contract.ts'
import { showRelease } from '#program/releases/list-releases.ts'
import { lockRelease, releaseRow, setReleaseConfirmed, setReleaseWithdrawn, type ReleaseId, type StoredRelease } from '#program/releases/store.ts'

/**
 * The second publisher agrees: from now on the packages that the release names can be scheduled for it. Throws NOT_FOUND,
 * SECOND_PERSON_NEEDED for who proposed it, and CONFLICT when it does not wait any more, its instant has passed, or who
 * proposed it is no publisher any more.
 */
export async function confirmRelease(app: App, actor: OperatorActor, id: ReleaseId): Promise<z.input<typeof ReleaseView>> {
  return app.db.transaction(actor, async (tx) => {
    const release = await lockWaiting(tx, actor, id)
    if (release.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    const at = app.clock.now()
    if (release.instant <= at) throw new Problem('CONFLICT', 'The instant of this release has passed; propose another.')
    if (!(await holdsRole(tx, release.proposed_by!, 'publisher')))
      throw new Problem('CONFLICT', 'Who proposed this release is no publisher any more; propose it anew.')
    await setReleaseConfirmed(tx, id, actor.person, at)
    app.audit.record(tx, { action: 'release.confirmed', subject: id, binds: [releaseRow({ id })] })
    return showRelease(app, tx, actor, (await lockRelease(tx, actor.operator, id))!)
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
