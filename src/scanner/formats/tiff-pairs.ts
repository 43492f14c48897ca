import type { Budget } from '#scanner/intake/limits.ts'

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
const MOST_DIRECTORIES = 32
/** Samples of a pixel that are believed; DotRange may hold a pair for each (TIFF 6.0, section 16). */
const MOST_SAMPLES = 8

/** Looks through the directories of a TIFF (TIFF 6.0, section 2) for pairs that are more than a pair. A damaged file gives what was read. Throws LimitReached. */
export function readOversizedPairs(bytes: Buffer, budget: Budget): OversizedPair[] {
  const order = bytes.toString('latin1', 0, 4)
  if (order !== 'II*\0' && order !== 'MM\0*') return []
  const little = order.startsWith('II')
  const u16 = (at: number) => (at + 2 > bytes.length ? 0 : little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const u32 = (at: number) => (at + 4 > bytes.length ? 0 : little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const found: OversizedPair[] = []
  const visited = new Set<number>()
  for (let at = u32(4); at >= 8 && at + 2 <= bytes.length && !visited.has(at) && visited.size < MOST_DIRECTORIES;) {
    visited.add(at)
    const count = Math.min(u16(at), Math.floor((bytes.length - at - 2) / 12))
    const suspects: Omit<OversizedPair, 'limit'>[] = []
    let samples = 1
    for (let i = 0; i < count; i++) {
      budget.step()
      const entry = at + 2 + i * 12
      const tag = u16(entry)
      if (tag === SAMPLES_PER_PIXEL) samples = Math.min(MOST_SAMPLES, Math.max(1, u16(entry + 8)))
      const name = PAIRS[tag]
      if (name !== undefined && BYTE_TYPES.has(u16(entry + 2))) suspects.push({ tag, name, type: u16(entry + 2), count: u32(entry + 4), offset: entry })
    }
    for (const one of suspects) {
      const limit = one.name === 'DotRange' ? 2 * samples : 2
      if (one.count > limit) found.push({ ...one, limit })
    }
    at = u32(at + 2 + count * 12)
  }
  return found
}
