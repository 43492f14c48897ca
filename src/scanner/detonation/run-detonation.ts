import { buffer } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { repeat } from '#platform/clock/clock.ts'
import type { Tx } from '#platform/db/database.ts'
import { WorkerStops } from '#platform/jobs/jobs.ts'
import { environmentsAtHand, sendDetonation } from '#scanner/detonation/begin-detonations.ts'
import { boundReport } from '#scanner/detonation/bound-report.ts'
import { Detonation, type Environment, type Happening } from '#scanner/detonation/contract.ts'
import { endDetonation } from '#scanner/detonation/end-detonations.ts'
import { LeaseLost, type Farm } from '#scanner/detonation/farm.ts'
import { openKeeper, type Keeper } from '#scanner/detonation/keep-artefacts.ts'
import { holdLease, returnLease } from '#scanner/detonation/lease-store.ts'
import { documentName, mayBeCandidate } from '#scanner/detonation/plan.ts'
import type { DetonationId } from '#scanner/detonation/queue.ts'
import { NoEnvironment, type Job } from '#scanner/detonation/sandbox.ts'
import {
  findOpenDetonation,
  insertResult,
  lockOpenDetonation,
  markDetonating,
  markDetonationGivenBack,
  markRefused,
  markSeen,
  markWaiting,
  resultRow,
  type DetonationFailure,
  type DetonationRow,
} from '#scanner/detonation/store.ts'
import { mayStill, wayOutAt } from '#scanner/egress-settings/ways-out.ts'
import { findDetonatingSubmission, lockDetonatingSubmission } from '#scanner/submissions/store.ts'
import type { SubmissionRow } from '#scanner/submissions/submission.ts'

const ACTOR = system('submissions.detonate')
/** Attempts that ended by an error or with the worker's death; a worker that stops in order takes none, nor does what was ended while it only waited. */
export const MOST_ATTEMPTS = 3
/** How long a detonation waits for a worker that has its environment to come back. */
const NO_ENVIRONMENT_AFTER_MS = 10 * 60_000
const ASK_AGAIN_MS = 2_000
const PROGRESS_MS = 2_000

/**
 * Opens a submission in one environment, once a machine is lent for it, and keeps what was seen: report, artefacts, leaf and the end of the lease in one
 * transaction. Does nothing for a detonation that has ended. An error of our own is thrown, and tried again; the last of several is told as its failure.
 */
export async function runDetonation(app: App, farm: Farm, id: DetonationId, signal: AbortSignal): Promise<void> {
  const begun = await begin(app, farm, id)
  if (!begun) return
  const { detonation, environment } = begun
  const wanted = { detonation: id, operator: detonation.operator_id, environment }
  const lease = await farm.lease(app, wanted, signal, (what) => app.db.transaction(ACTOR, (tx) => markWaiting(tx, id, what)))
  const keeper = openKeeper(app)
  const ended = AbortSignal.any([signal, lease.signal])
  const progress = { happenings: 0, opened: false }
  let attempt = 0
  try {
    attempt = await start(app, detonation)
    if (attempt === 0) return
    const seen = await detonate(app, farm, { ...begun, keeper, progress }, ended)
    if (await finish(app, farm, { detonation, seen, keeper })) return
    await keeper.discard()
  } catch (error) {
    await keeper.discard()
    if (error instanceof NoEnvironment) return await refused(app, begun, error)
    const counts = !(signal.reason instanceof WorkerStops) && (progress.opened || !ended.aborted)
    if (attempt > 0 && !counts) await app.db.transaction(ACTOR, (tx) => markDetonationGivenBack(tx, id, attempt))
    throw error
  } finally {
    await lease.release()
  }
}

interface Begun {
  readonly detonation: DetonationRow
  readonly submission: SubmissionRow
  /** As it is here and now. */
  readonly environment: Environment
}

