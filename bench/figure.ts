import { readFileSync } from 'node:fs'

/** Prints one figure for the runner. */
export function figure(what: string, value: number, unit: string): void {
  console.log(JSON.stringify({ what, value, unit }))
}

/** CPU seconds, user and system, that processes and the children they have waited for used so far. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return sum + [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field]), 0) / 100
  }, 0)
}

/** The most resident memory that a process ever had, in MiB. */
export function peakMiBOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

/** Resident memory of processes, in MiB. */
export function memoryMiBOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0), 0) / 1024
}
