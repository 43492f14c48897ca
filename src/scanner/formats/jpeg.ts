import type { Budget } from '#scanner/intake/limits.ts'

/** A segment of a JPEG whose length does not even hold itself (ITU-T T.81, B.1.1.4: it counts its own two bytes). */
export interface ShortSegment {
  /** Second byte of the marker, such as 0xFE of a comment. */
  readonly marker: number
  /** Of the length field. */
  readonly offset: number
  readonly length: number
}

const MOST_SEGMENTS = 10_000
const START_OF_SCAN = 0xda
const END = 0xd9

/** Walks the segments in front of the picture data of a JPEG to the first whose length is below 2. Throws LimitReached. */
export function readShortSegment(bytes: Buffer, budget: Budget): ShortSegment | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined
  for (let at = 2, segments = 0; at + 4 <= bytes.length && segments < MOST_SEGMENTS; segments++) {
    budget.step()
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1]!
    // Bytes 0xFF may fill the place in front of a marker (B.1.1.2).
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === START_OF_SCAN || marker === END || marker === 0) return undefined
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2
      continue
    }
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return { marker, offset: at + 2, length }
    at += 2 + length
  }
  return undefined
}
