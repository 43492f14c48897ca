import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor, PersonActor } from '#platform/auth/actor.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { ReportSighting, ReportSightings, SightingPage, SightingQuery, SightingsResult, SightingView } from '#exchange/sightings/contract.ts'
import { reportBulk } from '#exchange/sightings/report-bulk.ts'
import { reportOne } from '#exchange/sightings/report-one.ts'
import { listSightings, type SightingRow } from '#exchange/sightings/sighting-store.ts'
import { may } from '#exchange/policy.ts'

const tag = 'sightings'
const BULK_LIMIT = 4 * 1024 * 1024

/** What organisations saw of the indicators. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/sightings',
      summary: "Lists your organisation's sightings, or all of the operator's members, the newest first.",
      tag,
      access: may.listSightings,
      query: SightingQuery,
      response: SightingPage,
      handle: ({ actor, query }) => {
        const of = actor.kind === 'operator' ? { operator: actor.operator } : { organisation: actor.organisation }
        return pageById(app, 'sightings', query, (limit, before) => app.db.read(actor, (tx) => listSightings(tx, of, limit, before)), show)
      },
    }),
    route({
      method: 'POST',
      url: '/api/sightings',
      summary: 'Reports that your organisation saw an indicator.',
      tag,
      access: may.reportSightings,
      creates: true,
      body: ReportSighting,
      status: 201,
      response: SightingView,
      handle: async ({ actor, body }) => show(await reportOne(app, contact(actor), body)),
    }),
    route({
      method: 'POST',
      url: '/api/sightings/bulk',
      summary: 'Reports many sightings at once: good ones are stored, each bad one is named; what was reported before adds nothing.',
      tag,
      access: may.reportSightings,
      body: ReportSightings,
      bodyLimit: BULK_LIMIT,
      response: SightingsResult,
      handle: ({ actor, body }) => reportBulk(app, contact(actor), body.sightings),
    }),
  ]
}

/** The policy lets contacts only come this far. */
function contact(actor: PersonActor): ContactActor {
  if (actor.kind !== 'contact') throw new Problem('FORBIDDEN')
  return actor
}

function show(row: SightingRow): z.input<typeof SightingView> {
  return {
    id: row.id,
    indicator: row.indicator,
    count: row.count,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    reportedAt: row.reported_at,
    organisation: { id: row.organisation_id, name: row.organisation_name },
  }
}
