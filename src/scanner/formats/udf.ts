import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import type { Archive, ArchiveEntry } from './archive.ts'
import { bigEndian, u16, u32, u8 } from './bytes.ts'

const SECTOR = 2048
const DEEPEST = 32
const MOST_EXTENTS = 10_000

/** Tag identifiers of ECMA-167, 3/7.2.1 and 4/7.2.1. */
const TAG = { anchor: 2, partition: 5, logicalVolume: 6, terminator: 8, fileSet: 256, name: 257, entry: 261, extendedEntry: 266 } as const
const FOLDER = 4

/** A place within a partition of the logical volume. */
interface Place {
  readonly block: number
  readonly partition: number
}

interface Extent {
  /** Undefined where nothing is recorded: zeros. */
  readonly at: number | undefined
  readonly size: number
}

interface File {
  readonly type: number
  readonly size: number
  readonly extents: readonly Extent[]
}

/** Where a block of a partition lies in the image. */
type Partition = (block: number) => number

interface Volume {
  readonly bytes: Buffer
  readonly block: number
  readonly partitions: Partition[]
  readonly budget: Budget
}

/** True where the volume recognition area of an image names UDF (ECMA-167, 2/9), beside ISO 9660 or alone. */
export function hasUdf(bytes: Buffer): boolean {
  for (let sector = 16; sector < 64 && (sector + 1) * SECTOR <= bytes.length; sector++)
    if (/^NSR0[23]$/.test(bytes.toString('latin1', sector * SECTOR + 1, sector * SECTOR + 6))) return true
  return false
}

/** Reads the folders of an image of UDF (ECMA-167; OSTA UDF 1.02 to 2.60). Throws Damaged where no volume is found, LimitReached. */
export function readUdf(bytes: Buffer, budget: Budget): Archive {
  const { volume, fileSet } = readVolume(bytes, budget)
  const entries: ArchiveEntry[] = []
  const tricks: ArchiveTrick[] = []
  const damage = new Set<string>()
  const open = [{ ...rootOf(volume, fileSet), path: '', depth: 0 }]
  const visited = new Set<number>()
  for (let folder = open.pop(); folder; folder = open.pop()) {
    const { path, depth } = folder
    attempt(damage, () => {
      const at = placeOf(volume, folder)
      if (visited.has(at) || depth > DEEPEST) throw new Damaged(visited.has(at) ? 'the folders run in a circle' : 'the folders are nested too deeply')
      visited.add(at)
      for (const found of readFolder(volume, readEntry(volume, folder))) {
        const name = path === '' ? found.name : `${path}/${found.name}`
        if (found.isFolder) open.push({ ...found, path: name, depth: depth + 1 })
        else attempt(damage, () => entries.push(listed(volume, { ...found, name }, { tricks, damage })))
        if (entries.length > budget.limits.objects) throw new LimitReached('objects')
      }
    })
  }
  return {
    entries,
    tricks,
    get damage() {
      return [...damage]
    },
  }
}

function attempt(damage: Set<string>, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    damage.add(error.message)
  }
}

function listed(
  volume: Volume,
  { name, ...place }: Place & { name: string },
  { tricks, damage }: { tricks: ArchiveTrick[]; damage: Set<string> },
): ArchiveEntry {
  const file = readEntry(volume, place)
  const offset = file.extents[0]?.at ?? placeOf(volume, place)
  tricks.push(...nameTricks(name, offset))
  return {
    name,
    offset,
    read: () => {
      const data = content(volume, file)
      if (data.length < file.size) damage.add('a file lies outside the image')
      return data
    },
  }
}

