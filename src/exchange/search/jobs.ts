import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { forgetDeleted, indexObjects } from '#exchange/search/index-objects.ts'

/** Makes what was stored findable by its words, and is woken by a search that finds it behind. */
export const indexing: JobKind<NoData> = {
  name: 'exchange.index',
  cron: '* * * * *',
  single: true,
  run: (app, _data, signal) => indexObjects(app, signal),
}

const forgetting: JobKind<NoData> = {
  name: 'exchange.forget-words',
  cron: '53 2 * * *',
  single: true,
  run: (app, _data, signal) => forgetDeleted(app, signal),
}

export const jobs: readonly AnyJobKind[] = [indexing, forgetting]
