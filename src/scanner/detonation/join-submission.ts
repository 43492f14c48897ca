import { buffer, json } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { beginDetonations } from '#scanner/detonation/begin-detonations.ts'
import { Detonation } from '#scanner/detonation/contract.ts'
import { knownFixes } from '#scanner/detonation/fixes.ts'
import { failureWords } from '#scanner/detonation/not-run.ts'
import { toBeDecided, type OpenReaction } from '#scanner/detonation/open-reactions.ts'
import { planFurther } from '#scanner/detonation/plan.ts'
import { raiseCandidate } from '#scanner/detonation/raise-candidate.ts'
import { behaviourRow, insertBehaviour, listDetonations, resultRow, unholdResults, type ShownDetonation } from '#scanner/detonation/store.ts'
import { submitFound } from '#scanner/submissions/submit-found.ts'
import { findDetonatingSubmission, lockDetonatingSubmission, markFinished, submissionRow } from '#scanner/submissions/store.ts'
import { summaryOf, summaryOfJoined, type SubmissionId, type SubmissionRow } from '#scanner/submissions/submission.ts'
import { tellScanned } from '#scanner/submissions/tell-scanned.ts'
import { ScanResult, type JoinedReport } from '#scanner/verdict/contract.ts'
import { joinBehaviour } from '#scanner/verdict/join.ts'

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
  const notTried = rows.flatMap(({ described, failure }) => (failure === null ? [] : [{ environment: described.name, why: failureWords(failure) }]))
  const inputs = [await readSample(app, submission)]
  const joined = joinBehaviour(result, { detonations: ended, notTried, inputs, fixes: knownFixes() })
  if (!('zero_day' in joined)) throw new Error('a submission that was opened nowhere waits for its environments')
  await finish(app, submission, { joined, result, ended, open: toBeDecided(joined, ended, inputs) })
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

interface Answer {
  readonly joined: JoinedReport
  readonly result: ScanResult
  readonly ended: readonly Detonation[]
  /** What the operator's people have to decide about before anybody is told. */
  readonly open: readonly OpenReaction[]
}

async function finish(app: App, { id }: SubmissionRow, { joined, result, ended, open }: Answer): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(joined))
  const summary = { ...summaryOf(result), ...summaryOfJoined(joined) }
  const embargoed = open.length > 0
  await app.db.transaction(ACTOR, async (tx) => {
    const submission = await lockDetonatingSubmission(tx, id)
    if (!submission || (await listDetonations(tx, id)).some(({ ended_at: endedAt }) => endedAt === null)) return
    const { operator_id: operator } = submission
    const at = app.clock.now()
    const { id: object } = await app.objects.put(tx, inOnePiece(bytes), { limit: bytes.length })
    await insertBehaviour(tx, { submission: id, operator, at }, { ...summaryOfJoined(joined), report: object, embargoed })
    const shown = embargoed ? [] : await unholdResults(tx, id)
    // What a candidate left would tell of it.
    if (embargoed) await raiseCandidate(app, tx, submission, open)
    else await submitFound(app, tx, submission, ended)
    await markFinished(tx, id, embargoed ? null : await tellScanned(app, tx, submission, summary), at)
    const binds = [submissionRow({ id }), behaviourRow({ submission_id: id }), ...shown.map((detonation) => resultRow({ detonation_id: detonation }))]
    app.audit.record(tx, { action: 'submission.joined', subject: id, operator, binds })
  })
}

async function readSample(app: App, { sample }: SubmissionRow): Promise<Buffer> {
  return app.db.read(ACTOR, async (tx) => buffer((await app.objects.open(tx, sample)).stream))
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
