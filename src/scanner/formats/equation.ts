import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { u8, u16, zeroEnded } from './bytes.ts'

/** Classes of the Equation Editor, as its storages state them. */
export const EQUATION_CLASSES = new Set([
  '{0002CE02-0000-0000-C000-000000000046}',
  '{0002CE03-0000-0000-C000-000000000046}',
  '{0003000B-0000-0000-C000-000000000046}',
  '{00021700-0000-0000-C000-000000000046}',
  '{0004A6B0-0000-0000-C000-000000000046}',
])

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
/** Lists within lists; the walk needs no stack for them, so this only tells a damaged equation. */
const DEEPEST = 4096
const MOST_RECORDS = 1000

/**
 * Walks the records of an Equation Editor stream: the 28 bytes of EQNOLEFILEHDR, where they are, then MTEF 1, 2 or 3. A record that
 * cannot be walked ends the walk with what was found. Where the header is damaged both places are tried where the records
 * can begin, and the walk that gets further counts. Throws Damaged for what is no MTEF, and LimitReached.
 */
export function readEquation(stream: Buffer, budget: Budget): Equation {
  const walks = placesOf(stream).map((start) => walkFrom(stream, start, budget))
  const best = walks.find(({ records }) => records.length > 0) ?? walks.find(({ stopped }) => stopped === undefined) ?? walks[0]
  if (!best) throw new Damaged('no MTEF version that the Equation Editor reads')
  return best
}

/** Behind the OLE header where it states its size; without a readable one, at the start (Ole10Native keeps none) or behind its room. */
function placesOf(stream: Buffer): number[] {
  const places = stream.length >= 2 && u16(stream, 0) === OLE_HEADER_BYTES ? [OLE_HEADER_BYTES, 0] : [0, OLE_HEADER_BYTES]
  return places.filter((at) => (stream[at] ?? 0) >= 1 && (stream[at] ?? 0) <= 3)
}

function walkFrom(stream: Buffer, start: number, budget: Budget): Equation {
  const version = u8(stream, start)
  const walk: Walk = { bytes: stream, at: start + (version === 1 ? 1 : 5), version, depth: 0, begun: false, records: [] }
  try {
    while (walk.at < stream.length && readRecord(walk)) budget.step()
    if (walk.depth > 0) throw new Damaged(`${walk.depth} lists of the equation are not closed`)
  } catch (error) {
    if (!(error instanceof LimitReached) && !(error instanceof Damaged)) throw error
    return { version, records: walk.records, stopped: error.message }
  }
  return { version, records: walk.records }
}

interface Walk {
  readonly bytes: Buffer
  readonly version: number
  readonly records: EquationRecord[]
  at: number
  /** How many lists are open. */
  depth: number
  /** A line or pile has been opened: the END record that closes the outermost list ends the equation. */
  begun: boolean
}

/** Reads one record; false at the end of the equation. */
function readRecord(walk: Walk): boolean {
  const { bytes } = walk
  const offset = walk.at
  const tag = u8(bytes, walk.at++)
  const type = tag & 0x0f
  const options = tag >> 4
  if (type === 0) {
    if (walk.depth === 0) return !walk.begun
    walk.depth--
    return true
  }
  if (options & 8 && type <= 6) skipNudge(walk)
  switch (type) {
    case 1:
      readLine(walk, options)
      break
    case 2:
      walk.at += walk.version === 3 ? 3 : 2
      if (options & 2) openList(walk)
      break
    case 3:
      walk.at += 3
      openList(walk)
      break
    case 4:
      walk.at += 2
      if (options & 2) readRuler(walk, true)
      openList(walk)
      break
    case 5:
      readMatrix(walk, offset)
      break
    case 6:
      walk.at += 1
      break
    case 7:
      readRuler(walk, false)
      break
    case 8:
      readFont(walk, offset)
      break
    case 9:
      readSize(walk)
      break
    default:
      // 10 to 14 are sizes without data; what the editor does not know it passes over, one byte long.
      break
  }
  return true
}

function openList(walk: Walk): void {
  walk.begun = true
  if (++walk.depth > DEEPEST) throw new Damaged('the records are nested too deeply')
}

/** One signed byte for each direction, or two words behind two bytes of 0x80 (-128). */
function skipNudge(walk: Walk): void {
  walk.at += u8(walk.bytes, walk.at) === 0x80 && u8(walk.bytes, walk.at + 1) === 0x80 ? 6 : 2
}

function readLine(walk: Walk, options: number): void {
  if (options & 4) walk.at += 1
  if (options & 2) readRuler(walk, true)
  if (!(options & 1)) openList(walk)
}

function readMatrix(walk: Walk, offset: number): void {
  const rows = u8(walk.bytes, walk.at + 3)
  const columns = u8(walk.bytes, walk.at + 4)
  keep(walk, { kind: 'matrix', offset, rows, columns })
  // One partition line of two bits above, below and between all rows, and the same for columns.
  walk.at += 5 + partitionBytes(rows) + partitionBytes(columns)
  openList(walk)
}

/** Bytes that the partition lines of so many rows or columns take up. */
export function partitionBytes(count: number): number {
  return Math.ceil((2 * (count + 1)) / 8)
}

function readFont(walk: Walk, offset: number): void {
  const nameOffset = walk.at + 2
  const { value, end, closed } = zeroEnded(walk.bytes, nameOffset)
  keep(walk, { kind: 'font', offset, nameOffset, nameBytes: value.length, closed, name: value })
  walk.at = end
}

/** Keeps a record, up to a number that no equation needs. */
function keep(walk: Walk, record: EquationRecord): void {
  if (walk.records.length >= MOST_RECORDS) throw new Damaged(`more than ${MOST_RECORDS} fonts and matrices`)
  walk.records.push(record)
}

function readSize(walk: Walk): void {
  const first = u8(walk.bytes, walk.at)
  walk.at += first === 101 ? 3 : first === 100 ? 4 : 2
}

function readRuler(walk: Walk, tagged: boolean): void {
  if (tagged) walk.at += 1
  walk.at += 1 + 3 * u8(walk.bytes, walk.at)
}