/** Undefined when there is nothing to do here. */
async function begin(app: App, farm: Farm, id: DetonationId): Promise<Begun | undefined> {
  const here = await farm.environments()
  const found = await app.db.read(ACTOR, async (tx) => {
    const detonation = await findOpenDetonation(tx, id)
    const submission = detonation && (await findDetonatingSubmission(tx, detonation.submission_id))
    if (!submission) return undefined
    const permitted = await mayStill(app, tx, submitterOf(submission), detonation.operator_id, detonation.egress)
    return { detonation, submission, permitted }
  })
  if (!found) return undefined
  if (!found.permitted) return giveUp(app, found.detonation, 'NOT_PERMITTED')
  const environment = here.find(({ name }) => name === found.detonation.described.name)
  return environment ? { ...found, environment } : askAgain(app, found)
}

/** Whose right to reach the network counts. */
const submitterOf = ({ organisation_id: organisation }: SubmissionRow) => ({ kind: organisation === null ? ('operator' as const) : ('contact' as const) })

/** The driver does not open it in this environment, now or ever. */
async function refused(app: App, begun: Begun, { message }: NoEnvironment): Promise<undefined> {
  const { described, refused_since: since } = begun.detonation
  // It is asked every few seconds, and says the same.
  app.log[since === null ? 'warn' : 'debug']({ environment: described.name, reason: message }, 'a submission was not opened in an environment')
  return askAgain(app, begun, 'started')
}

/** Another worker has the environment, or one that had it may come back: the job goes to the queue's end, for a limited time. */
async function askAgain(
  app: App,
  { detonation, submission }: Pick<Begun, 'detonation' | 'submission'>,
  was: 'waiting' | 'started' = 'waiting',
): Promise<undefined> {
  const { id, described, planned_at: plannedAt, refused_since: refusedSince } = detonation
  const now = app.clock.now().getTime()
  const somewhere = (await environmentsAtHand(app)).some(({ name }) => name === described.name)
  // What is there and refuses may never do otherwise: it is asked no longer than one that is gone.
  const since = somewhere ? refusedSince : plannedAt
  if (since && now - since.getTime() > NO_ENVIRONMENT_AFTER_MS) return giveUp(app, detonation, 'NO_ENVIRONMENT')
  await change(app, detonation, async (tx, { attempts }) => {
    if (was === 'started') {
      await markRefused(tx, id, app.clock.now())
      await markDetonationGivenBack(tx, id, attempts)
    }
    await markWaiting(tx, id, 'environment')
    await sendDetonation(app, tx, id, submission, { startAfter: new Date(now + ASK_AGAIN_MS) })
  })
  return undefined
}

async function giveUp(app: App, detonation: DetonationRow, failure: DetonationFailure): Promise<undefined> {
  await change(app, detonation, (tx, row) => fail(app, tx, row, failure))
  return undefined
}

async function fail(app: App, tx: Tx, detonation: DetonationRow, failure: DetonationFailure): Promise<void> {
  const { submission_id: submission, operator_id: operator, described } = detonation
  await endDetonation(app, tx, detonation, failure)
  app.audit.record(tx, { action: 'submission.detonation-failed', subject: submission, operator, details: { environment: described.name, failure } })
}

/**
 * Counts the attempt and gives its number; 0 when it has ended meanwhile, or this would be one too many. Asked once there is a machine for it: until then
 * an attempt before may still be about to say that it does not count.
 */
async function start(app: App, detonation: DetonationRow): Promise<number> {
  let attempt = 0
  await change(app, detonation, async (tx, row) => {
    if (row.attempts >= MOST_ATTEMPTS) return fail(app, tx, row, 'DETONATION_FAILED')
    attempt = row.attempts + 1
    await markDetonating(tx, row.id, attempt, app.clock.now())
  })
  return attempt
}

/** Changes a detonation that has no end, of a submission that has none; false where it has. The submission is held first, as by whoever ends or deletes it. */
async function change(
  app: App,
  { id, submission_id: submission }: DetonationRow,
  work: (tx: Tx, detonation: DetonationRow) => Promise<unknown>,
): Promise<boolean> {
  return app.db.transaction(ACTOR, async (tx) => {
    const detonation = (await lockDetonatingSubmission(tx, submission)) && (await lockOpenDetonation(tx, id))
    if (!detonation) return false
    await work(tx, detonation)
    return true
  })
}

