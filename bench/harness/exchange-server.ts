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
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { createServer } from '#platform/http/server.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { seedCollection } from '#test/harness/exchange.ts'
import { freePort } from '#test/harness/instance.ts'
import { seedPeople } from '#test/harness/people.ts'
import { loadObjects } from '../load-objects.ts'

/** What the bench is told of the server that this process runs. */
export interface Served extends Stored {
  readonly url: string
  /** Where a worker of the same program finds its database and its files. */
  readonly worker: { readonly connection: object; readonly dataDir: string }
  /** The postmaster, whose children serve the connections. */
  readonly postmaster: number
}

/** An instance that lies in a folder. */
export interface Stored {
  readonly base: string
  readonly root: OperatorId
  readonly collection: CollectionId
  /** Authorization headers of a member that reads, of one that has contributed everything, and of an analyst of the operator. */
  readonly reader: string
  readonly writer: string
  readonly staff: string
  readonly vendor: OrganisationId
}

/** What the bench asks of it: to store so many objects in all, to end and leave its folder to the next one, or to end. */
export type Order = { readonly store: number } | 'leave' | 'end'

// A whole server over an embedded PostgreSQL as it is by default, in a process of its own, so that its CPU time and its memory are its own. It goes on
// with the instance that is given as its argument, and makes a new one where none is.
const given = process.argv[2] === undefined ? undefined : (JSON.parse(process.argv[2]) as Stored)
const base = given?.base ?? mkdtempSync(join(tmpdir(), 'vedette-bench-'))
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
const instance = given ?? (await seed())
await server.listen({ host: '127.0.0.1', port })

let stored = Number(process.argv[3] ?? 0)
process.on('message', (order: Order) => void obey(order))
process.send!({
  ...instance,
  url: `http://127.0.0.1:${port}`,
  worker: { connection: database.app, dataDir: base },
  postmaster: Number(readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n')[0]),
} satisfies Served)

async function seed(): Promise<Stored> {
  const [{ id, vendor, responder, people }] = await seedPeople(app)
  const collection = await seedCollection(app, id, [{ organisation: vendor.id }, { organisation: responder.id }])
  const { authorization: reader } = responder.people.analyst.token
  return { base, root: id, collection, vendor: vendor.id, reader, writer: vendor.people.analyst.token.authorization, staff: people.analyst.token.authorization }
}

async function obey(order: Order): Promise<void> {
  if (order === 'end' || order === 'leave') return end(order)
  await loadObjects(app, { collection: instance.collection, operator: instance.root, contributor: instance.vendor }, stored, order.store)
  stored = order.store
  process.send!('stored')
}

async function end(order: 'leave' | 'end'): Promise<void> {
  await server.close()
  await close()
  await database.embedded!.stop()
  if (order === 'end') rmSync(base, { recursive: true })
  process.exit(0)
}
