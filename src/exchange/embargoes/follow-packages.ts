import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { listOpenings } from '#program/packages/asked/contract.ts'
import { followed } from '#exchange/embargoes/classes.ts'
import { moveTo } from '#exchange/embargoes/change-embargo.ts'
import { listFollowing, listReleases, lockEmbargo, type EmbargoId } from '#exchange/embargoes/store.ts'
import type { OperatorId } from '#platform/ids.ts'

const ACTOR = system('embargoes.follow-packages')

/**
 * Moves what waits with a package to where the package's windows are by now: releases move, and embargoes end early. Until this was done nobody is
 * shown anything whom the program denies it, since it is asked with every read: a late look delays, and never advances (V2).
 */
export async function followPackages(app: App): Promise<void> {
  const following = await app.db.read(ACTOR, (tx) => listFollowing(tx, app.clock.now()))
  for (const one of following) await followPackage(app, one)
}

async function followPackage(
  app: App,
  { id, operator, package: of }: { readonly id: EmbargoId; readonly operator: OperatorId; readonly package: string },
): Promise<void> {
  const isBehind = await app.db.read(ACTOR, async (tx) => {
    const opening = (await listOpenings(app, tx, operator, [of])).get(of)
    return opening !== undefined && ((await listReleases(tx, [id])).get(id) ?? []).some((release) => followed(release, opening, app.clock.now()))
  })
  if (!isBehind) return
  await app.db.transaction(ACTOR, async (tx) => {
    const embargo = await lockEmbargo(tx, operator, id)
    const opening = (await listOpenings(app, tx, operator, [of])).get(of)
    if (!embargo || !opening) return
    const releases = ((await listReleases(tx, [id])).get(id) ?? []).flatMap((release) => {
      const at = followed(release, opening, app.clock.now())
      return at ? [{ class: release.class, opensAt: at, ownAt: release.ownAt }] : []
    })
    if (releases.length > 0) await moveTo(app, tx, embargo, releases)
  })
}
