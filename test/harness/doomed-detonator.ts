import { createHash } from 'node:crypto'
import { createApp } from '#main/app.ts'
import { pause } from '#platform/clock/clock.ts'
import { readConfig } from '#platform/config.ts'
import { startWorker } from '#platform/jobs/work.ts'
import { openFarm } from '#scanner/detonation/farm.ts'
import { detonationJobs } from '#scanner/detonation/jobs.ts'
import { POPPLER, replaySandbox } from '#test/harness/replay-sandbox.ts'

/** Opens documents, and is dead when the first is open: `doomed-detonator.ts DATA-FOLDER '{"host":…}'`. */
const sandbox = replaySandbox(
  POPPLER,
  async ({ job }) => {
    process.stdout.write(`opened in ${job.environment}\n`)
    process.kill(process.pid, 'SIGKILL')
    return pause(10_000) as never
  },
  ({ subject }) =>
    createHash('sha256')
      .update('url' in subject ? subject.url : subject.document)
      .digest('hex'),
)
const config = readConfig('live', { VEDETTE_DATA: process.argv[2]!, VEDETTE_LOG_LEVEL: 'silent' })
const { app } = await createApp(config, { app: JSON.parse(process.argv[3]!), owner: {} }, 'doomed')
await startWorker(app, { kinds: detonationJobs(openFarm(async () => sandbox, { host: 'doomed', machines: 2, memoryMib: 4096 })) })