interface Running extends Begun {
  readonly keeper: Keeper
  /** What has happened so far; `opened` once that is more than that the driver waits for a machine. */
  readonly progress: { happenings: number; opened: boolean }
}

async function detonate(app: App, farm: Farm, { detonation, submission, keeper, progress }: Running, signal: AbortSignal): Promise<Detonation> {
  const job = await jobOf(app, detonation, submission)
  const happening = (one: Happening) => {
    progress.happenings++
    progress.opened ||= !(one.kind === 'viewer' && one.state === 'pending')
  }
  let told = 0
  const tell = repeat(PROGRESS_MS, async () => {
    const now = progress.happenings
    if (now === told) return
    await app.db
      .transaction(ACTOR, (tx) => markSeen(tx, detonation.id, now))
      .then(
        () => (told = now),
        (error: unknown) => app.log.warn({ failure: (error as Error).message }, 'the progress of a detonation was not noted'),
      )
  })
  try {
    const answer = await farm.sandbox().detonate(job, { happening, artefact: (artefact) => keeper.take(artefact) }, signal)
    signal.throwIfAborted()
    // What a driver says is of a guest's making.
    return Detonation.parse(answer)
  } finally {
    await tell()
  }
}

async function jobOf(
  app: App,
  { described, operator_id: operator, macros, egress, check_heap: checkHeap }: DetonationRow,
  submission: SubmissionRow,
): Promise<Job> {
  const { kind, sample, type, options } = submission
  const { bytes, wayOut } = await app.db.read(ACTOR, async (tx) => ({
    bytes: await buffer((await app.objects.open(tx, sample)).stream),
    wayOut: await wayOutAt(app, tx, submitterOf(submission), operator, egress),
  }))
  return {
    environment: described.name,
    subject: kind === 'page' ? { url: bytes.toString('utf8') } : { document: bytes, name: documentName(type) },
    options: { macros, egress, checkHeap },
    ...(wayOut && { wayOut }),
    ...(options.mostSeconds !== undefined && { capMs: options.mostSeconds * 1000 }),
  }
}
interface Ended {
  readonly detonation: DetonationRow
  readonly seen: Detonation
  readonly keeper: Keeper
}

/** False when nothing was kept: it has ended or was deleted meanwhile. Throws `LeaseLost` when its machine is lent to another. */
async function finish(app: App, farm: Farm, { detonation, seen, keeper }: Ended): Promise<boolean> {
  const { id, submission_id: submission, operator_id: operator, described } = detonation
  const { dropped } = await keeper.settle()
  const report = boundReport(seen, dropped)
  const bytes = Buffer.from(JSON.stringify(report))
  await keeper.redraw(picturesOf(report))
  return change(app, detonation, async (tx, row) => {
    // Another may run it by now, in a machine of its own.
    if (!(await holdLease(tx, farm.worker, id))) throw new LeaseLost()
    const { id: object } = await app.objects.put(tx, inOnePiece(bytes), { limit: bytes.length })
    await insertResult(tx, row, report, { report: object, held: mayBeCandidate(report) })
    await keeper.record(tx, row)
    await returnLease(tx, farm.worker, id)
    await endDetonation(app, tx, row, null)
    const details = { environment: described.name, end: report.end }
    app.audit.record(tx, { action: 'submission.detonated', subject: submission, operator, binds: [resultRow({ detonation_id: id })], details })
  })
}

/** What a guest calls a picture; a file that the host or the kernel knows stays one. */
function picturesOf({ happenings }: Detonation): ReadonlySet<string> {
  const files = new Set(happenings.flatMap((one) => (one.kind === 'file' && one.rank !== 'guest' && one.sha256 !== undefined ? [one.sha256] : [])))
  return new Set(happenings.flatMap((one) => (one.kind === 'picture' && !files.has(one.sha256) ? [one.sha256] : [])))
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}
