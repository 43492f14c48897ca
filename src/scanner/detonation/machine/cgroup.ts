import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { cgroupFolders, cgroupSettings, isUnified, shareControllers, type CgroupLimits } from './cgroup-settings.ts'
import { hasEnded, ownerName } from './owner.ts'

export type { CgroupLimits }

const ROOT = '/sys/fs/cgroup'
/** What is to end waits for the processors as everything does, and a busy host has many that wait. */
const EMPTY_WITHIN_MS = 60_000
/** A group of which nobody is known to be the owner, and that nobody entered for so long, was left by one who is gone. */
const ABANDONED_MS = 60_000

/** A group of processes with hard limits of memory, number and processor time. */
export interface Cgroup {
  /** Where a process writes its number to enter. */
  readonly entries: readonly string[]
  /** Whether the process is in it. */
  holds(pid: number): boolean
  /** Ends all in it and removes it; does nothing where that is done. Rejects where the system does not end them in time, and may then be asked again. */
  remove(): Promise<void>
}

/**
 * Makes the group of that number; undefined where a process that lives holds the number. The first of its folders is the lock of the number, and the one
 * inside carries the name of its owner. Throws where the system gives this account no group, or does not keep the limits.
 */
export function openCgroup(number: string, limits: CgroupLimits, root = ROOT): Cgroup | undefined {
  const slots = cgroupFolders(root, number)
  shareControllers(root)
  if (!take(slots)) return undefined
  const owner = ownerName()!
  const folders = slots.map((slot) => join(slot, owner))
  try {
    for (const folder of folders) mkdirSync(folder, { recursive: true })
    // Another that swept an abandoned number may have had it for a moment: then both step back.
    if (subfolders(slots[0]!).length !== 1) throw Object.assign(new Error('taken by another'), { code: 'EEXIST' })
    for (const { folder, file, value, optional } of cgroupSettings(folders, isUnified(root), limits)) set(join(folder, file), value, optional)
  } catch (error) {
    for (const folder of [...folders, ...[...slots].reverse()]) removed(folder)
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
  let gone: Promise<void> | undefined
  const remove = async () => {
    try {
      // Once the number is given back it may be another's, of this very process.
      await (gone ??= dismantle(folders, slots))
    } catch (error) {
      gone = undefined
      throw error
    }
  }
  return {
    entries: folders.map((folder) => join(folder, 'cgroup.procs')),
    holds: (pid) => folders.every((folder) => inside(folder).includes(pid)),
    remove,
  }
}

/** Ends and removes what processes that have ended themselves left; tells how many groups those were. */
export async function sweepCgroups(root = ROOT): Promise<number> {
  const [parent] = cgroupFolders(root, '')
  let swept = 0
  for (const number of subfolders(parent!)) {
    const slots = cgroupFolders(root, number)
    if (!isLeftBehind(slots)) continue
    const folders = slots.flatMap((slot) => subfolders(slot).map((owner) => join(slot, owner)))
    // One that the system does not end now is tried again by the next; the machines of this process do not wait for it.
    await dismantle(folders, slots).then(
      () => swept++,
      () => undefined,
    )
  }
  return swept
}

function take(slots: readonly string[]): boolean {
  try {
    mkdirSync(slots[0]!)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

function isLeftBehind(slots: readonly string[]): boolean {
  const owners = new Set(slots.flatMap(subfolders))
  const ended = [...owners].map(hasEnded)
  if (ended.some((one) => one === false)) return false
  if (owners.size > 0 && ended.every(Boolean)) return true
  // Of owners whose numbers mean nothing here, only what nobody uses is taken away.
  const [lock] = slots
  const used = slots.some((slot) => [slot, ...subfolders(slot).map((owner) => join(slot, owner))].some((folder) => inside(folder).length > 0))
  return !used && existsSync(lock!) && performance.timeOrigin + performance.now() - statSync(lock!).ctimeMs > ABANDONED_MS
}

/** Nothing more starts in it, and its end takes as much of the processors as it needs: a process that was killed still gives its memory back by itself. */
const ENDING = [
  ['pids.max', '0'],
  ['cpu.max', 'max'],
  ['cpu.weight', '10000'],
  ['cpu.cfs_quota_us', '-1'],
  ['cpu.shares', '262144'],
] as const

/** The lock of the number goes last: nobody takes it while its folders are still being taken away. */
async function dismantle(folders: readonly string[], slots: readonly string[]): Promise<void> {
  for (const folder of folders) for (const [file, value] of ENDING) if (existsSync(join(folder, file))) set(join(folder, file), value, true)
  const waited = stopwatch()
  for (;;) {
    for (const folder of folders) for (const pid of inside(folder)) kill(pid)
    if (folders.map(removed).every(Boolean) && [...slots].reverse().map(removed).every(Boolean)) return
    if (waited() >= EMPTY_WITHIN_MS) throw new Error(`the processes of a machine did not end within ${EMPTY_WITHIN_MS / 1000} s`)
    await pause(20)
  }
}

/** Writes a limit and reads it back: a limit that the system does not keep is none. */
function set(path: string, value: string, optional = false): void {
  try {
    writeFileSync(path, value)
  } catch (error) {
    if (optional) return
    throw error
  }
  if (!optional && readFileSync(path, 'utf8').trim() !== value) throw new Error(`it does not keep ${path}`)
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  } catch {
    return []
  }
}

function inside(folder: string): number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/** Number 0 stands for a process that this one has no number for. */
function kill(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
