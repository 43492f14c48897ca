import { readFileSync, readlinkSync } from 'node:fs'

/**
 * A process, in a name that no later one has: its number, when it started, and the numbering that both count in (a container has one of its own). What a process
 * makes on its host carries this name, so that whoever comes later can tell what a dead one left. Undefined once the process has ended.
 */
export function ownerName(pid: number = process.pid): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : `${pid}-${fields[18]}-${numbering()}`
  } catch {
    return undefined
  }
}

/** Whether the process of that name has ended; undefined where its number belongs to another numbering, or the text is no such name. */
export function hasEnded(name: string): boolean | undefined {
  const [, pid, space] = /^(\d+)-\d+-(\d+)$/.exec(name) ?? []
  return space === numbering() ? ownerName(Number(pid)) !== name : undefined
}

const numbering = () => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
