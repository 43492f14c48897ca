import { Problem } from '#platform/errors.ts'
import type { PositionState } from '#exchange/objects/feed-store.ts'

/** How far behind the clock the positions of a bundle begin: so many are given out before one would lie ahead of it. */
const BEHIND = 65_536

/**
 * Gives out the positions of one bundle, one after another: strictly increasing in a collection, never behind one that an embargo has
 * reached, never ahead of the clock as long as it runs. Throws DATABASE_UNAVAILABLE, which is worth another try, rather than pass one
 * that an embargo still reserves.
 */
export class Positions {
  /** The first that is free. */
  readonly base: number
  #next: number
  readonly #reserved: number | null

  constructor({ last_at: last, reached_at: reached, reserved_at: reserved }: PositionState, now: Date) {
    this.base = Math.max(last + 1, (reached ?? 0) + 1, now.getTime() * 1000 - BEHIND)
    this.#next = this.base
    this.#reserved = reserved
  }

  next(): number {
    if (this.#reserved !== null && this.#next >= this.#reserved) throw new Problem('DATABASE_UNAVAILABLE', 'An embargo ends in this moment; send it again.')
    return this.#next++
  }

  /** The last that was given out. */
  get last(): number {
    return this.#next - 1
  }
}
