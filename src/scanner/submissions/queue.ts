import type { JobQueue } from '#platform/jobs/jobs.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

export interface ScanJob {
  readonly submission: SubmissionId
}

/** Where submissions wait for their scan. The engine's retries are more than the attempts that count, so that the last word is `failed`, not a dead job. */
export const SCAN_QUEUE: JobQueue<ScanJob> = { name: 'submissions.scan', limitSeconds: 600, retries: 10 }
