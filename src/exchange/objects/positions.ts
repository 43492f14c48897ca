import { Problem } from '#platform/errors.ts'
import type { PositionState } from '#exchange/objects/feed-store.ts'

/** How far behind the clock the positions of a bundle begin: so many are given out before one would lie ahead of it. */
const BEHIND = 65_536

/** How long before the end of an embargo nothing is written any more: longer than a commit takes. */
const AHEAD = 1_000_000

/** Whoever writes is not told why: that an embargo ends is nothing to whom it does not end for (V3). */
function endsNow(): Problem {
  return new Problem('DATABASE_UNAVAILABLE', 'Nothing can be written here in this moment; send it again.')
}

/**
 * Gives out the positions of one bundle, one after another: strictly increasing in a collection, never behind one that an embargo has
 * reached, never ahead of the clock as long as it runs. Throws DATABASE_UNAVAILABLE, which is worth another try, rather than pass one
 * that an embargo still reserves.
 */
export class Positions {
  /** The first that is free. */
  readonly base: number
  /** The instant at which they are given out, in microseconds since 1970. */
  readonly now: number
  #next: number
  readonly #reserved: number | null

  constructor({ last_at: last, reached_at: reached, reserved_at: reserved }: PositionState, now: Date) {
    this.now = now.getTime() * 1000
    this.base = Math.max(last + 1, (reached ?? 0) + 1, now.getTime() * 1000 - BEHIND)
    this.#next = this.base
    this.#reserved = reserved
    this.check(now)
  }

  /**
   * Throws DATABASE_UNAVAILABLE when an embargo might end before what is written now is committed: whoever had read what it releases would pass over
   * this, whose position is lower. Called again before the commit.
   */
  check(now: Date): void {
    if (this.#reserved !== null && now.getTime() * 1000 + AHEAD >= this.#reserved) throw endsNow()
  }

  next(): number {
    if (this.#reserved !== null && this.#next >= this.#reserved) throw endsNow()
    return this.#next++
  }

  /** Throws DATABASE_UNAVAILABLE when a position that is taken in another collection, too, would pass one that an embargo reserves. */
  allow(position: number): void {
    if (this.#reserved !== null && position >= this.#reserved) throw endsNow()
  }

  /** The last that was given out. */
  get last(): number {
    return this.#next - 1
  }
}
