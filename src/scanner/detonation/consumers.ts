import { json } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { consumer, type Consumer } from '#platform/events/events.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { candidateClosed } from '#program/candidates/contract.ts'
import { Detonation } from '#scanner/detonation/contract.ts'
import { behaviourRow, liftEmbargo, listDetonations, resultRow, unholdResults } from '#scanner/detonation/store.ts'
import { lockEndedSubmission, setEvent, submissionRow } from '#scanner/submissions/store.ts'
import { submitFound } from '#scanner/submissions/submit-found.ts'
import { summaryOf, summaryOfJoined, type SubmissionId, type SubmissionRow } from '#scanner/submissions/submission.ts'
import { tellScanned } from '#scanner/submissions/tell-scanned.ts'
import { JoinedReport, ScanResult } from '#scanner/verdict/contract.ts'

/** A candidate that was a false alarm is an answer like any other: its submitter may read it, and it is told. */
const lift = consumer({
  name: 'submissions.lift-embargo',
  type: candidateClosed,
  handle: async (app, { data: { submission: id, outcome } }) => {
    if (outcome !== 'false-alarm') return
    await app.db.transaction(system('submissions.lift-embargo'), async (tx) => {
      const submission = await lockEndedSubmission(tx, id)
      if (!submission) return
      const report = await liftEmbargo(tx, id)
      const shown = await unholdResults(tx, id)
      if (report === undefined && shown.length === 0) return
      if (report !== undefined) await tell(app, tx, submission, report)
      const behaviour = report === undefined ? [] : [behaviourRow({ submission_id: id })]
      const binds = [submissionRow({ id }), ...behaviour, ...shown.map((detonation) => resultRow({ detonation_id: detonation }))]
      app.audit.record(tx, { action: 'submission.embargo-lifted', subject: id, operator: submission.operator_id, binds })
    })
  },
})

/** Of one that was given up there is no joined verdict, and nothing is told. */
async function tell(app: App, tx: Tx, submission: SubmissionRow, report: ObjectId): Promise<void> {
  const { id } = submission
  // What it left waited for this.
  await submitFound(app, tx, submission, await readReports(app, tx, id))
  const joined = JoinedReport.parse(await json((await app.objects.open(tx, report)).stream))
  const summary = { ...summaryOf(ScanResult.parse(joined.seen.structure)), ...summaryOfJoined(joined) }
  await setEvent(tx, id, await tellScanned(app, tx, submission, summary))
}

async function readReports(app: App, tx: Tx, id: SubmissionId): Promise<Detonation[]> {
  const reports: Detonation[] = []
  for (const { report } of await listDetonations(tx, id))
    if (report !== null) reports.push(Detonation.parse(await json((await app.objects.open(tx, report)).stream)))
  return reports
}

export const consumers: readonly Consumer[] = [lift]
