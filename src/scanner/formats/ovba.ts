import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u8, u16 } from './bytes.ts'

const CHUNK_BYTES = 4096

/**
 * Unpacks a compressed container of a VBA project (MS-OVBA 2.4.1). What a truncated container still holds is returned;
 * throws Damaged for bytes that are no container, LimitReached at a limit.
 */
export function unpackVba(packed: Buffer, budget: Budget): Buffer {
  if (u8(packed, 0) !== 1) throw new Damaged('no compressed VBA container')
  const chunks: Buffer[] = []
  const take = budget.piecewise()
  let at = 1
  while (at + 2 <= packed.length) {
    const header = u16(packed, at)
    const end = Math.min(packed.length, at + (header & 0x0fff) + 3)
    if (((header >> 12) & 7) !== 3) break
    budget.step(64)
    const chunk = header & 0x8000 ? unpackChunk(packed, at + 2, end) : packed.subarray(at + 2, end)
    take(chunk.length)
    chunks.push(chunk)
    at = end
  }
  if (chunks.length === 0) throw new Damaged('the compressed VBA container is empty')
  return Buffer.concat(chunks)
}

/** One chunk of at most 4096 bytes: flag bytes, each followed by eight literals or copies of what came before. */
function unpackChunk(packed: Buffer, from: number, end: number): Buffer {
  const out = Buffer.alloc(CHUNK_BYTES)
  let length = 0
  let at = from
  while (at < end && length < CHUNK_BYTES) {
    const flags = packed[at++]!
    for (let bit = 0; bit < 8 && at < end && length < CHUNK_BYTES; bit++) {
      if (((flags >> bit) & 1) === 0) {
        out[length++] = packed[at++]!
        continue
      }
      if (at + 2 > end) return out.subarray(0, length)
      const token = packed.readUInt16LE(at)
      at += 2
      const offsetBits = Math.max(4, 32 - Math.clz32(length - 1 > 0 ? length - 1 : 0))
      const lengthBits = 16 - offsetBits
      const copied = (token & ((1 << lengthBits) - 1)) + 3
      const source = length - ((token >> lengthBits) + 1)
      if (source < 0) return out.subarray(0, length)
      for (let i = 0; i < copied && length < CHUNK_BYTES; i++) out[length++] = out[source + i]!
    }
  }
  return out.subarray(0, length)
}
