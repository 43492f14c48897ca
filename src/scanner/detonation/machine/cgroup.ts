import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '#platform/clock/clock.ts'

const ROOT = '/sys/fs/cgroup'
const PARENT = 'vedette'
const EMPTY_WITHIN_MS = 5_000

export interface CgroupLimits {
  readonly memoryBytes: number
  readonly processes: number
}

/** A group of processes with hard limits of memory and number. */
export interface Cgroup {
  /** Where a process writes its number to enter. */
  readonly entries: readonly string[]
  /** Whether the process is in it. */
  holds(pid: number): boolean
  /** Ends all in it and removes it. */
  remove(): Promise<void>
}

const isUnified = () => existsSync(join(ROOT, 'cgroup.controllers'))

/** Makes the group of that name; undefined where one of that name has processes in it. Throws where the system gives this account none. */
export function openCgroup(name: string, limits: CgroupLimits): Cgroup | undefined {
  const folders = isUnified() ? [join(ROOT, PARENT, name)] : ['memory', 'pids'].map((controller) => join(ROOT, controller, PARENT, name))
  for (const folder of folders) {
    mkdirSync(join(folder, '..'), { recursive: true })
    if (isUnified()) writeFileSync(join(folder, '..', 'cgroup.subtree_control'), '+memory +pids')
    if (existsSync(folder) && !removed(folder)) return undefined
  }
  try {
    for (const folder of folders) mkdirSync(folder)
  } catch (error) {
    for (const folder of folders) removed(folder)
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
  const set = (file: string, value: number) => {
    const folder = folders.find((one) => existsSync(join(one, file)))
    if (folder) writeFileSync(join(folder, file), String(value))
    return folder !== undefined
  }
  if (isUnified()) {
    set('memory.max', limits.memoryBytes)
    set('memory.swap.max', 0)
    set('pids.max', limits.processes)
  } else {
    set('memory.limit_in_bytes', limits.memoryBytes)
    set('memory.memsw.limit_in_bytes', limits.memoryBytes)
    set('pids.max', limits.processes)
  }
  const inside = (folder: string) => readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  return {
    entries: folders.map((folder) => join(folder, 'cgroup.procs')),
    holds: (pid) => folders.every((folder) => inside(folder).includes(pid)),
    async remove() {
      for (let waited = 0; waited < EMPTY_WITHIN_MS; waited += 20) {
        for (const folder of folders) if (existsSync(folder)) for (const pid of inside(folder)) kill(pid)
        if (folders.every(removed)) return
        await pause(20)
      }
    },
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

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
