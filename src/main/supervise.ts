import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { StartupError } from '#platform/errors.ts'
import type { Log } from '#platform/log.ts'

const COMMAND = fileURLToPath(new URL('./vedette.ts', import.meta.url))
/** Between being asked to end and being killed; the database still needs its share of the 10 s. */
const GRACE_MS = 6_000
const LONGEST_BACKOFF_MS = 10_000

export interface Supervised {
  /** Resolves once the process says it is up; rejects with StartupError when it ends before that. */
  readonly up: Promise<void>
  stop(): Promise<void>
}

/** Runs one command of the program as a process of its own and starts it again whenever it dies. */
export function supervise(args: readonly string[], log: Log): Supervised {
  const stopping = new AbortController()
  const first = Promise.withResolvers<void>()
  let child: ChildProcess | undefined
  let wasUp = false

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const age = stopwatch()
      child = fork(COMMAND, [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: process.execArgv })
      child.once('message', () => {
        wasUp = true
        first.resolve()
      })
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      if (stopping.signal.aborted) return
      if (!wasUp) return first.reject(new StartupError(`vedette ${args[0]} ended before it was up; its reason is above.`))
      if (age() > 60_000) failures = 0
      log.error({ process: args[0], code, signal }, 'a process ended unexpectedly; starting it again')
      await pause(Math.min(200 * 2 ** failures, LONGEST_BACKOFF_MS), stopping.signal)
    }
  }
  const running = run()

  return {
    up: first.promise,
    stop: async () => {
      stopping.abort()
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        const timer = await Promise.race([running.then(() => true), pause(GRACE_MS).then(() => false)])
        if (!timer) child.kill('SIGKILL')
      }
      await running
    },
  }
}
