import { mkdirSync, readdirSync, rmSync, statSync, fsyncSync, openSync, closeSync } from 'node:fs'
import { access, constants, mkdir, open, opendir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { constants as os } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock } from '#platform/clock/clock.ts'
import { Problem, StartupError } from '#platform/errors.ts'
import { checkKey, DriverError, isKey, type Driver, type StoredKey } from '#platform/objects/driver.ts'

const INCOMING = 'incoming'
const SHARD = /^[0-9a-f]{2}$/
const READ_BYTES = 256 * 1024
/** How long the rest of a write that never ended is kept. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000

/**
 * Stored bytes as files: `<root>/<last two digits of the key>/<key>`, written under `<root>/incoming` first. A put is
 * acknowledged after write, fsync of the file, rename, fsync of the folder (docs/promises.md). Throws
 * StartupError when the folder cannot be used.
 */
export function createDiskDriver(options: { readonly root: string; readonly clock: Clock }): Driver {
  const root = resolve(options.root)
  openRoot(root)
  sweepLeftovers(join(root, INCOMING), options.clock.now())
  const durableShards = new Set<string>()

  const pathOf = (folder: string, key: StoredKey): string => {
    const path = resolve(root, folder, key)
    if (!path.startsWith(root + sep)) throw new DriverError('BAD_KEY', 'a stored key must stay inside its folder')
    return path
  }
  const finalPath = (key: StoredKey) => pathOf(checkKey(key).slice(-2), key)

  async function openShard(shard: string): Promise<void> {
    // Another process may have made the folder and not have synced it yet, so every process syncs it once.
    if (durableShards.has(shard)) return
    await mkdir(shard, { recursive: true, mode: 0o700 })
    await syncFolder(root)
    durableShards.add(shard)
  }

  return {
    put: async (key, bytes) => {
      const target = finalPath(key)
      const incoming = pathOf(INCOMING, key)
      const handle = await createOnce(incoming)
      try {
        await fill(handle, bytes)
        await openShard(dirname(target))
        if (await isThere(target)) throw alreadyWritten()
        await rename(incoming, target)
      } catch (error) {
        await rm(incoming, { force: true })
        throw storageError(error)
      }
      await syncFolder(dirname(target)).catch(async (error: unknown) => {
        await rm(target, { force: true })
        throw storageError(error)
      })
    },
    get: async (key) => readFrom(finalPath(key)),
    delete: async (key) => {
      const target = finalPath(key)
      if (!(await isThere(target))) return
      await rm(target, { force: true })
      await syncFolder(dirname(target))
    },
    exists: async (key) => isThere(finalPath(key)),
    ready: () =>
      access(join(root, INCOMING), constants.R_OK | constants.W_OK | constants.X_OK).then(
        () => true,
        () => false,
      ),
    list: () => listFiles(root),
  }
}

/** Only one writer of a key gets past this, in any process: whoever holds the incoming file. */
async function createOnce(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? alreadyWritten(error) : storageError(error)
  }
}

async function fill(handle: FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readFrom(path: string): Promise<Readable> {
  try {
    const handle = await open(path, 'r')
    return handle.createReadStream({ highWaterMark: READ_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new DriverError('BYTES_MISSING', 'nothing is stored under this key', error)
    throw error
  }
}

async function* listFiles(root: string): AsyncGenerator<{ key: StoredKey; storedAt: Date }, void, undefined> {
  for (const shard of readdirSync(root).filter((name) => SHARD.test(name))) {
    for await (const { name } of await opendir(join(root, shard))) {
      if (!isKey(name) || !name.endsWith(shard)) continue
      const storedAt = await mtimeOf(join(root, shard, name))
      if (storedAt) yield { key: name, storedAt }
    }
  }
}

async function mtimeOf(path: string): Promise<Date | undefined> {
  try {
    return (await stat(path)).mtime
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await mtimeOf(path)) !== undefined
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function alreadyWritten(cause?: unknown): DriverError {
  return new DriverError('BYTES_EXIST', 'this key was written before', cause)
}

function storageError(error: unknown): unknown {
  // By number: Node has no name for EDQUOT, a user's used-up quota.
  const errno = -((error as NodeJS.ErrnoException).errno ?? 0)
  return errno === os.errno.ENOSPC || errno === os.errno.EDQUOT ? new Problem('STORAGE_FULL', undefined, { cause: error }) : error
}

function openRoot(root: string): void {
  try {
    mkdirSync(join(root, INCOMING), { recursive: true, mode: 0o700 })
    for (const folder of [root, dirname(root)]) {
      const handle = openSync(folder, 'r')
      fsyncSync(handle)
      closeSync(handle)
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOSPC' ? 'the disk is full' : `the system says ${code}`
    throw new StartupError(`The object folder ${root} cannot be used: ${why}; make space or set VEDETTE_DATA to another folder.`, { cause })
  }
}

function sweepLeftovers(folder: string, now: Date): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const age = now.getTime() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime())
    if (age > LEFTOVER_MS) rmSync(file, { force: true })
  }
}
