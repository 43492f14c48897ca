import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { openFarm, type Farm } from '#scanner/detonation/farm.ts'
import { joinSubmission } from '#scanner/detonation/join-submission.ts'
import { endOverdueDetonations } from '#scanner/detonation/overdue.ts'
import { DETONATE_QUEUE, JOIN_QUEUE, type DetonateJob, type JoinJob } from '#scanner/detonation/queue.ts'
import { runDetonation } from '#scanner/detonation/run-detonation.ts'
import { openSandboxes } from '#scanner/detonation/open-sandboxes.ts'

/** Detonations that one worker waits for or runs at the same time; how many run is decided by the leases. */
const AT_ONCE = 4

/** The jobs that open submissions in this farm's sandbox. Of one organisation two run at a time, so that many of them keep nobody else waiting. */
export function detonationJobs(farm: Farm): readonly AnyJobKind[] {
  const detonate: JobKind<DetonateJob> = {
    ...DETONATE_QUEUE,
    concurrency: AT_ONCE,
    groupConcurrency: 2,
    begin: (app) => farm.begin(app),
    run: (app, { detonation }, signal) => runDetonation(app, farm, detonation, signal),
  }
  return [detonate, join, endOverdue]
}

const join: JobKind<JoinJob> = { ...JOIN_QUEUE, run: (app, { submission }) => joinSubmission(app, submission) }

const endOverdue: JobKind<NoData> = { name: 'submissions.end-overdue', cron: '*/10 * * * *', run: (app) => endOverdueDetonations(app) }

export const jobs: readonly AnyJobKind[] = detonationJobs(openFarm(openSandboxes))
