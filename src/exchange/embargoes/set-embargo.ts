import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { findOpening } from '#program/packages/asked/contract.ts'
import { lockCollection, type CollectionId } from '#exchange/collections/store.ts'
import { releasesOf } from '#exchange/embargoes/classes.ts'
import type { EmbargoView, SetEmbargo } from '#exchange/embargoes/contract.ts'
import { showOne } from '#exchange/embargoes/show-embargoes.ts'
import { embargoRows, insertEmbargo, keepReleases, type EmbargoId } from '#exchange/embargoes/store.ts'

/**
 * Sets an embargo in a collection of the operator's: when each class of readers is shown what will be put under it. A leaf fixes the instants (V7).
 * Throws NOT_FOUND for a collection that is not the operator's, CONFLICT for one that nobody writes to, and VALIDATION_FAILED for a package that
 * this person may not know of, that is on no release, or that never opens to a class that is named.
 */
export async function setEmbargo(
  app: App,
  actor: OperatorActor,
  collection: CollectionId,
  wish: z.output<typeof SetEmbargo>,
): Promise<z.input<typeof EmbargoView>> {
  return app.db.transaction(actor, async (tx) => {
    const found = await lockCollection(tx, actor.operator, collection)
    if (!found) throw new Problem('NOT_FOUND')
    if (found.aggregates !== null || found.purpose !== null) throw new Problem('CONFLICT', 'Nothing is put into this collection: the program fills it.')
    const now = app.clock.now()
    const opening = wish.package === null ? undefined : await findOpening(app, tx, actor, wish.package)
    if (wish.package !== null && !opening) throw refused('/body/package', 'a package of yours that you may know of and that is on a release')
    const releases = releasesOf(wish.instants, opening, now)
    if (typeof releases === 'string') throw refused(`/body/instants/${releases}`, 'a class to which the package opens: it never opens to this one')
    const embargo = {
      id: app.ids.next<'object-embargo'>() as EmbargoId,
      operator_id: actor.operator,
      collection_id: collection,
      title: wish.title,
      package_id: wish.package,
      zone: wish.zone ?? opening?.zone ?? 'UTC',
      set_by: actor.person,
      set_at: now,
    }
    await insertEmbargo(tx, embargo)
    await keepReleases(tx, embargo, releases)
    app.audit.record(tx, { action: 'embargo.set', subject: collection, binds: embargoRows(embargo.id, releases), details: { embargo: embargo.id } })
    return showOne(app, tx, actor, embargo.id)
  })
}

export function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
