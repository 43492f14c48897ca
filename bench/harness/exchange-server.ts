import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '#main/app.ts'
import { routeTable } from '#main/serve.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { openDataDir, readConfig } from '#platform/config.ts'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded } from '#platform/db/server.ts'
import { createServer } from '#platform/http/server.ts'
import { seedCollection } from '#test/harness/exchange.ts'
import { freePort } from '#test/harness/instance.ts'
import { seedPeople } from '#test/harness/people.ts'
import { loadObjects } from '../load-objects.ts'

/** What the bench is told of the server that this process runs. */
export interface Served {
  readonly url: string
  readonly root: string
  readonly collection: string
  /** Authorization headers of a member that reads, of one that has contributed everything, and of an analyst of the operator. */
  readonly reader: string
  readonly writer: string
  readonly staff: string
  /** Where a worker of the same program finds its database and its files. */
  readonly worker: { readonly connection: object; readonly dataDir: string }
  /** The postmaster, whose children serve the connections. */
  readonly postmaster: number
}

/** What the bench asks of it: to store so many objects in all, or to end. */
export type Order = { readonly store: number } | 'end'

// A whole server over a new embedded PostgreSQL as it is by default, in a process of its own, so that its CPU time is its own.
const base = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const clusterDir = join(base, 'postgres', 'cluster')
const database = await openEmbedded(clusterDir)
await migrate(database.owner)
const port = await freePort()
const config = readConfig('live', { VEDETTE_DATA: base, VEDETTE_PORT: String(port), VEDETTE_LOG_LEVEL: 'error', VEDETTE_RATE_LIMIT: '1000000' })
openDataDir(config)
const { wallMs } = thisMachine()
const { app, close } = await createApp(config, database, 'serve', { clock: { now: () => new Date(wallMs()), disagreement: () => undefined } })
const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
const server = await createServer(app, { routes: await routeTable(app), identify: createIdentify(app), ready })
const [{ id, vendor, responder, people }] = await seedPeople(app)
const collection = await seedCollection(app, id, [{ organisation: vendor.id }, { organisation: responder.id }])
await server.listen({ host: '127.0.0.1', port })

let stored = 0
process.on('message', (order: Order) => void obey(order))
process.send!({
  url: `http://127.0.0.1:${port}`,
  root: id,
  collection,
  reader: responder.people.analyst.token.authorization,
  writer: vendor.people.analyst.token.authorization,
  staff: people.analyst.token.authorization,
  worker: { connection: database.app, dataDir: base },
  postmaster: Number(readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n')[0]),
} satisfies Served)

async function obey(order: Order): Promise<void> {
  if (order === 'end') return end()
  await loadObjects(app, { collection, operator: id, contributor: vendor.id }, stored, order.store)
  stored = order.store
  process.send!('stored')
}

async function end(): Promise<void> {
  await server.close()
  await close()
  await database.embedded!.stop()
  rmSync(base, { recursive: true })
  process.exit(0)
}
