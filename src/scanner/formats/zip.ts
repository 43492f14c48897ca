import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32 } from './bytes.ts'
import { inflateRaw } from './inflate.ts'

export interface ZipEntry {
  readonly name: string
  readonly encrypted: boolean
  readonly method: number
  /** Where the local header lies in the file. */
  readonly offset: number
  readonly packedBytes: number
  readonly statedBytes: number
}

export interface Zip {
  readonly entries: readonly ZipEntry[]
  /** Overlaps, size lies and other disagreements, each once (scanner.md, section 5.2). */
  readonly damage: readonly string[]
  /** Bytes before the first local header that belong to something else. */
  readonly prepended: number
  /** Unpacks one entry. Throws LimitReached, or Damaged for what cannot be read. */
  read(entry: ZipEntry): Buffer
}

const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const LONGEST_COMMENT = 0xffff

/** Where the end record of a ZIP lies: the last one whose comment fits into the file; undefined without one. */
export function findZipEnd(bytes: Buffer): number | undefined {
  const from = Math.max(0, bytes.length - LONGEST_COMMENT - 22)
  for (let at = bytes.lastIndexOf('PK\x05\x06', bytes.length, 'latin1'); at >= from; at = bytes.lastIndexOf('PK\x05\x06', at - 1, 'latin1')) {
    if (at + 22 <= bytes.length) return at
    if (at === 0) break
  }
  return undefined
}

/**
 * Reads a ZIP by its central directory, wherever it starts in the file, and by its local headers when the directory
 * is missing or unreadable. Throws Damaged when neither exists, and LimitReached.
 */
export function openZip(bytes: Buffer, budget: Budget): Zip {
  const damage = new Set<string>()
  const end = findZipEnd(bytes)
  const central = end === undefined ? undefined : readCentral(bytes, end, damage, budget)
  if (!central) damage.add('the central directory is missing')
  const { entries, shift } = central ?? { entries: readLocals(bytes, budget), shift: 0 }
  if (entries.length === 0) throw new Damaged('no readable ZIP directory')
  noteOverlaps(entries, damage)
  return {
    entries,
    get damage() {
      return [...damage].sort()
    },
    prepended: shift === 0 ? Math.min(...entries.map(({ offset }) => offset)) : shift,
    read: (entry) => readEntry(bytes, entry, damage, budget),
  }
}

function readCentral(bytes: Buffer, end: number, damage: Set<string>, budget: Budget): { entries: ZipEntry[]; shift: number } | undefined {
  const count = u16(bytes, end + 10)
  const size = u32(bytes, end + 12)
  const stated = u32(bytes, end + 16)
  const byEnd = end - size
  const start = byEnd >= 0 && hasMark(bytes, byEnd, CENTRAL) ? byEnd : hasMark(bytes, stated, CENTRAL) ? stated : undefined
  if (start === undefined) return count === 0 && size === 0 ? { entries: [], shift: 0 } : undefined
  const shift = start === byEnd && stated !== 0xffffffff ? Math.max(0, byEnd - stated) : 0
  const entries: ZipEntry[] = []
  let at = start
  while (at + 46 <= end && hasMark(bytes, at, CENTRAL)) {
    budget.step()
    if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
    const nameBytes = u16(bytes, at + 28)
    entries.push({
      name: bytes.toString('utf8', at + 46, Math.min(at + 46 + nameBytes, end)),
      encrypted: (u16(bytes, at + 8) & 1) === 1,
      method: u16(bytes, at + 10),
      packedBytes: u32(bytes, at + 20),
      statedBytes: u32(bytes, at + 24),
      offset: u32(bytes, at + 42) + shift,
    })
    at += 46 + nameBytes + u16(bytes, at + 30) + u16(bytes, at + 32)
  }
  if (count !== 0xffff && entries.length !== count) damage.add('the central directory holds another number of entries than it says')
  return entries.length > 0 || count === 0 ? { entries, shift } : undefined
}

/** The entries by their local headers: for an archive whose directory was cut off. */
function readLocals(bytes: Buffer, budget: Budget): ZipEntry[] {
  const entries: ZipEntry[] = []
  for (let at = bytes.indexOf('PK\x03\x04', 0, 'latin1'); at !== -1 && at + 30 <= bytes.length; at = bytes.indexOf('PK\x03\x04', at + 4, 'latin1')) {
    budget.step()
    if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
    const nameBytes = u16(bytes, at + 26)
    const name = bytes.toString('utf8', at + 30, at + 30 + nameBytes)
    const flags = u16(bytes, at + 6)
    const known = (flags & 8) === 0
    const data = at + 30 + nameBytes + u16(bytes, at + 28)
    entries.push({
      name,
      encrypted: (flags & 1) === 1,
      method: u16(bytes, at + 8),
      offset: at,
      packedBytes: known ? u32(bytes, at + 18) : Math.max(0, bytes.length - data),
      statedBytes: known ? u32(bytes, at + 22) : NaN,
    })
  }
  return entries
}

function noteOverlaps(entries: readonly ZipEntry[], damage: Set<string>): void {
  const order = entries.filter(({ packedBytes, statedBytes }) => packedBytes !== 0xffffffff && !Number.isNaN(statedBytes)).sort((a, b) => a.offset - b.offset)
  for (let i = 1; i < order.length; i++) {
    const before = order[i - 1]!
    if (before.offset + 30 + before.packedBytes > order[i]!.offset) damage.add('entries overlap')
  }
}

function readEntry(bytes: Buffer, entry: ZipEntry, damage: Set<string>, budget: Budget): Buffer {
  if (!hasMark(bytes, entry.offset, LOCAL)) throw new Damaged('the local header is missing')
  const from = entry.offset + 30 + u16(bytes, entry.offset + 26) + u16(bytes, entry.offset + 28)
  const packedBytes = entry.packedBytes === 0xffffffff ? bytes.length - from : entry.packedBytes
  if (from > bytes.length) throw new Damaged('the data lie outside the file')
  const packed = bytes.subarray(from, from + packedBytes)
  if (packed.length < packedBytes) damage.add('an entry is cut off')
  if (entry.method === 0) {
    budget.takeBytes(packed.length)
    return packed
  }
  if (entry.method !== 8) throw new Damaged(`packing method ${entry.method} is not supported`)
  if (packed.length === 0) return packed
  const { bytes: data } = inflateRaw(packed, budget)
  if (entry.statedBytes !== 0xffffffff && !Number.isNaN(entry.statedBytes) && data.length !== entry.statedBytes)
    damage.add('an entry has another size than its header says')
  return data
}

function hasMark(bytes: Buffer, at: number, mark: number): boolean {
  return at >= 0 && at + 4 <= bytes.length && bytes.readUInt32LE(at) === mark
}
