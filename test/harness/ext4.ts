const BLOCK = 1024
const INODES = 64
const INODE_BYTES = 256
const TABLE = 3
const FIRST_DATA = TABLE + (INODES * INODE_BYTES) / BLOCK
const ROOT = 2
const FIRST_FREE = 11

/** Something that a disk is made with. `target` makes a symbolic link, `device` a device or (0) a whiteout; what has neither and no content is a folder. */
export interface DiskFile {
  readonly path: string
  readonly content?: Buffer
  readonly target?: string
  readonly device?: number
  readonly mode?: number
  readonly opaque?: boolean
}

/** Makes a small ext4 file system whose files are mapped by blocks, as a guest's disk is. Folders stand before what lies in them. */
export function ext4Disk(files: readonly DiskFile[], blocks = 256): Buffer {
  const disk = Buffer.alloc(blocks * BLOCK)
  let free = FIRST_DATA
  const numbers = new Map([['', ROOT]])
  const names = new Map<string, { name: string; inode: number }[]>([['', []]])
  const inodeAt = (number: number) => disk.subarray(TABLE * BLOCK + (number - 1) * INODE_BYTES, TABLE * BLOCK + number * INODE_BYTES)

  /** Puts a content into blocks and tells their numbers to the inode; holes are left out. */
  function fill(inode: Buffer, content: Buffer): void {
    inode.writeUInt32LE(content.length, 4)
    let indirect = 0
    for (let at = 0, index = 0; at < content.length; at += BLOCK, index++) {
      const piece = content.subarray(at, at + BLOCK)
      if (piece.every((byte) => byte === 0)) continue
      if (index >= 12 && indirect === 0) inode.writeUInt32LE((indirect = free++), 40 + 12 * 4)
      const number = free++
      piece.copy(disk, number * BLOCK)
      if (index < 12) inode.writeUInt32LE(number, 40 + index * 4)
      else disk.writeUInt32LE(number, indirect * BLOCK + (index - 12) * 4)
    }
  }

  for (const [i, { path, content, target, device, mode, opaque }] of files.entries()) {
    const number = FIRST_FREE + i
    const [, folder = '', name = path] = /^(.*)\/([^/]+)$/.exec(path) ?? []
    numbers.set(path, number)
    names.get(folder)!.push({ name, inode: number })
    const inode = inodeAt(number)
    const kind = content ? 0x8000 : target !== undefined ? 0xa000 : device !== undefined ? 0x2000 : 0x4000
    inode.writeUInt16LE(kind | (mode ?? (kind === 0x4000 ? 0o755 : 0o644)), 0)
    inode.writeUInt32LE(1_700_000_000, 16)
    if (content) fill(inode, content)
    else if (target !== undefined && target.length < 60) {
      inode.writeUInt32LE(target.length, 4)
      inode.write(target, 40)
    } else if (target !== undefined) fill(inode, Buffer.from(target))
    else if (device !== undefined) inode.writeUInt32LE(device, 40)
    else names.set(path, [])
    if (opaque) attribute(inode, 'overlay.opaque')
  }
  inodeAt(ROOT).writeUInt16LE(0x4000 | 0o755, 0)
  for (const [path, entries] of names) fill(inodeAt(numbers.get(path)!), folderBlock(numbers.get(path)!, entries))
  superblock(disk, blocks)
  return disk
}

function folderBlock(number: number, entries: readonly { name: string; inode: number }[]): Buffer {
  const block = Buffer.alloc(BLOCK)
  const all = [{ name: '.', inode: number }, { name: '..', inode: ROOT }, ...entries]
  let at = 0
  for (const [i, { name, inode }] of all.entries()) {
    const length = i === all.length - 1 ? BLOCK - at : 8 + Math.ceil(Buffer.byteLength(name) / 4) * 4
    block.writeUInt32LE(inode, at)
    block.writeUInt16LE(length, at + 4)
    block.writeUInt8(Buffer.byteLength(name), at + 6)
    block.write(name, at + 8)
    at += length
  }
  return block
}

function attribute(inode: Buffer, name: string): void {
  inode.writeUInt16LE(32, 128)
  inode.writeUInt32LE(0xea020000, 160)
  inode.writeUInt8(name.length, 164)
  inode.writeUInt8(4, 165)
  inode.write(name, 180)
}

function superblock(disk: Buffer, blocks: number): void {
  const at = 1024
  disk.writeUInt32LE(INODES, at)
  disk.writeUInt32LE(blocks, at + 4)
  disk.writeUInt32LE(1, at + 20)
  disk.writeUInt32LE(8192, at + 32)
  disk.writeUInt32LE(INODES, at + 40)
  disk.writeUInt16LE(0xef53, at + 56)
  disk.writeUInt32LE(1, at + 76)
  disk.writeUInt16LE(INODE_BYTES, at + 88)
  disk.writeUInt32LE(2, at + 96)
  disk.writeUInt32LE(TABLE, 2 * BLOCK + 8)
}
