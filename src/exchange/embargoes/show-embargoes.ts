import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { findCollectionOf, type CollectionId } from '#exchange/collections/store.ts'
import { accessChangeState } from '#exchange/access/access-change.ts'
import { listChanges, type StoredChange } from '#exchange/embargoes/change-store.ts'
import type { EmbargoChangeView, EmbargoView, ReaderClass } from '#exchange/embargoes/contract.ts'
import { countHeld, findEmbargo, listEmbargoes, listReleases, type EmbargoId, type StoredEmbargo } from '#exchange/embargoes/store.ts'

type View = z.input<typeof EmbargoView>

/** Embargoes of a collection of the operator's, the newest first. Throws NOT_FOUND. */
export function showEmbargoes(app: App, actor: OperatorActor, collection: CollectionId): Promise<View[]> {
  return app.db.read(actor, async (tx) => {
    if (!(await findCollectionOf(tx, actor.operator, collection))) throw new Problem('NOT_FOUND')
    return show(app, tx, collection, await listEmbargoes(tx, actor.operator, collection))
  })
}

export async function showOne(app: App, tx: Tx, actor: OperatorActor, id: EmbargoId): Promise<View> {
  const embargo = await findEmbargo(tx, actor.operator, id)
  if (!embargo) throw new Problem('NOT_FOUND')
  return (await show(app, tx, embargo.collection_id, [embargo]))[0]!
}

async function show(app: App, tx: Tx, collection: CollectionId, embargoes: readonly StoredEmbargo[]): Promise<View[]> {
  const now = app.clock.now()
  const ids = embargoes.map(({ id }) => id)
  const releases = await listReleases(tx, ids)
  const changes = await listChanges(tx, ids)
  const held = await countHeld(tx, collection, ids)
  return embargoes.map((embargo) => {
    const { objects, readers } = held.get(embargo.id)!
    return {
      id: embargo.id,
      collection,
      title: embargo.title,
      package: embargo.package_id,
      zone: embargo.zone,
      set: { by: embargo.set_by === null ? null : { id: embargo.set_by, name: embargo.setter_name ?? '' }, at: embargo.set_at },
      objects,
      releases: (releases.get(embargo.id) ?? []).map(({ class: of, opensAt, ownAt }) => ({
        class: of,
        at: opensAt,
        reached: opensAt <= now,
        follows: embargo.package_id !== null && ownAt === null,
        readers: of === 'everybody' ? [...readers.values()].reduce((sum, n) => sum + n, 0) : (readers.get(of) ?? 0),
      })),
      changes: (changes.get(embargo.id) ?? []).map((change) => showChange(change, now)),
    }
  })
}

function showChange(change: StoredChange, now: Date): z.input<typeof EmbargoChangeView> {
  const { done_at: doneAt, approved_by: by } = change
  return {
    id: change.id,
    instants: (Object.entries(change.releases) as [ReaderClass, string | null][]).map(([of, at]) => ({ class: of, at: at === null ? null : new Date(at) })),
    reason: change.reason,
    state: accessChangeState(change, now),
    proposed: { by: { id: change.proposed_by, name: change.proposer_name }, at: change.proposed_at },
    approved: by === null || doneAt === null ? null : { by: { id: by, name: change.approver_name ?? '' }, at: doneAt },
    expiresAt: change.expires_at,
  }
}
