import type { Budget } from '#scanner/intake/limits.ts'
import { readTiff } from './tiff.ts'

/** What a directory of a TIFF with JPEG in it says of the bytes of its strips and of the JPEG stream that belongs to them. */
export interface JpegStrips {
  /** Where the entry StripByteCounts stands, and where its values begin. */
  readonly entryOffset: number
  readonly offset: number
  readonly strips: number
  /** JPEGInterchangeFormatLength, and where its entry stands. */
  readonly jpegBytes: number
  readonly jpegOffset: number
  /** All strips and the JPEG stream together, without the wrapping of a number of 32 bits. */
  readonly total: number
  /** What is left of the total in 32 bits. */
  readonly wrapped: number
}

const COMPRESSION = 259
const OLD_JPEG = 6
const STRIP_BYTE_COUNTS = 279
const JPEG_START = 513
const JPEG_LENGTH = 514

/**
 * The directories of a TIFF that are packed as JPEG of the old kind (TIFF 6.0, section 22), with the sum of their stated bytes.
 * A damaged file gives what was read. Throws LimitReached.
 */
export function readJpegStrips(bytes: Buffer, budget: Budget): JpegStrips[] {
  const tiff = readTiff(bytes, budget)
  if (!tiff) return []
  return tiff.directories.flatMap(({ entries }) => {
    const find = (wanted: number) => entries.find(({ tag }) => tag === wanted)
    const compression = find(COMPRESSION)
    const counts = find(STRIP_BYTE_COUNTS)
    const length = find(JPEG_LENGTH)
    if (!compression || tiff.first(compression) !== OLD_JPEG || !counts || !length || !find(JPEG_START)) return []
    const { at, count, total: stripBytes } = tiff.sum(counts)
    const jpegBytes = tiff.first(length)
    const total = stripBytes + jpegBytes
    return [{ entryOffset: counts.offset, offset: at, strips: count, jpegBytes, jpegOffset: length.offset, total, wrapped: total % 2 ** 32 }]
  })
}
