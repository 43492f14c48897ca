import type { JobQueue } from '#platform/jobs/jobs.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'

export interface ObjectScanJob {
  readonly object: ObjectId
  readonly operator: OperatorId
}

/** Where sealed objects of other parts wait for their scan. */
export const OBJECT_QUEUE: JobQueue<ObjectScanJob> = { name: 'objects.scan', limitSeconds: 600 }
