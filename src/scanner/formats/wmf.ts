import type { Budget } from '#scanner/intake/limits.ts'

/** An escape record of a metafile (MS-WMF 2.3.6, META_ESCAPE): what it asks the printer's driver, and the data with it. */
export interface MetafileEscape {
  /** MS-WMF 2.1.1.17, MetafileEscapes. */
  readonly function: number
  /** Of the record; its data begin 10 bytes behind. */
  readonly offset: number
  readonly statedBytes: number
  readonly data: Buffer
}

export interface Wmf {
  /** It has the placeable header (MS-WMF 2.3.2.3): such a one is drawn, never printed, and escapes that need a printer are not carried out. */
  readonly placeable: boolean
  readonly escapes: readonly MetafileEscape[]
  /** Where the records stop being records. */
  readonly brokenAt?: number
}

const PLACEABLE = 0x9ac6cdd7
const ESCAPE = 0x26
const END = 0
const MOST_ESCAPES = 1000

/** Walks the records of a metafile (MS-WMF 2.3), with or without the placeable header, for its escapes. Throws LimitReached. */
export function readWmf(bytes: Buffer, budget: Budget): Wmf {
  const placeable = bytes.length >= 22 && bytes.readUInt32LE(0) === PLACEABLE
  const start = placeable ? 22 : 0
  const escapes: MetafileEscape[] = []
  for (let at = start + 18; at + 6 <= bytes.length;) {
    budget.step()
    const words = bytes.readUInt32LE(at)
    const type = bytes.readUInt16LE(at + 4)
    // A player calls the function before it goes on by the size: a record of a false size is an escape still.
    if ((type & 0xff) === ESCAPE && at + 10 <= bytes.length && escapes.length < MOST_ESCAPES) {
      const statedBytes = bytes.readUInt16LE(at + 8)
      const end = words >= 3 ? Math.min(at + words * 2, bytes.length) : bytes.length
      escapes.push({ function: bytes.readUInt16LE(at + 6), offset: at, statedBytes, data: bytes.subarray(at + 10, Math.max(at + 10, end)) })
    }
    if (words < 3) return type === END ? { placeable, escapes } : { placeable, escapes, brokenAt: at }
    if (type === END) return { placeable, escapes }
    at += words * 2
  }
  return { placeable, escapes }
}
