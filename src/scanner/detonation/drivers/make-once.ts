import { repeat, stopwatch } from '#platform/clock/clock.ts'
import { holdLock } from '../image/lock.ts'

/** What is made for all runs to come, such as the template of an environment. */
export interface Making<T> {
  /** Where it is made; whoever else would is kept out of it. */
  readonly folder: string
  readonly name: string
  /** What was made before, where it is what is wanted. */
  readonly find: () => T | undefined
  readonly make: () => Promise<T>
  /** Hears what goes on: at once, and every few seconds. */
  readonly tell: (text: string) => void
  readonly signal: AbortSignal
}

const TOLD_EVERY_MS = 5_000

/** Finds what was made, or makes it: one process at a time does, and the others wait for it. Throws the signal's reason, and what kept it from being made. */
export async function makeOnce<T>({ folder, name, find, make, tell, signal }: Making<T>): Promise<T> {
  const before = find()
  if (before) return before
  const elapsed = stopwatch()
  let doing = `Preparing ${name} once`
  const say = () => {
    try {
      tell(elapsed() < 1000 ? `${doing} ...` : `${doing} ... ${Math.round(elapsed() / 1000)} s`)
    } catch {
      // Whoever hears it may have ended; what is made is made for others, too.
    }
  }
  const stop = repeat(TOLD_EVERY_MS, async () => say())
  try {
    const unlock = (await holdLock(folder, { signal })) ?? (await waitLocked())
    try {
      return find() ?? (await make())
    } finally {
      await unlock()
    }
  } finally {
    await stop()
  }

  async function waitLocked(): Promise<() => Promise<void>> {
    doing = `Waiting for another process that prepares ${name}`
    say()
    const unlock = await holdLock(folder, { wait: true, signal })
    doing = `Preparing ${name} once`
    return unlock!
  }
}
