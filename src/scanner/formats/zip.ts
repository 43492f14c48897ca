import { Damaged, LimitReached, upToLimit, type Budget, type LimitName } from '#scanner/intake/limits.ts'
import type { ArchiveKeys } from './archive-keys.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import { u16, u32 } from './bytes.ts'
import { packedEnd, readZipEntry, unlockZipEntry } from './zip-entry.ts'

export interface ZipEntry {
  readonly name: string
  readonly encrypted: boolean
  readonly method: number
  /** Where the local header lies in the file. */
  readonly offset: number
  readonly packedBytes: number
  /** NaN where no header says it. */
  readonly statedBytes: number
  readonly crc: number
  /** WinZip's AES, whose method 99 hides the one of the data. */
  readonly aes?: { readonly strength: number; readonly method: number }
  readonly isLink: boolean
}

export interface Zip {
  readonly entries: readonly ZipEntry[]
  /** What is broken, each once (scanner.md, section 5.2). */
  readonly damage: readonly string[]
  /** Overlaps, disagreements between the two directories, names that leave the folder, in the order of their places. */
  readonly tricks: readonly ArchiveTrick[]
  /** The limit that ended the listing: entries behind it stay unexamined. */
  readonly cut?: LimitName
  /** Bytes before the first local header that belong to something else. */
  readonly prepended: number
  /** Unpacks one entry. Throws LimitReached, or Damaged for what cannot be read. */
  read(entry: ZipEntry): Buffer
  /** Unpacks an encrypted entry; undefined when no password fits. Throws as `read`. */
  unlock(entry: ZipEntry, keys: ArchiveKeys): Buffer | undefined
}

const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const LONGEST_COMMENT = 0xffff
const MOST_TRICKS = 50

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
 * Reads a ZIP by its central directory, wherever it starts in the file, and beside it by its local headers: an entry that only these show is
 * listed too, and where the two disagree both readings are. By the local headers alone when the directory is missing.
 * Throws Damaged when neither exists, and LimitReached.
 */
export function openZip(bytes: Buffer, budget: Budget): Zip {
  const damage = new Set<string>()
  const tricks: ArchiveTrick[] = []
  const end = findZipEnd(bytes)
  const central = end === undefined ? undefined : readCentral(bytes, end, damage, budget)
  if (!central) damage.add('the central directory is missing')
  const { entries, shift, cut } = central ?? { ...readLocals(bytes, 0, bytes.length, budget), shift: 0 }
  if (entries.length === 0) throw new Damaged('no readable ZIP directory')
  if (central) entries.push(...compareWithLocals(bytes, entries, { tricks, damage, budget }))
  const names = new Set<string>()
  for (const entry of entries) {
    tricks.push(...nameTricks(entry.name, entry.offset, entry.isLink ? linkTarget(bytes, entry) : undefined))
    if (names.has(entry.name)) tricks.push({ trick: 'same-name', offset: entry.offset, name: entry.name, detail: 'two entries have this name' })
    names.add(entry.name)
  }
  return {
    entries,
    get damage() {
      return [...damage].sort()
    },
    tricks: tricks.slice(0, MOST_TRICKS),
    ...(cut && { cut }),
    prepended: shift === 0 ? entries.reduce((least, { offset }) => Math.min(least, offset), Infinity) : shift,
    read: (entry) => readZipEntry(bytes, entry, { damage, budget }),
    unlock: (entry, keys) => unlockZipEntry(bytes, entry, keys, { damage, budget }),
  }
}

function linkTarget(bytes: Buffer, entry: ZipEntry): string {
  return entry.method === 0 && hasMark(bytes, entry.offset, LOCAL)
    ? bytes.toString('utf8', packedEnd(bytes, entry) - entry.packedBytes, Math.min(packedEnd(bytes, entry), bytes.length)).slice(0, 500)
    : ''
}

