import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { CHUNK_BYTES } from '#platform/crypto/seal.ts'
import { checkInstance, loadKeys } from '#platform/crypto/keys.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { createIds } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import { createObjects } from '#platform/objects/create-objects.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { TestClock } from '#test/harness/clock.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

async function* inPieces(bytes: Uint8Array, size = 50_000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('objects', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vedette-objects-'))
  const clock = new TestClock()
  let fresh: TestDatabase
  let db: Database
  let objects: Objects

  beforeAll(async () => {
    fresh = await freshDatabase()
    db = openDatabase(fresh.app, () => undefined)
    const keys = loadKeys({ keysDir: dataDir })
    await checkInstance(db, keys, 'live', clock.now())
    objects = createObjects({ dataDir, keys, ids: createIds(() => clock.now().getTime()), clock, log: createLog('test', 'silent') })
  })
  afterAll(async () => {
    await db.close()
    await fresh.drop()
    rmSync(dataDir, { recursive: true })
  })

  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 20_000_000])('gives back %i bytes as they were', async (size) => {
    const bytes = randomBytes(size)
    const put = await db.transaction(system('test'), (tx) => objects.put(tx, inPieces(bytes), { limit: size }))
    expect(put).toMatchObject({ size, sha256: createHash('sha256').update(bytes).digest('hex') })
    const opened = await db.read(system('test'), (tx) => objects.open(tx, put.id))
    expect(opened.size).toBe(size)
    expect((await buffer(opened.stream)).equals(bytes)).toBe(true)
  })
})
