import { system } from '#platform/auth/actor.ts'
import type { App } from '#platform/app.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { RemoteFailure } from '#exchange/remotes/failure.ts'
import { pollRemote } from '#exchange/remotes/poll-remote.ts'
import { pushRemote } from '#exchange/remotes/push-remote.ts'
import { endBadly, mendStuck, RUN, startRun, Superseded, takeUp } from '#exchange/remotes/run.ts'
import { deleteRuns, listStuckRuns, lockDue, type RunId } from '#exchange/remotes/store.ts'

/** Runs that are begun in one go; a minute later come the next. */
const MOST_BEGUN = 100
/** A run that did not move for this long has lost its job. */
const STUCK_MS = 40 * 60_000
const KEPT_MS = 90 * 24 * 60 * 60 * 1000

/** Works on a run until it ends, waits its turn, or the signal fires. What goes wrong at the remote server ends the run, not the job. */
export async function workOn(app: App, id: RunId, signal: AbortSignal): Promise<void> {
  const work = await takeUp(app, id)
  if (!work) return
  try {
    await (work.remote.direction === 'poll' ? pollRemote : pushRemote)(app, work, signal)
  } catch (error) {
    if (error instanceof Superseded) return
    if (!(error instanceof RemoteFailure)) throw error
    await endBadly(app, work, error).catch((late: unknown) => {
      if (!(late instanceof Superseded)) throw late
    })
  }
}

const run: JobKind<{ readonly run: RunId }> = { ...RUN, concurrency: 2, run: (app, { run: id }, signal) => workOn(app, id, signal) }

/** Begins what is due, and mends what lost its job. */
export async function beginDue(app: App): Promise<void> {
  await app.db.transaction(system('remotes.begin'), async (tx) => {
    const at = app.clock.now()
    for (const remote of await lockDue(tx, at, MOST_BEGUN)) await startRun(app, tx, remote, null)
    for (const stuck of await listStuckRuns(tx, new Date(at.getTime() - STUCK_MS))) await mendStuck(app, tx, stuck)
  })
}

const begin: JobKind<NoData> = { name: 'remotes.begin', cron: '* * * * *', run: (app) => beginDue(app) }

const forget: JobKind<NoData> = {
  name: 'remotes.forget',
  cron: '47 3 * * *',
  run: (app) => app.db.transaction(system('remotes.forget'), (tx) => deleteRuns(tx, new Date(app.clock.now().getTime() - KEPT_MS))),
}

export const jobs: readonly AnyJobKind[] = [run, begin, forget]
