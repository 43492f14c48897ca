import { readFileSync } from 'node:fs'
import { usageOf } from '#scanner/jail/usage.ts'

const EVERY_MS = 200

/** CPU seconds of the QEMUs that this process has started. They leave with their wall, so each is looked at five times a second: the last moment of one is missed. */
export function watchMachines(): { seconds(): number; end(): void } {
  const spent = new Map<number, number>()
  const look = () => {
    for (const pid of below(process.pid)) {
      const usage = nameOf(pid).startsWith('qemu-system') ? usageOf(pid) : undefined
      if (usage) spent.set(pid, usage.cpuMs)
    }
  }
  const timer = setInterval(look, EVERY_MS)
  return {
    seconds() {
      look()
      return [...spent.values()].reduce((sum, ms) => sum + ms, 0) / 1000
    },
    end: () => clearInterval(timer),
  }
}

function below(pid: number): number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...below(child)])
}

function nameOf(pid: number): string {
  return textOf(`/proc/${pid}/comm`)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
