import type { Id } from '#platform/ids.ts'
import type { JobQueue } from '#platform/jobs/jobs.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

export type DetonationId = Id<'detonation'>

export interface DetonateJob {
  readonly detonation: DetonationId
}

export interface JoinJob {
  readonly submission: SubmissionId
}

/** Longest that one attempt at a detonation may take, with all that it waits for. */
export const DETONATE_SECONDS = 1800

/** Where detonations wait. The engine's retries are more than the attempts that count, so that the last word is a failure that is told, not a dead job. */
export const DETONATE_QUEUE: JobQueue<DetonateJob> = { name: 'submissions.detonate', limitSeconds: DETONATE_SECONDS, retries: 1000, retryDelaySeconds: 1 }

/** What follows when every planned detonation of a submission has ended. */
export const JOIN_QUEUE: JobQueue<JoinJob> = { name: 'submissions.join', limitSeconds: 300, retries: 20 }
