import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopwatch } from '#platform/clock/clock.ts'
import { startClock } from '#platform/clock/trusted-clock.ts'
import { migrate } from '#platform/db/migrate.ts'
import { openDatabase } from '#platform/db/database.ts'
import { openEmbedded } from '#platform/db/server.ts'
import { createLog } from '#platform/log.ts'
import { figure } from './figure.ts'

/** What one look at the trusted instant costs, beside the wall clock alone, and what one sample costs. */
const LOOKS = 3_000_000
const SAMPLES = 200

const dir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const server = await openEmbedded(join(dir, 'postgres', 'cluster'))
await migrate(server.owner)
const db = openDatabase(server.app, () => undefined)
const running = await startClock({ db, log: createLog('bench', 'warn') })
let sum = 0
for (const shown of [false, true]) {
  look('vedette: trusted instant', shown, () => (sum += running.clock.now().getTime()))
  look('peer: new Date(Date.now())', shown, () => (sum += new Date(Date.now()).getTime()))
}
const elapsed = stopwatch()
for (let i = 0; i < SAMPLES; i++) await running.sample()
figure('vedette: one sample, stored durably', elapsed() / SAMPLES, 'ms')
if (sum === 0) throw new Error('nothing was measured')
await running.stop()
await db.close()
await server.embedded!.stop()
rmSync(dir, { recursive: true, force: true })

/** The first round warms up and is not shown. */
function look(what: string, shown: boolean, work: () => void): void {
  const elapsed = stopwatch()
  for (let i = 0; i < LOOKS; i++) work()
  if (shown) figure(what, (elapsed() * 1e6) / LOOKS, 'ns')
}
