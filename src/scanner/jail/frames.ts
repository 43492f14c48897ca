export const HEADER_BYTES = 4

/** What stands before a message in a pipe: its length in four bytes, little endian. */
export function frameHeader(length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(length)
  return header
}

/** A message as it goes through a pipe. */
export function frame(bytes: Buffer): Buffer {
  return Buffer.concat([frameHeader(bytes.length), bytes])
}

/** Puts messages together from the chunks of a pipe; each byte is copied once at most, so that a large message stands in memory once. */
export class Frames {
  readonly #longest: number
  readonly #order: 'LE' | 'BE'
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  #body: Buffer | undefined
  #bodyBytes = 0

  constructor(longest: number, order: 'LE' | 'BE' = 'LE') {
    this.#longest = longest
    this.#order = order
  }

  /** The messages that this chunk completes. Throws RangeError for one longer than allowed. */
  take(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = []
    let rest = chunk
    while (rest.length > 0 || this.#isWhole()) {
      if (!this.#body) {
        rest = this.#takeHeader(rest)
        continue
      }
      if (this.#bodyBytes < this.#body.length) {
        const piece = rest.subarray(0, this.#body.length - this.#bodyBytes)
        piece.copy(this.#body, this.#bodyBytes)
        this.#bodyBytes += piece.length
        rest = rest.subarray(piece.length)
      }
      if (!this.#isWhole()) break
      messages.push(this.#body)
      this.#body = undefined
      this.#headerBytes = 0
    }
    return messages
  }

  #isWhole(): boolean {
    return this.#body !== undefined && this.#bodyBytes === this.#body.length
  }

  #takeHeader(chunk: Buffer): Buffer {
    const piece = chunk.subarray(0, HEADER_BYTES - this.#headerBytes)
    piece.copy(this.#header, this.#headerBytes)
    this.#headerBytes += piece.length
    if (this.#headerBytes === HEADER_BYTES) {
      const length = this.#order === 'LE' ? this.#header.readUInt32LE(0) : this.#header.readUInt32BE(0)
      if (length > this.#longest) throw new RangeError(`a message of ${length} bytes is longer than allowed`)
      this.#body = Buffer.allocUnsafeSlow(length)
      this.#bodyBytes = 0
    }
    return chunk.subarray(piece.length)
  }
}
