import type { Place } from '#platform/audit/merkle.ts'

/** Hashes in a full tile, and levels of the tree from one level of tiles to the next (c2sp.org/tlog-tiles). */
const TILE_WIDTH = 256
const TILE_HEIGHT = 8

export interface Tile {
  readonly level: number
  readonly index: number
  /** Hashes in it: 256, or fewer in the partial one at the right edge. */
  readonly width: number
}

/** Reads the path of a tile's number: groups of three digits, all but the last with an `x`, and `.p/W` for a partial one. */
export function parseTile(level: number, path: string): Tile | undefined {
  const [, groups, last, partial] = /^((?:x\d{3}\/)*)(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? []
  if (last === undefined || groups!.startsWith('x000/')) return undefined
  const index = Number(groups!.replaceAll(/[x/]/g, '') + last)
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  const valid = Number.isSafeInteger(index) && (partial === undefined || width < TILE_WIDTH)
  return valid ? { level, index, width } : undefined
}

/** The nodes of a tile in a tree of this size; undefined when the tree does not reach that far. */
export function placesInTile({ level, index, width }: Tile, size: number): Place[] | undefined {
  const first = index * TILE_WIDTH
  const complete = Math.floor(size / 2 ** (level * TILE_HEIGHT))
  if (first + width > complete) return undefined
  return Array.from({ length: width }, (_, n) => ({ level: level * TILE_HEIGHT, index: first + n }))
}
