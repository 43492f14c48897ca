import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '#platform/app.ts'
import { createAudit } from '#platform/audit/create-audit.ts'
import type { Clock } from '#platform/clock/clock.ts'
import { startClock } from '#platform/clock/trusted-clock.ts'
import { openDataDir, readConfig, type Config, type Edition } from '#platform/config.ts'
import { checkInstance, loadKeys } from '#platform/crypto/keys.ts'
import { openDatabase } from '#platform/db/database.ts'
import { migrate } from '#platform/db/migrate.ts'
import { joinEmbedded, clusterDirOf, openServer, type Connections } from '#platform/db/server.ts'
import { StartupError } from '#platform/errors.ts'
import { createIds, type Ids } from '#platform/ids.ts'
import { createJobs } from '#platform/jobs/create-jobs.ts'
import { createLog } from '#platform/log.ts'
import { createObjects } from '#platform/objects/create-objects.ts'

export interface RunningApp {
  readonly app: App
  /** Looks at the clocks at once, so that a confirmation counts from now on. */
  readClocks(): Promise<void>
  close(): Promise<void>
}

/** Builds everything a process needs over a database that is ready. Tests give their own clock, and ids that go with it. */
export async function createApp(config: Config, connections: Connections, name: string, given: { clock?: Clock; ids?: Ids } = {}): Promise<RunningApp> {
  const log = createLog(name, config.logLevel)
  const keys = loadKeys(config)
  const db = openDatabase({ ...connections.app, max: config.databasePool }, (error) => log.warn({ err: error }, 'database connection'))
  try {
    await checkInstance(db, keys, config.edition, await db.instant())
    const trusted = given.clock ? { clock: given.clock, sample: async () => undefined, stop: async () => undefined } : await startClock({ db, log })
    const { clock } = trusted
    db.keepTime(() => clock.now())
    const ids = given.ids ?? createIds(() => clock.now().getTime())
    const audit = createAudit({ keys, clock, log, name: `${config.url.host}/log`, dataDir: config.dataDir })
    const objects = createObjects({ dataDir: join(config.dataDir, 'objects'), keys, ids, clock, log })
    const jobs = await createJobs({ db, clock, log })
    return {
      app: { config, log, clock, ids, db, keys, audit, objects, jobs },
      readClocks: trusted.sample,
      close: async () => {
        await jobs.close()
        await trusted.stop()
        await audit.flush()
        await db.close()
      },
    }
  } catch (error) {
    await db.close()
    throw error
  }
}

/** Throws StartupError when the keys of this host do not belong to the database; before anything else is started on it. */
export async function checkKeys(config: Config, connections: Connections): Promise<void> {
  const db = openDatabase({ ...connections.app, max: 1 }, () => undefined)
  try {
    await checkInstance(db, loadKeys(config), config.edition, await db.instant())
  } finally {
    await db.close()
  }
}

/** Connections for a process that runs beside `vedette start`, or on its own against DATABASE_URL. */
export async function connect(config: Config): Promise<Connections> {
  openDataDir(config)
  if (config.databaseUrl !== undefined) {
    const server = await openServer(config, loadKeys(config))
    await migrate(server.owner)
    return server
  }
  const connections = await joinEmbedded(clusterDirOf(config))
  if (!connections) throw new StartupError(`No database is running for ${config.dataDir}; run vedette start, or set DATABASE_URL.`)
  return connections
}

/** Runs one command over the application: beside a running Vedette, or with the embedded server started for the command's time. */
export async function withApp<T>(edition: Edition, work: (app: App) => Promise<T>): Promise<T> {
  const config = readConfig(edition)
  if (config.databaseUrl === undefined && !existsSync(clusterDirOf(config)))
    throw new StartupError(`There is no Vedette in ${config.dataDir}; run vedette start first, or set VEDETTE_DATA.`)
  openDataDir(config)
  const running = config.databaseUrl === undefined ? await joinEmbedded(clusterDirOf(config)) : undefined
  const server = running ? { ...running, embedded: undefined } : await openServer(config, loadKeys(config))
  try {
    const { app, close } = await createApp({ ...config, logLevel: 'warn' }, server, 'command')
    try {
      return await work(app)
    } finally {
      await close()
    }
  } finally {
    await server.embedded?.stop()
  }
}
