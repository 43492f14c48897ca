import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repeat } from '#platform/clock/clock.ts'
import { ownerName } from '#scanner/detonation/machine/owner.ts'

const PARENTS = ['/sys/fs/cgroup/vedette', '/sys/fs/cgroup/pids/vedette']
const EVERY_MS = 25

/** Adds up what the machines of this process use of the processors, looked at every 25 ms: what one uses after the last look is missing. */
export function watchMachines(): { seconds(): number; end(): Promise<void> } {
  let running = new Map<string, number>()
  let ended = 0
  const owner = ownerName()!
  const look = () => {
    const folders = PARENTS.filter((path) => existsSync(path)).flatMap((parent) => readdirSync(parent).map((number) => join(parent, number, owner)))
    const now = new Map(folders.flatMap(processesOf).map((pid) => [pid, secondsOf(pid) ?? running.get(pid) ?? 0]))
    // A number that comes again is another process.
    for (const [pid, seconds] of running) if ((now.get(pid) ?? -1) < seconds) ended += seconds
    running = now
    return [...running.values()].reduce((sum, one) => sum + one, ended)
  }
  return { seconds: look, end: repeat(EVERY_MS, async () => void look()) }
}

function processesOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

function secondsOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return undefined
  }
}

/** The middle one; of an even number the higher of both. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
