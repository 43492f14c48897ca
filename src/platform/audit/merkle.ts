import { hash } from 'node:crypto'

/** Place of a complete subtree: it covers the leaves from `index * 2 ** level`, `2 ** level` of them. */
export interface Place {
  readonly level: number
  readonly index: number
}

export interface TreeNode extends Place {
  readonly hash: Buffer
}

/** Leaves `start` up to, not including, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** What has to be kept of a tree to append to it: the roots of its complete subtrees, largest first. */
export interface Peaks {
  readonly size: number
  readonly hashes: readonly Buffer[]
}

const LEAF_PREFIX = Buffer.of(0)
const NODE_PREFIX = Buffer.of(1)

/** Root of the tree without leaves (RFC 6962, section 2.1). */
export const EMPTY_ROOT: Buffer = sha256(Buffer.alloc(0))
export const NO_PEAKS: Peaks = { size: 0, hashes: [] }

/** SHA-256(0x00 || data). */
export function hashLeaf(data: Uint8Array): Buffer {
  return sha256(Buffer.concat([LEAF_PREFIX, data]))
}

/** SHA-256(0x01 || left || right). */
export function hashChildren(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([NODE_PREFIX, left, right]))
}

/** Adds one leaf; `completed` holds the leaf's own node and every subtree that it completes, lowest first. */
export function append(peaks: Peaks, leaf: Buffer): { readonly peaks: Peaks; readonly completed: readonly TreeNode[] } {
  const hashes = [...peaks.hashes]
  let node: TreeNode = { level: 0, index: peaks.size, hash: leaf }
  const completed = [node]
  // A right child completes its parent, whose left child is the last peak.
  while (node.index % 2 === 1) {
    node = { level: node.level + 1, index: (node.index - 1) / 2, hash: hashChildren(hashes.pop()!, node.hash) }
    completed.push(node)
  }
  return { peaks: { size: peaks.size + 1, hashes: [...hashes, node.hash] }, completed }
}

/** Root of the tree that the peaks stand for. */
export function rootOf(peaks: Peaks): Buffer {
  return peaks.hashes.length === 0 ? EMPTY_ROOT : peaks.hashes.reduceRight((right, left) => hashChildren(left, right))
}

/** The complete subtrees that make up a range, left to right; the range starts where a tree of its length may start. */
export function placesOf({ start, end }: Range): Place[] {
  const places: Place[] = []
  for (let at = start; at < end;) {
    let level = 0
    while (at + 2 ** (level + 1) <= end) level++
    places.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return places
}

/** Root of a range from its complete subtrees. */
export function rangeRoot(range: Range, get: (place: Place) => Buffer): Buffer {
  return rootOf({ size: range.end - range.start, hashes: placesOf(range).map(get) })
}

/** The ranges whose roots prove that leaf `index` is in the tree of `size` leaves, from its sibling upwards (RFC 6962, section 2.1.1). */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const ranges: Range[] = []
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      ranges.unshift({ start: middle, end })
      end = middle
    } else {
      ranges.unshift({ start, end: middle })
      start = middle
    }
  }
  return ranges
}

/** The ranges whose roots prove that the tree of `from` leaves is the beginning of the tree of `to` leaves (RFC 6962, section 2.1.2). */
export function consistencyRanges(from: number, to: number): Range[] {
  if (!(from >= 1 && from <= to)) throw new RangeError(`no consistency from ${from} to ${to}`)
  const ranges: Range[] = []
  let start = 0
  let end = to
  while (end > from) {
    const middle = start + splitOf(end - start)
    if (from <= middle) {
      ranges.unshift({ start: middle, end })
      end = middle
    } else {
      ranges.unshift({ start, end: middle })
      start = middle
    }
  }
  // The old root itself is known to whoever checks, so a subtree that is the whole old tree is not repeated.
  return start === 0 ? ranges : [{ start, end }, ...ranges]
}

/** The largest power of two below `size`, for a size of at least 2. */
export function splitOf(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

function sha256(data: Buffer): Buffer {
  return hash('sha256', data, 'buffer')
}
