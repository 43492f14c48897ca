import { createHash, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { PoolConfig } from 'pg'
import { system } from '#platform/auth/actor.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { loadKeys } from '#platform/crypto/keys.ts'
import { openDatabase } from '#platform/db/database.ts'
import { createIds } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import { createObjects } from '#platform/objects/create-objects.ts'

// Child of the kill test: puts objects without end, several at once, and names each one only after its commit.
const { connection, keysDir, dataDir } = JSON.parse(process.argv[2]!) as { connection: PoolConfig; keysDir: string; dataDir: string }
const { wallMs } = thisMachine()
const clock = { now: () => new Date(wallMs()), disagreement: () => undefined }
const db = openDatabase({ ...connection, max: 4 }, () => undefined)
const objects = createObjects({ dataDir, keys: loadKeys({ keysDir }), ids: createIds(wallMs), clock, log: createLog('put', 'silent') })

async function putForever(): Promise<never> {
  for (;;) {
    const bytes = randomBytes(1 + (randomBytes(4).readUInt32BE() % 400_000))
    const { id } = await db.transaction(system('test'), (tx) => objects.put(tx, pieces(bytes), { limit: 1_000_000 }))
    writeSync(1, `${JSON.stringify({ id, sha256: createHash('sha256').update(bytes).digest('hex') })}\n`)
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384)
}

await Promise.all([putForever(), putForever(), putForever()])
