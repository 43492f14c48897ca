import { json } from 'node:stream/consumers'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { VERSION } from '#platform/version.ts'
import { Detonation, type DetonationParams } from '#scanner/detonation/contract.ts'
import { harOf } from '#scanner/detonation/egress/har.ts'
import { reportOfPage, type PageReport } from '#scanner/detonation/page/page-report.ts'
import { listReadable } from '#scanner/detonation/readable.ts'
import { nameOf } from '#scanner/submissions/file-name.ts'
import { findSubmission } from '#scanner/submissions/store.ts'

type Params = z.output<typeof DetonationParams>

/** A page as one detonation saw it. Throws NOT_FOUND as `readDetonation` does, and for what is no page. */
export async function readPage(app: App, actor: PersonActor, params: Params): Promise<PageReport> {
  const { submission, report } = await app.db.read(actor, (tx) => find(app, tx, actor, params))
  if (submission.kind !== 'page') throw new Problem('NOT_FOUND', 'It is no page: there is a report of its detonation alone.')
  return reportOfPage(nameOf(app.keys, submission) ?? '', report.happenings, report.network ?? [])
}

/** All that reached the proxy in one detonation, as an HTTP Archive. Throws NOT_FOUND as `readDetonation` does, and where nothing was recorded. */
export async function readHar(app: App, actor: PersonActor, params: Params): Promise<string> {
  const { report, started } = await app.db.read(actor, (tx) => find(app, tx, actor, params))
  if (!report.network) throw new Problem('NOT_FOUND', 'Its environment has no recording proxy.')
  return JSON.stringify(harOf(report.network, started, VERSION))
}

async function find(app: App, tx: Tx, actor: PersonActor, { id, detonation }: Params) {
  const submission = await findSubmission(tx, actor, id)
  const row = submission && (await listReadable(tx, id)).find((one) => one.id === detonation)
  if (!submission || !row?.report || !row.started_at) throw new Problem('NOT_FOUND')
  return { submission, started: row.started_at, report: Detonation.parse(await json((await app.objects.open(tx, row.report)).stream)) }
}
