import { lstatSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { StartupError } from '#platform/errors.ts'

/** A Unix socket path may hold 107 bytes; PostgreSQL adds `/.s.PGSQL.5432` to the folder. */
const LONGEST = 107 - '/.s.PGSQL.5432'.length

/**
 * The folder of the Unix socket of a cluster, or undefined before its first start: beside the cluster, or, when that
 * path is too long, a folder of its own in the temporary folder, whose unforeseeable name is noted beside the cluster.
 * Whoever reaches into this folder is the database's superuser: one that others could reach into is refused with StartupError.
 */
export function findSocketDir(clusterDir: string): string | undefined {
  const dir = socketPlace(clusterDir)
  if (dir === undefined || lstatSync(dir, { throwIfNoEntry: false }) === undefined) return undefined
  if (!isOurs(dir, clusterDir))
    throw new StartupError(
      `The folder ${dir} of the database's socket belongs to another account, or is open to others; remove it while nothing runs, and start again.`,
    )
  return dir
}

/** The same, made when it is not there. One in the temporary folder that is not ours, because somebody took its name, is left alone. */
export function makeSocketDir(clusterDir: string): string {
  const beside = placeBeside(clusterDir)
  if (fits(beside)) {
    if (lstatSync(beside, { throwIfNoEntry: false }) === undefined) mkdirSync(beside, { mode: 0o700 })
    return findSocketDir(clusterDir)!
  }
  const noted = socketPlace(clusterDir)
  if (noted !== undefined && lstatSync(noted, { throwIfNoEntry: false }) !== undefined && isOurs(noted, clusterDir)) return noted
  const dir = mkdtempSync(join(tmpdir(), 'vedette-'))
  if (!fits(dir)) throw new StartupError(`The path of the temporary folder ${tmpdir()} is too long for a Unix socket; set TMPDIR to a shorter one.`)
  writeFileSync(noteOf(clusterDir), `${dir}\n`, { mode: 0o600 })
  return dir
}

/** Where the folder is or will be, unchecked; undefined when only the first start will tell. */
export function socketPlace(clusterDir: string): string | undefined {
  const beside = placeBeside(clusterDir)
  if (fits(beside)) return beside
  try {
    return readFileSync(noteOf(clusterDir), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** A real folder, closed to others, of whoever owns the folder of the cluster: the account that the server runs under. */
function isOurs(dir: string, clusterDir: string): boolean {
  const found = lstatSync(dir)
  return found.isDirectory() && found.uid === lstatSync(dirname(clusterDir)).uid && (found.mode & 0o077) === 0
}

const fits = (dir: string): boolean => Buffer.byteLength(dir) <= LONGEST
const placeBeside = (clusterDir: string): string => join(dirname(clusterDir), 'socket')
const noteOf = (clusterDir: string): string => join(dirname(clusterDir), 'socket-dir')
