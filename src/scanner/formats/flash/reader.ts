import { Damaged } from '#scanner/intake/limits.ts'

/** Reads the numbers of ActionScript bytecode one after the other. Throws Damaged at the end. */
export class AbcReader {
  at: number
  readonly bytes: Buffer

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  u8(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new Damaged('the bytecode is cut off')
    return value
  }

  /** A number of up to 32 bits, seven in a byte (AVM2 Overview, 4.1). */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value % 2 ** 32
  }

  skip(count: number): void {
    this.at += count
    if (this.at > this.bytes.length) throw new Damaged('the bytecode is cut off')
  }

  slice(count: number): Buffer {
    const from = this.at
    this.skip(count)
    return this.bytes.subarray(from, this.at)
  }
}
