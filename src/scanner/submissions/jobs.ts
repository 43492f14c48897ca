import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { SCAN_QUEUE, type ScanJob } from '#scanner/submissions/queue.ts'
import { fail, scanSubmission } from '#scanner/submissions/scan-submission.ts'
import { listOverdue, lockOpenSubmission } from '#scanner/submissions/store.ts'

/** Scans that one worker runs at the same time, each in a reading process of its own. */
const SCANS_AT_ONCE = 2
const DEADLINE_MS = 24 * 60 * 60 * 1000

/** The jobs that scan in this pool. */
export function scanJobs(pool: ScanPool): readonly AnyJobKind[] {
  const scan: JobKind<ScanJob> = {
    ...SCAN_QUEUE,
    concurrency: SCANS_AT_ONCE,
    run: (app, { submission }, signal) => scanSubmission(app, pool, submission, signal),
  }
  return [scan, closeOverdue]
}

/** Whatever became of its job, a submission has an answer after a day. */
const closeOverdue: JobKind<NoData> = {
  name: 'submissions.close-overdue',
  cron: '*/10 * * * *',
  run: (app) => giveUpOverdue(app),
}

export async function giveUpOverdue(app: App): Promise<void> {
  const actor = system('submissions.close-overdue')
  const limit = new Date(app.clock.now().getTime() - DEADLINE_MS)
  for (const id of await app.db.read(actor, (tx) => listOverdue(tx, limit))) {
    await app.db.transaction(actor, async (tx) => {
      const submission = await lockOpenSubmission(tx, id)
      if (!submission) return
      if (submission.job !== null) await app.jobs.cancel(tx, SCAN_QUEUE, submission.job)
      await fail(app, tx, submission, 'DEADLINE')
    })
  }
}

/** One pool for the process: it starts a reading process with the first scan, and none keeps the process alive. */
export const jobs: readonly AnyJobKind[] = scanJobs(openPool({ processes: SCANS_AT_ONCE }))
