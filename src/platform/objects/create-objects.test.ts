import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { pause } from '#platform/clock/clock.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { checkInstance, loadKeys, type Keys } from '#platform/crypto/keys.ts'
import { CHUNK_BYTES, sealedSize } from '#platform/crypto/seal.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { createIds } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import { createObjects } from '#platform/objects/create-objects.ts'
import type { ObjectId, Objects } from '#platform/objects/objects.ts'
import { TestClock } from '#test/harness/clock.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

const CHILD = fileURLToPath(new URL('../../../test/faults/put-objects.ts', import.meta.url))
const DAY_MS = 24 * 60 * 60 * 1000

async function* inPieces(bytes: Uint8Array, size = 50_000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const log = createLog('test', 'silent')
const { wallMs } = thisMachine()

const base = mkdtempSync(join(tmpdir(), 'vedette-objects-'))
const dataDir = join(base, 'objects')
const keysDir = join(base, 'keys')
const clock = new TestClock(new Date(wallMs()).toISOString())
const ids = createIds(() => clock.now().getTime())
let fresh: TestDatabase
let db: Database
let keys: Keys
let objects: Objects

beforeAll(async () => {
  mkdirSync(keysDir)
  fresh = await freshDatabase()
  db = openDatabase(fresh.app, () => undefined)
  keys = loadKeys({ keysDir })
  await checkInstance(db, keys, 'live', clock.now())
  objects = createObjects({ dataDir, keys, ids, clock, log })
})
afterAll(async () => {
  await db.close()
  await fresh.drop()
  rmSync(base, { recursive: true })
})

const put = (bytes: Uint8Array, limit = bytes.length) => db.transaction(system('test'), (tx) => objects.put(tx, inPieces(bytes), { limit }))
const open = (id: ObjectId, from = objects) => db.read(system('test'), (tx) => from.open(tx, id))
const read = async (id: ObjectId, from = objects) => buffer((await open(id, from)).stream)
const fileOf = (id: string) => join(dataDir, id.slice(-2), id)
const stored = () => readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(dataDir, name)).isFile())

