/** A value of the machine that stands in the input, byte for byte. */
export interface Controlled {
  /** Where the value was: `address`, `instruction`, or a register. */
  readonly in: string
  readonly value: string
  /** Which of the inputs holds it, and where. */
  readonly input: number
  readonly offset: number
}

/** Below this, four bytes do not meet by chance. */
const SMALL_INPUT = 64 * 1024
const LEAST_BYTES = 4

/**
 * Looks for a value in what was opened, in both orders of bytes. Undefined for values that stand anywhere: numbers of less than four bytes, and in a large input
 * also four bytes that occur once, which random data hold by chance. `inputs`: the document and what its containers decode to.
 */
export function findInput(where: string, value: string, inputs: readonly Uint8Array[]): Controlled | undefined {
  const bytes = significant(value)
  if (!bytes) return undefined
  for (const [input, data] of inputs.entries()) {
    const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    for (const order of [bytes, Buffer.from(bytes).reverse()]) {
      const offset = buffer.indexOf(order)
      if (offset === -1) continue
      const byChance = order.length === LEAST_BYTES && buffer.length > SMALL_INPUT && buffer.indexOf(order, offset + 1) === -1
      if (!byChance) return { in: where, value, input, offset }
    }
  }
  return undefined
}

/** The bytes of a value, lowest first, without zeroes on top; undefined for what says nothing. */
function significant(value: string): Buffer | undefined {
  let number = BigInt(value)
  const bytes: number[] = []
  for (; number > 0n; number >>= 8n) bytes.push(Number(number & 0xffn))
  const telling = bytes.filter((byte) => byte !== 0 && byte !== 0xff).length
  return bytes.length < LEAST_BYTES || telling < 3 ? undefined : Buffer.from(bytes)
}
