import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import { PARTS, type PackageSummary, type PackageView, type Part } from '#program/packages/contract.ts'
import { releaseOf, type KnownVersion } from '#program/packages/known-version.ts'
import type { OpenVersion } from '#program/packages/open-version.ts'
import { openSource } from '#program/packages/source.ts'
import { namesOf } from '#program/packages/store.ts'
import { viewOf } from '#program/packages/view.ts'

/** Whether a part is shown: to contacts beyond existence only what they have received themselves. */
export function shows(version: KnownVersion, part: Part): boolean {
  const { contact } = version
  return (part === 'existence' || contact === null || contact.receivedParts.has(part)) && version.mayRead(part)
}

export function showSummary(version: KnownVersion): z.input<typeof PackageSummary> {
  const { row, summary, contact } = version
  const bulletin = shows(version, 'bulletin')
  const release = releaseOf(row)
  return {
    id: row.package_id,
    version: row.version,
    state: row.state,
    title: bulletin ? summary.title : null,
    bulletin: bulletin ? summary.bulletin : null,
    cves: bulletin ? summary.cves : [],
    tlp: summary.tlp,
    contentHash: contact !== null && contact.receivedAt === null ? null : version.facts.contentHash,
    release: release ? { instant: release.instant, zone: release.zone, rule: release.rule } : null,
    windows: contact === null && release ? release.windows : null,
    openedAt: contact?.openedAt ?? null,
    receivedAt: contact?.receivedAt ?? null,
    updatedAt: row.updated_at,
  }
}

export async function showPackage(app: App, tx: Tx, version: OpenVersion): Promise<z.input<typeof PackageView>> {
  const { contact, content } = version
  const common = { ...showSummary(version), content: viewOf(content, (part) => shows(version, part)), unreceivedParts: unreceivedParts(version) }
  if (contact === null) return { ...common, ...(await showPeople(tx, version)), source: sourceOf(app, version) }
  return { ...common, contributors: [], submitted: null, approval: null, scheduled: null, source: null }
}

/** What a contact may read and has no receipt for. */
export function unreceivedParts(version: OpenVersion): Part[] {
  const { contact } = version
  if (contact === null) return []
  return partsToReceive(version).filter((part) => part !== 'existence' && !contact.receivedParts.has(part))
}

/** What may be read now. A credit that names nobody is nothing to come back for. */
export function partsToReceive({ content, mayRead }: OpenVersion): Part[] {
  const names = content.schema === 2 && content.credit.finders.length > 0
  return PARTS.filter((part) => (part !== 'credit' || names) && mayRead(part))
}

/** Who did what, for the operator's own people. */
async function showPeople(tx: Tx, { row }: OpenVersion) {
  const { contributors, submitted_by: submitter, approved_by: approver, scheduled_by: scheduler } = row
  const names = await namesOf(tx, [...contributors, ...[submitter, approver, scheduler].filter((id) => id !== null)])
  const who = (id: PersonId) => ({ id, name: names.get(id) ?? '' })
  return {
    contributors: contributors.map(who),
    submitted: submitter && row.submitted_at ? { by: who(submitter), at: row.submitted_at } : null,
    approval:
      approver && row.approved_at && row.approved_hash ? { by: who(approver), at: row.approved_at, contentHash: row.approved_hash.toString('hex') } : null,
    scheduled: scheduler && row.scheduled_at ? { by: who(scheduler), at: row.scheduled_at } : null,
  }
}

/** Where it came from names the bulletin, so it is shown with it. */
function sourceOf(app: App, version: OpenVersion) {
  const { row } = version
  return row.source && version.mayRead('bulletin') ? openSource(app, row.package_id, row.source) : null
}
