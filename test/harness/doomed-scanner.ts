import { createApp } from '#main/app.ts'
import { readConfig } from '#platform/config.ts'
import { pause } from '#platform/clock/clock.ts'
import { startWorker } from '#platform/jobs/work.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'

/** Scans, and is dead before the answer can be kept: `doomed-scanner.ts DATA-FOLDER '{"host":…}'`. */
const pool = openPool({ processes: 1 })
const doomed: ScanPool = {
  ...pool,
  scan: async (bytes) => {
    const { outcome } = await pool.scan(bytes)
    process.stdout.write(`scanned ${outcome}\n`)
    process.kill(process.pid, 'SIGKILL')
    return pause(10_000) as never
  },
}
const config = readConfig('live', { VEDETTE_DATA: process.argv[2]!, VEDETTE_LOG_LEVEL: 'silent' })
const { app } = await createApp(config, { app: JSON.parse(process.argv[3]!), owner: {} }, 'doomed')
await startWorker(app, { kinds: scanJobs(doomed) })
