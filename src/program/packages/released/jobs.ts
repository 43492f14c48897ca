import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { markReleased } from '#program/packages/released/mark-released.ts'

/** Every minute. Nothing waits for it: what is public is decided by instants. */
const mark: JobKind<NoData> = { name: 'packages.mark-released', cron: '* * * * *', retries: 3, run: (app, _, signal) => markReleased(app, signal) }

export const jobs: readonly AnyJobKind[] = [mark]
