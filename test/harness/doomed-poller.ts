import { createApp } from '#main/app.ts'
import { readConfig } from '#platform/config.ts'
import { workOn } from '#exchange/remotes/jobs.ts'
import type { RunId } from '#exchange/remotes/store.ts'
import { TestClock } from '#test/harness/clock.ts'

/** A process that works on one run of a remote, to be killed: `doomed-poller.ts '{"host":…}' DATA_DIR RUN`. */
const [connection = '', dataDir = '', run = ''] = process.argv.slice(2)
const config = readConfig('live', { VEDETTE_DATA: dataDir, VEDETTE_LOG_LEVEL: 'silent', VEDETTE_REMOTE_PRIVATE_HOSTS: 'localhost' })
const app = JSON.parse(connection)
const running = await createApp(config, { app, owner: app }, 'doomed', { clock: new TestClock() })
await workOn(running.app, run as RunId, new AbortController().signal)
await running.close()
