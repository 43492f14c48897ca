import { readExt4 } from '#scanner/formats/ext4.ts'
import { denseBytes, PIECE, piecesHeader, readPieces } from '#scanner/formats/sparse-bytes.ts'
import { ext4Disk } from '#test/harness/ext4.ts'
import { whole, type Target } from '../target.ts'

const small = () =>
  ext4Disk(
    [
      { path: 'up' },
      { path: 'up/file', content: Buffer.from('content') },
      { path: 'up/link', target: 'file' },
      { path: 'up/gone', device: 0 },
      { path: 'up/folder', opaque: true },
    ],
    24,
  )
const large = () => ext4Disk([{ path: 'up' }, { path: 'up/file', content: Buffer.alloc(20_000, 'content') }, { path: 'up/far', target: 'a'.repeat(100) }], 64)

/** Disks of guests, and the pieces in which they are handed over. */
export const DISKS: readonly Target[] = [
  { name: 'formats/ext4.ts', read: (bytes, budget) => whole(readExt4(denseBytes(bytes), budget)), seeds: () => [small(), large()] },
  {
    name: 'formats/sparse-bytes.ts',
    read: (bytes, budget) => {
      const pieces = readPieces(bytes)
      budget.takeBytes(Math.min(pieces.size, PIECE))
      return pieces.at(0, Math.min(pieces.size, PIECE))
    },
    seeds: () => [Buffer.concat([piecesHeader(100), Buffer.alloc(4), Buffer.alloc(100, 1)])],
  },
]
