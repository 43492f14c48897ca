const HEADER_BYTES = 4

/** A message as it goes through a pipe: its length in four bytes, little endian, then its bytes. */
export function frame(bytes: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(bytes.length)
  return Buffer.concat([header, bytes])
}

/** Puts messages together from the chunks of a pipe. */
export class Frames {
  readonly #longest: number
  #chunks: Buffer[] = []
  #length = 0

  constructor(longest: number) {
    this.#longest = longest
  }

  /** The messages that this chunk completes. Throws RangeError for one longer than allowed. */
  take(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const messages: Buffer[] = []
    for (;;) {
      const wanted = this.#wanted()
      if (wanted === undefined || this.#length < wanted) return messages
      const all = this.#join()
      messages.push(all.subarray(HEADER_BYTES, wanted))
      this.#chunks = all.length > wanted ? [all.subarray(wanted)] : []
      this.#length = all.length - wanted
    }
  }

  #wanted(): number | undefined {
    if (this.#length < HEADER_BYTES) return undefined
    if (this.#chunks[0]!.length < HEADER_BYTES) this.#join()
    const length = this.#chunks[0]!.readUInt32LE(0)
    if (length > this.#longest) throw new RangeError(`a message of ${length} bytes is longer than allowed`)
    return HEADER_BYTES + length
  }

  #join(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }
}
