import { pause, stopwatch } from '#platform/clock/clock.ts'
import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { lookForOpenings } from '#program/openings/look-for-openings.ts'
import { remindOfWindows } from '#program/openings/remind-of-windows.ts'

const EVERY_MS = 10_000
const FOR_MS = 50_000

/** Looks every ten seconds for the minute until it is woken anew: what it finds is decided by the trusted clock and never by this. */
const look: JobKind<NoData> = {
  name: 'openings.look',
  cron: '* * * * *',
  run: async (app, _, signal) => {
    const elapsed = stopwatch()
    for (;;) {
      await lookForOpenings(app)
      if (elapsed() > FOR_MS) return
      await pause(EVERY_MS, signal)
      signal.throwIfAborted()
    }
  },
}

const remind: JobKind<NoData> = { name: 'openings.remind', cron: '*/10 * * * *', run: (app) => remindOfWindows(app) }

export const jobs: readonly AnyJobKind[] = [look, remind]
