import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import type { ListingView } from '#program/membership/directory/contract.ts'
import { decideListing, endPublic, holdPair, listingRow, lockListing, type ListingId, type StoredListing } from '#program/membership/directory/listing-store.ts'
import { showListing } from '#program/membership/directory/own-listing.ts'

type View = z.input<typeof ListingView>

/** An officer lets a member be shown as it asked; what was public of it ends. Throws NOT_FOUND, and CONFLICT when it does not wait or the membership is not active. */
export function approveListing(app: App, actor: OperatorActor, id: ListingId): Promise<View> {
  return decide(app, actor, id, async (tx, listing) => {
    if (!listing.active) throw new Problem('CONFLICT', 'The membership is not active: nothing of it is shown in public.')
    const at = app.clock.now()
    const replaced = await endPublic(tx, pairOf(listing), actor.person, at)
    await decideListing(tx, id, { decision: 'approved', reason: null, by: actor.person, at })
    app.audit.record(tx, { action: 'listing.approved', subject: listing.organisation_id, binds: [id, ...replaced].map((row) => listingRow({ id: row })) })
    await notify(app, tx, listing.proposed_by, 'listing.approved')
  })
}

/** An officer does not show it; the reason is for the member. Throws as `approveListing`, whatever the membership is. */
export function refuseListing(app: App, actor: OperatorActor, id: ListingId, reason: string): Promise<View> {
  return decide(app, actor, id, async (tx, listing) => {
    await decideListing(tx, id, { decision: 'refused', reason, by: actor.person, at: app.clock.now() })
    app.audit.record(tx, { action: 'listing.refused', subject: listing.organisation_id, binds: [listingRow({ id })] })
    await notify(app, tx, listing.proposed_by, 'listing.refused')
  })
}

/** An officer takes what is public of a member off, at once. Throws NOT_FOUND, and CONFLICT when it is not public. */
export async function takeOffListing(app: App, actor: OperatorActor, id: ListingId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const listing = await locked(app, tx, actor, id)
    if (listing.decision !== 'approved' || listing.ended_at) throw new Problem('CONFLICT', 'It is not public.')
    await endPublic(tx, pairOf(listing), actor.person, app.clock.now())
    app.audit.record(tx, { action: 'listing.taken-off', subject: listing.organisation_id, binds: [listingRow({ id })] })
  })
}

function decide(app: App, actor: OperatorActor, id: ListingId, step: (tx: Tx, listing: StoredListing) => Promise<void>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const listing = await locked(app, tx, actor, id)
    if (listing.decision !== null) throw new Problem('CONFLICT', 'This change does not wait any more.')
    await step(tx, listing)
    return showListing((await lockListing(tx, id, app.clock.now()))!)
  })
}

async function locked(app: App, tx: Tx, actor: OperatorActor, id: ListingId): Promise<StoredListing> {
  const found = await lockListing(tx, id, app.clock.now())
  if (!found || found.operator_id !== actor.operator) throw new Problem('NOT_FOUND')
  await holdPair(tx, pairOf(found))
  return (await lockListing(tx, id, app.clock.now()))!
}

function pairOf({ organisation_id: organisation, operator_id: operator }: StoredListing) {
  return { organisation, operator }
}
