import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import type { KeyObject } from 'node:crypto'
import { dirname } from 'node:path'
import type { Checkpoint } from '#platform/audit/checkpoint.ts'
import { openCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import { pause } from '#platform/clock/clock.ts'
import type { Log } from '#platform/log.ts'

/** Two durable writes in a row are at least this far apart; what comes between is overtaken. */
const SETTLE_MS = 100

/** The newest checkpoint outside the database, so that a database taken back to an older state is noticed. */
export interface CheckpointFile {
  read(): Promise<Checkpoint | undefined>
  /** Sees to it that the file holds this checkpoint or a newer one, soon and durably. Failures are logged: the database holds the evidence. */
  offer(note: string, size: number): void
  flush(): Promise<void>
}

interface Offer {
  readonly note: string
  readonly size: number
}

/** The file at `path`; several processes may write it. */
export function checkpointFile(path: string, key: KeyObject, log: Log): CheckpointFile {
  let newest: Offer = { note: '', size: 0 }
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    // Another process may put an older checkpoint over ours between its look and its rename: look again once it has settled.
    for (let settled = false; !settled;) {
      const { note, size } = newest
      if (await isOlder(size)) await replace(path, note, () => isOlder(size))
      await pause(SETTLE_MS)
      settled = newest.size === size && !(await isOlder(size))
    }
  }

  /** Whether the file holds no checkpoint of this size or a larger one. */
  async function isOlder(size: number): Promise<boolean> {
    return ((await readCheckpoint(path, key))?.size ?? -1) < size
  }

  return {
    read: () => readCheckpoint(path, key),
    offer: (note, size) => {
      if (size <= newest.size) return
      newest = { note, size }
      writing ??= write()
        .catch((error: unknown) => log.warn({ err: error }, 'the checkpoint file cannot be written'))
        .finally(() => (writing = undefined))
    },
    flush: async () => {
      await writing
    },
  }
}

/** The checkpoint in a file; undefined when there is none that this key signed. */
async function readCheckpoint(path: string, key: KeyObject): Promise<Checkpoint | undefined> {
  try {
    return openCheckpoint(await readFile(path, 'utf8'), key)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Write, fsync, rename, fsync of the folder: after a power cut the file is the old one or the new one. `stillWanted` is asked when
 * the slow part is over, right before the rename.
 */
async function replace(path: string, text: string, stillWanted: () => Promise<boolean>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}`
  await durably(fresh, 'w', async (file) => file.writeFile(text))
  if (!(await stillWanted())) return rm(fresh)
  await rename(fresh, path)
  await durably(dirname(path), 'r', async () => undefined)
}

async function durably(path: string, flags: string, work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await work(file)
    await file.sync()
  } finally {
    await file.close()
  }
}
