import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { askPackages } from '#exchange/embargoes/ask-packages.ts'
import { findIndicators } from '#exchange/indicators/indicator-store.ts'
import type { ReportedSighting } from '#exchange/sightings/contract.ts'
import { toRow } from '#exchange/sightings/report-sightings.ts'
import { insertSightings, replaceSightings, sightingRow } from '#exchange/sightings/sighting-store.ts'

/** A sighting as a STIX object of the contact's organisation, in its newest version. */
export interface StixSighting {
  readonly id: string
  /** Whether it counts for others. */
  readonly counted: boolean
  /** What it says; undefined when it says nothing (any more): revoked, of no indicator, or seen zero times. */
  readonly says: (ReportedSighting & { readonly indicator: string }) | undefined
}

/**
 * Keeps the sightings that came as STIX objects, in place of what their earlier versions said. They count for indicators that the contact
 * sees in the same collection; others are no sightings here. Every row that was stored or replaced is bound by a leaf.
 */
export async function keepSightings(
  app: App,
  tx: Tx,
  actor: ContactActor,
  { collection, operator }: { readonly collection: string; readonly operator: OperatorId },
  sightings: readonly StixSighting[],
): Promise<void> {
  if (sightings.length === 0) return
  const now = app.clock.now()
  const replaced = await replaceSightings(tx, { collection, organisation: actor.organisation, objects: sightings.map(({ id }) => id), at: now })
  const ids = [...new Set(sightings.flatMap(({ says }) => says?.indicator ?? []))]
  if (ids.length > 0) await askPackages(app, tx, actor)
  const found = new Map((await findIndicators(tx, actor, { ids, collection })).map((one) => [one.object_id, one]))
  const rows = sightings.flatMap(({ id, counted, says }) => {
    const indicator = says && found.get(says.indicator)
    return indicator ? [{ ...toRow(app, actor, says, indicator, now), stix_id: id, counted }] : []
  })
  await insertSightings(tx, rows)
  const binds = [...replaced, ...rows.map(({ id }) => id)].map((id) => sightingRow({ id }))
  if (binds.length === 0) return
  const details = { sightings: rows.length, replaced: replaced.length }
  app.audit.record(tx, { action: 'sighting.reported', subject: actor.organisation, operator, binds, details })
}
