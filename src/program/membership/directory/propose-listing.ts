import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { ProposeListing } from '#program/membership/directory/contract.ts'
import {
  decideListing,
  endPublic,
  findLogo,
  holdPair,
  insertListing,
  listingRow,
  listOwnListings,
  type ListingId,
  type Pair,
} from '#program/membership/directory/listing-store.ts'
import { requireActive } from '#program/membership/directory/own-listing.ts'

/**
 * A member agrees to be featured with exactly this; it is public once an officer has approved it. What waited before is withdrawn, what
 * is public stays until then. Throws NOT_FOUND, CONFLICT while the membership is not active, VALIDATION_FAILED for a logo that it did not upload.
 */
export async function proposeListing(app: App, actor: ContactActor, operator: OperatorId, wish: z.output<typeof ProposeListing>): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const pair = await requireActive(tx, actor, operator, at)
    await holdPair(tx, pair)
    if (wish.logo !== null && !(await findLogo(tx, wish.logo, pair))) {
      throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/logo', message: 'a logo that was not uploaded' }] })
    }
    const withdrawn = await withdrawWaiting(app, tx, actor, pair)
    const id = app.ids.next<'listing'>() as ListingId
    const { agrees: _agrees, ...shown } = wish
    await insertListing(tx, { ...pair, id, ...shown, by: actor.person, at })
    const binds = [id, ...withdrawn].map((row) => listingRow({ id: row }))
    app.audit.record(tx, { action: 'listing.proposed', subject: actor.organisation, operator, binds, details: { listing: id } })
    await notify(app, tx, await membershipOfficers(tx, operator), 'listing.proposed')
  })
}

/** A member no longer agrees: what waits and what is public ends at once. Harmless where nothing does. */
export async function withdrawListing(app: App, actor: ContactActor, operator: OperatorId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const pair = { organisation: actor.organisation, operator }
    await holdPair(tx, pair)
    const ended = [...(await withdrawWaiting(app, tx, actor, pair)), ...(await endPublic(tx, pair, actor.person, app.clock.now()))]
    if (ended.length === 0) return
    app.audit.record(tx, { action: 'listing.withdrawn', subject: actor.organisation, operator, binds: ended.map((id) => listingRow({ id })) })
  })
}

async function withdrawWaiting(app: App, tx: Tx, actor: ContactActor, pair: Pair): Promise<ListingId[]> {
  const at = app.clock.now()
  const waiting = (await listOwnListings(tx, pair, at)).filter(({ decision }) => decision === null)
  for (const { id } of waiting) await decideListing(tx, id, { decision: 'withdrawn', reason: null, by: actor.person, at })
  return waiting.map(({ id }) => id)
}
