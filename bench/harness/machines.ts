import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repeat } from '#platform/clock/clock.ts'
import { ownerName } from '#scanner/detonation/machine/owner.ts'

const PARENTS = ['/sys/fs/cgroup/vedette', '/sys/fs/cgroup/pids/vedette']
const EVERY_MS = 25

/** Adds up what the machines of this process use of the processors, looked at every 25 ms: what one uses after the last look is missing. */
export function watchMachines(): { seconds(): number; end(): Promise<void> } {
  const used = new Map<string, number>()
  const owner = ownerName()!
  const look = () => {
    for (const parent of PARENTS.filter((path) => existsSync(path)))
      for (const number of readdirSync(parent)) for (const pid of processesOf(join(parent, number, owner))) used.set(pid, secondsOf(pid) ?? used.get(pid) ?? 0)
  }
  const end = repeat(EVERY_MS, async () => look())
  return { seconds: () => (look(), [...used.values()].reduce((sum, one) => sum + one, 0)), end }
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
