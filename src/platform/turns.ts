import { setImmediate as turn } from 'node:timers/promises'
import { stopwatch } from '#platform/clock/clock.ts'

/** How long work that can be divided holds the thread at a time. */
const HELD_MS = 10

/** For work of very many small steps: lets whatever else waits run in between. */
export class Turns {
  #held = stopwatch()

  /** Call it between two steps; it returns at once until the thread was held for as long as it may be. */
  async next(): Promise<void> {
    if (this.#held() < HELD_MS) return
    await turn()
    this.#held = stopwatch()
  }
}
