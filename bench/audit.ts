import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binder } from '#platform/audit/audit.ts'
import { createAudit } from '#platform/audit/create-audit.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import { stopwatch } from '#platform/clock/clock.ts'
import { openDatabase } from '#platform/db/database.ts'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded } from '#platform/db/server.ts'
import { createLog } from '#platform/log.ts'
import { figure } from './figure.ts'

/**
 * The audit log on a real server with `fsync` on: acts per second (each one row, one leaf that binds it,
 * one durable commit), leaves per second inside one transaction, and what a whole verification costs.
 */
const ACTS = 1500
const WRITERS = 8
const LEAVES = 50_000

const dataDir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const server = await openEmbedded(join(dataDir, 'postgres', 'cluster'))
await migrate(server.owner)
const db = openDatabase({ ...server.app, max: WRITERS + 5 }, () => undefined)
const keys = { log: generateKeyPairSync('ed25519').privateKey }
const clock = { now: () => new Date(), disagreement: () => undefined }
const audit = createAudit({ keys, clock, log: createLog('bench', 'warn'), name: 'vedette.example/log', dataDir })
const operatorRow = binder('operator', ['id', 'name', 'created_at'])

await acts(200, 1, true)
const bare = await acts(ACTS, 1, false)
const alone = await acts(ACTS, 1, true)
const bareTogether = await acts(ACTS, WRITERS, false)
const together = await acts(ACTS, WRITERS, true)
figure('acts with a leaf, one writer, fsync on', alone, 'acts per second')
figure('peer: the same acts without a leaf, one writer', bare, 'acts per second')
figure(`acts with a leaf, ${WRITERS} writers, fsync on`, together, 'acts per second')
figure(`peer: the same acts without a leaf, ${WRITERS} writers`, bareTogether, 'acts per second')

const bulk = stopwatch()
for (let n = 0; n < LEAVES; n += 1000) await db.transaction(system('bench'), async (tx) => note(tx, 1000))
figure('leaves, 1,000 in a transaction', LEAVES / (bulk() / 1000), 'leaves per second')

const before = process.cpuUsage()
const wall = stopwatch()
const report = await verifyLog({ db, keys: keys as never })
const { user, system: kernel } = process.cpuUsage(before)
if (!report.ok) throw new Error(`the log does not verify: ${JSON.stringify(report.faults[0])}`)
figure('vedette log verify, this process alone', report.size / ((user + kernel) / 1e6), 'leaves per CPU-second')
figure('vedette log verify, database included', report.size / (wall() / 1000), 'leaves per second')
figure('memory of the process after it', process.memoryUsage().rss / 2 ** 20, 'MiB')

await audit.flush()
await db.close()
await server.embedded!.stop()
rmSync(dataDir, { recursive: true })

async function acts(count: number, writers: number, recorded: boolean): Promise<number> {
  let left = count
  const elapsed = stopwatch()
  const writer = async () => {
    while (left-- > 0) await act(recorded)
  }
  await Promise.all(Array.from({ length: writers }, writer))
  return count / (elapsed() / 1000)
}

async function act(recorded: boolean): Promise<void> {
  const id = randomUUID()
  await db.transaction(system('bench'), async (tx) => {
    await tx.db.insertInto('operator').values({ id, name: 'Operator', created_at: clock.now() }).execute()
    if (recorded) audit.record(tx, { action: 'operator.added', subject: id, binds: [operatorRow({ id })] })
  })
}

function note(tx: Parameters<typeof audit.record>[0], count: number): void {
  for (let n = 0; n < count; n++) audit.record(tx, { action: 'test.noted', subject: randomUUID(), details: { n } })
}
