import type { Budget } from '#scanner/intake/limits.ts'

/** What a Word document keeps for one smart tag (MS-DOC 2.9.64, FACTOIDINFO). */
export interface SmartTagEntry {
  /** In the table stream. */
  readonly offset: number
  /** A field that readers have to ignore; older versions of Word follow it as a pointer. */
  readonly pointer: number
}

const FIB_PAIRS = 0x9a
const PAIR_COUNT = 0x98
const SMART_TAGS = 114
const ENTRY_BYTES = 12
const MOST = 256

/** The smart tags that the table stream lists (MS-DOC 2.9.291, SttbfBkmkFactoid): none where the document has no such list, or a broken one. Throws LimitReached. */
export function readSmartTags(document: Buffer, table: Buffer, budget: Budget): SmartTagEntry[] {
  const pair = FIB_PAIRS + SMART_TAGS * 8
  if (document.length < pair + 8 || document.readUInt16LE(PAIR_COUNT) <= SMART_TAGS) return []
  const start = document.readUInt32LE(pair)
  const end = Math.min(table.length, start + document.readUInt32LE(pair + 4))
  if (start + 6 > end || table.readUInt16LE(start) !== 0xffff) return []
  const entries: SmartTagEntry[] = []
  const count = Math.min(table.readUInt16LE(start + 2), MOST)
  for (let i = 0, at = start + 6; i < count && at + 2 + ENTRY_BYTES <= end; i++, at += 2 + ENTRY_BYTES) {
    budget.step()
    // Each entry is a text of six characters by its count, and twelve bytes of numbers in truth.
    if (table.readUInt16LE(at) !== ENTRY_BYTES / 2) break
    entries.push({ offset: at + 2, pointer: table.readUInt32LE(at + 2 + 8) })
  }
  return entries
}
