import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { settleDeferred, SETTLING_QUEUE } from '#exchange/objects/settle-later.ts'

const settling: JobKind<NoData> = { ...SETTLING_QUEUE, cron: '*/5 * * * *', run: (app, _data, signal) => settleDeferred(app, signal) }

export const jobs: readonly AnyJobKind[] = [settling]
