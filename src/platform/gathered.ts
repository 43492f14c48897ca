/** Room that is kept between one use and the next. */
const USUAL_BYTES = 64 * 1024
const EMPTY = Buffer.alloc(0)

/**
 * Bytes that come in pieces, side by side in one buffer: what is held follows their number, however small a sender cuts them. A list of
 * the pieces would hold hundreds of bytes for each, and a sender can make each a single byte.
 */
export class Gathered {
  readonly #most: number
  #bytes = EMPTY
  #length = 0

  constructor(most = Infinity) {
    this.#most = most
  }

  get length(): number {
    return this.#length
  }

  /** Whether more came than is kept; then nothing of it is. */
  get tooLong(): boolean {
    return this.#length > this.#most
  }

  add(bytes: Uint8Array): void {
    const end = this.#length + bytes.length
    if (end > this.#most) this.#bytes = EMPTY
    else {
      if (end > this.#bytes.length) this.#grow(end)
      this.#bytes.set(bytes, this.#length)
    }
    this.#length = end
  }

  /** What came since it was last taken; empty where it was too long. */
  take(): Buffer {
    const taken = this.tooLong ? EMPTY : Buffer.from(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    // Room for what is usual is used again; after what was long it is given back.
    if (this.#bytes.length > USUAL_BYTES) this.#bytes = EMPTY
    return taken
  }

  /** The same without a copy; nothing more is added afterwards. */
  end(): Buffer {
    const ended = this.tooLong ? EMPTY : this.#bytes.subarray(0, this.#length)
    this.#bytes = EMPTY
    this.#length = 0
    return ended
  }

  #grow(needed: number): void {
    const roomier = Buffer.allocUnsafe(Math.max(needed, Math.min(this.#bytes.length * 2, this.#most), 1024))
    this.#bytes.copy(roomier, 0, 0, this.#length)
    this.#bytes = roomier
  }
}

/** All bytes of a stream whose length is bounded elsewhere. Throws what the stream throws. */
export async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered = new Gathered()
  for await (const part of bytes) gathered.add(part)
  return gathered.end()
}
