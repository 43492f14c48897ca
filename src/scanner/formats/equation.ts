import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { u8, u16, zeroEnded } from './bytes.ts'

/** A record of an equation that the font or matrix evidence looks at; offsets count from the start of the stream. */
export type EquationRecord =
  | { readonly kind: 'font'; readonly offset: number; readonly nameOffset: number; readonly nameBytes: number; readonly closed: boolean; readonly name: Buffer }
  | { readonly kind: 'matrix'; readonly offset: number; readonly rows: number; readonly columns: number }

export interface Equation {
  readonly version: number
  readonly records: readonly EquationRecord[]
  /** Why the walk ended early; undefined when it came to the end of the records. */
  readonly stopped?: string
}

const OLE_HEADER_BYTES = 28
const DEEPEST = 64

/**
 * Walks the records of an Equation Editor stream: the 28 bytes of EQNOLEFILEHDR, where they are, then MTEF 2 or 3.
 * A record that cannot be walked ends the walk with what was found. Throws Damaged for what is no MTEF, and LimitReached.
 */
export function readEquation(stream: Buffer, budget: Budget): Equation {
  const start = startOf(stream)
  const version = u8(stream, start)
  const walk: Walk = { bytes: stream, at: start + (version === 1 ? 1 : 5), version, records: [], budget }
  try {
    readList(walk, 0, true)
  } catch (error) {
    if (error instanceof LimitReached || !(error instanceof Damaged)) throw error
    return { version, records: walk.records, stopped: error.message }
  }
  return { version, records: walk.records }
}

/** Behind the OLE header where it states its size; without a readable one, wherever an MTEF header stands. Throws Damaged. */
function startOf(stream: Buffer): number {
  const places = stream.length >= 2 && u16(stream, 0) === OLE_HEADER_BYTES ? [OLE_HEADER_BYTES] : [0, OLE_HEADER_BYTES]
  const start = places.find((at) => (stream[at] ?? 0) >= 1 && (stream[at] ?? 0) <= 3)
  if (start === undefined) throw new Damaged('no MTEF version that the Equation Editor reads')
  return start
}

interface Walk {
  readonly bytes: Buffer
  at: number
  readonly version: number
  readonly records: EquationRecord[]
  readonly budget: Budget
}

/** Records up to the END record that closes the list; the outermost list may also end with the stream. */
function readList(walk: Walk, depth: number, outermost: boolean): void {
  if (depth > DEEPEST) throw new Damaged('the records are nested too deeply')
  for (;;) {
    if (outermost && walk.at >= walk.bytes.length) return
    walk.budget.step()
    const offset = walk.at
    const tag = u8(walk.bytes, walk.at++)
    const type = tag & 0x0f
    const options = tag >> 4
    if (type === 0) {
      if (outermost) continue
      return
    }
    readRecord(walk, { type, options, offset, depth })
  }
}

function readRecord(walk: Walk, { type, options, offset, depth }: { type: number; options: number; offset: number; depth: number }): void {
  const { bytes } = walk
  const nudged = (options & 8) !== 0 && type <= 6
  if (nudged) walk.at += u8(bytes, walk.at) === 0x80 && u8(bytes, walk.at + 1) === 0x80 ? 6 : 2
  switch (type) {
    case 1:
      if (options & 4) walk.at += 1
      if (options & 2) readRuler(walk, true)
      if (!(options & 1)) readList(walk, depth + 1, false)
      return
    case 2:
      walk.at += walk.version === 3 ? 3 : 2
      if (options & 2) readList(walk, depth + 1, false)
      return
    case 3:
      walk.at += 3
      return readList(walk, depth + 1, false)
    case 4:
      walk.at += 2
      if (options & 2) readRuler(walk, true)
      return readList(walk, depth + 1, false)
    case 5:
      return readMatrix(walk, offset, depth)
    case 6:
      walk.at += 1
      return
    case 7:
      return readRuler(walk, false)
    case 8:
      return readFont(walk, offset)
    case 9:
      return readSize(walk)
    default:
      if (type > 14) throw new Damaged(`record type ${type} at ${offset} is unknown`)
  }
}

function readMatrix(walk: Walk, offset: number, depth: number): void {
  const rows = u8(walk.bytes, walk.at + 3)
  const columns = u8(walk.bytes, walk.at + 4)
  walk.records.push({ kind: 'matrix', offset, rows, columns })
  // One partition line of two bits above, below and between all rows, and the same for columns.
  walk.at += 5 + partitionBytes(rows) + partitionBytes(columns)
  readList(walk, depth + 1, false)
}

/** Bytes that the partition lines of so many rows or columns take up. */
export function partitionBytes(count: number): number {
  return Math.ceil((2 * (count + 1)) / 8)
}

function readFont(walk: Walk, offset: number): void {
  const nameOffset = walk.at + 2
  const { value, end, closed } = zeroEnded(walk.bytes, nameOffset)
  walk.records.push({ kind: 'font', offset, nameOffset, nameBytes: value.length, closed, name: value })
  walk.at = end
}

function readSize(walk: Walk): void {
  const first = u8(walk.bytes, walk.at)
  walk.at += first === 101 ? 3 : first === 100 ? 4 : 2
}

function readRuler(walk: Walk, tagged: boolean): void {
  if (tagged) walk.at += 1
  walk.at += 1 + 3 * u8(walk.bytes, walk.at)
}
