import { randomInt } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import type { JobQueue } from '#platform/jobs/jobs.ts'
import { notify } from '#platform/notices/notify.ts'
import { NEEDS_PEOPLE, RemoteFailure, waitAfter } from '#exchange/remotes/failure.ts'
import { keepersOf } from '#exchange/remotes/keepers.ts'
import { findRun, insertRun, lockRemote, lockRun, updateRemote, updateRun, wasUnfinished, type Remote, type Run, type RunId } from '#exchange/remotes/store.ts'

/** One run, or what is left of it; what it does is in poll-remote.ts and push-remote.ts. */
export const RUN: JobQueue<{ readonly run: RunId }> = { name: 'remotes.run', limitSeconds: 1800 }

/** How long one job works before the rest of the run waits its turn behind others. */
export const SLICE_MS = 60_000

export const RUNNER = system('remotes.run')

/** After so many failures in a row people are told, whatever the reason. */
const TELL_AFTER = 5
/** So often a server may ask to come back later before that counts as a failure. */
const BORNE_BUSY = 3
const MINUTE_MS = 60_000
/** After how long a run goes on where the one before it reached its bound. */
const GOES_ON_MINUTES = 5

/** Another worker took the run over, or it was cancelled: whatever this one holds is not kept. */
export class Superseded extends Error {
  override name = 'Superseded'
}

/** Begins a run of a remote that is locked and has none; the job that does the work is sent in the same transaction. */
export async function startRun(app: App, tx: Tx, remote: Remote, by: PersonId | null): Promise<RunId> {
  const id = app.ids.next<'remote-run'>()
  const at = app.clock.now()
  const from = remote.direction === 'poll' ? (remote.walk.after ?? null) : null
  await insertRun(tx, {
    id,
    remote_id: remote.id,
    operator_id: remote.operator_id,
    state: 'waiting',
    asked_by: by,
    created_at: at,
    moved_at: at,
    from_position: from,
  })
  await updateRemote(tx, remote.id, { run_id: id, next_at: null })
  await sendRun(app, tx, id)
  return id
}

/** Sends the job that goes on with a run, at once or later. */
export async function sendRun(app: App, tx: Tx, run: RunId, startAfter?: Date): Promise<void> {
  const job = await app.jobs.send(tx, RUN, { run }, startAfter ? { startAfter } : {})
  await updateRun(tx, run, { job_id: job })
}

/** Work on a run, by one worker at a time. */
export interface Work {
  readonly run: Run
  readonly remote: Remote
}

/** Takes a run up: whoever worked on it before is superseded. Undefined when there is nothing left to do. */
export function takeUp(app: App, id: RunId): Promise<Work | undefined> {
  return app.db.transaction(RUNNER, async (tx) => {
    const found = await findRun(tx, id)
    const remote = found && (await lockRemote(tx, found.remote_id))
    const run = await lockRun(tx, id)
    if (!run || run.ended_at) return undefined
    if (!remote || remote.state !== 'active' || remote.run_id !== id) {
      await updateRun(tx, id, { state: 'cancelled', ended_at: app.clock.now() })
      return undefined
    }
    const change = { state: 'running' as const, attempt: run.attempt + 1, begun_at: run.begun_at ?? app.clock.now() }
    await updateRun(tx, id, change)
    return { run: { ...run, ...change }, remote }
  })
}

/** The run and its remote as they are now; nobody else changes them, the remote being locked first everywhere, until the transaction ends. Throws Superseded. */
export async function holdWork(tx: Tx, { id, attempt, remote_id: of }: Pick<Run, 'id' | 'attempt' | 'remote_id'>): Promise<Work> {
  const remote = await lockRemote(tx, of)
  const run = await lockRun(tx, id)
  if (!remote || !run || run.state !== 'running' || run.attempt !== attempt) throw new Superseded('this run is another worker’s, or was cancelled')
  return { run, remote }
}

/** The same of the run alone. */
export async function holdRun(tx: Tx, run: Pick<Run, 'id' | 'attempt' | 'remote_id'>): Promise<Run> {
  return (await holdWork(tx, run)).run
}

/** Leaves the rest of a run to a job of its own, behind those that wait, or later. */
export async function waitTurn(app: App, { run }: Work, startAfter?: Date): Promise<void> {
  await app.db.transaction(RUNNER, async (tx) => {
    await holdRun(tx, run)
    await updateRun(tx, run.id, { moved_at: app.clock.now() })
    await sendRun(app, tx, run.id, startAfter)
  })
}

