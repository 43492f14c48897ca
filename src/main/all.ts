import { pause } from '#platform/clock/clock.ts'
import { openDataDir, type Config } from '#platform/config.ts'
import { loadKeys } from '#platform/crypto/keys.ts'
import { migrate } from '#platform/db/migrate.ts'
import { openServer, type Connections, type DatabaseServer } from '#platform/db/server.ts'
import { createLog, type Log } from '#platform/log.ts'
import { checkKeys } from '#main/app.ts'
import { ensureConsole } from '#main/console.ts'
import { lockInstance } from '#main/instance-lock.ts'
import { assertPortFree, untilReady } from '#main/port.ts'
import { step } from '#main/progress.ts'
import { supervise } from '#main/supervise.ts'

export interface Everything {
  readonly connections: Connections
  /** Resolves when /readyz answers 200. */
  ready(): Promise<void>
  stop(): Promise<void>
}

/** Database, server and worker of one machine, each kept running; what `vedette start` and `vedette demo` stand on. */
export async function startAll(config: Config): Promise<Everything> {
  openDataDir(config)
  const unlock = lockInstance(config)
  const undo: (() => Promise<void>)[] = [async () => unlock()]
  const stop = async () => {
    for (const end of undo.splice(0).reverse()) await end()
  }
  try {
    await assertPortFree(config)
    const log = createLog('start', config.logLevel)
    const building = step('console', ensureConsole)
    building.catch(() => undefined)
    const server = await step('database', () => keepDatabase(config, log, undo))
    await step('migrations', () => migrate(server.owner))
    await checkKeys(config, server)
    await building
    const processes = ['serve', 'worker'].map((name) => supervise([name, '--edition', config.edition], log))
    undo.push(async () => {
      await Promise.all(processes.map((process) => process.stop()))
    })
    await step('server and worker', () => Promise.all(processes.map((process) => process.up)))
    return { connections: server, ready: () => untilReady(config), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts the database server and, when it is the embedded one, starts it again whenever it dies. */
async function keepDatabase(config: Config, log: Log, undo: (() => Promise<void>)[]): Promise<DatabaseServer> {
  const open = () => openServer(config, loadKeys(config))
  let server = await open()
  let stopping = false
  const watch = async () => {
    while (server.embedded) {
      const code = await server.embedded.exited
      if (stopping) return
      log.error({ code }, 'the database server ended unexpectedly; starting it again')
      server = await restarted(open, log)
    }
  }
  void watch()
  undo.push(async () => {
    stopping = true
    await server.embedded?.stop()
  })
  return server
}

async function restarted(open: () => Promise<DatabaseServer>, log: Log): Promise<DatabaseServer> {
  for (;;) {
    try {
      return await open()
    } catch (error) {
      log.error({ err: error }, 'the database server does not start; trying again')
      await pause(2000)
    }
  }
}
