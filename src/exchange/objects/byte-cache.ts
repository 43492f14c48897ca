import { stopwatch } from '#platform/clock/clock.ts'

/** How long anything is kept without being made again: what another process has deleted is gone from this one's memory by then. */
const KEPT_MS = 10 * 60_000
/** How often what is older is looked for, while the cache is used. */
const SWEPT_MS = 60_000

interface Kept<T> {
  readonly value: T
  readonly since: number
}

/** Keeps what was used last, up to so many bytes and for ten minutes at most: what is left out can be made again. */
export class ByteCache<T> {
  readonly #most: number
  readonly #sizeOf: (value: T) => number
  readonly #elapsed: () => number
  readonly #kept = new Map<string, Kept<T>>()
  #bytes = 0
  #swept = 0

  /** `elapsed` counts milliseconds up. */
  constructor(most: number, sizeOf: (value: T) => number, elapsed = stopwatch()) {
    this.#most = most
    this.#sizeOf = sizeOf
    this.#elapsed = elapsed
  }

  get(key: string): T | undefined {
    this.#sweep()
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    if (this.#isOld(kept)) {
      this.forget(key)
      return undefined
    }
    // The order of the map is that of use.
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    return kept.value
  }

  set(key: string, value: T): void {
    this.#sweep()
    this.forget(key)
    const size = this.#sizeOf(value)
    // One that would leave no room for others is not kept.
    if (size > this.#most / 4) return
    this.#kept.set(key, { value, since: this.#elapsed() })
    this.#bytes += size
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#most) return
      this.forget(oldest)
    }
  }

  forget(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#bytes -= this.#sizeOf(kept.value)
  }

  get bytes(): number {
    return this.#bytes
  }

  #isOld({ since }: Kept<T>): boolean {
    return this.#elapsed() - since >= KEPT_MS
  }

  #sweep(): void {
    if (this.#elapsed() - this.#swept < SWEPT_MS) return
    this.#swept = this.#elapsed()
    for (const [key, kept] of this.#kept) if (this.#isOld(kept)) this.forget(key)
  }
}
