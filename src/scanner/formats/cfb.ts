import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { guid, u16, u32, utf16 } from './bytes.ts'

/** A storage or stream of a compound file. `path` is the names from the root, without the root. */
export interface CfbEntry {
  readonly id: number
  readonly kind: 'root' | 'storage' | 'stream'
  readonly name: string
  readonly path: readonly string[]
  readonly clsid: string
  readonly start: number
  readonly size: number
  /** True for an entry that no directory tree leads to. */
  readonly orphan: boolean
}

export interface Cfb {
  readonly entries: readonly CfbEntry[]
  /** What does not fit the format, each once. */
  readonly damage: readonly string[]
  /** The bytes of a stream, as many as its chain yields. Throws LimitReached. */
  read(entry: CfbEntry): Buffer
  /** The first entry of this path, case ignored as the format does; undefined without one. */
  find(path: readonly string[]): CfbEntry | undefined
  /** Where the first sector of a large stream lies in the file; undefined for one in the mini stream. */
  offsetOf(entry: CfbEntry): number | undefined
}

const SIGNATURE = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const LAST_SECTOR = 0xfffffffa
const NO_ID = 0xffffffff
const ENTRY_BYTES = 128
const KINDS = { 1: 'storage', 2: 'stream', 5: 'root' } as const

export function isCfb(bytes: Buffer): boolean {
  return bytes.length >= 512 && bytes.subarray(0, 8).equals(SIGNATURE)
}

/**
 * Reads the compound file format (MS-CFB) as tolerantly as the programs that open it: chains are followed with a
 * visited set, a chain that breaks yields what came before, directory entries outside the tree are listed as orphans.
 * Throws Damaged when not even the directory can be found, and LimitReached.
 */
export function openCfb(bytes: Buffer, budget: Budget): Cfb {
  if (!isCfb(bytes)) throw new Damaged('no compound file')
  const damage = new Set<string>()
  const sectorShift = u16(bytes, 30) === 12 ? 12 : 9
  const sectorBytes = 1 << sectorShift
  const sectorCount = Math.max(0, Math.ceil(bytes.length / sectorBytes) - 1)
  const at = (sector: number) => (sector + 1) * sectorBytes
  const fat = readFat(bytes, { sectorBytes, sectorCount, damage, budget })

  const chain = (table: Uint32Array, start: number, longest: number): number[] => {
    const sectors: number[] = []
    const seen = new Set<number>()
    for (let sector = start; sector < LAST_SECTOR && sectors.length < longest; sector = table[sector]!) {
      budget.step()
      if (seen.has(sector)) {
        damage.add('a sector chain runs in a circle')
        break
      }
      seen.add(sector)
      sectors.push(sector)
      // A table that is too short, or a link out of it: the sector itself may still lie in the file.
      if (sector >= table.length) {
        damage.add('a sector chain leaves the allocation table')
        break
      }
    }
    return sectors
  }

  const directory = gather(bytes, chain(fat, u32(bytes, 48), sectorCount), at, sectorBytes)
  if (directory.length < ENTRY_BYTES) throw new Damaged('the directory is missing')
  const entries = readDirectory(directory, damage, budget)
  const root = entries.find(({ kind }) => kind === 'root')
  let byPath: Map<string, CfbEntry> | undefined
  const miniCutoff = 4096
  let mini: { fat: Uint32Array; stream: Buffer } | undefined
  const openMini = () => {
    const miniFatBytes = gather(bytes, chain(fat, u32(bytes, 60), sectorCount), at, sectorBytes)
    const miniFat = new Uint32Array(miniFatBytes.length >> 2).map((_, i) => miniFatBytes.readUInt32LE(i * 4))
    const stream = root ? gather(bytes, chain(fat, root.start, sectorCount), at, sectorBytes) : Buffer.alloc(0)
    return { fat: miniFat, stream }
  }

  return {
    entries,
    get damage() {
      return [...damage].sort()
    },
    read(entry) {
      const size = Math.min(entry.size, bytes.length)
      if (size === 0) return Buffer.alloc(0)
      if (size > budget.limits.objectBytes) throw new LimitReached('objectBytes')
      const small = entry.size < miniCutoff
      if (small) mini ??= openMini()
      const data = small
        ? gather(mini!.stream, chain(mini!.fat, entry.start, Math.ceil(size / 64)), (sector) => sector * 64, 64)
        : gather(bytes, chain(fat, entry.start, Math.ceil(size / sectorBytes)), at, sectorBytes)
      if (data.length < entry.size) damage.add('a stream is shorter than its directory entry says')
      budget.takeBytes(Math.min(size, data.length))
      return data.subarray(0, size)
    },
    find(path) {
      byPath ??= new Map(entries.toReversed().map((entry) => [pathKey(entry.path), entry]))
      return byPath.get(pathKey(path))
    },
    offsetOf(entry) {
      return entry.kind === 'stream' && entry.size >= miniCutoff && entry.start < sectorCount ? at(entry.start) : undefined
    },
  }
}

function pathKey(path: readonly string[]): string {
  return path.join('\0').toUpperCase()
}

