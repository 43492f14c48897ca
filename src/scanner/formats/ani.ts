import type { Budget } from '#scanner/intake/limits.ts'

/** A header of an animated cursor (chunk `anih` of a RIFF file of type ACON). */
export interface CursorHeader {
  /** Of the chunk's size field. */
  readonly offset: number
  readonly statedBytes: number
}

/** Bytes of the structure that the header is copied into. */
export const CURSOR_HEADER_BYTES = 36
const MOST_CHUNKS = 10_000

/** The headers of an animated cursor in their order, those in its lists not counted; none for another RIFF file. Throws LimitReached. */
export function readCursorHeaders(bytes: Buffer, budget: Budget): CursorHeader[] {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'ACON') return []
  const headers: CursorHeader[] = []
  for (let at = 12, chunks = 0; at + 8 <= bytes.length && chunks < MOST_CHUNKS; chunks++) {
    budget.step()
    const statedBytes = bytes.readUInt32LE(at + 4)
    if (bytes.toString('latin1', at, at + 4) === 'anih') headers.push({ offset: at + 4, statedBytes })
    // Chunks of an odd size are filled up.
    at += 8 + statedBytes + (statedBytes % 2)
  }
  return headers
}
