import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Selectable } from 'kysely'
import type { Clock } from '#platform/clock/clock.ts'
import type { Keys } from '#platform/crypto/keys.ts'
import { newDataKey, seal, SealError, unseal, unwrapKey, wrapKey } from '#platform/crypto/seal.ts'
import type { Tx } from '#platform/db/database.ts'
import type { SealedObject } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import type { Ids } from '#platform/ids.ts'
import type { Log } from '#platform/log.ts'
import { createDiskDriver } from '#platform/objects/disk-driver.ts'
import type { Driver } from '#platform/objects/driver.ts'
import type { ObjectInfo, Objects, StoredObject } from '#platform/objects/objects.ts'
import { sweepStore } from '#platform/objects/sweep-store.ts'

export interface ObjectsOptions {
  /** Folder of the objects and of nothing else; unused when a driver is given. */
  readonly dataDir: string
  readonly keys: Keys
  readonly ids: Ids
  readonly clock: Clock
  readonly log: Log
  readonly driver?: Driver
}

/**
 * Sealed objects over a driver. Bytes are stored durably before their row is written, so a crash between the two leaves
 * bytes without a row, which the sweep removes, and never a row without bytes. Throws StartupError when the store cannot be used.
 */
export function createObjects(options: ObjectsOptions): Objects {
  const { keys, ids, clock, log } = options
  const driver = options.driver ?? createDiskDriver({ root: options.dataDir, clock })

  const streamOf = async (info: ObjectInfo, dataKey: Buffer) => {
    const source = await driver.get(info.id)
    const stream = Readable.from(verified(info, unseal(dataKey, source)), { objectMode: false })
    // A generator that was never asked for a chunk does not end its source.
    stream.once('close', () => source.destroy())
    return stream
  }

  const objects: Objects = {
    put: async (tx, bytes, { limit }) => {
      const stored = await objects.store(bytes, { limit })
      return objects.record(tx, stored).catch(async (error: unknown) => {
        // Nothing was committed. A rollback further on leaves the bytes to the sweep: whether a commit arrived is not known here.
        await driver.delete(stored.id)
        throw error
      })
    },

    store: async (bytes, { limit }) => {
      const id = ids.next<'object'>()
      const dataKey = newDataKey()
      const plain = createMeter(limit)
      const sealed = createMeter(Infinity)
      await driver.put(id, sealed.through(seal(dataKey, plain.through(bytes))))
      const info = { id, size: plain.size(), sha256: plain.digest().toString('hex') }
      return { ...info, storedSize: sealed.size(), storedDigest: sealed.digest(), wrappedKey: wrapKey(keys, contextOf(info), dataKey) }
    },

    reopen: async (stored) => streamOf(stored, unwrapKey(keys, contextOf(stored), stored.wrappedKey)),

    discard: ({ id }) => driver.delete(id),

    ready: () => driver.ready(),

    record: async (tx, stored) => {
      if (!(await driver.exists(stored.id))) throw new Problem('CONFLICT', 'The stored bytes are gone; send them again.')
      await insertRow(tx, stored, keys.masterId, clock.now())
      return { id: stored.id, size: stored.size, sha256: stored.sha256 }
    },

    open: async (tx, id) => {
      const row = await tx.db.selectFrom('sealed_object').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw new Problem('NOT_FOUND')
      const info = { id, size: row.size, sha256: row.digest.toString('hex') }
      return { ...info, stream: await streamOf(info, unwrapRow(keys, info, row)) }
    },

    remove: async (tx, id) => {
      await tx.db.deleteFrom('sealed_object').where('id', '=', id).execute()
      tx.afterCommit(() => {
        driver.delete(id).catch((error: unknown) => log.warn({ err: error, object: id }, 'removed object left its bytes to the sweep'))
      })
    },

    sweep: (db, signal) => sweepStore({ db, driver, now: clock.now(), log, signal }),
  }
  return objects
}

/** What a data key is bound to: a row whose id, size or digest was edited does not open. */
function contextOf({ id, size, sha256 }: ObjectInfo): string {
  return `object ${id} ${size} ${sha256}`
}

function unwrapRow(keys: Keys, info: ObjectInfo, row: Selectable<SealedObject>): Buffer {
  if (row.master_key_id !== keys.masterId) throw new SealError('KEY_REFUSED', 'the object was sealed under another master key')
  return unwrapKey(keys, contextOf(info), row.wrapped_key)
}

async function insertRow(tx: Tx, stored: StoredObject, masterKeyId: string, now: Date): Promise<void> {
  await tx.db
    .insertInto('sealed_object')
    .values({
      id: stored.id,
      digest: Buffer.from(stored.sha256, 'hex'),
      size: stored.size,
      stored_digest: stored.storedDigest,
      stored_size: stored.storedSize,
      wrapped_key: stored.wrappedKey,
      master_key_id: masterKeyId,
      created_at: now,
    })
    .execute()
}

interface Meter {
  through(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>
  size(): number
  digest(): Buffer
}

/** Counts and hashes what passes; throws PAYLOAD_TOO_LARGE before it lets more than `limit` bytes pass. */
function createMeter(limit: number): Meter {
  const hash: Hash = createHash('sha256')
  let size = 0
  return {
    async *through(bytes) {
      for await (const chunk of bytes) {
        size += chunk.length
        if (size > limit) throw new Problem('PAYLOAD_TOO_LARGE', `At most ${limit} bytes are accepted here.`)
        hash.update(chunk)
        yield chunk
      }
    },
    size: () => size,
    digest: () => hash.copy().digest(),
  }
}

/** Compares size and digest with the row before the last chunk leaves: the reader's end of the stream means all of it was right. */
async function* verified(info: ObjectInfo, plain: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, void, undefined> {
  const meter = createMeter(info.size)
  let held: Uint8Array | undefined
  for await (const chunk of meter.through(plain)) {
    if (held) yield held
    held = chunk
  }
  if (meter.size() !== info.size || meter.digest().toString('hex') !== info.sha256) throw new SealError('ALTERED', 'the bytes are not those of the row')
  if (held?.length) yield held
}
