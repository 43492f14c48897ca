const HEX = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  HEX['0123456789abcdef'.charCodeAt(i)] = i
  HEX['0123456789ABCDEF'.charCodeAt(i)] = i
}

/** The value of a hexadecimal digit given as a character code, or -1. */
export function hexDigit(code: number): number {
  return HEX[code & 0xff]!
}

/** Collects bytes that are written as hexadecimal digits, up to `room` bytes; what goes beyond is dropped, and `full` says so. */
export class HexSink {
  #buffer = Buffer.alloc(0)
  #length = 0
  #half = -1
  readonly #room: number
  full = false

  constructor(room: number) {
    this.#room = room
  }

  get length(): number {
    return this.#length
  }

  /** Takes the digits between two offsets and passes over everything else. */
  hex(source: Buffer, from: number, to: number): void {
    this.#grow(((to - from) >> 1) + 1)
    const buffer = this.#buffer
    const room = buffer.length
    let length = this.#length
    let half = this.#half
    let at = from
    while (at < to) {
      const value = HEX[source[at]!]!
      if (half < 0 && at + 1 < to) {
        const next = HEX[source[at + 1]!]!
        if ((value | next) >= 0 && length < room) {
          buffer[length++] = (value << 4) | next
          at += 2
          continue
        }
      }
      at++
      if (value < 0) continue
      if (half < 0) half = value
      else {
        if (length < room) buffer[length++] = (half << 4) | value
        else this.full = true
        half = -1
      }
    }
    this.#length = length
    this.#half = half
  }

  /** Takes bytes as they are; a half byte that waits for its partner goes on waiting. */
  raw(source: Buffer): void {
    this.#grow(source.length)
    const taken = source.copy(this.#buffer, this.#length)
    this.#length += taken
    if (taken < source.length) this.full = true
  }

  /** Forgets a half byte that waits for its partner. */
  drop(): void {
    this.#half = -1
  }

  /** Another sink that has taken the same up to here. */
  copy(): HexSink {
    const other = new HexSink(this.#room)
    other.#buffer = Buffer.from(this.#buffer.subarray(0, this.#length))
    other.#length = this.#length
    other.#half = this.#half
    other.full = this.full
    return other
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #grow(more: number): void {
    const wanted = this.#length + more
    if (wanted <= this.#buffer.length || this.#buffer.length >= this.#room) return
    const larger = Buffer.allocUnsafe(Math.min(Math.max(wanted, this.#buffer.length * 2, 256), this.#room))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
