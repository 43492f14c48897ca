import type pg from 'pg'
import { pause } from '#platform/clock/clock.ts'
import { startClock } from '#platform/clock/trusted-clock.ts'
import { openDatabase } from '#platform/db/database.ts'
import { createLog } from '#platform/log.ts'

/**
 * A process of its own with the trusted clock of a real machine and database, whose wall clock tests move from outside:
 * prints what it sees, one JSON line about every 20 ms, until it is killed. Argument: the connection as JSON.
 */
export interface Sight {
  readonly wallMs: number
  readonly trustedMs: number
  readonly disagreement: string | null
}

const db = openDatabase(JSON.parse(process.argv[2]!) as pg.PoolConfig, () => undefined)
const { clock } = await startClock({ db, log: createLog('clock-process', 'silent'), everyMs: 200 })
for (;;) {
  const sight: Sight = { trustedMs: clock.now().getTime(), wallMs: Date.now(), disagreement: clock.disagreement() ?? null }
  process.stdout.write(`${JSON.stringify(sight)}\n`)
  await pause(20)
}
