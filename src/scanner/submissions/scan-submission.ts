import { buffer } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { WorkerStops } from '#platform/jobs/jobs.ts'
import type { ScanPool } from '#scanner/jail/pool.ts'
import type { RuleRuns } from '#scanner/jail/rule-runs.ts'
import { beginDetonations, planOf } from '#scanner/detonation/begin-detonations.ts'
import { MOST_SAMPLE_BYTES } from '#scanner/submissions/contract.ts'
import { pageReport } from '#scanner/submissions/page-report.ts'
import { lockOpenSubmission, markFailed, markGivenBack, markScanned, markStarted, submissionRow } from '#scanner/submissions/store.ts'
import { tellScanned } from '#scanner/submissions/tell-scanned.ts'
import { summaryOf, type Failure, type SubmissionId, type SubmissionRow } from '#scanner/submissions/submission.ts'
import type { ScanResult } from '#scanner/verdict/contract.ts'
import { matchSets } from '#scanner/yara-sets/match-sets.ts'
import type { SetResults } from '#scanner/yara-sets/results.ts'
import { keepRun } from '#scanner/yara-sets/runs.ts'

const ACTOR = system('submissions.scan')
/** Attempts that ended by an error, a reader's crash, the time limit or with the worker's death; a worker that stops in order takes none. */
export const MOST_ATTEMPTS = 4

/**
 * Scans a submission and keeps the answer: report, summary, leaf, and either the event or the detonations that follow, in one transaction. Does nothing for one that has
 * its answer or was deleted, before or meanwhile. What the jail could not read is an answer too; that its reader crashed only at
 * the last attempt. With `rules` YARA rules are matched as well. An error of our own is thrown, and the last of several such makes the submission `failed`. Throws when
 * `signal` fires.
 */
export async function scanSubmission(app: App, pool: ScanPool, id: SubmissionId, signal: AbortSignal, rules?: RuleRuns): Promise<void> {
  const submission = await begin(app, id)
  if (!submission) return
  try {
    const bytes = await readSample(app, submission)
    if (submission.kind === 'page') return await finish(app, submission, pageReport(bytes))
    const result = await pool.scan(bytes, signal)
    signal.throwIfAborted()
    checkCrash(app, submission, result)
    if (!rules || result.outcome === 'not-scanned') return await finish(app, submission, result)
    const subject = { operator: submission.operator_id, organisation: submission.organisation_id, tlp: submission.tlp }
    const { report, results } = await matchSets(app, rules, { subject, report: result, bytes }, signal)
    await finish(app, submission, report, results)
  } catch (error) {
    if (signal.reason instanceof WorkerStops) await giveBack(app, id)
    throw error
  }
}

/** A crash may be our own failure, such as a machine without memory: throws, so that it is tried again, unless this was the last attempt. */
function checkCrash(app: App, { id, attempts }: SubmissionRow, result: ScanResult): void {
  if (result.outcome !== 'not-scanned' || result.reason.code !== 'crash') return
  const attempt = attempts + 1
  app.log.warn({ submission: id, attempt, reason: result.reason.detail }, 'a process that read a submission crashed')
  if (attempt < MOST_ATTEMPTS) throw new Error('the reading process crashed')
}

/** Undefined when there is nothing to do, also because this was one attempt too many. */
async function begin(app: App, id: SubmissionId): Promise<SubmissionRow | undefined> {
  return app.db.transaction(ACTOR, async (tx) => {
    const submission = await lockOpenSubmission(tx, id)
    if (!submission) return undefined
    if (submission.attempts < MOST_ATTEMPTS) {
      await markStarted(tx, id, submission.attempts + 1, app.clock.now())
      return submission
    }
    await fail(app, tx, submission, 'SCAN_FAILED')
    return undefined
  })
}

async function readSample(app: App, { sample, size }: SubmissionRow): Promise<Buffer> {
  // Nothing larger was taken in; a row that says otherwise was edited.
  if (size > MOST_SAMPLE_BYTES) throw new RangeError('the sample is larger than what is accepted')
  return app.db.read(ACTOR, async (tx) => buffer((await app.objects.open(tx, sample)).stream))
}

async function finish(app: App, submission: SubmissionRow, result: ScanResult, results?: SetResults): Promise<void> {
  const { id, operator_id: operator } = submission
  const plan = await planOf(app, submission, result)
  const bytes = Buffer.from(JSON.stringify(result))
  await app.db.transaction(ACTOR, async (tx) => {
    // Whoever deletes holds the row until it is deleted: then nothing is kept here.
    if (!(await lockOpenSubmission(tx, id))) return
    const { id: report } = await app.objects.put(tx, inOnePiece(bytes), { limit: bytes.length })
    const summary = summaryOf(result)
    const ends = plan.length === 0
    const event = ends ? await tellScanned(app, tx, submission, summary) : null
    await markScanned(tx, id, summary, { report, event, at: ends ? app.clock.now() : null })
    await beginDetonations(app, tx, submission, plan)
    if (results) await keepRun(app, tx, { id, operator }, results)
    app.audit.record(tx, { action: 'submission.scanned', subject: id, operator, binds: [submissionRow({ id })] })
  })
}

/** The worker stops: that is no failure of the scan. A cancelled one is closed already; what took too long, or was taken over, counts. */
async function giveBack(app: App, id: SubmissionId): Promise<void> {
  await app.db.transaction(ACTOR, async (tx) => {
    if (await lockOpenSubmission(tx, id)) await markGivenBack(tx, id)
  })
}

/** Gives a submission up, in the transaction that holds it. */
export async function fail(app: App, tx: Tx, { id, operator_id: operator }: SubmissionRow, failure: Failure): Promise<void> {
  await markFailed(tx, id, failure, app.clock.now())
  app.audit.record(tx, { action: 'submission.failed', subject: id, operator, binds: [submissionRow({ id })], details: { failure } })
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}
