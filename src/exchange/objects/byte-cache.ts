/** Keeps what was used last, up to so many bytes: what is left out can be made again. */
export class ByteCache<T> {
  readonly #most: number
  readonly #sizeOf: (value: T) => number
  readonly #kept = new Map<string, T>()
  #bytes = 0

  constructor(most: number, sizeOf: (value: T) => number) {
    this.#most = most
    this.#sizeOf = sizeOf
  }

  get(key: string): T | undefined {
    const value = this.#kept.get(key)
    if (value === undefined) return undefined
    // The order of the map is that of use.
    this.#kept.delete(key)
    this.#kept.set(key, value)
    return value
  }

  set(key: string, value: T): void {
    const before = this.#kept.get(key)
    if (before !== undefined) {
      this.#kept.delete(key)
      this.#bytes -= this.#sizeOf(before)
    }
    const size = this.#sizeOf(value)
    // One that would leave no room for others is not kept.
    if (size > this.#most / 4) return
    this.#kept.set(key, value)
    this.#bytes += size
    for (const [oldest, dropped] of this.#kept) {
      if (this.#bytes <= this.#most) return
      this.#kept.delete(oldest)
      this.#bytes -= this.#sizeOf(dropped)
    }
  }

  get bytes(): number {
    return this.#bytes
  }
}
