import { createApp } from '#main/app.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { readConfig } from '#platform/config.ts'
import { startWorker } from '#platform/jobs/work.ts'
import { jobs } from '#exchange/taxii/jobs.ts'
import type { Served } from './exchange-server.ts'

// The worker beside that server: takes in what was posted in large envelopes. `exchange-worker.ts WORKER`, as the server says.
const { connection, dataDir } = JSON.parse(process.argv[2]!) as Served['worker']
const config = readConfig('live', { VEDETTE_DATA: dataDir, VEDETTE_LOG_LEVEL: 'error' })
const { wallMs } = thisMachine()
const clock = { now: () => new Date(wallMs()), disagreement: () => undefined }
const { app, close } = await createApp(config, { app: connection, owner: connection }, 'worker', { clock })
const worker = await startWorker(app, { kinds: jobs.filter(({ name }) => name === 'taxii.take-posted') })
process.once('message', () => void end())
process.send!('ready')

async function end(): Promise<void> {
  await worker.stop()
  await close()
  process.exit(0)
}
