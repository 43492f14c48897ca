import { system } from '#platform/auth/actor.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { deleteStatuses } from '#exchange/taxii/status-store.ts'

/** How long a status can be asked for: a day at least (TAXII 2.1, section 4.3). */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000

const forgetStatuses: JobKind<NoData> = {
  name: 'taxii.forget-statuses',
  cron: '41 3 * * *',
  run: (app) => app.db.transaction(system('taxii.forget-statuses'), (tx) => deleteStatuses(tx, new Date(app.clock.now().getTime() - KEPT_MS))),
}

export const jobs: readonly AnyJobKind[] = [forgetStatuses]