/** The logical volume by its anchor, at one of the places where there has to be one (ECMA-167, 3/8.4.2.1). */
function readVolume(bytes: Buffer, budget: Budget): { volume: Volume; fileSet: Place } {
  const last = Math.floor(bytes.length / SECTOR) - 1
  const anchor = [256, last, last - 256, 512].find(
    (sector) => sector > 0 && (sector + 1) * SECTOR <= bytes.length && tagAt(bytes, sector * SECTOR) === TAG.anchor,
  )
  if (anchor === undefined) throw new Damaged('the anchor of the volume is missing')
  for (const field of [16, 24]) {
    const [length, start] = [u32(bytes, anchor * SECTOR + field), u32(bytes, anchor * SECTOR + field + 4)]
    const found = readDescriptors(bytes, start * SECTOR, Math.min(length, 64 * SECTOR), budget)
    if (found) return found
  }
  throw new Damaged('the descriptors of the volume are missing')
}

function readDescriptors(bytes: Buffer, from: number, length: number, budget: Budget): { volume: Volume; fileSet: Place } | undefined {
  const starts = new Map<number, number>()
  let logical: number | undefined
  for (let at = from; at < from + length && at + SECTOR <= bytes.length; at += SECTOR) {
    budget.step()
    const tag = tagAt(bytes, at)
    if (tag === TAG.partition) starts.set(u16(bytes, at + 22), u32(bytes, at + 188))
    else if (tag === TAG.logicalVolume) logical = at
    else if (tag === TAG.terminator) break
  }
  if (logical === undefined) return undefined
  const block = u32(bytes, logical + 212)
  if (![512, 1024, 2048, 4096].includes(block)) throw new Damaged('the blocks of the volume have a size that none has')
  const partitions: Partition[] = []
  const volume = { bytes, block, partitions, budget }
  readMaps(volume, logical, starts)
  return { volume, fileSet: placeAt(bytes, logical + 248) }
}

/** The partitions as blocks name them (ECMA-167, 3/10.7; UDF 2.2.8 to 2.2.10): plain ones, sparable ones taken as such, and that of the metadata. */
function readMaps(volume: Volume, logical: number, starts: ReadonlyMap<number, number>): void {
  const { bytes, block, partitions } = volume
  const count = Math.min(u32(bytes, logical + 268), 8)
  for (let at = logical + 440, i = 0; i < count; i++, at += Math.max(2, u8(bytes, at + 1))) {
    const plain = u8(bytes, at) === 1
    const start = starts.get(u16(bytes, plain ? at + 4 : at + 38)) ?? 0
    const own: Partition = (index) => start * SECTOR + index * block
    if (plain || bytes.toString('latin1', at + 5, at + 28) !== '*UDF Metadata Partition') partitions.push(own)
    else {
      const physical = partitions.length
      partitions.push(own)
      const metadata = readEntry(volume, { block: u32(bytes, at + 40), partition: physical })
      partitions[physical] = (index) => within(metadata.extents, index * block)
    }
  }
  if (partitions.length === 0) throw new Damaged('the volume has no partition')
}

function within(extents: readonly Extent[], offset: number): number {
  let left = offset
  for (const { at, size } of extents) {
    if (left < size && at !== undefined) return at + left
    left -= size
  }
  throw new Damaged('a block lies outside of the metadata')
}

function rootOf(volume: Volume, fileSet: Place): Place {
  const at = placeOf(volume, fileSet)
  if (tagAt(volume.bytes, at) !== TAG.fileSet) throw new Damaged('the root of the volume is missing')
  return placeAt(volume.bytes, at + 400)
}

function tagAt(bytes: Buffer, at: number): number {
  return u16(bytes, at)
}

/** A long allocation descriptor (ECMA-167, 4/14.14.2), behind its length. */
function placeAt(bytes: Buffer, at: number): Place {
  return { block: u32(bytes, at + 4), partition: u16(bytes, at + 8) }
}

function placeOf({ partitions }: Volume, { block, partition }: Place): number {
  const own = partitions[partition]
  if (!own) throw new Damaged('a block lies in no partition')
  return own(block)
}

