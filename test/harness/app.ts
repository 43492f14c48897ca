import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { createApp } from '#main/app.ts'
import { CONSOLE_DIR } from '#main/console.ts'
import { routeTable } from '#main/serve.ts'
import type { App } from '#platform/app.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import { openDataDir, readConfig, type Edition } from '#platform/config.ts'
import { createServer } from '#platform/http/server.ts'
import { TestClock } from '#test/harness/clock.ts'
import { countingIds } from '#test/harness/counting-ids.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'
import { freePort } from '#test/harness/instance.ts'

export interface TestApp {
  readonly app: App
  /** Every route of the program; `inject` sends a request without a socket. */
  readonly server: FastifyInstance
  readonly clock: TestClock
  readonly database: TestDatabase
  /** Listens on the port of `app.config.url`, for tests that need a real connection or a browser. */
  listen(): Promise<string>
  close(): Promise<void>
}

/** The whole program on a fresh database, real in every part but the clock; outside a test run on the server with that socket. */
export async function testApp(options: { edition?: Edition; env?: NodeJS.ProcessEnv; socketDir?: string } = {}): Promise<TestApp> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vedette-app-'))
  const port = await freePort()
  const config = readConfig(options.edition ?? 'live', {
    VEDETTE_DATA: dataDir,
    VEDETTE_PORT: String(port),
    VEDETTE_LOG_LEVEL: 'silent',
    VEDETTE_RATE_LIMIT: '1000000',
    ...options.env,
  })
  openDataDir(config)
  const database = await freshDatabase(options.socketDir)
  const clock = new TestClock()
  const { app, close } = await createApp(config, database, 'test', { clock, ids: countingIds(() => clock.now().getTime()) })
  const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
  const server = await createServer(app, { routes: await routeTable(app), identify: createIdentify(app), consoleDir: CONSOLE_DIR, ready })
  await server.ready()
  return {
    app,
    server,
    clock,
    database,
    listen: async () => {
      await server.listen({ host: '127.0.0.1', port })
      return `http://localhost:${(server.server.address() as AddressInfo).port}`
    },
    close: async () => {
      await server.close()
      await close()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
