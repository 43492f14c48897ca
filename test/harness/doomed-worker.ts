import { z } from 'zod'
import { pause } from '#platform/clock/clock.ts'
import { consumer, defineEvent } from '#platform/events/events.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import type { JobKind } from '#platform/jobs/jobs.ts'
import { startWorker } from '#platform/jobs/work.ts'
import { openJobsApp } from '#test/harness/jobs.ts'

/** What the doomed process and the tests that kill it both know. */
export const abandoned: JobKind<{ n: number }> = {
  name: 'doomed.abandoned',
  heartbeatSeconds: 10,
  retryDelaySeconds: 1,
  run: async (_, { n }) => {
    process.stdout.write(`started ${n}\n`)
    for (;;) await pause(1_000)
  },
}
export const happened = defineEvent('doomed.happened', z.object({ n: z.number().int() }))
/** Handles, and is dead before it can be noted that it did. */
const dies = consumer({
  name: 'doomed.dies',
  type: happened,
  handle: async (_, event) => {
    process.stdout.write(`handled ${event.data.n}\n`)
    process.kill(process.pid, 'SIGKILL')
    await pause(10_000)
  },
})

/** A worker in a process of its own, to be killed: `doomed-worker.ts jobs|events '{"host":…}'`. */
if (import.meta.main) {
  const app = await openJobsApp(JSON.parse(process.argv[3]!))
  await startWorker(app, { kinds: process.argv[2] === 'jobs' ? [abandoned] : eventJobs([dies]) })
}