describe('objects', () => {
  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 20_000_000])('gives back %i bytes as they were', async (size) => {
    const bytes = randomBytes(size)
    const info = await put(bytes)
    expect(info).toEqual({ id: info.id, size, sha256: sha256(bytes) })
    const opened = await open(info.id)
    expect([opened.size, opened.sha256]).toEqual([size, info.sha256])
    expect((await buffer(opened.stream)).equals(bytes)).toBe(true)
  })

  it('records size and digest of the stored bytes, so that a backup can be checked without keys', async () => {
    const { id } = await put(randomBytes(100_000))
    const { rows } = await fresh.superuser.query<{ stored_size: number; stored_digest: Buffer }>('select * from sealed_object where id = $1', [id])
    expect(rows[0]!.stored_size).toBe(sealedSize(100_000))
    expect(rows[0]!.stored_digest.toString('hex')).toBe(sha256(readFileSync(fileOf(id))))
  })

  it('refuses what is larger than the limit, and keeps nothing of it', async () => {
    const before = stored()
    const bytes = randomBytes(200_000)
    await expect(put(bytes, 199_999)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    await expect(put(randomBytes(1), 0)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(stored()).toEqual(before)
    await expect(put(bytes, 200_000)).resolves.toMatchObject({ size: 200_000 })
  })

  it('stops reading a source that is over the limit', async () => {
    let taken = 0
    async function* endless() {
      for (;;) yield Buffer.alloc(1000, taken++)
    }
    await expect(objects.store(endless(), { limit: 10_000 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(taken).toBe(11)
  })

  it('keeps nothing of a client that goes away', async () => {
    const before = stored()
    async function* leaving() {
      yield randomBytes(200_000)
      throw new Error('the client went away')
    }
    await expect(objects.store(leaving(), { limit: 1_000_000 })).rejects.toThrow('the client went away')
    expect(stored()).toEqual(before)
  })

  it('gives back what is stored and not recorded yet, and keeps nothing of what is discarded', async () => {
    const [before, bytes] = [stored(), randomBytes(200_000)]
    const unrecorded = await objects.store(inPieces(bytes), { limit: 1_000_000 })
    expect(sha256(await buffer(await objects.reopen(unrecorded)))).toBe(sha256(bytes))
    await expect(objects.reopen({ ...unrecorded, size: 1 })).rejects.toMatchObject({ code: 'KEY_REFUSED' })
    await objects.discard(unrecorded)
    expect(stored()).toEqual(before)
  })

  it('says NOT_FOUND for an id that no row has', async () => {
    await expect(open(ids.next())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('removes the row with the transaction and the bytes after it', async () => {
    const { id } = await put(randomBytes(1000))
    const rollback = db.transaction(system('test'), async (tx) => {
      await objects.remove(tx, id)
      throw new Error('changed my mind')
    })
    await expect(rollback).rejects.toThrow('changed my mind')
    expect((await read(id)).length).toBe(1000)
    await db.transaction(system('test'), (tx) => objects.remove(tx, id))
    await expect(open(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect.poll(() => existsSync(fileOf(id))).toBe(false)
  })

  it('lets a reader finish what is removed meanwhile', async () => {
    const bytes = randomBytes(2_000_000)
    const { id } = await put(bytes)
    const { stream } = await open(id)
    await db.transaction(system('test'), (tx) => objects.remove(tx, id))
    await expect.poll(() => existsSync(fileOf(id))).toBe(false)
    expect((await buffer(stream)).equals(bytes)).toBe(true)
  })

  it('closes the file of a stream that is given up before or while it is read', async () => {
    const { id } = await put(randomBytes(2_000_000))
    const openFiles = () => readdirSync('/proc/self/fd').length
    const before = openFiles()
    for (let round = 0; round < 20; round++) {
      const unread = await open(id)
      unread.stream.destroy()
      const half = await open(id)
      for await (const _ of half.stream) break
    }
    await expect.poll(openFiles).toBeLessThanOrEqual(before + 2)
  })
})

describe('an altered object', () => {
  const bytes = randomBytes(2 * CHUNK_BYTES + 500)

  /** The stream fails, and whatever left before is a true beginning. */
  async function expectRefused(id: ObjectId, code: string) {
    const out: Buffer[] = []
    const reading = (async () => {
      const { stream } = await open(id)
      for await (const chunk of stream) out.push(chunk as Buffer)
    })()
    await expect(reading).rejects.toMatchObject({ code })
    const given = Buffer.concat(out)
    expect(given.length).toBeLessThan(bytes.length)
    expect(given.equals(bytes.subarray(0, given.length))).toBe(true)
  }

  it.each([
    ['its first byte changed', (file: string) => flip(file, 0)],
    ['its last byte changed', (file: string) => flip(file, statSync(file).size - 1)],
    ['any byte changed', (file: string) => flip(file, randomInt(statSync(file).size))],
    ['its end cut off', (file: string) => truncateSync(file, statSync(file).size - 1)],
    ['its last chunk cut off', (file: string) => truncateSync(file, 2 * (CHUNK_BYTES + 16))],
    ['nothing left', (file: string) => truncateSync(file, 0)],
    ['bytes appended', (file: string) => writeFileSync(file, randomBytes(20), { flag: 'a' })],
  ])('is refused with %s', async (_what, alter) => {
    const { id } = await put(bytes)
    const before = readFileSync(fileOf(id))
    alter(fileOf(id))
    await expectRefused(id, 'ALTERED')
    writeFileSync(fileOf(id), before)
    expect((await read(id)).equals(bytes)).toBe(true)
  })

  it('is refused with the bytes of another object, and with its row too', async () => {
    const [mine, other] = [await put(bytes), await put(randomBytes(bytes.length))]
    writeFileSync(fileOf(mine.id), readFileSync(fileOf(other.id)))
    await expectRefused(mine.id, 'ALTERED')
    await fresh.superuser.query(
      `update sealed_object mine set digest = other.digest, stored_digest = other.stored_digest, wrapped_key = other.wrapped_key
       from sealed_object other where mine.id = $1 and other.id = $2`,
      [mine.id, other.id],
    )
    await expectRefused(mine.id, 'KEY_REFUSED')
  })

  it.each([
    ['size', 'size + 1'],
    ['digest', `set_byte(digest, 31, 255 - get_byte(digest, 31))`],
    ['wrapped_key', `set_byte(wrapped_key, 20, 255 - get_byte(wrapped_key, 20))`],
    ['master_key_id', `'AAAAAAAAAAAAAAAA'`],
  ])('is refused when %s in its row was edited', async (column, value) => {
    const { id } = await put(bytes)
    expect((await read(id)).equals(bytes)).toBe(true)
    await fresh.superuser.query(`update sealed_object set ${column} = ${value} where id = $1`, [id])
    await expectRefused(id, 'KEY_REFUSED')
  })

  it('is refused under another master key', async () => {
    const { id } = await put(bytes)
    const elsewhere = mkdtempSync(join(base, 'keys-'))
    const others = createObjects({ dataDir, keys: loadKeys({ keysDir: elsewhere }), ids, clock, log })
    await expect(open(id, others)).rejects.toMatchObject({ code: 'KEY_REFUSED' })
  })

  it('says that its bytes are gone before a stream begins', async () => {
    const { id } = await put(bytes)
    rmSync(fileOf(id))
    await expect(open(id)).rejects.toMatchObject({ code: 'BYTES_MISSING' })
    await db.transaction(system('test'), (tx) => objects.remove(tx, id))
  })
})

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at]! ^= 1
  writeFileSync(file, bytes)
}

describe('the sweep', () => {
  /** Makes the stored bytes a day older for their store; the ids are made old by moving the clock on. */
  const age = (id: string) => utimesSync(fileOf(id), new Date(wallMs() - 2 * DAY_MS), new Date(wallMs() - 2 * DAY_MS))
  const rolledBack = async () => {
    let id: ObjectId | undefined
    const attempt = db.transaction(system('test'), async (tx) => {
      id = (await objects.put(tx, inPieces(randomBytes(1000)), { limit: 1000 })).id
      throw new Error('later step failed')
    })
    await expect(attempt).rejects.toThrow('later step failed')
    return id!
  }

  it('removes the bytes of a transaction that was rolled back once they are a day old, and keeps every object', async () => {
    const [orphan, kept] = [await rolledBack(), await put(randomBytes(1000))]
    for (const id of [orphan, kept.id]) age(id)
    expect(await objects.sweep(db)).toEqual({ removed: 0, missing: [] })
    expect(existsSync(fileOf(orphan))).toBe(true)
    clock.advance(DAY_MS + 1000)
    expect(await objects.sweep(db)).toEqual({ removed: 1, missing: [] })
    expect([existsSync(fileOf(orphan)), existsSync(fileOf(kept.id))]).toEqual([false, true])
    expect((await read(kept.id)).length).toBe(1000)
  })

  it('keeps bytes that are old by one clock only', async () => {
    const byTrustedClock = await rolledBack()
    clock.advance(2 * DAY_MS)
    utimesSync(fileOf(byTrustedClock), clock.now(), clock.now())
    const byStore = await rolledBack()
    age(byStore)
    expect(await objects.sweep(db)).toEqual({ removed: 0, missing: [] })
    age(byTrustedClock)
    expect(await objects.sweep(db)).toEqual({ removed: 1, missing: [] })
    expect(existsSync(fileOf(byStore))).toBe(true)
  })

  it('removes the bytes of a removed object whose process died before it could', async () => {
    const { id } = await put(randomBytes(1000))
    await fresh.superuser.query('delete from sealed_object where id = $1', [id])
    age(id)
    clock.advance(DAY_MS + 1000)
    expect((await objects.sweep(db)).removed).toBeGreaterThan(0)
    expect(existsSync(fileOf(id))).toBe(false)
  })

  it('reports the rows whose bytes are gone', async () => {
    const { id } = await put(randomBytes(1000))
    const before = readFileSync(fileOf(id))
    rmSync(fileOf(id))
    expect((await objects.sweep(db)).missing).toEqual([id])
    writeFileSync(fileOf(id), before)
    expect((await objects.sweep(db)).missing).toEqual([])
  })

  it('refuses to record bytes that were swept', async () => {
    const late = await objects.store(inPieces(randomBytes(1000)), { limit: 1000 })
    age(late.id)
    clock.advance(DAY_MS + 1000)
    await objects.sweep(db)
    await expect(db.transaction(system('test'), (tx) => objects.record(tx, late))).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('ends when it is told to', async () => {
    await expect(objects.sweep(db, AbortSignal.abort())).rejects.toThrow(/abort/i)
  })
})

describe('at rest', () => {
  it('holds no plain byte: not in the data folder, not in the tables, not in the write-ahead log', async () => {
    const cluster = join(dirname(inject('socketDir')), 'cluster')
    const canary = (name: string) => `canary-${name}-${randomBytes(12).toString('hex')}`
    const [sealed, unsealed] = [canary('sealed'), canary('plain')]
    const around = (text: string) => Buffer.concat([Buffer.alloc(70_000, 'x'), Buffer.from(text), Buffer.alloc(70_000, 'y')])

    const { id } = await put(around(sealed))
    expect((await read(id)).includes(sealed)).toBe(true)
    // The same bytes written without sealing, in each of the places: the search must find these.
    writeFileSync(join(dataDir, 'incoming', ids.next()), around(unsealed))
    await fresh.superuser.query(`create table control as select $1::text as plain`, [unsealed])
    await fresh.superuser.query('checkpoint')

    const found = (text: string) => {
      const hex = Buffer.from(text).toString('hex')
      const run = spawnSync('grep', ['-rlaF', '-e', text, '-e', hex, dataDir, keysDir, cluster], { encoding: 'utf8' })
      return run.stdout.split('\n').filter(Boolean)
    }
    const dump = async (text: string) => {
      const { rows: tables } = await fresh.superuser.query<{ name: string }>(
        `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
      )
      const hits: string[] = []
      for (const { name } of tables) {
        const { rows } = await fresh.superuser.query<{ line: string }>(`select t::text as line from "${name}" t`)
        if (rows.some(({ line }) => line.includes(text) || line.includes(Buffer.from(text).toString('hex')))) hits.push(name)
      }
      return hits
    }
    expect(found(sealed)).toEqual([])
    expect(await dump(sealed)).toEqual([])
    const controls = found(unsealed)
    expect(controls.some((file) => file.startsWith(dataDir))).toBe(true)
    expect(controls.some((file) => file.includes('/pg_wal/'))).toBe(true)
    expect(controls.some((file) => file.includes('/base/'))).toBe(true)
    expect(await dump(unsealed)).toEqual(['control'])
  })
})

describe('a process that is killed in the middle of writing', () => {
  it('leaves every acknowledged object whole, and otherwise only what the sweep removes', { timeout: 120_000 }, async () => {
    const own = { dataDir: join(base, 'killed'), keysDir }
    const survivor = createObjects({ dataDir: own.dataDir, keys, ids, clock, log })
    let acknowledged = 0
    for (let round = 0; round < 10; round++) {
      const child = spawn(process.execPath, [CHILD, JSON.stringify({ connection: fresh.app, ...own })], { stdio: ['ignore', 'pipe', 'inherit'] })
      let out = ''
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      const ended = once(child, 'close')
      await once(child.stdout, 'data')
      await pause(randomInt(5, 250))
      child.kill('SIGKILL')
      await ended
      const lines = out.split('\n').slice(0, -1)
      for (const line of lines) {
        const { id, sha256: expected } = JSON.parse(line) as { id: ObjectId; sha256: string }
        expect(sha256(await read(id, survivor))).toBe(expected)
      }
      acknowledged += lines.length
    }
    expect(acknowledged).toBeGreaterThan(5)

    // Rows and bytes agree: each row of this store opens, and what has no row is bytes that the sweep takes.
    const files = readdirSync(own.dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => /^[0-9a-f]{2}\//.test(name))
    const { rows } = await fresh.superuser.query<{ id: ObjectId }>('select id from sealed_object where id = any($1)', [files.map((name) => name.slice(3))])
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged)
    for (const { id } of rows) expect((await read(id, survivor)).length).toBeGreaterThan(0)
    const old = new Date(wallMs() - 2 * DAY_MS)
    for (const name of files) utimesSync(join(own.dataDir, name), old, old)
    clock.set(new Date(wallMs() + 30 * DAY_MS))
    const { removed } = await survivor.sweep(db)
    expect(removed).toBe(files.length - rows.length)
    // Kills that never met a write half done would show nothing.
    expect(readdirSync(join(own.dataDir, 'incoming')).length + removed).toBeGreaterThan(0)
  })
})
