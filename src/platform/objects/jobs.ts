import type { JobKind } from '#platform/jobs/jobs.ts'
import { sweepObjects } from '#platform/objects/sweep-objects.ts'

export const sweepJob: JobKind<Record<string, never>> = {
  name: 'objects.sweep',
  single: true,
  cron: '17 3 * * *',
  run: async (app, _data, signal) => {
    await sweepObjects(app, signal)
  },
}

export const jobs = [sweepJob]