interface FatSource {
  readonly sectorBytes: number
  readonly sectorCount: number
  readonly damage: Set<string>
  readonly budget: Budget
}

/** The file allocation table: its sectors are named by 109 fields of the header, then by a chain of DIFAT sectors. */
function readFat(bytes: Buffer, { sectorBytes, sectorCount, damage, budget }: FatSource): Uint32Array {
  const wanted = Math.min(u32(bytes, 44), Math.ceil((sectorCount * 4) / sectorBytes) + 1)
  const sectors: number[] = []
  for (let i = 0; i < 109 && sectors.length < wanted; i++) sectors.push(u32(bytes, 76 + i * 4))
  const seen = new Set<number>()
  for (let next = u32(bytes, 68); next < sectorCount && sectors.length < wanted && !seen.has(next);) {
    budget.step()
    seen.add(next)
    const from = (next + 1) * sectorBytes
    if (from + sectorBytes > bytes.length) break
    for (let i = 0; i < sectorBytes / 4 - 1 && sectors.length < wanted; i++) sectors.push(bytes.readUInt32LE(from + i * 4))
    next = bytes.readUInt32LE(from + sectorBytes - 4)
  }
  const perSector = sectorBytes / 4
  const fat = new Uint32Array(Math.min(sectors.length * perSector, sectorCount + perSector)).fill(NO_ID)
  for (const [index, sector] of sectors.entries()) {
    const from = (sector + 1) * sectorBytes
    if (sector >= sectorCount) {
      damage.add('a sector of the allocation table lies outside the file')
      continue
    }
    for (let i = 0; i < perSector && index * perSector + i < fat.length && from + i * 4 + 4 <= bytes.length; i++)
      fat[index * perSector + i] = bytes.readUInt32LE(from + i * 4)
  }
  return fat
}

/** Joins sectors; runs of neighbours are copied at once, a single run is not copied at all. */
function gather(bytes: Buffer, sectors: readonly number[], at: (sector: number) => number, sectorBytes: number): Buffer {
  const runs: Buffer[] = []
  for (let i = 0; i < sectors.length;) {
    let end = i + 1
    while (end < sectors.length && sectors[end] === sectors[end - 1]! + 1) end++
    const from = at(sectors[i]!)
    if (from < bytes.length) runs.push(bytes.subarray(from, from + (end - i) * sectorBytes))
    i = end
  }
  return runs.length === 1 ? runs[0]! : Buffer.concat(runs)
}

interface RawEntry {
  readonly id: number
  readonly kind: CfbEntry['kind']
  readonly name: string
  readonly left: number
  readonly right: number
  readonly child: number
  readonly clsid: string
  readonly start: number
  readonly size: number
}

function readDirectory(directory: Buffer, damage: Set<string>, budget: Budget): CfbEntry[] {
  const raw: (RawEntry | undefined)[] = []
  const most = budget.limits.objects * 4
  for (let at = 0; at + ENTRY_BYTES <= directory.length; at += ENTRY_BYTES) {
    budget.step()
    if (raw.length >= most) {
      damage.add(`the directory has more than ${most} entries`)
      break
    }
    raw.push(readEntry(directory, at, at / ENTRY_BYTES))
  }
  const entries: CfbEntry[] = []
  const seen = new Set<number>()
  const visit = (first: number, parent: readonly string[], orphan: boolean) => {
    const open: [number, readonly string[]][] = [[first, parent]]
    while (open.length > 0) {
      const [id, above] = open.pop()!
      const entry = raw[id]
      if (!entry) continue
      if (seen.has(id)) {
        damage.add('the directory tree runs in a circle')
        continue
      }
      seen.add(id)
      const path = entry.kind === 'root' ? [] : [...above.slice(-32), entry.name]
      entries.push({ id, kind: entry.kind, name: entry.name, path, clsid: entry.clsid, start: entry.start, size: entry.size, orphan })
      if (entry.kind !== 'root') open.push([entry.left, above], [entry.right, above])
      if (entry.kind !== 'stream') open.push([entry.child, path])
    }
  }
  visit(0, [], false)
  if (raw[0]?.kind !== 'root') damage.add('the first directory entry is not the root')
  for (const entry of raw) {
    if (!entry || seen.has(entry.id)) continue
    damage.add('a directory entry hangs on no tree')
    visit(entry.id, [], true)
  }
  return entries.sort((a, b) => a.id - b.id)
}

function readEntry(directory: Buffer, at: number, id: number): RawEntry | undefined {
  const kind = KINDS[directory[at + 66] as keyof typeof KINDS]
  if (!kind) return undefined
  const nameBytes = Math.min(64, Math.max(0, directory.readUInt16LE(at + 64) - 2)) & ~1
  return {
    id,
    kind,
    name: utf16(directory, at, at + nameBytes),
    left: directory.readUInt32LE(at + 68),
    right: directory.readUInt32LE(at + 72),
    child: directory.readUInt32LE(at + 76),
    clsid: guid(directory, at + 80),
    start: directory.readUInt32LE(at + 116),
    size: directory.readUInt32LE(at + 120),
  }
}
