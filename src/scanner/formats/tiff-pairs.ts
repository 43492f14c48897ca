import type { Budget } from '#scanner/intake/limits.ts'
import { readTiff } from './tiff.ts'

/** A tag of a TIFF directory that its reader takes for a pair of numbers, with more of them than the pair holds. */
export interface OversizedPair {
  readonly tag: number
  readonly name: string
  readonly type: number
  readonly count: number
  readonly limit: number
  /** Where the entry stands in the file, in bytes. */
  readonly offset: number
}

/** Tags that libtiff up to 3.8.2 reads by TIFFFetchShortPair into two 16-bit numbers on its stack (tif_dirread.c). */
const PAIRS: Readonly<Record<number, string>> = { 297: 'PageNumber', 321: 'HalftoneHints', 336: 'DotRange', 530: 'YCbCrSubSampling' }
const SAMPLES_PER_PIXEL = 277
const BYTE_TYPES = new Set([1, 3, 6, 8])
/** Samples of a pixel that are believed; DotRange may hold a pair for each (TIFF 6.0, section 16). */
const MOST_SAMPLES = 8

/** Looks through the directories of a TIFF for pairs that are more than a pair. A damaged file gives what was read. Throws LimitReached. */
export function readOversizedPairs(bytes: Buffer, budget: Budget): OversizedPair[] {
  const tiff = readTiff(bytes, budget)
  if (!tiff) return []
  return tiff.directories.flatMap(({ entries }) => {
    const samples = entries.findLast(({ tag }) => tag === SAMPLES_PER_PIXEL)
    const pairs = samples ? Math.min(MOST_SAMPLES, Math.max(1, tiff.first(samples))) : 1
    return entries.flatMap(({ tag, type, count, offset }) => {
      const name = PAIRS[tag]
      if (name === undefined || !BYTE_TYPES.has(type)) return []
      const limit = name === 'DotRange' ? 2 * pairs : 2
      return count > limit ? [{ tag, name, type, count, limit, offset }] : []
    })
  })
}
