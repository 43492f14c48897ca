import { Damaged, type Budget } from '#scanner/intake/limits.ts'

/** A segment header (ITU-T T.88, 7.2) of a JBIG2 stream as a PDF holds it. */
export interface Jbig2Segment {
  readonly offset: number
  readonly number: number
  /** 7.3: 0 a symbol dictionary, 4, 6 and 7 text regions, 48 the page. */
  readonly type: number
  /** Whether the page association has four bytes. */
  readonly largePage: boolean
  readonly page: number
  /** Where the page association stands. */
  readonly pageOffset: number
  /** Segments that it refers to, as far as they could be read. */
  readonly refersTo: readonly number[]
  /** How many it says it refers to. */
  readonly refersToCount: number
  readonly dataLength: number
  readonly dataOffset: number
  /** Of a symbol dictionary: how many symbols it says it exports (7.4.2.1.4). */
  readonly exported?: number
}

export interface Jbig2 {
  readonly segments: readonly Jbig2Segment[]
  /** Why the walk ended before the end of the bytes. */
  readonly damage?: string
}

const FILE_HEADER = Buffer.from('974a42320d0a1a0a', 'hex')
const UNKNOWN_LENGTH = 0xffffffff
const MOST_SEGMENTS = 20_000

/** Walks the segment headers. What breaks ends the walk and is said; nothing is decoded. Throws LimitReached. */
export function readJbig2(bytes: Buffer, budget: Budget): Jbig2 {
  const segments: Jbig2Segment[] = []
  let at = 0
  // A stream in a PDF has no file header; some writers leave it there all the same (T.88, D.4).
  if (bytes.subarray(0, 8).equals(FILE_HEADER)) at = (bytes[8]! & 2) === 0 ? 13 : 9
  while (at + 11 <= bytes.length && segments.length < MOST_SEGMENTS) {
    let segment: Jbig2Segment
    try {
      segment = readSegment(bytes, at, budget)
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      return { segments, damage: error.message }
    }
    segments.push(segment)
    if (segment.dataLength === UNKNOWN_LENGTH) return { segments, damage: 'a segment of unknown length' }
    at = segment.dataOffset + segment.dataLength
    if (at > bytes.length) return { segments, damage: `segment ${segment.number} ends past the stream` }
  }
  return { segments }
}

function readSegment(bytes: Buffer, offset: number, budget: Budget): Jbig2Segment {
  budget.step()
  const u32 = (at: number) => {
    if (at + 4 > bytes.length) throw new Damaged(`a segment header is cut off at ${offset}`)
    return bytes.readUInt32BE(at)
  }
  const number = u32(offset)
  const flags = bytes[offset + 4]!
  const short = bytes[offset + 5]! >> 5
  if (short > 4 && short !== 7) throw new Damaged(`a segment refers to an impossible count at ${offset + 5}`)
  const refersToCount = short === 7 ? u32(offset + 5) & 0x1fffffff : short
  let at = offset + (short === 7 ? 9 + Math.ceil((refersToCount + 1) / 8) : 6)
  const size = number <= 256 ? 1 : number <= 65536 ? 2 : 4
  if (at + refersToCount * size + 5 > bytes.length) throw new Damaged(`segment ${number} refers to ${refersToCount} segments, more than the stream holds`)
  budget.step(refersToCount >> 2)
  const refersTo = Array.from({ length: refersToCount }, (_, i) => bytes.readUIntBE(at + i * size, size))
  at += refersToCount * size
  const largePage = (flags & 0x40) !== 0
  const pageOffset = at
  const page = largePage ? u32(at) : bytes[at]!
  at += largePage ? 4 : 1
  const dataLength = u32(at)
  const type = flags & 0x3f
  const exported = type === 0 ? exportedSymbols(bytes, at + 4) : undefined
  return {
    offset,
    number,
    type,
    largePage,
    page,
    pageOffset,
    refersTo,
    refersToCount,
    dataLength,
    dataOffset: at + 4,
    ...(exported !== undefined && { exported }),
  }
}

/** SDNUMEXSYMS, behind flags and adaptive template pixels (T.88, 7.4.2.1). */
function exportedSymbols(bytes: Buffer, at: number): number | undefined {
  if (at + 2 > bytes.length) return undefined
  const flags = bytes.readUInt16BE(at)
  const huffman = (flags & 1) !== 0
  const refined = (flags & 2) !== 0
  const template = (flags >> 10) & 3
  const place = at + 2 + (huffman ? 0 : template === 0 ? 8 : 2) + (refined && ((flags >> 12) & 1) === 0 ? 4 : 0)
  return place + 4 <= bytes.length ? bytes.readUInt32BE(place) : undefined
}
