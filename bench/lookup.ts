import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded, prepareDatabase } from '#platform/db/server.ts'
import { valueKey } from '#exchange/search/value-keys.ts'
import { readForm } from '#exchange/search/value.ts'
import { testApp } from '#test/harness/app.ts'
import { TEMPLATE } from '#test/harness/cluster.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople } from '#test/harness/people.ts'
import { cpuSecondsOf, figure, memoryMiBOf } from './figure.ts'

/**
 * A streamed look-up of 500,000 values by a member where a million indicators are stored, each naming one hash, in one collection:
 * CPU of the server and of the database together, sent and read by a process of its own. Rows are written by SQL, without bodies.
 */
const STORED = 1_000_000
const ASKED = 500_000
const CHUNK = 50_000

const dir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const { embedded } = await openEmbedded(join(dir, 'postgres', 'cluster'))
const { owner } = await prepareDatabase(embedded!.socketDir, TEMPLATE)
await migrate(owner)
const test = await testApp({ socketDir: embedded!.socketDir })
const [a] = await seedPeople(test.app)
const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
for (let from = 0; from < STORED; from += CHUNK) await store(from)
await test.database.superuser.query('vacuum analyze object_value, object_version, object_feed, object_fact')
const url = await test.listen()

for (const every of [0, 100, 10]) await measure(every)
for (const networks of [0, 1_000]) {
  await storeNetworks(networks)
  await measureAddresses(networks)
}
await test.close()
await embedded!.stop()
rmSync(dir, { recursive: true, force: true })

function hashOf(n: number | string): string {
  return createHash('sha256').update(String(n)).digest('hex')
}

async function store(from: number): Promise<void> {
  const keys = Array.from({ length: CHUNK }, (_, n) => valueKey(test.app.keys, readForm(hashOf(from + n))!))
  const { superuser } = test.database
  await superuser.query(
    `with made as materialized (select n.i, n.key, uuidv7() as id, gen_random_uuid() as object from unnest($1::text[]) with ordinality as n (key, i)),
      versions as (insert into object_version (collection_id, id, operator_id, organisation_id, contribution_id, object_id, object_uuid, type, version, version_at, tlp, audience,
          revoked, shown_with, content, block_id, start, size, oldest, newest, open, leads, contributed_at, shown_since, versioned)
        select $2::uuid, id, $3::uuid, $4::uuid, id, 'indicator--' || object, object, 'indicator', '2026-01-01T00:00:00.000Z', 1767225600000000, 'GREEN', $2::uuid,
          false, '{}', '\\x00', id, 0, 1, true, true, true, true, $5::bigint + i, $5::bigint + i, true from made),
      feeds as (insert into object_feed (collection_id, audience, position, operator_id, version_id, organisation_id, object_id, type, version, version_at, block_id, start, size, oldest, newest, tlp)
        select $2::uuid, $2::uuid, $5::bigint + i, $3::uuid, id, $4::uuid, 'indicator--' || object, 'indicator', '2026-01-01T00:00:00.000Z', 1767225600000000, id, 0, 1, true, true, 'GREEN' from made),
      facts as (insert into object_fact (collection_id, version_id, operator_id, marked, confidence) select $2::uuid, id, $3::uuid, 'GREEN', 50 from made)
    insert into object_value (collection_id, key, version_id, operator_id) select $2::uuid, decode(key, 'hex'), id, $3::uuid from made`,
    [keys, collection, a.id, a.vendor.id, from],
  )
}

/** One value in so many is stored; 0: none is. */
async function measure(every: number): Promise<void> {
  const file = join(dir, 'values.ndjson')
  writeFileSync(
    file,
    Array.from({ length: ASKED }, (_, n) => `"${every > 0 && n % every === 0 ? hashOf((n * 7919) % STORED) : hashOf(`absent ${n}`)}"\n`).join(''),
  )
  const what = every === 0 ? 'none of them stored' : `one in ${every} stored`
  await report(file, `${ASKED.toLocaleString('en')} values, ${what}`, ({ lines, found }) => lines === ASKED && (every === 0 || found >= ASKED / every))
}

async function report(file: string, what: string, isRight: (answer: { lines: number; found: number }) => boolean): Promise<void> {
  const before = { server: process.cpuUsage(), database: await databaseSeconds(), memory: memoryMiBOf([process.pid]) }
  const { lines, found, ms } = await ask(file)
  const { user, system } = process.cpuUsage(before.server)
  const database = [...(await databaseSeconds())].reduce((sum, [pid, seconds]) => sum + seconds - (before.database.get(pid) ?? 0), 0)
  const server = (user + system) / 1e6
  if (!isRight({ lines, found })) throw new Error(`${lines} answers, ${found} found`)
  figure(`${what}: server`, (server * 1e6) / ASKED, 'µs CPU per value')
  figure(`${what}: database`, (database * 1e6) / ASKED, 'µs CPU per value')
  figure(`${what}: both`, ASKED / (server + database), 'values per CPU-second')
  figure(`${what}: from first to last byte`, ms / 1000, 's')
  figure('growth of the memory of the server', memoryMiBOf([process.pid]) - before.memory, 'MiB')
}

/** Networks of 24 bits spread over IPv4, as real lists have them, posted through TAXII. */
async function storeNetworks(count: number): Promise<void> {
  const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
  const networks = Array.from({ length: count }, (_, n) => `${1 + ((n * 37) % 223)}.${(n * 101) % 256}.${n % 256}.0/24`)
  if (count > 0) await client.post(...networks.map((network) => indicator({ pattern: `[ipv4-addr:value = '${network}']` })))
}

/** Addresses drawn at random, which networks may hold. */
async function measureAddresses(networks: number): Promise<void> {
  const file = join(dir, 'addresses.ndjson')
  const octet = (n: number, at: number) => parseInt(hashOf(`address ${n}`).slice(at, at + 2), 16)
  writeFileSync(file, Array.from({ length: ASKED }, (_, n) => `"${octet(n, 0)}.${octet(n, 2)}.${octet(n, 4)}.${octet(n, 6)}"\n`).join(''))
  await report(file, `${ASKED.toLocaleString('en')} addresses, ${networks.toLocaleString('en')} networks`, ({ lines }) => lines === ASKED)
}

async function databaseSeconds(): Promise<Map<number, number>> {
  const { rows } = await test.database.superuser.query<{ pid: number }>('select pid from pg_stat_activity where datname = current_database()')
  return new Map(rows.map(({ pid }) => [pid, cpuSecondsOf([pid])]))
}

/** Sends a file and reads the answer as it comes, in a process of its own, so that its CPU is not the server's. */
async function ask(file: string): Promise<{ lines: number; found: number; ms: number }> {
  const headers = { ...a.responder.people.reader.token, 'content-type': 'application/x-ndjson' }
  const source = `const { request } = require('node:http'); const { createReadStream } = require('node:fs')
    const start = performance.now(); let lines = 0, found = 0, rest = ''
    const sent = request(${JSON.stringify(`${url}/api/exchange/lookup`)}, { method: 'POST', headers: ${JSON.stringify(headers)} }, (answer) => answer.setEncoding('utf8').on('data', (text) => {
      const all = (rest + text).split('\\n'); rest = all.pop(); lines += all.length; found += all.filter((line) => !line.endsWith('"found":[]}')).length
    }).on('end', () => console.log(JSON.stringify({ lines, found, ms: performance.now() - start }))))
    createReadStream(${JSON.stringify(file)}).pipe(sent)`
  const client = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of client.stdout) printed += String(chunk)
  return JSON.parse(printed) as { lines: number; found: number; ms: number }
}
