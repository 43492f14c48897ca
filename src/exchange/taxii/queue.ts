import type { JobQueue } from '#platform/jobs/jobs.ts'
import type { StatusId } from '#exchange/taxii/status-store.ts'

export interface PostedJob {
  readonly status: StatusId
}

/** Where envelopes wait that are too many objects for one transaction. */
export const POSTED_QUEUE: JobQueue<PostedJob> = { name: 'taxii.take-posted', retries: 10, heartbeatSeconds: 10 }
