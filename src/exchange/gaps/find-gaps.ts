import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { askPackages } from '#exchange/embargoes/ask-packages.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import type { Gap } from '#exchange/gaps/contract.ts'
import { gapOf, shownOrganisations } from '#exchange/gaps/gap.ts'
import { countOthers, listAudiences, listShipped, placeKey, shippedKey } from '#exchange/gaps/gap-store.ts'
import { listIndicators, type IndicatorRow } from '#exchange/indicators/indicator-store.ts'
import { showIndicator } from '#exchange/indicators/show-indicator.ts'

/** Most gaps of one answer. */
const MOST = 200
/** No fewer are ever counted: the group that `shownOrganisations` begins with. */
const LEAST = 5

/** What others saw that the contact's organisation has not covered or not seen, the most seen first. Only what the organisation sees is listed. */
export async function findGaps(app: App, actor: ContactActor): Promise<z.input<typeof Gap>[]> {
  const { rows, others, shipped } = await app.db.read(actor, async (tx) => {
    const reader = { organisation: actor.organisation, audiences: await listAudiences(tx), packages: await askPackages(app, tx, actor), now: app.clock.now() }
    const others = await tx.asSystem((db) => countOthers(db, reader, LEAST))
    const rows = others.size === 0 ? [] : await listIndicators(tx, actor, { named: [...others.values()] })
    return { rows, others, shipped: await listShipped(tx, actor.organisation) }
  })
  const othersOf = (row: IndicatorRow) => others.get(placeKey(row))?.others ?? 0
  const bySight = (row: IndicatorRow) => shownOrganisations(othersOf(row))
  const gaps = rows
    .toSorted((a, b) => bySight(b) - bySight(a))
    .flatMap((row) => {
      const indicator = row.revoked ? undefined : showIndicator(app, actor, row)
      if (!indicator) return []
      const gap = gapOf({
        kind: actor.organisationKind,
        others: othersOf(row),
        sighted: row.own_count !== null,
        shipped: [indicator.id, ...indicator.cves].some((value) => shipped.has(shippedKey(row.operator_id, value))),
      })
      return gap ? [{ row, shown: { indicator, ...gap } }] : []
    })
    .slice(0, MOST)
  await noteReadings(
    app,
    actor,
    gaps.map(({ row }) => row),
  )
  return gaps.map(({ shown }) => shown)
}
