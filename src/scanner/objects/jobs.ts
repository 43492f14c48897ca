import type { AnyJobKind, JobKind } from '#platform/jobs/jobs.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { OBJECT_QUEUE, type ObjectScanJob } from '#scanner/objects/queue.ts'
import { scanObject } from '#scanner/objects/scan-object.ts'

/** The job that scans sealed objects in this pool, one at a time of one operator. */
export function objectJobs(pool: ScanPool): readonly AnyJobKind[] {
  const scan: JobKind<ObjectScanJob> = { ...OBJECT_QUEUE, groupConcurrency: 1, run: (app, job, signal) => scanObject(app, pool, job, signal) }
  return [scan]
}

/** A reading process of its own for each file, started with the first. */
export const jobs: readonly AnyJobKind[] = objectJobs(openPool({ processes: 1, filesPerReader: 1 }))
