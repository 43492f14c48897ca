import type { Budget } from '#scanner/intake/limits.ts'

/** Pixels of a run-length encoded bitmap that are put beside it, or a place far beside it that moves lead to. */
export interface BitmapOverrun {
  readonly width: number
  readonly height: number
  /** The column that moves led to, and where in the file, in bytes, that is seen. */
  readonly column: number
  readonly offset: number
}

const HEADER = 14
const RLE8 = 1
const RLE4 = 2
/** Moves and runs that are followed. */
const MOST_CODES = 2_000_000

/** Columns beside a bitmap that no writer of bitmaps moves to: only a position that is to wrap needs them. */
export const FAR_BESIDE = 2 ** 16

/**
 * Follows the codes of an RLE bitmap (BITMAPINFOHEADER, BI_RLE8 and BI_RLE4) to the first pixel that is put at a column to which moves
 * ("delta" escapes) led past the width, or to a column far beside it. Runs that are a little too long, as careless writers make them, are
 * none. Throws LimitReached.
 */
export function readBitmapOverrun(bytes: Buffer, budget: Budget): BitmapOverrun | undefined {
  if (bytes.length < HEADER + 40 || bytes.toString('latin1', 0, 2) !== 'BM') return undefined
  const compression = bytes.readUInt32LE(HEADER + 16)
  if (bytes.readUInt32LE(HEADER) < 40 || (compression !== RLE8 && compression !== RLE4)) return undefined
  const width = bytes.readInt32LE(HEADER + 4)
  const height = Math.abs(bytes.readInt32LE(HEADER + 8))
  if (width <= 0) return undefined
  for (const start of placesOf(bytes)) {
    const found = follow(bytes, { start, width, height, compression }, budget)
    if (found) return found
  }
  return undefined
}

/** Where the codes may begin: where the file says, or behind the header and the colours, as readers go that do not look there. */
function placesOf(bytes: Buffer): number[] {
  const stated = bytes.readUInt32LE(10)
  const colours = 4 * Math.min(256, bytes.readUInt32LE(HEADER + 32) || 256)
  const behind = [HEADER + bytes.readUInt32LE(HEADER) + colours, HEADER + 40 + colours]
  return stated >= HEADER + 40 ? [stated] : [...new Set(behind)]
}

interface Codes {
  readonly start: number
  readonly width: number
  readonly height: number
  readonly compression: number
}

function follow(bytes: Buffer, { start, width, height, compression }: Codes, budget: Budget): BitmapOverrun | undefined {
  let column = 0
  let moved = false
  for (let at = start, codes = 0; at + 2 <= bytes.length && codes < MOST_CODES; codes++) {
    if (codes % 64 === 0) budget.step()
    const count = bytes[at]!
    const code = bytes[at + 1]!
    const absolute = count === 0 && code > 2
    if ((count > 0 || absolute) && moved && column >= width) return { width, height, column, offset: at }
    if (count > 0) column += count
    else if (absolute) column += code
    else if (code === 0) {
      column = 0
      moved = false
    } else if (code === 1) return undefined
    else {
      const by = bytes[at + 2] ?? 0
      column += by
      moved ||= by > 0
      if (column >= width + FAR_BESIDE) return { width, height, column, offset: at }
    }
    at += absolute ? 2 + absoluteLength(code, compression) : count === 0 && code === 2 ? 4 : 2
  }
  return undefined
}

/** Bytes of pixels that are written out, which fill whole words. */
function absoluteLength(pixels: number, compression: number): number {
  const bytes = compression === RLE8 ? pixels : Math.ceil(pixels / 2)
  return bytes + (bytes % 2)
}
