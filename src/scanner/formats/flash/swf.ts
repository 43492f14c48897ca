import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { inflateZlib } from '../inflate.ts'
import { decodeLzma } from '../lzma.ts'

/** A tag of a Flash movie (SWF File Format Specification 19, chapter 2); offsets count in the unpacked movie, from its header on. */
export interface SwfTag {
  readonly code: number
  /** Of its data. */
  readonly offset: number
  readonly data: Buffer
}

export interface Swf {
  readonly version: number
  readonly packing: 'none' | 'zlib' | 'lzma'
  readonly tags: readonly SwfTag[]
  /** Why the tags end before the movie says so. */
  readonly damage?: string
}

const HEADER = 8
const MOST_TAGS = 100_000
const END = 0
const LONG = 0x3f

/** Unpacks a movie and walks its tags; one that is cut off is the last. Throws Damaged, LimitReached. */
export function readSwf(bytes: Buffer, budget: Budget): Swf {
  const mark = bytes.toString('latin1', 0, 3)
  if (bytes.length < HEADER || !/^[CFZ]WS$/.test(mark)) throw new Damaged('no Flash movie')
  const stated = bytes.readUInt32LE(4)
  const packing = mark === 'FWS' ? 'none' : mark === 'CWS' ? 'zlib' : 'lzma'
  const body =
    packing === 'none' ? bytes.subarray(HEADER) : packing === 'zlib' ? inflateZlib(bytes.subarray(HEADER), budget).bytes : lzma(bytes, stated, budget)
  return { version: bytes[3]!, packing, ...walk(body, budget) }
}

/** Behind the header stand the packed size and the properties of LZMA; the size that the header states is a bound only. */
function lzma(bytes: Buffer, stated: number, budget: Budget): Buffer {
  if (bytes.length < HEADER + 9) throw new Damaged('the movie is cut off')
  return decodeLzma(bytes.subarray(12, 17), bytes.subarray(17), Math.max(0, stated - HEADER), budget)
}

function walk(body: Buffer, budget: Budget): { tags: SwfTag[]; damage?: string } {
  const tags: SwfTag[] = []
  // The size of the stage: five bits say how many each of its four numbers has. Then rate and count of frames.
  const start = Math.ceil((5 + 4 * ((body[0] ?? 0) >> 3)) / 8) + 4
  for (let at = start; at + 2 <= body.length;) {
    budget.step()
    const head = body.readUInt16LE(at)
    const code = head >> 6
    const long = (head & LONG) === LONG
    if (long && at + 6 > body.length) return { tags, damage: 'a tag is cut off' }
    const length = long ? body.readUInt32LE(at + 2) : head & LONG
    const from = at + (long ? 6 : 2)
    if (code === END) return { tags }
    if (tags.length >= MOST_TAGS) return { tags, damage: `more than ${MOST_TAGS} tags` }
    tags.push({ code, offset: from + HEADER, data: body.subarray(from, from + length) })
    if (from + length > body.length) return { tags, damage: 'a tag is cut off' }
    at = from + length
  }
  return { tags, damage: 'the end is missing' }
}
