import { system } from '#platform/auth/actor.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { POSTED_QUEUE, type PostedJob } from '#exchange/taxii/queue.ts'
import { deleteStatuses, listForgotten } from '#exchange/taxii/status-store.ts'
import { takePosted } from '#exchange/taxii/take-posted.ts'

/** How long a status can be asked for once it is complete: a day at least (TAXII 2.1, section 4.3). */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000
/** Longer than any piece takes: whatever nobody has worked on for so long is sent once more. */
const FORGOTTEN_MS = 30 * 60 * 1000

const take: JobKind<PostedJob> = { ...POSTED_QUEUE, run: takePosted }

/** What failed so often that it is no longer tried is tried again: an envelope that was accepted is never lost. */
const resume: JobKind<NoData> = {
  name: 'taxii.resume-posted',
  cron: '*/30 * * * *',
  run: (app) =>
    app.db.transaction(system('taxii.resume-posted'), async (tx) => {
      const forgotten = await listForgotten(tx, new Date(app.clock.now().getTime() - FORGOTTEN_MS))
      for (const status of forgotten) await app.jobs.send(tx, POSTED_QUEUE, { status })
    }),
}

const forgetStatuses: JobKind<NoData> = {
  name: 'taxii.forget-statuses',
  cron: '41 3 * * *',
  run: (app) => app.db.transaction(system('taxii.forget-statuses'), (tx) => deleteStatuses(tx, new Date(app.clock.now().getTime() - KEPT_MS))),
}

export const jobs: readonly AnyJobKind[] = [take, resume, forgetStatuses]
