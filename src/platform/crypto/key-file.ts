import { randomBytes } from 'node:crypto'
import { closeSync, constants, existsSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartupError } from '#platform/errors.ts'

/** A key that was made but does not belong to a database yet waits under this name beside its own. */
const WAITING = '.new'

/**
 * Text of a key file. When there is none, one is made and waits until `settleKey` or `discardKey`:
 * a key that was lost must not be replaced by a fresh one before the database has been asked.
 * Processes that start at once get the same text. Throws StartupError when the file cannot be trusted or made.
 */
export function readOrMakeKey(file: string, make: () => string): string {
  const settled = readKey(file)
  if (settled !== undefined) return settled
  const waiting = readKey(file + WAITING)
  if (waiting === undefined) publish(file + WAITING, make())
  // Another process may have settled its key since the first look: a settled key always wins.
  const now = readKey(file)
  if (now !== undefined && waiting === undefined) discardKey(file)
  return now ?? waiting ?? readOrMakeKey(file, make)
}

/** Gives a waiting key its own name. Never replaces a key that is there already. Throws StartupError when there is neither. */
export function settleKey(file: string): void {
  if (existsSync(file + WAITING)) {
    guard(file, () => {
      ignoring(['EEXIST', 'ENOENT'], () => linkSync(file + WAITING, file))
      syncFolder(dirname(file))
    })
    discardKey(file)
  }
  if (!existsSync(file)) throw new StartupError(`The key file ${file} was removed while Vedette started; restore it from your backup.`)
}

/** Removes a waiting key; a settled one stays. */
export function discardKey(file: string): void {
  guard(file, () => {
    rmSync(file + WAITING, { force: true })
    syncFolder(dirname(file))
  })
}

function readKey(file: string): string | undefined {
  return guard(file, () => {
    const handle = ignoring(['ENOENT'], () => openSync(file, constants.O_RDONLY))
    if (handle === undefined) return undefined
    try {
      const stat = fstatSync(handle)
      if (!stat.isFile()) throw new StartupError(`The key file ${file} is not a regular file; restore it from your backup.`)
      if ((stat.mode & 0o077) !== 0) throw new StartupError(`The key file ${file} is open to other users of this machine; run chmod 600 on it.`)
      return readFileSync(handle, 'utf8')
    } finally {
      closeSync(handle)
    }
  })
}

/** Makes the file whole or not at all: a reader never sees half a key. Leaves a file that is there already. */
function publish(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  guard(file, () => {
    try {
      const handle = openSync(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
      try {
        writeFileSync(handle, text)
        fsyncSync(handle)
      } finally {
        closeSync(handle)
      }
      ignoring(['EEXIST'], () => linkSync(draft, file))
    } finally {
      rmSync(draft, { force: true })
    }
    syncFolder(dirname(file))
  })
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function ignoring<T>(codes: readonly string[], step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function guard<T>(file: string, step: () => T): T {
  try {
    return step()
  } catch (cause) {
    if (cause instanceof StartupError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOSPC' ? 'the disk is full' : code === 'EACCES' ? 'its owner or mode forbids it' : `the system says ${code}`
    throw new StartupError(`The key file ${file} cannot be used: ${why}; make its folder readable and writable for this user, or set VEDETTE_KEYS.`, { cause })
  }
}
