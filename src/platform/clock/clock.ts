/** No sleep lasts longer: whoever waits looks at the clock again at least this often (docs/promises.md, clock rule 2). */
export const LONGEST_PAUSE_MS = 30_000

/** What the rest of the program knows of time. */
export interface Clock {
  /** The trusted instant: never decreases, stands still while clocks disagree. Every embargo and expiry compares with it. */
  now(): Date
  /** Why the trusted instant stands still, or undefined while it advances. */
  disagreement(): string | undefined
}

/** Milliseconds that only ever count up; for measuring durations inside one process. */
export function stopwatch(): () => number {
  const start = performance.now()
  return () => performance.now() - start
}

/** Waits, but never more than LONGEST_PAUSE_MS; ends early, without error, when the signal fires. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.min(ms, LONGEST_PAUSE_MS))
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** Calls `work` again and again with `everyMs` between the end of one call and the start of the next; returns how to stop. */
export function repeat(everyMs: number, work: () => Promise<void>): () => Promise<void> {
  const ended = new AbortController()
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await work()
      await pause(everyMs, ended.signal)
    }
  })()
  return async () => {
    ended.abort()
    await loop
  }
}