/** The run has done what there was to do, or as much as one run does: then people are told once, and the next one comes soon. Otherwise it comes after the interval. */
export async function endWell(app: App, tx: Tx, { run, remote }: Work, to: string | null, unfinished = false): Promise<void> {
  const at = app.clock.now()
  if (unfinished && !(await wasUnfinished(tx, remote.id)))
    await notify(app, tx, await keepersOf(tx, remote.operator_id, ['analyst']), 'remote.goes-on', { remote: remote.id, name: remote.name })
  await updateRun(tx, run.id, { state: 'done', ended_at: at, moved_at: at, to_position: to, unfinished })
  const minutes = unfinished ? Math.min(GOES_ON_MINUTES, remote.interval_minutes) : remote.interval_minutes
  const next = new Date(at.getTime() + minutes * MINUTE_MS)
  await updateRemote(tx, remote.id, { run_id: null, next_at: next, last_success_at: at, failures: 0, failing_since: null, failure: null })
  await recordEnd(app, tx, run, unfinished ? 'unfinished' : 'done')
}

/** The run failed: when the next one comes depends on why and how often, and people are told where time alone mends nothing. Throws Superseded. */
export async function endBadly(app: App, { run }: Pick<Work, 'run'>, failure: RemoteFailure): Promise<void> {
  await app.db.transaction(RUNNER, async (tx) => {
    await fail(app, tx, await holdRun(tx, run), failure)
  })
}

/** A run whose job is gone: one that was never taken up gets another, one that was has failed here. */
export async function mendStuck(app: App, tx: Tx, { id, remote_id: of }: Run): Promise<void> {
  if (!(await lockRemote(tx, of))) return
  const run = await lockRun(tx, id)
  if (!run || run.ended_at) return
  if (run.state === 'running') return fail(app, tx, run, new RemoteFailure('broken'))
  await sendRun(app, tx, id)
  await updateRun(tx, id, { moved_at: app.clock.now() })
}

async function fail(app: App, tx: Tx, run: Run, failure: RemoteFailure): Promise<void> {
  const remote = (await lockRemote(tx, run.remote_id))!
  const at = app.clock.now()
  const failures = remote.failures + 1
  const borne = failure.kind === 'busy' && failures < BORNE_BUSY
  const wait = waitAfter(failure, failures, randomInt(0, 1000) / 1000)
  await updateRun(tx, run.id, { state: borne ? 'deferred' : 'failed', ended_at: at, moved_at: at, failure: failure.kind, status: failure.status ?? null })
  await updateRemote(tx, remote.id, {
    run_id: null,
    next_at: new Date(at.getTime() + wait),
    failures,
    failure: failure.kind,
    failing_since: borne ? remote.failing_since : (remote.failing_since ?? at),
  })
  await recordEnd(app, tx, run, borne ? 'deferred' : 'failed', failure)
  const told = NEEDS_PEOPLE.includes(failure.kind) ? failures === 1 || remote.failure !== failure.kind : failures === TELL_AFTER
  if (told) await notify(app, tx, await keepersOf(tx, remote.operator_id, ['analyst']), 'remote.failing', { remote: remote.id, name: remote.name })
  app.log.warn({ remote: remote.id, run: run.id, failure: failure.kind, status: failure.status }, 'a remote server could not be used')
}

/** A run that is cut short by people; the remote is locked. */
export async function cancelRun(app: App, tx: Tx, remote: Remote): Promise<void> {
  const run = remote.run_id === null ? undefined : await lockRun(tx, remote.run_id)
  if (!run || run.ended_at) return
  const at = app.clock.now()
  await updateRun(tx, run.id, { state: 'cancelled', ended_at: at })
  await updateRemote(tx, remote.id, { run_id: null, next_at: new Date(at.getTime() + remote.interval_minutes * MINUTE_MS) })
  if (run.job_id) await app.jobs.cancel(tx, RUN, run.job_id)
  app.audit.record(tx, { action: 'remote-run.cancelled', subject: run.id, operator: remote.operator_id, details: { remote: remote.id } })
}

async function recordEnd(app: App, tx: Tx, { id, operator_id: operator, remote_id: remote }: Run, state: string, failure?: RemoteFailure): Promise<void> {
  const counted = (await lockRun(tx, id))!
  const { pages, received, added, known, refused, bytes } = counted
  app.audit.record(tx, {
    action: 'remote-run.ended',
    subject: id,
    operator,
    details: { remote, state, failure: failure?.kind ?? null, pages, received, added, known, refused, bytes },
  })
}
