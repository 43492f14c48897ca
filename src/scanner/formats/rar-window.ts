import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'

const STEP_BYTES = 16

/** What files of RAR unpack to, one behind the other where they are packed together: the later repeat what the earlier hold. */
export class RarWindow {
  readonly #budget: Budget
  #out = Buffer.allocUnsafe(1 << 16)
  #at = 0
  #counted = 0
  #longest = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  get length(): number {
    return this.#at
  }

  /** Packed bytes that come next: they bound what they may unpack to. */
  expect(packedBytes: number): void {
    const { ratio, ratioFloor } = this.#budget.limits
    this.#longest = this.#at + Math.max(ratioFloor, packedBytes * ratio)
  }

  put(byte: number): void {
    if (this.#at >= this.#out.length) this.#grow(1)
    this.#out[this.#at++] = byte
    if (this.#at - this.#counted >= 1 << 16) this.count()
  }

  copy(length: number, distance: number): void {
    if (distance > this.#at || distance < 1) throw new Damaged('the packed data repeat what was not there')
    if (this.#at + length > this.#out.length) this.#grow(length)
    const out = this.#out
    for (let i = 0; i < length; i++, this.#at++) out[this.#at] = out[this.#at - distance]!
    if (this.#at - this.#counted >= 1 << 16) this.count()
  }

  slice(from: number, to: number): Buffer {
    return this.#out.subarray(from, Math.min(to, this.#at))
  }

  /** Counts what was unpacked since the last counting. Throws LimitReached. */
  count(): void {
    if (this.#at > this.#longest) throw new LimitReached('ratio')
    if (this.#at > this.#budget.limits.objectBytes) throw new LimitReached('objectBytes')
    const fresh = this.#at - this.#counted
    this.#counted = this.#at
    this.#budget.step(Math.ceil(fresh / STEP_BYTES))
    this.#budget.takeBytes(fresh)
  }

  #grow(bytes: number): void {
    this.count()
    const larger = Buffer.allocUnsafe(Math.max(this.#out.length * 2, this.#at + bytes))
    this.#out.copy(larger, 0, 0, this.#at)
    this.#out = larger
  }
}
