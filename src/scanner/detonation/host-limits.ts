import { availableParallelism, hostname, totalmem } from 'node:os'

/** Machines that one host runs at the same time, at most. */
export interface HostLimits {
  readonly host: string
  readonly machines: number
  readonly memoryMib: number
}

/** One machine for each core, in half of the memory. */
export function limitsOfHost(): HostLimits {
  return { host: hostname(), machines: Math.max(1, availableParallelism()), memoryMib: Math.max(512, Math.floor(memoryOfHost() / 2 ** 21)) }
}

/** The machines of one process that has no database to count them in. */
export interface HostRoom {
  /** Waits for a machine with so much memory, in MiB, and gives how to return it. Rejects with the signal's reason when that fires. */
  take(memoryMib: number, signal: AbortSignal): Promise<() => void>
}

interface Waiting {
  readonly memoryMib: number
  readonly begin: () => void
}

/** Shares a host's machines in the order in which they are asked for. What is larger than the host has all of it for itself, rather than nothing. */
export function openRoom({ machines, memoryMib }: Omit<HostLimits, 'host'>): HostRoom {
  const waiting: Waiting[] = []
  const taken = { machines: 0, memoryMib: 0 }
  const fits = (one: Waiting) => taken.machines === 0 || (taken.machines < machines && taken.memoryMib + one.memoryMib <= memoryMib)
  const pump = () => {
    while (waiting[0] && fits(waiting[0])) {
      const one = waiting.shift()!
      taken.machines++
      taken.memoryMib += one.memoryMib
      one.begin()
    }
  }
  return {
    take: (memory, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const giveUp = () => {
          const at = waiting.indexOf(one)
          if (at >= 0) waiting.splice(at, 1)
          reject(signal.reason as Error)
          pump()
        }
        const release = () => {
          taken.machines--
          taken.memoryMib -= memory
          pump()
        }
        const one: Waiting = {
          memoryMib: memory,
          begin: () => {
            signal.removeEventListener('abort', giveUp)
            resolve(release)
          },
        }
        signal.addEventListener('abort', giveUp, { once: true })
        waiting.push(one)
        pump()
      }),
  }
}

/** Bytes of memory that processes of this host may have together: those of the machine, or of the container that this one runs in. */
export function memoryOfHost(): number {
  // Zero, or a number beyond all memory, where nothing constrains it.
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}
