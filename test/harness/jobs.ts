import { createIds } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import type { App } from '#platform/app.ts'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { openDatabase } from '#platform/db/database.ts'
import { createJobs } from '#platform/jobs/create-jobs.ts'
import type pg from 'pg'
import { TestClock } from '#test/harness/clock.ts'

/** What jobs, events and notices need of an App, on a real database: no server, no objects, no audit log. */
export type JobsApp = App & { readonly clock: TestClock; close(): Promise<void> }

export async function openJobsApp(connection: pg.PoolConfig): Promise<JobsApp> {
  const log = createLog('test', 'silent')
  const clock = new TestClock()
  const db = openDatabase({ ...connection, max: 20 }, (error) => log.error(error))
  const jobs = await createJobs({ db, clock, log })
  const close = async () => {
    await jobs.close()
    await db.close()
  }
  return { db, log, clock, jobs, ids: createIds(() => clock.now().getTime()), close } as unknown as JobsApp
}

/** As if twenty seconds had passed since a dead worker last said that it lives: another takes over what it held. For when no other worker runs. */
export async function letHeartbeatsLapse(superuser: pg.Pool): Promise<void> {
  await superuser.query(`update jobs.job set heartbeat_on = heartbeat_on - make_interval(secs => heartbeat_seconds) where state = 'active'`)
  await superuser.query(`update sandbox_worker set beat_at = beat_at - interval '20 seconds'`)
}

/** Looks again and again until the answer is truthy; fails after `ms` of real time. */
export async function until<T>(look: () => Promise<T> | T, ms = 15_000): Promise<NonNullable<T>> {
  const elapsed = stopwatch()
  for (;;) {
    const value = await look()
    if (value) return value
    if (elapsed() > ms) throw new Error(`still not so after ${ms} ms`)
    await pause(50)
  }
}