function readCentral(bytes: Buffer, end: number, damage: Set<string>, budget: Budget): { entries: ZipEntry[]; shift: number; cut?: LimitName } | undefined {
  const wide = zip64End(bytes, end)
  const count = wide?.count ?? u16(bytes, end + 10)
  const size = wide?.size ?? u32(bytes, end + 12)
  const stated = wide?.start ?? u32(bytes, end + 16)
  const byEnd = (wide?.at ?? end) - size
  const start = byEnd >= 0 && hasMark(bytes, byEnd, CENTRAL) ? byEnd : hasMark(bytes, stated, CENTRAL) ? stated : undefined
  if (start === undefined) return count === 0 && size === 0 ? { entries: [], shift: 0 } : undefined
  const shift = start === byEnd && stated !== 0xffffffff ? Math.max(0, byEnd - stated) : 0
  const entries: ZipEntry[] = []
  let at = start
  const cut = upToLimit(() => {
    while (at + 46 <= end && hasMark(bytes, at, CENTRAL)) {
      budget.step()
      if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
      const nameBytes = u16(bytes, at + 28)
      const extraBytes = u16(bytes, at + 30)
      const extra = bytes.subarray(at + 46 + nameBytes, Math.min(at + 46 + nameBytes + extraBytes, end))
      const [statedBytes, packedBytes, offset] = zip64Fields(extra, [u32(bytes, at + 24), u32(bytes, at + 20), u32(bytes, at + 42)])
      const unix = [3, 19].includes(bytes[at + 5]!)
      const aes = aesExtra(extra)
      entries.push({
        name: bytes.toString('utf8', at + 46, Math.min(at + 46 + nameBytes, end)),
        encrypted: (u16(bytes, at + 8) & 1) === 1,
        method: u16(bytes, at + 10),
        crc: u32(bytes, at + 16),
        packedBytes: packedBytes!,
        statedBytes: statedBytes!,
        offset: offset! + shift,
        isLink: unix && u32(bytes, at + 38) >>> 28 === 0xa,
        ...(aes && { aes }),
      })
      at += 46 + nameBytes + extraBytes + u16(bytes, at + 32)
    }
  })
  if (!cut && count !== 0xffff && entries.length !== count) damage.add('the central directory holds another number of entries than it says')
  return entries.length > 0 || count === 0 ? { entries, shift, ...(cut && { cut }) } : undefined
}

/** The end record of ZIP64 (APPNOTE 4.3.14), by the locator in front of the ordinary one. */
function zip64End(bytes: Buffer, end: number): { at: number; count: number; size: number; start: number } | undefined {
  if (!hasMark(bytes, end - 20, 0x07064b50)) return undefined
  const at = Number(bytes.readBigUInt64LE(end - 12))
  if (!(at >= 0 && at + 56 <= bytes.length) || !hasMark(bytes, at, 0x06064b50)) return undefined
  const [count, size, start] = [32, 40, 48].map((field) => Number(bytes.readBigUInt64LE(at + field)))
  return { at, count: count!, size: size!, start: start! }
}

/** Sizes and offset from the extra field of ZIP64 (APPNOTE 4.5.3), for each that the header leaves to it. */
function zip64Fields(extra: Buffer, fields: readonly number[]): number[] {
  let from = extraField(extra, 1)
  return fields.map((value) => {
    if (value !== 0xffffffff || !from || from.length < 8) return value
    const wide = Number(from.readBigUInt64LE(0))
    from = from.subarray(8)
    return wide
  })
}

function extraField(extra: Buffer, id: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
  return undefined
}

function aesExtra(extra: Buffer): ZipEntry['aes'] {
  const field = extraField(extra, 0x9901)
  return field && field.length >= 7 ? { strength: field[4]!, method: field.readUInt16LE(5) } : undefined
}

