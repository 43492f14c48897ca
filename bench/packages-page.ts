import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded, prepareDatabase } from '#platform/db/server.ts'
import { testApp } from '#test/harness/app.ts'
import { TEMPLATE } from '#test/harness/cluster.ts'
import { addMembers, addReceipts, copyPackage } from '#test/harness/many-packages.ts'
import { csafDocument, DECEMBER, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedPeople } from '#test/harness/people.ts'
import { cpuSecondsOf, figure } from './figure.ts'

/**
 * What one member's page of 100 readable packages costs where 50,000 are stored and there are 2,000 members: CPU of the server and of
 * the database together, over HTTP from another process; beside it the same for answers that read no package.
 */
const PACKAGES = 50_000
const MEMBERS = 2000
const PAGE = 100
const REQUESTS = 400

const dir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const { embedded } = await openEmbedded(join(dir, 'postgres', 'cluster'))
const { owner } = await prepareDatabase(embedded!.socketDir, TEMPLATE)
await migrate(owner)
const test = await testApp({ socketDir: embedded!.socketDir })
const [a] = await seedPeople(test.app)
const { analyst: everything, reader: one } = a.vendor.people
await entitle(test.app, a, a.vendor, everything)
await entitle(test.app, a, a.vendor, one, { products: ['Rare product'] })
const { id } = await packageDesk(test).scheduled(a, csafDocument())
const ids = await copyPackage(test, a, id as never, PACKAGES, (n) => (n % (PACKAGES / PAGE) === 0 ? 'Rare product' : 'Example product'))
await addMembers(test, a, MEMBERS)
test.clock.set(DECEMBER.release)
const rare = ids.filter((_, n) => n % (PACKAGES / PAGE) === 0)
await addReceipts(test, a, everything, ids.slice(-PAGE))
await addReceipts(test, a, one, rare)
await test.database.superuser.query('vacuum analyze')
const url = await test.listen()

await measure('peer: /healthz, which asks nobody', '/healthz', {})
await measure('peer: /api/session, which reads who asks', '/api/session', everything.token)
await measure(`a page of ${PAGE}, cleared for every product`, `/api/packages?limit=${PAGE}`, everything.token)
await measure(`a page of ${PAGE}, cleared for one product of one package in ${PACKAGES / PAGE}`, `/api/packages?limit=${PAGE}`, one.token)
await test.close()
await embedded!.stop()
rmSync(dir, { recursive: true, force: true })

async function measure(what: string, path: string, headers: Record<string, string>): Promise<void> {
  await ask(path, headers, 60)
  const before = { server: process.cpuUsage(), database: await databaseSeconds() }
  const times = await ask(path, headers, REQUESTS)
  const { user, system } = process.cpuUsage(before.server)
  // A connection that was opened meanwhile used none before.
  const used = [...(await databaseSeconds())].reduce((sum, [pid, seconds]) => sum + seconds - (before.database.get(pid) ?? 0), 0)
  const [server, database] = [(user + system) / 1000 / REQUESTS, (used * 1000) / REQUESTS]
  figure(`${what}: server`, server, 'ms CPU')
  figure(`${what}: database`, database, 'ms CPU')
  figure(`${what}: both`, server + database, 'ms CPU')
  figure(`${what}: p50`, times[Math.floor(times.length / 2)]!, 'ms')
  figure(`${what}: p99`, times[Math.floor(times.length * 0.99)]!, 'ms')
}

async function databaseSeconds(): Promise<Map<number, number>> {
  const { rows } = await test.database.superuser.query<{ pid: number }>('select pid from pg_stat_activity where datname = current_database()')
  return new Map(rows.map(({ pid }) => [pid, cpuSecondsOf([pid])]))
}

/** One request after another from a process of its own, so that its CPU is not the server's. */
async function ask(path: string, headers: Record<string, string>, count: number): Promise<number[]> {
  const source = `const { Agent, get } = require('node:http'); const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const once = () => new Promise((resolve, reject) => get(${JSON.stringify(url + path)}, { agent, headers: ${JSON.stringify(headers)} }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk) => (bytes += chunk.length)).on('end', () => answer.statusCode === 200 ? resolve(bytes) : reject(new Error(answer.statusCode)))
    }).on('error', reject))
    ;(async () => { const times = []; for (let n = 0; n < ${count}; n++) { const start = performance.now(); await once(); times.push(performance.now() - start) }
      console.log(JSON.stringify(times)); agent.destroy() })()`
  const client = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of client.stdout) printed += String(chunk)
  return (JSON.parse(printed) as number[]).toSorted((x, y) => x - y)
}
