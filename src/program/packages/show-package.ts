import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import type { PackageContent, PackageSummary, PackageView } from '#program/packages/contract.ts'
import { releaseOf, type OpenVersion } from '#program/packages/open-version.ts'
import { openSource } from '#program/packages/source.ts'
import { namesOf } from '#program/packages/store.ts'
import { viewOf } from '#program/packages/view.ts'

/** What of the content is shown: to contacts nothing beyond existence before somebody of their organisation has received it. */
export function shownContent(version: OpenVersion): Partial<PackageContent> {
  const { content, contact } = version
  const withheld = contact !== null && contact.receivedAt === null
  return viewOf(content, (part) => (part === 'existence' || !withheld) && version.mayRead(part))
}

export function showSummary(version: OpenVersion): z.input<typeof PackageSummary> {
  const { row, content, contact } = version
  const shown = shownContent(version)
  const release = releaseOf(row)
  return {
    id: row.package_id,
    version: row.version,
    state: row.state,
    title: shown.title ?? null,
    bulletin: shown.bulletin?.id ?? null,
    cves: (shown.vulnerabilities ?? []).flatMap(({ cve }) => cve ?? []),
    tlp: content.tlp,
    release: release ? { instant: release.instant, zone: release.zone, rule: release.rule } : null,
    windows: contact === null && release ? release.windows : null,
    openedAt: contact?.openedAt ?? null,
    receivedAt: contact?.receivedAt ?? null,
    updatedAt: row.updated_at,
  }
}

export async function showPackage(app: App, tx: Tx, version: OpenVersion): Promise<z.input<typeof PackageView>> {
  const { contact, facts } = version
  const common = { ...showSummary(version), content: shownContent(version) }
  if (contact === null) return { ...common, contentHash: facts.contentHash, ...(await showPeople(tx, version)), source: sourceOf(app, version) }
  const contentHash = contact.receivedAt === null ? null : facts.contentHash
  return { ...common, contentHash, contributors: [], submitted: null, approval: null, scheduled: null, source: null }
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
