import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { route, type Route } from '#platform/http/route.ts'
import { askPackages } from '#exchange/embargoes/ask-packages.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import { IndicatorPage, IndicatorQuery } from '#exchange/indicators/contract.ts'
import { listIndicators } from '#exchange/indicators/indicator-store.ts'
import { showIndicator } from '#exchange/indicators/show-indicator.ts'
import { may } from '#exchange/policy.ts'

const LIST = 'indicators'
const Position = z.tuple([z.number(), z.uuid()])

/** Indicators across the collections that the reader sees. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/indicators',
      summary: 'Lists the indicators you can see in their latest version, the newest first.',
      tag: 'indicators',
      access: may.listIndicators,
      query: IndicatorQuery,
      response: IndicatorPage,
      handle: async ({ actor, query }) => {
        const before = query.cursor === undefined ? undefined : Position.parse(openCursor(app, LIST, query.cursor))
        const rows = await app.db.read(actor, async (tx) => {
          await askPackages(app, tx, actor)
          return listIndicators(tx, actor, { before, limit: query.limit + 1 })
        })
        const page = rows.slice(0, query.limit)
        await noteReadings(app, actor, page)
        const last = page.at(-1)
        const next = rows.length > query.limit && last ? sealCursor(app, LIST, [last.position, last.id]) : null
        return { items: page.flatMap((row) => showIndicator(app, actor, row) ?? []), next }
      },
    }),
  ]
}
