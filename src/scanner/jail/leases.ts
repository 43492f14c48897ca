import type { Fence } from './fence.ts'
import { JailedProcess, type JailLimits } from './process.ts'
import type { Program } from './program.ts'

/** Processes of one program that are shared: each is used by one at a time, and again by the next. */
export interface Leases {
  /** Waits for a process, starts one where fewer than allowed run, and has it back when `work` ends. Undefined where the system gives none. */
  use<T>(work: (process: JailedProcess | undefined) => Promise<T>): Promise<T>
  /** Ends all of them. */
  close(): void
}

export interface LeaseOptions {
  /** At a time. */
  readonly processes: number
  /** How many questions one process is asked at most. */
  readonly most: number
  /** Asked for with each process that is started. */
  readonly program: () => Promise<Program>
  readonly limits: JailLimits
  readonly fence: () => Fence
  /** What a process that was just started is told before anything else; false where it is of no use. */
  readonly prepare?: (process: JailedProcess) => Promise<boolean>
}

export function openLeases({ processes, most, program, limits, fence, prepare }: LeaseOptions): Leases {
  const idle: JailedProcess[] = []
  const waiting: (() => void)[] = []
  const running = new Set<JailedProcess>()
  let free = processes

  async function lease(): Promise<void> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function release(): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  async function start(): Promise<JailedProcess | undefined> {
    let started: JailedProcess
    const found = await program()
    try {
      started = new JailedProcess(found, limits, fence())
    } catch {
      return undefined
    }
    running.add(started)
    if (!prepare || (await prepare(started))) return started
    running.delete(started)
    started.kill()
    return undefined
  }

  return {
    async use(work) {
      await lease()
      let taken: JailedProcess | undefined
      try {
        taken = idle.pop() ?? (await start())
        if (taken) running.add(taken)
        const result = await work(taken)
        if (taken?.reusable && taken.answers < most) idle.push(taken)
        else taken?.retire()
        return result
      } finally {
        if (taken) running.delete(taken)
        release()
      }
    },
    close() {
      for (const one of idle.splice(0)) one.retire()
      for (const one of running) one.kill()
    },
  }
}
