import { createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import type { Config } from '#platform/config.ts'
import { openCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Connections } from '#platform/db/server.ts'
import { discover } from '#platform/discover.ts'
import type { Route } from '#platform/http/route.ts'
import { createServer, type Readiness } from '#platform/http/server.ts'
import { workerAlive } from '#platform/jobs/worker-beat.ts'
import { createApp } from '#main/app.ts'
import { CONSOLE_DIR } from '#main/console.ts'
import { listenError } from '#main/port.ts'

/** The API and console server of one host. Resolves with how to stop it once it listens. */
export async function serve(config: Config, connections: Connections): Promise<() => Promise<void>> {
  const { app, close } = await createApp(config, connections, 'serve')
  const server = await createServer(app, { routes: await routeTable(app), identify: createIdentify(app), consoleDir: CONSOLE_DIR, ready: () => readiness(app) })
  try {
    await server.listen({ host: config.host, port: config.port })
    app.log.debug({ host: config.host, port: config.port }, 'listening')
  } catch (cause) {
    await close()
    throw listenError(config, cause as NodeJS.ErrnoException)
  }
  return async () => {
    await server.close()
    await close()
  }
}

/** Every route of every feature folder. */
export async function routeTable(app: App): Promise<Route[]> {
  const found = await discover<(app: App) => Route[]>('routes.ts', 'routes')
  return found.flatMap(({ value }) => value(app))
}

async function readiness(app: App): Promise<Readiness> {
  const check = (test: () => Promise<boolean>) => test().catch(() => false)
  const inDatabase = (test: (tx: Tx) => Promise<boolean>) => check(() => app.db.read(system('readiness'), test))
  return {
    database: await inDatabase(async (tx) => (await sql`select 1`.execute(tx.db)).rows.length === 1),
    objects: await check(() => app.objects.ready()),
    log: await inDatabase((tx) => logIsOurs(app, tx)),
    worker: await check(() => workerAlive(app.db)),
    demonstration: app.config.edition === 'live' || existsSync(demonstrationFile(app.config)),
  }
}

/** Whether the log's newest checkpoint was signed by this instance's key, or nothing was recorded yet. */
async function logIsOurs(app: App, tx: Tx): Promise<boolean> {
  const head = await tx.db.selectFrom('audit_head').select('checkpoint').executeTakeFirst()
  return head === undefined || openCheckpoint(head.checkpoint, createPublicKey(app.keys.log)) !== undefined
}

/** Written last when the demonstration is loaded, so its presence says that it is ready. */
export function demonstrationFile(config: Config): string {
  return join(config.dataDir, 'demo.json')
}
