import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded, prepareDatabase } from '#platform/db/server.ts'
import { testApp } from '#test/harness/app.ts'
import { TEMPLATE } from '#test/harness/cluster.ts'
import { seedCollection } from '#test/harness/exchange.ts'
import { seedPeople } from '#test/harness/people.ts'
import { cpuSecondsOf, figure, memoryMiBOf } from './figure.ts'
import { loadObjects } from './load-objects.ts'

/**
 * What taking in objects costs: envelopes of 1,000 posted over HTTP from a process of its own, on a database that fsyncs, when 10 thousand and
 * 100 thousand objects are stored (a million with VEDETTE_BENCH_OBJECTS=1000000); CPU of the server and of all processes of PostgreSQL
 * apart. Peers, measured by others on another machine (exchange design, 22.2): OpenTAXII 241 objects per CPU-second in envelopes of 1,000 with
 * 100 thousand stored; medallion 13.
 */
const MOST = Number(process.env['VEDETTE_BENCH_OBJECTS'] ?? 100_000)
const ENVELOPES = 20
const SIZE = 1000
const WARMING = 5

const dir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const { embedded } = await openEmbedded(join(dir, 'postgres', 'cluster'))
const { owner } = await prepareDatabase(embedded!.socketDir, TEMPLATE)
await migrate(owner)
const test = await testApp({ socketDir: embedded!.socketDir })
const [a] = await seedPeople(test.app)
const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }])
const url = `${await test.listen()}/taxii2/${a.id}/collections/${collection}/objects/`
const postmaster = Number(readFileSync(join(dir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])

let stored = 0
await post(WARMING)
for (const size of [10_000, 100_000, 1_000_000].filter((count) => count <= MOST)) {
  await loadObjects(test.app, { collection, operator: a.id, contributor: a.vendor.id }, stored, size)
  stored = size
  const before = { server: process.cpuUsage(), database: databaseSeconds() }
  await post(ENVELOPES)
  const { user, system } = process.cpuUsage(before.server)
  const objects = ENVELOPES * SIZE
  const [server, database] = [(user + system) / objects, ((databaseSeconds() - before.database) * 1e6) / objects]
  const at = `${size.toLocaleString('en')} stored`
  figure(`${at}: server`, server, 'us CPU per object')
  figure(`${at}: PostgreSQL`, database, 'us CPU per object')
  figure(`${at}: both`, 1e6 / (server + database), 'objects per CPU-second')
  figure(`${at}: server alone`, 1e6 / server, 'objects per CPU-second')
  figure(`${at}: memory of the server and bench`, memoryMiBOf([process.pid]), 'MiB')
}
const { rows } = await test.database.superuser.query<{ name: string; bytes: number }>(
  `select coalesce(i.relid::regclass::text, '') as name, pg_total_relation_size(i.relid) as bytes from pg_partition_tree('object_version') i where isleaf order by 2 desc limit 1`,
)
figure(`size of ${rows[0]!.name}`, rows[0]!.bytes / 2 ** 20, 'MiB')
await test.close()
await embedded!.stop()
rmSync(dir, { recursive: true, force: true })

/** CPU of every process of the database server. */
function databaseSeconds(): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === postmaster)
  return cpuSecondsOf([postmaster, ...children])
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

/** Posts the next envelopes from another process, whose CPU is not the server's. */
async function post(envelopes: number): Promise<void> {
  const source = `import { envelopeOf } from ${JSON.stringify(join(import.meta.dirname, 'stix-objects.ts'))}
    const headers = { ...${JSON.stringify(a.vendor.people.analyst.token)}, accept: 'application/taxii+json;version=2.1', 'content-type': 'application/taxii+json;version=2.1' }
    for (let n = 0; n < ${envelopes}; n++) {
      const answer = await fetch(${JSON.stringify(url)}, { method: 'POST', headers, body: envelopeOf(${stored} + n * ${SIZE}, ${SIZE}) })
      const { success_count: stored } = await answer.json()
      if (answer.status !== 202 || stored !== ${SIZE}) throw new Error('answered ' + answer.status + ' with ' + stored)
    }`
  const client = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(client, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the client ended with ${code}`)
  stored += envelopes * SIZE
}
