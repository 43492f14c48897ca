import { Damaged } from '#scanner/intake/limits.ts'
import { u32 } from './bytes.ts'

/** A large file that is mostly holes: bytes by their place, zero where there are none. */
export interface SparseBytes {
  readonly size: number
  /** A copy of these bytes; throws Damaged past the end. */
  at(offset: number, length: number): Buffer
}

/** Bytes of one piece. */
export const PIECE = 65_536

/** Pieces as `readPieces` takes them: the size, then each piece behind its number. */
export function piecesHeader(size: number): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(size % 2 ** 32, 0)
  header.writeUInt32LE(Math.floor(size / 2 ** 32), 4)
  return header
}

/** Reads the pieces of a file of which only those that hold something were handed over. Throws Damaged. */
export function readPieces(bytes: Buffer): SparseBytes {
  const size = u32(bytes, 0) + u32(bytes, 4) * 2 ** 32
  const pieces = new Map<number, Buffer>()
  for (let at = 8; at < bytes.length; at += 4 + PIECE) pieces.set(u32(bytes, at), bytes.subarray(at + 4, at + 4 + PIECE))
  return sparse(size, pieces)
}

/** A file that is whole in memory. */
export function denseBytes(bytes: Buffer): SparseBytes {
  const pieces = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; at += PIECE) pieces.set(at / PIECE, bytes.subarray(at, at + PIECE))
  return sparse(bytes.length, pieces)
}

function sparse(size: number, pieces: ReadonlyMap<number, Buffer>): SparseBytes {
  return {
    size,
    at(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw new Damaged(`${length} bytes are missing at ${offset}`)
      const copy = Buffer.alloc(length)
      for (let number = Math.floor(offset / PIECE); number * PIECE < offset + length; number++) {
        const start = number * PIECE
        pieces.get(number)?.copy(copy, Math.max(0, start - offset), Math.max(0, offset - start), offset + length - start)
      }
      return copy
    },
  }
}
