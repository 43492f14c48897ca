import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { ReportEnd, type EmbargoReportView, type ReportReceived } from '#program/embargo/contract.ts'
import { listNamed, listNaming, staffNames } from '#program/embargo/end-store.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { closeReport, insertReport, listReports, reportRow, type EmbargoReportId, type StoredReport } from '#program/embargo/report-store.ts'
import { seal, unseal } from '#program/embargo/sealed.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import { cveTagger } from '#program/packages/cve-tag.ts'
import { openForContact, openForStaff } from '#program/packages/open-version.ts'

type Report = z.output<typeof ReportEnd>
const MOST_REPORTS = 200

/**
 * Somebody who knows a package says that something of it is public, or exploited; it ends nothing, and every publisher is told. Throws
 * NOT_FOUND for a package that is not open to the actor.
 */
export function reportEnd(app: App, actor: PersonActor, id: PackageId, report: Report): Promise<z.input<typeof ReportReceived>> {
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const known = actor.kind === 'contact' ? await openForContact(app, tx, actor, id, at) : await openForStaff(app, tx, actor, id)
    if (!known) throw new Problem('NOT_FOUND')
    const operator: OperatorId = known.row.operator_id
    const reportId = app.ids.next<'embargo-report'>() as EmbargoReportId
    const { cause, ...said } = report
    await insertReport(tx, {
      id: reportId,
      operator_id: operator,
      package_id: id,
      organisation_id: actor.kind === 'contact' ? actor.organisation : null,
      reported_by: actor.person,
      reported_at: at,
      cause,
      said: seal(app, 'embargo_report.said', reportId, JSON.stringify(said)),
    })
    app.audit.record(tx, { action: 'embargo.reported', subject: reportId, operator, binds: [reportRow({ id: reportId })], details: { cause } })
    await notify(app, tx, await staffWith(tx, operator, 'publisher'), 'embargo.reported')
    return { id: reportId, reportedAt: at }
  })
}

/** Reports to the actor's operator, those that wait first; each with the proposals that it suggests. */
export function listEndReports(app: App, actor: OperatorActor): Promise<z.input<typeof EmbargoReportView>[]> {
  return app.db.read(actor, async (tx) => {
    const rows = await listReports(tx, actor.operator, MOST_REPORTS)
    const names = await staffNames(
      tx,
      rows.map((row) => row.handled_by),
    )
    const readable = staffMayRead(actor.roles, 'bulletin')
    const said = new Map(rows.map((row) => [row.id, readable ? openSaid(app, row) : undefined]))
    const siblingsOf = await siblingFinder(
      app,
      tx,
      actor,
      rows.flatMap((row) => (row.handled_at === null ? (said.get(row.id)?.cves ?? []) : [])),
    )
    const views: z.input<typeof EmbargoReportView>[] = []
    for (const row of rows) {
      const text = said.get(row.id)
      const prefilled: z.input<typeof EmbargoReportView>['prefilled'] = []
      for (const cve of row.handled_at === null && text ? text.cves : []) {
        const siblings = await siblingsOf(cve)
        if (siblings) prefilled.push({ cve, cause: row.cause, evidence: text!.what, source: text!.source ?? null, siblings, report: row.id })
      }
      views.push({
        id: row.id,
        package: row.package_id,
        by: { id: row.reported_by, name: row.reporter_name },
        organisation: row.organisation_name,
        at: row.reported_at,
        cause: row.cause,
        what: text?.what ?? null,
        source: text?.source ?? null,
        handled: row.handled_by && row.handled_at ? { by: { id: row.handled_by, name: names.get(row.handled_by) ?? '' }, at: row.handled_at } : null,
        prefilled,
      })
    }
    return views
  })
}

/**
 * What finds the vulnerabilities that packages name beside one; undefined where none names it. Whoever reports may name any ids, so the
 * work goes by those that packages name, each once.
 */
async function siblingFinder(
  app: App,
  tx: Tx,
  { operator }: OperatorActor,
  reported: readonly string[],
): Promise<(cve: string) => Promise<string[] | undefined>> {
  const tagOf = cveTagger(app)
  const tags = new Map([...new Set(reported)].map((cve) => [cve, tagOf(cve)]))
  const named = await listNamed(tx, operator, [...tags.values()])
  const found = new Map<string, string[]>()
  return async (cve) => {
    const tag = tags.get(cve)
    if (!tag || !named.has(tag.toString('hex'))) return undefined
    const known = found.get(cve)
    if (known) return known
    const all = (await listNaming(tx, operator, [tag])).flatMap((version) => openSummary(app, version, version.content_hash, version.summary).cves)
    const siblings = [...new Set(all)].filter((one) => one !== cve)
    found.set(cve, siblings)
    return siblings
  }
}

function openSaid(app: App, row: StoredReport): Omit<Report, 'cause'> {
  return ReportEnd.omit({ cause: true }).parse(JSON.parse(unseal(app, 'embargo_report.said', row.id, row.said)))
}

/** Lays a report aside: nothing of it is public. Throws CONFLICT for one that does not wait. */
export function dismissReport(app: App, actor: OperatorActor, id: EmbargoReportId): Promise<void> {
  return app.db.transaction(actor, async (tx) => {
    if (!(await closeReport(tx, actor.operator, id, actor.person, app.clock.now()))) throw new Problem('CONFLICT', 'No such report waits here.')
    app.audit.record(tx, { action: 'embargo.report-dismissed', subject: id, binds: [reportRow({ id })] })
  })
}
