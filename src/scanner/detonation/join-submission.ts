import { json } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { emit } from '#platform/events/events.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { beginDetonations } from '#scanner/detonation/begin-detonations.ts'
import { Detonation } from '#scanner/detonation/contract.ts'
import { notRun } from '#scanner/detonation/not-run.ts'
import { planFurther } from '#scanner/detonation/plan.ts'
import { behaviourRow, insertBehaviour, listDetonations, resultRow, unholdResults, type ShownDetonation } from '#scanner/detonation/store.ts'
import { zeroDayCandidateSeen } from '#scanner/submissions/contract.ts'
import { findDetonatingSubmission, lockDetonatingSubmission, markFinished, submissionRow } from '#scanner/submissions/store.ts'
import { summaryOf, type SubmissionId, type SubmissionRow } from '#scanner/submissions/submission.ts'
import { tellScanned } from '#scanner/submissions/tell-scanned.ts'
import { addFindings } from '#scanner/verdict/add-findings.ts'
import { ScanResult } from '#scanner/verdict/contract.ts'
import { joinVerdict, type Joined } from '#scanner/verdict/join-verdict.ts'

const ACTOR = system('submissions.join')

/**
 * Once every planned detonation of a submission has ended: plans what else has to be seen, or joins what was seen with the static answer and ends the
 * submission. A zero-day candidate is raised to the operator's programme in the same transaction, and then nothing else tells of the submission. Does nothing
 * for a submission that has ended, and for one of which a detonation runs.
 */
export async function joinSubmission(app: App, id: SubmissionId): Promise<void> {
  const known = await app.db.read(ACTOR, async (tx) => {
    const submission = await findDetonatingSubmission(tx, id)
    return submission?.report && { submission, report: submission.report, rows: await listDetonations(tx, id) }
  })
  if (!known || known.rows.some(({ ended_at: ended }) => ended === null)) return
  const { submission, rows } = known
  const ended = await readEnded(app, rows)
  if (await goOn(app, submission, ended)) return
  const result = await read(app, known.report, ScanResult)
  // Only what has a verdict is opened anywhere.
  if (result.outcome === 'not-scanned') throw new Error('a submission without a verdict was opened in environments')
  const { report, candidate } = joinVerdict(result, ended)
  const left = rows.flatMap((row) => notRun(row) ?? [])
  await finish(app, submission, { report: addFindings(report, [], left), candidate })
}

/** Whether anything is left to be seen. */
async function goOn(app: App, { id, options }: SubmissionRow, ended: readonly Detonation[]): Promise<boolean> {
  const further = planFurther(ended, options)
  if (further.length === 0) return false
  return app.db.transaction(ACTOR, async (tx) => {
    const submission = await lockDetonatingSubmission(tx, id)
    return submission !== undefined && (await beginDetonations(app, tx, submission, further)) > 0
  })
}

async function finish(app: App, { id }: SubmissionRow, { report, candidate }: Joined): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(report))
  const summary = summaryOf(report)
  await app.db.transaction(ACTOR, async (tx) => {
    const submission = await lockDetonatingSubmission(tx, id)
    if (!submission || (await listDetonations(tx, id)).some(({ ended_at: ended }) => ended === null)) return
    const { operator_id: operator } = submission
    const at = app.clock.now()
    const { id: object } = await app.objects.put(tx, inOnePiece(bytes), { limit: bytes.length })
    const behaviour = { exploit: report.verdict.exploit, cves: summary.cves, report: object, embargoed: candidate !== null }
    await insertBehaviour(tx, { submission: id, operator, at }, behaviour)
    const shown = candidate === null ? await unholdResults(tx, id) : []
    if (candidate) await raise(app, tx, submission, candidate)
    await markFinished(tx, id, candidate ? null : await tellScanned(app, tx, submission, summary), at)
    const binds = [submissionRow({ id }), behaviourRow({ submission_id: id }), ...shown.map((detonation) => resultRow({ detonation_id: detonation }))]
    app.audit.record(tx, { action: 'submission.joined', subject: id, operator, binds })
  })
}

async function raise(app: App, tx: Tx, { id, operator_id: operator }: SubmissionRow, { line, environments }: NonNullable<Joined['candidate']>): Promise<void> {
  await emit(app, tx, zeroDayCandidateSeen, { submission: id, line, environments: [...environments] }, { operator })
  app.audit.record(tx, { action: 'submission.zero-day-candidate-seen', subject: id, operator, details: { line } })
}

async function readEnded(app: App, rows: readonly ShownDetonation[]): Promise<Detonation[]> {
  const reports: Detonation[] = []
  for (const { report } of rows) if (report !== null) reports.push(await read(app, report, Detonation))
  return reports
}

async function read<T>(app: App, object: ObjectId, schema: { parse(value: unknown): T }): Promise<T> {
  return schema.parse(await app.db.read(ACTOR, async (tx) => json((await app.objects.open(tx, object)).stream)))
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}