/** The entries by the local headers between two places: for what no directory lists. */
function readLocals(bytes: Buffer, from: number, to: number, budget: Budget): { entries: ZipEntry[]; cut?: LimitName } {
  const entries: ZipEntry[] = []
  const cut = upToLimit(() => {
    for (let at = bytes.indexOf('PK\x03\x04', from, 'latin1'); at !== -1 && at + 30 <= to; at = bytes.indexOf('PK\x03\x04', at + 4, 'latin1')) {
      budget.step()
      if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
      entries.push(readLocal(bytes, at))
    }
  })
  return { entries, ...(cut && { cut }) }
}

function readLocal(bytes: Buffer, at: number): ZipEntry {
  const nameBytes = u16(bytes, at + 26)
  const flags = u16(bytes, at + 6)
  const known = (flags & 8) === 0
  const data = at + 30 + nameBytes + u16(bytes, at + 28)
  const aes = aesExtra(bytes.subarray(at + 30 + nameBytes, data))
  return {
    name: bytes.toString('utf8', at + 30, at + 30 + nameBytes),
    encrypted: (flags & 1) === 1,
    method: u16(bytes, at + 8),
    crc: u32(bytes, at + 14),
    offset: at,
    packedBytes: known ? u32(bytes, at + 18) : Math.max(0, bytes.length - data),
    statedBytes: known ? u32(bytes, at + 22) : NaN,
    isLink: false,
    ...(aes && { aes }),
  }
}

interface Comparison {
  readonly tricks: ArchiveTrick[]
  readonly damage: Set<string>
  readonly budget: Budget
}

/** What the local headers say otherwise, and entries that only they show: in the gaps between those that the directory lists. */
function compareWithLocals(bytes: Buffer, entries: readonly ZipEntry[], { tricks, damage, budget }: Comparison): ZipEntry[] {
  const more: ZipEntry[] = []
  const order = entries.filter(({ offset }) => hasMark(bytes, offset, LOCAL) && offset + 30 <= bytes.length).sort((a, b) => a.offset - b.offset)
  let end = 0
  for (const entry of order) {
    budget.step()
    const { offset, name } = entry
    if (offset < end) {
      damage.add('entries overlap')
      tricks.push({ trick: 'overlap', offset, name, detail: `begins ${end - offset} bytes before the end of another` })
    } else if (offset > end && end > 0 && hasMark(bytes, end, LOCAL)) {
      more.push(...readLocals(bytes, end, offset, budget).entries.slice(0, 100))
      damage.add('the central directory leaves out entries')
      tricks.push({ trick: 'unlisted', offset: end, name: more.at(-1)!.name, detail: 'only the local headers show it' })
    }
    const local = readLocal(bytes, offset)
    const differs = disagreement(entry, local, (u16(bytes, offset + 6) & 8) === 0)
    if (differs) {
      damage.add('the local header of an entry disagrees with the central directory')
      tricks.push({ trick: 'headers', offset, name, detail: differs })
      if (local.method !== entry.method || local.encrypted !== entry.encrypted) more.push({ ...local, name: `${name} (local header)` })
    }
    end = Math.max(end, packedEnd(bytes, entry))
  }
  return more
}

function disagreement(central: ZipEntry, local: ZipEntry, sized: boolean): string | undefined {
  if (local.name !== central.name) return `the local header calls it ${local.name}`
  if (local.method !== central.method) return `packing method ${local.method} beside ${central.method}`
  if (local.encrypted !== central.encrypted) return 'only one of its headers says that it is encrypted'
  const stated = sized && local.packedBytes !== 0xffffffff && local.statedBytes !== 0xffffffff && local.packedBytes + local.statedBytes > 0
  if (!stated || Number.isNaN(central.statedBytes)) return undefined
  if (local.statedBytes !== central.statedBytes) return `${local.statedBytes} bytes beside ${central.statedBytes}`
  return local.packedBytes !== central.packedBytes ? `${local.packedBytes} packed bytes beside ${central.packedBytes}` : undefined
}

function hasMark(bytes: Buffer, at: number, mark: number): boolean {
  return at >= 0 && at + 4 <= bytes.length && bytes.readUInt32LE(at) === mark
}
