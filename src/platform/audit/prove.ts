import { consistencyRanges, inclusionRanges, placesOf, rangeRoot, type Range } from '#platform/audit/merkle.ts'
import { readNodes } from '#platform/audit/store.ts'
import type { Tx } from '#platform/db/database.ts'

/** Audit path of a leaf in the tree of this size, from its sibling upwards. */
export function inclusionPath(tx: Tx, index: number, size: number): Promise<Buffer[]> {
  return rootsOf(tx, inclusionRanges(index, size))
}

/** Proof that the smaller tree is the beginning of the larger, with both roots. */
export async function consistencyProof(tx: Tx, from: number, to: number): Promise<{ fromRoot: Buffer; toRoot: Buffer; path: Buffer[] }> {
  const [fromRoot, toRoot, ...path] = await rootsOf(tx, [{ start: 0, end: from }, { start: 0, end: to }, ...consistencyRanges(from, to)])
  return { fromRoot: fromRoot!, toRoot: toRoot!, path }
}

async function rootsOf(tx: Tx, ranges: readonly Range[]): Promise<Buffer[]> {
  const get = await readNodes(tx.db, ranges.flatMap(placesOf))
  return ranges.map((range) => rangeRoot(range, get))
}
