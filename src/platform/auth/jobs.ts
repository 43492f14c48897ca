import { system } from '#platform/auth/actor.ts'
import { FAILED_TRIES_MINUTES } from '#platform/auth/attempts.ts'
import { deleteAttempts } from '#platform/auth/attempt-store.ts'
import { deleteCeremonies } from '#platform/auth/passkey-store.ts'
import { forgetTraces } from '#platform/auth/session-store.ts'
import { SESSION_TRACE_MS } from '#platform/auth/session.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'

/** Deletes what no sign-in needs any more. Sessions stay, since leaves of the log bind them, but not from where they were used. */
const forgetSignIns: JobKind<NoData> = {
  name: 'auth.forget-sign-ins',
  cron: '23 * * * *',
  run: (app) =>
    app.db.transaction(system('auth.forget-sign-ins'), async (tx) => {
      const now = app.clock.now()
      await deleteCeremonies(tx, now)
      await deleteAttempts(tx, FAILED_TRIES_MINUTES)
      await forgetTraces(tx, new Date(now.getTime() - SESSION_TRACE_MS))
    }),
}

export const jobs: readonly AnyJobKind[] = [forgetSignIns]
