import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { listOpenings } from '#program/packages/asked/contract.ts'
import { followed, putOff, type ClassRelease } from '#exchange/embargoes/classes.ts'
import { moveTo } from '#exchange/embargoes/change-embargo.ts'
import { listFollowing, listReleases, lockEmbargo, type EmbargoId } from '#exchange/embargoes/store.ts'
import type { OperatorId } from '#platform/ids.ts'

interface Following {
  readonly id: EmbargoId
  readonly operator: OperatorId
  readonly package: string
}

const ACTOR = system('embargoes.follow-packages')

/**
 * Moves what waits with a package to where the package's windows are by now: releases move, and embargoes end early. What waits with a package that is on no
 * release is put off. Until this was done nobody is shown anything whom the program denies it, since it is asked with every read: a late look
 * delays, and never advances (V2).
 */
export async function followPackages(app: App): Promise<void> {
  const following = await app.db.read(ACTOR, (tx) => listFollowing(tx, app.clock.now()))
  for (const one of following)
    await followPackage(app, one).catch((error: unknown) => {
      // Another embargo ends at this moment, or too soon after: the next look does it, and what else waits is moved now.
      if (!(error instanceof Problem) || (error.code !== 'DATABASE_UNAVAILABLE' && error.code !== 'CONFLICT')) throw error
    })
}

async function followPackage(app: App, one: Following): Promise<void> {
  if ((await app.db.read(ACTOR, (tx) => listMoves(app, tx, one))).length === 0) return
  await app.db.transaction(ACTOR, async (tx) => {
    const embargo = await lockEmbargo(tx, one.operator, one.id)
    const moves = embargo ? await listMoves(app, tx, one) : []
    if (embargo && moves.length > 0) await moveTo(app, tx, embargo, moves)
  })
}

/** The classes that are to be moved, with their new instants. */
async function listMoves(app: App, tx: Tx, { id, operator, package: of }: Following): Promise<ClassRelease[]> {
  const opening = (await listOpenings(app, tx, operator, [of])).get(of)
  const now = app.clock.now()
  return ((await listReleases(tx, [id])).get(id) ?? []).flatMap((release) => {
    const at = opening ? followed(release, opening, now) : putOff(release, now)
    return at ? [{ class: release.class, opensAt: at, ownAt: release.ownAt }] : []
  })
}
