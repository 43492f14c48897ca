import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { VERSION } from '#platform/version.ts'
import { passedOn } from '#scanner/detonation/show-behaviour.ts'
import { sarifLog } from '#scanner/reports/sarif.ts'
import { scanLine } from '#scanner/reports/scan-line.ts'
import { stixBundle } from '#scanner/reports/stix.ts'
import type { ReportForm } from '#scanner/submissions/contract.ts'
import { nameOf } from '#scanner/submissions/file-name.ts'
import { findJoined, readReport } from '#scanner/submissions/read-report.ts'
import { findSubmission } from '#scanner/submissions/store.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

const WRITERS = { sarif: sarifLog, stix: stixBundle } as const

/** The answer of a submission's scan in another form, under the marking of its submitter: what is embargoed is in none, whoever asks. Throws NOT_FOUND as `readReport` does, and for the bundle of a page. */
export async function exportReport(app: App, actor: PersonActor, id: SubmissionId, form: ReportForm): Promise<string> {
  const { behaviour, ...read } = await readReport(app, actor, id)
  const result = read.outcome === 'not-scanned' ? read : passedOn(read, behaviour, await findJoined(app, actor, id))
  const submission = await app.db.read(actor, (tx) => findSubmission(tx, actor, id))
  if (!submission) throw new Problem('NOT_FOUND')
  const { kind, sha256, size, tlp } = submission
  // What STIX would tell of is a file, by its digest.
  if (kind === 'page' && form === 'stix') throw new Problem('NOT_FOUND', 'A page is no file: there is no STIX bundle of it.')
  const writer = WRITERS[form](VERSION, tlp)
  return writer.line(scanLine(nameOf(app.keys, submission) ?? sha256, { sha256, size }, result)) + writer.end()
}
