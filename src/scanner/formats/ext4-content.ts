import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32, u8 } from './bytes.ts'
import type { SparseBytes } from './sparse-bytes.ts'

/** A file system as its files are read. */
export interface Volume {
  readonly disk: SparseBytes
  readonly blockBytes: number
  readonly blocks: number
  readonly budget: Budget
}

const DIRECT = 12
const MAP_AT = 40
const MAP_BYTES = 60
const LONGEST_FOLDER = 8 * 2 ** 20
const LONGEST_TARGET = 4096

/** The content of a file of that size. Throws Damaged, LimitReached. */
export function readContent(volume: Volume, inode: Buffer, size: number): Buffer {
  volume.budget.takeBytes(size)
  const content = Buffer.alloc(size)
  for (const { index, block } of blocksOf(volume, inode, Math.ceil(size / volume.blockBytes))) blockAt(volume, block).copy(content, index * volume.blockBytes)
  return content
}

/** The blocks that a file has, with their places in it; holes are left out. */
function* blocksOf(volume: Volume, inode: Buffer, count: number): Generator<{ index: number; block: number }> {
  for (let index = 0; index < Math.min(DIRECT, count); index++) {
    volume.budget.step()
    const block = u32(inode, MAP_AT + index * 4)
    if (block !== 0) yield { index, block }
  }
  const perBlock = volume.blockBytes / 4
  let first = DIRECT
  for (let depth = 1; depth <= 3 && first < count; depth++) {
    yield* below(volume, u32(inode, MAP_AT + (DIRECT + depth - 1) * 4), depth, first, count)
    first += perBlock ** depth
  }
}

/** The blocks under a block that holds numbers of others. */
function* below(volume: Volume, map: number, depth: number, first: number, count: number): Generator<{ index: number; block: number }> {
  if (map === 0) return
  const numbers = blockAt(volume, map)
  const covered = (volume.blockBytes / 4) ** (depth - 1)
  for (let i = 0; i < volume.blockBytes / 4 && first + i * covered < count; i++) {
    volume.budget.step()
    const block = u32(numbers, i * 4)
    if (block === 0) continue
    if (depth === 1) yield { index: first + i, block }
    else yield* below(volume, block, depth - 1, first + i * covered, count)
  }
}

function blockAt({ disk, blockBytes, blocks }: Volume, number: number): Buffer {
  if (number >= blocks) throw new Damaged(`there is no block ${number}`)
  return disk.at(number * blockBytes, blockBytes)
}

/** The names in a folder, without itself and the one above. Throws Damaged where the entries stop to fit; those before were given. */
export function* folderEntries(volume: Volume, inode: Buffer): Generator<{ name: string; inode: number }> {
  const size = u32(inode, 4)
  if (size > LONGEST_FOLDER) throw new Damaged('a folder is too large')
  for (const { block } of blocksOf(volume, inode, Math.ceil(size / volume.blockBytes))) {
    const bytes = blockAt(volume, block)
    for (let at = 0; at < bytes.length;) {
      volume.budget.step()
      const length = u16(bytes, at + 4)
      const nameBytes = u8(bytes, at + 6)
      if (length < 8 || length % 4 !== 0 || at + length > bytes.length || nameBytes + 8 > length) throw new Damaged('an entry of a folder does not fit')
      const name = bytes.toString('utf8', at + 8, at + 8 + nameBytes)
      const number = u32(bytes, at)
      at += length
      if (number === 0 || name === '.' || name === '..') continue
      if (name === '' || /[/\0]/.test(name)) throw new Damaged('a name in a folder is none')
      yield { name, inode: number }
    }
  }
}

/** Where a symbolic link points to: a short one stands in the place of the block numbers. Throws Damaged, LimitReached. */
export function linkTarget(volume: Volume, inode: Buffer): string {
  const size = u32(inode, 4)
  if (size < MAP_BYTES) return inode.toString('utf8', MAP_AT, MAP_AT + size)
  if (size > LONGEST_TARGET) throw new Damaged('a symbolic link is too long')
  return readContent(volume, inode, size).toString('utf8')
}

const ATTRIBUTES = 0xea020000
/** Prefixes that an attribute's name is stored without (ext4/xattr.h). */
const PREFIXES: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
}
const LARGEST_INODE_HEAD = 128

/** The names of the extended attributes of a file, in its inode and in its own block. Throws Damaged. */
export function attributeNames(volume: Volume, inode: Buffer): string[] {
  const names: string[] = []
  if (inode.length > LARGEST_INODE_HEAD + 4) {
    const at = LARGEST_INODE_HEAD + u16(inode, LARGEST_INODE_HEAD)
    if (at + 4 <= inode.length && u32(inode, at) === ATTRIBUTES) names.push(...namesFrom(volume, inode, at + 4))
  }
  const block = u32(inode, 104)
  if (block !== 0) {
    const bytes = blockAt(volume, block)
    if (u32(bytes, 0) === ATTRIBUTES) names.push(...namesFrom(volume, bytes, 32))
  }
  return names
}

function* namesFrom({ budget }: Volume, bytes: Buffer, from: number): Generator<string> {
  for (let at = from; at + 16 <= bytes.length && u32(bytes, at) !== 0;) {
    budget.step()
    const length = u8(bytes, at)
    yield (PREFIXES[u8(bytes, at + 1)] ?? '') + bytes.toString('latin1', at + 16, at + 16 + length)
    at += 16 + Math.ceil(length / 4) * 4
  }
}
