import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import { listHeldBeforeRelease } from '#program/packages/store.ts'

/**
 * CVE ids that an organisation knows from packages of which anybody of it received anything, and that are not released at an
 * instant, each with the operators whose packages name it. What nobody of it has received says nothing here: no answer must tell
 * what is under embargo. Within the organisation it is told: who needs to know there is its own matter.
 */
export async function embargoedCves(app: App, tx: Tx, organisation: OrganisationId, now: Date): Promise<ReadonlyMap<string, ReadonlySet<OperatorId>>> {
  const embargoed = new Map<string, Set<OperatorId>>()
  for (const { operator, contentHash, summary, ...key } of await listHeldBeforeRelease(tx, organisation, now)) {
    for (const cve of openSummary(app, key, contentHash, summary).cves) embargoed.set(cve, (embargoed.get(cve) ?? new Set()).add(operator))
  }
  return embargoed
}
