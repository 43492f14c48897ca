import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

export interface CgroupLimits {
  readonly memoryBytes: number
  readonly processes: number
  /** Processors' time that all of it may take together, such as 1.5. */
  readonly cpus: number
}

const PARENT = 'vedette'
const CONTROLLERS = ['memory', 'pids', 'cpu'] as const
const PERIOD_US = 100_000
const PAGE = 4096
/** The default of one group, or of one process outside all groups (version 1). */
const SHARES = 1024

/** Whether the system has version 2 of cgroups; the older one has a tree for each controller. */
export const isUnified = (root: string) => existsSync(join(root, 'cgroup.controllers'))

/** The folders of the group of that number; in version 1 one for each controller. The empty number stands for the parent of all. */
export function cgroupFolders(root: string, number: string): string[] {
  return isUnified(root) ? [join(root, PARENT, number)] : CONTROLLERS.map((controller) => join(root, controller, PARENT, number))
}

export interface CgroupSetting {
  readonly folder: string
  readonly file: string
  readonly value: string
  /** Not every system has it: without it another limit still holds. */
  readonly optional?: boolean
}

/** What is written where, so that the limits hold: `folders` as of `cgroupFolders`. */
export function cgroupSettings(folders: readonly string[], unified: boolean, { memoryBytes, processes, cpus }: CgroupLimits): CgroupSetting[] {
  const memory = String(Math.ceil(memoryBytes / PAGE) * PAGE)
  const quota = Math.round(cpus * PERIOD_US)
  if (unified) {
    const [folder] = folders as [string]
    return [
      { folder, file: 'memory.max', value: memory },
      { folder, file: 'memory.swap.max', value: '0', optional: true },
      { folder, file: 'memory.oom.group', value: '1', optional: true },
      { folder, file: 'pids.max', value: String(processes) },
      { folder, file: 'cpu.max', value: `${quota} ${PERIOD_US}` },
    ]
  }
  const [ofMemory, ofPids, ofCpu] = folders as [string, string, string]
  return [
    { folder: ofMemory, file: 'memory.limit_in_bytes', value: memory },
    { folder: ofMemory, file: 'memory.memsw.limit_in_bytes', value: memory, optional: true },
    { folder: ofPids, file: 'pids.max', value: String(processes) },
    { folder: ofCpu, file: 'cpu.cfs_period_us', value: String(PERIOD_US) },
    { folder: ofCpu, file: 'cpu.cfs_quota_us', value: String(quota) },
  ]
}

/**
 * Makes the parent of all groups, and in version 2 lets its children have controllers; does nothing where that is done. Throws an error that says what to do where the
 * system refuses.
 */
export function shareControllers(root: string): void {
  if (!isUnified(root)) {
    for (const folder of cgroupFolders(root, '')) mkdirSync(folder, { recursive: true })
    // All machines together would else weigh as much as one process of the server, and a guest that is starved ends in bounds of time that it did not use.
    write(join(root, 'cpu', PARENT, 'cpu.shares'), String(SHARES * availableParallelism()))
    return
  }
  mkdirSync(join(root, PARENT), { recursive: true })
  for (const folder of [root, join(root, PARENT)]) share(folder)
}

/** A group with processes of its own cannot give controllers to groups inside it (cgroup-v2.rst, "No Internal Process Constraint"); the root of a host can. */
function share(folder: string): void {
  const file = join(folder, 'cgroup.subtree_control')
  const given = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : []
  const missing = CONTROLLERS.filter((controller) => !given.includes(controller))
  if (missing.length === 0) return
  try {
    writeFileSync(file, missing.map((controller) => `+${controller}`).join(' '))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error
    throw new Error(
      `${folder} holds processes itself, so that it cannot limit groups inside it: move them into a group beside (such as ${join(folder, 'worker')}) before the worker starts`,
      { cause: error },
    )
  }
}

/** A preference, not a limit: where it cannot be set the machines' own limits hold. */
function write(path: string, value: string): void {
  try {
    writeFileSync(path, value)
  } catch {
    // The system has no such file.
  }
}
