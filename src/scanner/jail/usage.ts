import { readdirSync, readFileSync } from 'node:fs'

const CLOCK_TICKS = 100
const PAGE_BYTES = 4096

/** What a process used so far. */
export interface Usage {
  readonly cpuMs: number
  readonly memoryBytes: number
}

/** Processor time and resident memory of a process where the system shows them; undefined elsewhere, and once it has ended. */
export function usageOf(pid: number | undefined): Usage | undefined {
  if (pid === undefined) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS, memoryBytes: Number(fields[21]) * PAGE_BYTES }
  } catch {
    return undefined
  }
}

/** Processor time of a process to the microsecond, over the threads that it has; in steps of 10 ms where the system counts no finer. */
export function exactCpuMsOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0)
  } catch {
    return usageOf(pid)?.cpuMs
  }
}

/** The process so many steps below another; undefined while it is not there, and where the system does not show it. */
export function below(pid: number | undefined, steps: number): number | undefined {
  if (pid === undefined || steps === 0) return pid
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return child ? below(Number(child), steps - 1) : undefined
  } catch {
    return undefined
  }
}
