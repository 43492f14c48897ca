import { Damaged, LimitReached, upToLimit, type Budget, type LimitName } from '#scanner/intake/limits.ts'
import { u16, u32 } from './bytes.ts'
import { attributeNames, folderEntries, linkTarget, readContent, type Volume } from './ext4-content.ts'
import type { SparseBytes } from './sparse-bytes.ts'

const SUPERBLOCK = 1024
const MAGIC = 0xef53
/** Folder entries tell the kind of a file: the only feature of those that change how the disk is read (s_feature_incompat). */
const KNOWN_FEATURES = 0x2
const ROOT = 2
const DEEPEST = 100
/** Extents, encryption and data inside the inode: our disks are made without. */
const OTHER_CONTENT = 0x80000 | 0x800 | 0x10000000

export type Ext4Kind = 'file' | 'folder' | 'link' | 'whiteout' | 'device' | 'pipe' | 'socket'

/** Something on the disk. A `whiteout` stands for a file of the layer below that was deleted (overlayfs). */
export interface Ext4Entry {
  /** Names from the root on, as they are written, with a slash between. */
  readonly path: string
  readonly kind: Ext4Kind
  readonly size: number
  /** Rights, such as 0o644, with the bits of set-user-id and the like. */
  readonly mode: number
  readonly uid: number
  /** Seconds since 1970, as the guest says. */
  readonly modified: number
  readonly inode: number
  /** Whether a folder hides that of the layer below (overlayfs). */
  readonly opaque: boolean
  /** Where a symbolic link points to. */
  readonly target?: string
  /** The content of a file. Throws Damaged, LimitReached. */
  read(): Buffer
}

export interface Ext4Disk {
  readonly entries: readonly Ext4Entry[]
  readonly damage: readonly string[]
  readonly cut?: LimitName
}

interface Layout extends Volume {
  readonly inodes: number
  readonly inodesPerGroup: number
  readonly inodeBytes: number
  readonly groups: number
}

/** Reads an ext4 file system whose files are mapped by blocks, without journal and checksums (Linux, Documentation/filesystems/ext4). Throws Damaged. */
export function readExt4(disk: SparseBytes, budget: Budget): Ext4Disk {
  const layout = readSuperblock(disk, budget)
  const entries: Ext4Entry[] = []
  const damage = new Set<string>()
  const visited = new Set<number>()
  const open = [{ inode: ROOT, path: '', depth: 0 }]
  const cut = upToLimit(() => {
    for (let folder = open.pop(); folder; folder = open.pop()) {
      if (visited.has(folder.inode) || folder.depth > DEEPEST) {
        damage.add(visited.has(folder.inode) ? 'the folders run in a circle' : 'the folders are nested too deeply')
        continue
      }
      visited.add(folder.inode)
      for (const { name, inode } of namesIn(layout, folder.inode, damage)) {
        if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
        const path = folder.path === '' ? name : `${folder.path}/${name}`
        const entry = orDamage(damage, () => readEntry(layout, path, inode))
        if (!entry) continue
        entries.push(entry)
        if (entry.kind === 'folder') open.push({ inode, path, depth: folder.depth + 1 })
      }
    }
  })
  return { entries, damage: [...damage], ...(cut && { cut }) }
}

function readSuperblock(disk: SparseBytes, budget: Budget): Layout {
  const block = disk.at(SUPERBLOCK, 1024)
  if (u16(block, 56) !== MAGIC) throw new Damaged('it is no ext4 file system')
  const unknown = u32(block, 96) & ~KNOWN_FEATURES
  if (unknown !== 0) throw new Damaged(`the file system has features that were not given to it: 0x${(unknown >>> 0).toString(16)}`)
  const shift = u32(block, 24)
  if (shift > 6) throw new Damaged('the blocks of the file system are too large')
  const blockBytes = 1024 << shift
  const inodes = u32(block, 0)
  const inodesPerGroup = u32(block, 40)
  const inodeBytes = u32(block, 76) === 0 ? 128 : u16(block, 88)
  if (inodesPerGroup === 0 || inodeBytes < 128 || inodeBytes > blockBytes) throw new Damaged('the file system has no inodes')
  const groups = (u32(block, 20) + 1) * blockBytes
  return { disk, budget, blockBytes, blocks: u32(block, 4), inodes, inodesPerGroup, inodeBytes, groups }
}

/** The inode of that number, from its place in the table of its group. */
function readInode({ disk, budget, inodes, inodesPerGroup, inodeBytes, blockBytes, groups }: Layout, number: number): Buffer {
  budget.step()
  if (number === 0 || number > inodes) throw new Damaged(`there is no inode ${number}`)
  const group = Math.floor((number - 1) / inodesPerGroup)
  const table = u32(disk.at(groups + group * 32, 32), 8)
  return disk.at(table * blockBytes + ((number - 1) % inodesPerGroup) * inodeBytes, inodeBytes)
}

function namesIn(layout: Layout, number: number, damage: Set<string>): { name: string; inode: number }[] {
  const found: { name: string; inode: number }[] = []
  orDamage(damage, () => {
    const inode = readInode(layout, number)
    if ((u32(inode, 32) & OTHER_CONTENT) !== 0) throw new Damaged('a folder is kept in a way that was not given to it')
    for (const entry of folderEntries(layout, inode)) found.push(entry)
  })
  return found
}

const KINDS: Readonly<Record<number, Ext4Kind>> = {
  0x8000: 'file',
  0x4000: 'folder',
  0xa000: 'link',
  0x2000: 'device',
  0x6000: 'device',
  0x1000: 'pipe',
  0xc000: 'socket',
}

function readEntry(layout: Layout, path: string, number: number): Ext4Entry {
  const inode = readInode(layout, number)
  const mode = u16(inode, 0)
  const kind = KINDS[mode & 0xf000]
  if (!kind) throw new Damaged(`${path.slice(0, 200)} is of no known kind`)
  const size = u32(inode, 4) + (kind === 'file' ? u32(inode, 108) * 2 ** 32 : 0)
  const mapped = (u32(inode, 32) & OTHER_CONTENT) === 0
  const content = () => {
    if (!mapped) throw new Damaged('a file is kept in a way that was not given to it')
    return readContent(layout, inode, kind === 'file' ? size : 0)
  }
  const isWhiteout = kind === 'device' && (mode & 0xf000) === 0x2000 && u32(inode, 40) === 0 && u32(inode, 44) === 0
  return {
    path,
    kind: isWhiteout ? 'whiteout' : kind,
    size,
    mode: mode & 0o7777,
    uid: u16(inode, 2) + u16(inode, 120) * 65_536,
    modified: u32(inode, 16),
    inode: number,
    opaque: kind === 'folder' && attributeNames(layout, inode).includes('trusted.overlay.opaque'),
    ...(kind === 'link' && mapped && { target: linkTarget(layout, inode) }),
    read: content,
  }
}

function orDamage<T>(damage: Set<string>, work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    if (damage.size < 100) damage.add(error.message)
    return undefined
  }
}
