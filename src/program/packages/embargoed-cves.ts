import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import { cveTagger } from '#program/packages/cve-tag.ts'
import { listEnded, listHeldUnpublished, type TaggedCve } from '#program/packages/guard-store.ts'

/**
 * CVE ids that an organisation knows from packages of which anybody of it received anything, and that are under embargo at an
 * instant, each with the operators whose packages name it: also when the package was pulled or left its cycle, or the vulnerability
 * left the package, until two people end the embargo or a version that names it is public. What nobody of it has received says
 * nothing here: no answer must tell what is under embargo. Within the organisation it is told: who needs to know there is its own matter.
 */
export async function embargoedCves(app: App, tx: Tx, organisation: OrganisationId, now: Date): Promise<ReadonlyMap<string, ReadonlySet<OperatorId>>> {
  const tagOf = cveTagger(app)
  const held = new Map<string, TaggedCve & { readonly cve: string }>()
  for (const { operator, contentHash, summary, ...key } of await listHeldUnpublished(tx, organisation, now)) {
    for (const cve of openSummary(app, key, contentHash, summary).cves) held.set(`${operator} ${cve}`, { operator, cve, tag: tagOf(cve) })
  }
  const named = [...held.values()]
  const ended = new Set((await listEnded(tx, named, now)).map(nameOf))
  const embargoed = new Map<string, Set<OperatorId>>()
  for (const { cve, ...tagged } of named) {
    if (!ended.has(nameOf(tagged))) embargoed.set(cve, (embargoed.get(cve) ?? new Set()).add(tagged.operator))
  }
  return embargoed
}

const nameOf = ({ operator, tag }: TaggedCve) => `${operator} ${tag.toString('hex')}`
