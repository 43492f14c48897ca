import type { Budget } from '#scanner/intake/limits.ts'

/** A picture of another format that an enhanced metafile carries, at its offset. */
export interface CarriedPicture {
  readonly kind: 'eps' | 'wmf'
  readonly offset: number
  readonly bytes: Buffer
}

const COMMENT = 70
const PUBLIC = 0x43494447
const WINDOWS_METAFILE = 0x80000001
const MULTI_FORMATS = 0x40000004
const EPS = 0x46535045
const MOST_PICTURES = 64
const MOST_FORMATS = 16

/**
 * Walks the records of an enhanced metafile (MS-EMF 2.3) for comments that carry PostScript (EMR_COMMENT_MULTIFORMATS, 2.3.3.4.3) or a
 * metafile of the old kind (EMR_COMMENT_WINDOWS_METAFILE, 2.3.3.4.4). What is cut off ends the walk. Throws LimitReached.
 */
export function readEmf(bytes: Buffer, budget: Budget): CarriedPicture[] {
  const pictures: CarriedPicture[] = []
  for (let at = 0; at + 8 <= bytes.length && pictures.length < MOST_PICTURES;) {
    budget.step()
    const size = bytes.readUInt32LE(at + 4)
    if (size < 8) break
    const record = bytes.subarray(at, at + size)
    if (record.readUInt32LE(0) === COMMENT && record.length >= 36 && record.readUInt32LE(12) === PUBLIC) pictures.push(...carriedBy(record, at))
    at += size
  }
  return pictures
}

function carriedBy(record: Buffer, at: number): CarriedPicture[] {
  const kind = record.readUInt32LE(16)
  if (kind === WINDOWS_METAFILE) return picture('wmf', record, at, 36, record.readUInt32LE(32))
  if (kind !== MULTI_FORMATS || record.length < 40) return []
  const count = Math.min(record.readUInt32LE(36), MOST_FORMATS)
  const found: CarriedPicture[] = []
  for (let i = 0; i < count && 40 + (i + 1) * 16 <= record.length; i++) {
    const format = 40 + i * 16
    // The place counts from the identifier, which stands 12 bytes into the record.
    if (record.readUInt32LE(format) === EPS) found.push(...picture('eps', record, at, record.readUInt32LE(format + 12) + 12, record.readUInt32LE(format + 8)))
  }
  return found
}

function picture(kind: CarriedPicture['kind'], record: Buffer, at: number, start: number, size: number): CarriedPicture[] {
  const bytes = record.subarray(start, start + size)
  return bytes.length === 0 ? [] : [{ kind, offset: at + start, bytes }]
}
