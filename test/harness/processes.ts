import { readdirSync, readFileSync } from 'node:fs'

interface RunningProcess {
  readonly pid: string
  readonly parent: number
  readonly command: string
}

/** Every process of this machine that can be seen. */
export function runningProcesses(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
        return [{ pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }]
      } catch {
        // It has ended meanwhile.
        return []
      }
    })
}
