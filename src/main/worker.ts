import type { Config } from '#platform/config.ts'
import type { Connections } from '#platform/db/server.ts'
import { startWorker } from '#platform/jobs/work.ts'
import { createApp } from '#main/app.ts'

/** Background work of one host. Resolves with how to stop it once it takes jobs. */
export async function work(config: Config, connections: Connections): Promise<() => Promise<void>> {
  const { app, close } = await createApp(config, connections, 'worker')
  const worker = await startWorker(app)
  app.log.debug('taking jobs')
  return async () => {
    await worker.stop()
    await close()
  }
}
