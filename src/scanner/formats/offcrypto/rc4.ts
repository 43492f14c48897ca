/** The RC4 key stream; ours, for OpenSSL 3 keeps it in a provider that Node does not load. */
export class Rc4 {
  readonly #state = new Uint8Array(256)
  #i = 0
  #j = 0

  constructor(key: Buffer) {
    const state = this.#state
    for (let i = 0; i < 256; i++) state[i] = i
    for (let i = 0, j = 0; i < 256; i++) {
      j = (j + state[i]! + key[i % key.length]!) & 255
      const kept = state[i]!
      state[i] = state[j]!
      state[j] = kept
    }
  }

  /** The bytes with the next part of the key stream laid over them. */
  apply(bytes: Buffer): Buffer {
    const out = Buffer.allocUnsafe(bytes.length)
    const state = this.#state
    let i = this.#i
    let j = this.#j
    for (let at = 0; at < bytes.length; at++) {
      i = (i + 1) & 255
      const a = state[i]!
      j = (j + a) & 255
      const b = state[j]!
      state[i] = b
      state[j] = a
      out[at] = bytes[at]! ^ state[(a + b) & 255]!
    }
    this.#i = i
    this.#j = j
    return out
  }
}
