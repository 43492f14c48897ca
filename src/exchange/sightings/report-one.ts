import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { ReportedSighting } from '#exchange/sightings/contract.ts'
import { reportSightings } from '#exchange/sightings/report-sightings.ts'
import { findSame, type SightingRow } from '#exchange/sightings/sighting-store.ts'

/** Stores one sighting, or finds it stored. Throws VALIDATION_FAILED with the field, and NOT_FOUND for an indicator that the organisation does not see. */
export async function reportOne(app: App, actor: ContactActor, sighting: ReportedSighting): Promise<SightingRow> {
  return app.db.transaction(actor, async (tx) => {
    const [result] = await reportSightings(app, tx, actor, [sighting])
    if (result!.outcome !== 'refused') return findSame(tx, result!.sighting)
    if (result!.code === 'NOT_FOUND') throw new Problem('NOT_FOUND')
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: `/body${result!.field}`, message: result!.message }] })
  })
}