/** A file entry, plain or extended (ECMA-167, 4/14.9 and 4/14.17). */
function readEntry(volume: Volume, place: Place): File {
  const { bytes, budget } = volume
  budget.step(2)
  const at = placeOf(volume, place)
  const tag = tagAt(bytes, at)
  if (tag !== TAG.entry && tag !== TAG.extendedEntry) throw new Damaged('the entry of a file is missing')
  const size = u32(bytes, at + 56) + u32(bytes, at + 60) * 2 ** 32
  const fields = tag === TAG.entry ? 168 : 208
  const from = at + fields + 8 + u32(bytes, at + fields)
  const length = u32(bytes, at + fields + 4)
  const kind = u16(bytes, at + 34) & 7
  const type = u8(bytes, at + 27)
  if (kind === 3) return { type, size, extents: [{ at: from, size: Math.min(size, length) }] }
  return { type, size, extents: kind > 1 ? [] : readExtents(volume, { from, length, unit: kind === 0 ? 8 : 16, partition: place.partition }) }
}

interface Descriptors {
  readonly from: number
  readonly length: number
  /** Bytes of each: short ones lie in the partition of their file, long ones name theirs. */
  readonly unit: 8 | 16
  readonly partition: number
}

function readExtents(volume: Volume, { from, length, unit, partition }: Descriptors): Extent[] {
  const { bytes, budget } = volume
  const extents: Extent[] = []
  let [at, end] = [from, Math.min(from + length, bytes.length)]
  for (let rounds = 0; at + unit <= end && rounds < MOST_EXTENTS; rounds++, at += unit) {
    budget.step()
    const field = u32(bytes, at)
    const size = field & 0x3fffffff
    if (size === 0) break
    const place = unit === 8 ? { block: u32(bytes, at + 4), partition } : placeAt(bytes, at)
    const kind = field >>> 30
    if (kind < 3) extents.push({ at: kind === 0 ? placeOf(volume, place) : undefined, size })
    else {
      // The rest of the list stands in an extent of its own, behind a header of 24 bytes (ECMA-167, 4/14.5).
      const next = placeOf(volume, place)
      at = next + 24 - unit
      end = Math.min(next + 24 + u32(bytes, next + 20), bytes.length)
    }
  }
  return extents
}

function content({ bytes, budget }: Volume, { size, extents }: File): Buffer {
  const parts: Buffer[] = []
  let left = Math.min(size, budget.room + 1)
  for (const extent of extents) {
    if (left <= 0) break
    const wanted = Math.min(extent.size, left)
    const part = extent.at === undefined ? undefined : bytes.subarray(extent.at, extent.at + wanted)
    const length = part?.length ?? wanted
    budget.takeBytes(length)
    parts.push(part ?? Buffer.alloc(length))
    left -= length
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

interface Found extends Place {
  readonly name: string
  readonly isFolder: boolean
}

/** The names of a folder (ECMA-167, 4/14.4), without those that were deleted and the one of the folder above. */
function readFolder(volume: Volume, folder: File): Found[] {
  if (folder.type !== FOLDER) throw new Damaged('a folder is none')
  const data = content(volume, folder)
  const found: Found[] = []
  for (let at = 0; at + 38 <= data.length;) {
    volume.budget.step()
    if (tagAt(data, at) !== TAG.name) break
    const [flags, nameBytes, more] = [data[at + 18]!, data[at + 19]!, u16(data, at + 36)]
    const from = at + 38 + more
    if ((flags & 0x0c) === 0) found.push({ name: nameOf(data.subarray(from, from + nameBytes)), isFolder: (flags & 2) !== 0, ...placeAt(data, at + 20) })
    at += (38 + more + nameBytes + 3) & ~3
  }
  return found
}

/** A name in the compressed Unicode of OSTA (UDF 2.1.1): its first byte says how many bits a character has. */
function nameOf(bytes: Buffer): string {
  if (bytes[0] !== 16 && bytes[0] !== 254) return bytes.toString('latin1', 1)
  return bigEndian(bytes.subarray(1))
}
