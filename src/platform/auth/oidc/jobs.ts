import { system } from '#platform/auth/actor.ts'
import { deleteFlows } from '#platform/auth/oidc/flow-store.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'

/** Deletes ways to a provider that nobody came back from. */
const forgetFlows: JobKind<NoData> = {
  name: 'auth.forget-oidc-flows',
  cron: '38 * * * *',
  run: (app) => app.db.transaction(system('auth.forget-oidc-flows'), (tx) => deleteFlows(tx, app.clock.now())),
}

export const jobs: readonly AnyJobKind[] = [forgetFlows]
