import type { Budget } from '#scanner/intake/limits.ts'

/** An entry of a TIFF directory (TIFF 6.0, section 2). */
export interface TiffEntry {
  readonly tag: number
  readonly type: number
  readonly count: number
  /** Where the entry of 12 bytes stands in the file. */
  readonly offset: number
}

export interface TiffDirectory {
  readonly offset: number
  readonly entries: readonly TiffEntry[]
}

export interface Tiff {
  readonly directories: readonly TiffDirectory[]
  /** The first value of an entry of the types BYTE, SHORT and LONG; 0 where it is cut off or of another type. */
  readonly first: (entry: TiffEntry) => number
  /** Where the values of an entry begin, how many of them are in the file, and their sum. */
  readonly sum: (entry: TiffEntry) => { readonly at: number; readonly count: number; readonly total: number }
}

const MOST_DIRECTORIES = 32
/** Bytes of a value of the types BYTE, SHORT and LONG, and of their signed kin. */
const WIDTHS: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4 }

/** Reads the chain of directories of a TIFF in either order of bytes. What is cut off or leads in a circle ends the chain. Throws LimitReached. */
export function readTiff(bytes: Buffer, budget: Budget): Tiff | undefined {
  const order = bytes.toString('latin1', 0, 4)
  if (order !== 'II*\0' && order !== 'MM\0*') return undefined
  const little = order.startsWith('II')
  const u16 = (at: number) => (at + 2 > bytes.length ? 0 : little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const u32 = (at: number) => (at + 4 > bytes.length ? 0 : little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const directories: TiffDirectory[] = []
  const visited = new Set<number>()
  for (let at = u32(4); at >= 8 && at + 2 <= bytes.length && !visited.has(at) && visited.size < MOST_DIRECTORIES;) {
    visited.add(at)
    const count = Math.min(u16(at), Math.floor((bytes.length - at - 2) / 12))
    const entries: TiffEntry[] = []
    for (let offset = at + 2; entries.length < count; offset += 12) {
      budget.step()
      entries.push({ tag: u16(offset), type: u16(offset + 2), count: u32(offset + 4), offset })
    }
    directories.push({ offset: at, entries })
    at = u32(at + 2 + count * 12)
  }
  const value = (at: number, width: number) => (width === 4 ? u32(at) : width === 2 ? u16(at) : (bytes[at] ?? 0))
  return {
    directories,
    first: ({ type, count, offset }) => {
      const width = WIDTHS[type] ?? 0
      return count === 0 || width === 0 ? 0 : value(count * width > 4 ? u32(offset + 8) : offset + 8, width)
    },
    sum: ({ type, count, offset }) => {
      const width = WIDTHS[type] ?? 0
      const at = count * width > 4 ? u32(offset + 8) : offset + 8
      const fits = width === 0 ? 0 : Math.max(0, Math.min(count, Math.floor((bytes.length - at) / width)))
      budget.step(1 + (fits >> 3))
      let total = 0
      for (let i = 0; i < fits; i++) total += value(at + i * width, width)
      return { at, count: fits, total }
    },
  }
}
