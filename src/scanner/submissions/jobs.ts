import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { WEAK_FENCE } from '#scanner/jail/fence.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { openRuleRuns, type RuleRuns } from '#scanner/jail/rule-runs.ts'
import { SCAN_QUEUE, type ScanJob } from '#scanner/submissions/queue.ts'
import { fail, scanSubmission } from '#scanner/submissions/scan-submission.ts'
import { listOverdue, lockOpenSubmission } from '#scanner/submissions/store.ts'

/** Scans that one worker runs at the same time, each in a reading process of its own. */
const SCANS_AT_ONCE = 2
const DEADLINE_MS = 24 * 60 * 60 * 1000

/** The jobs that scan in this pool, and match rules where there are `rules`. Of one organisation one file is scanned at a time, so that many of them keep nobody else waiting. */
export function scanJobs(pool: ScanPool, rules?: RuleRuns): readonly AnyJobKind[] {
  let told = false
  const scan: JobKind<ScanJob> = {
    ...SCAN_QUEUE,
    concurrency: SCANS_AT_ONCE,
    groupConcurrency: 1,
    run: (app, { submission }, signal) => {
      if (!told) tellFence(app, pool)
      told = true
      return scanSubmission(app, pool, submission, signal, rules)
    },
  }
  return [scan, closeOverdue]
}

/** Says which fence stands around hostile files: whoever runs Vedette has to know when it is the weaker one. */
function tellFence(app: App, pool: ScanPool): void {
  const fence = pool.fence()
  if (fence === 'permissions') app.log.warn({ fence }, WEAK_FENCE)
  else app.log.info({ fence }, 'files are read by processes in namespaces of their own')
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

/**
 * One pool for the process: it starts a reading process with the first scan, and none keeps the process alive. Each reads one file,
 * so that none that a file has taken over meets the file of another organisation.
 */
export const jobs: readonly AnyJobKind[] = scanJobs(openPool({ processes: SCANS_AT_ONCE, filesPerReader: 1 }), openRuleRuns({ processes: SCANS_AT_ONCE }))
