import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import { cveTagger } from '#program/packages/cve-tag.ts'
import { endedEmbargoes, listHeldBeforeRelease } from '#program/packages/store.ts'

/**
 * CVE ids that an organisation knows from packages of which anybody of it received anything, and that are not released at an
 * instant, each with the operators whose packages name it. What nobody of it has received says nothing here: no answer must tell
 * what is under embargo. A vulnerability of which the embargo ended early, or that another package made public with its release, is not
 * among them: of a false alarm it is again. Within the organisation it is told: who needs to know there is its own matter.
 */
export async function embargoedCves(app: App, tx: Tx, organisation: OrganisationId, now: Date): Promise<ReadonlyMap<string, ReadonlySet<OperatorId>>> {
  const embargoed = new Map<string, Set<OperatorId>>()
  const held = await listHeldBeforeRelease(tx, organisation, now)
  if (held.length === 0) return embargoed
  const tagOf = cveTagger(app)
  const isOver = await endedEmbargoes(tx, [...new Set(held.map(({ operator }) => operator))], now)
  for (const { operator, contentHash, summary, ...key } of held) {
    for (const cve of openSummary(app, key, contentHash, summary).cves)
      if (!isOver(operator, tagOf(cve))) embargoed.set(cve, (embargoed.get(cve) ?? new Set()).add(operator))
  }
  return embargoed
}
