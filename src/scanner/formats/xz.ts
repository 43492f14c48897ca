import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { undoArm64, undoDelta, undoX86 } from './branch-filters.ts'
import { decodeLzma2Stream } from './lzma.ts'

const MAGIC = Buffer.from('fd377a585a00', 'hex')
const HEADER_BYTES = 12
const DELTA = 3
const X86 = 4
const ARM64 = 10
const LZMA2 = 0x21
const MOST_FILTERS = 4

/** Unpacks an .xz file (xz file format 1.1): all blocks of its first stream. What comes before damage is kept, unless nothing does. Throws Damaged, LimitReached. */
export function decodeXz(packed: Buffer, budget: Budget): Buffer {
  if (!packed.subarray(0, 6).equals(MAGIC) || packed.length < HEADER_BYTES) throw new Damaged('no xz file')
  const check = checkBytes(packed[7]! & 15)
  const out: Buffer[] = []
  try {
    for (let at = HEADER_BYTES; at < packed.length && packed[at] !== 0;) {
      budget.step()
      const { end, filters } = readBlockHeader(packed, at)
      const { bytes, used } = decodeLzma2Stream(packed.subarray(end), budget)
      out.push(filters.reduceRight((data, undo) => undo(data), bytes))
      budget.step((filters.length * bytes.length) >> 4)
      at = end + ((used + 3) & ~3) + check
    }
  } catch (error) {
    if (!(error instanceof Damaged) || out.length === 0) throw error
  }
  return out.length === 1 ? out[0]! : Buffer.concat(out)
}

/** Bytes of the check behind each block: 0, then three kinds of each size (2.1.1.2). */
function checkBytes(kind: number): number {
  return kind === 0 ? 0 : 4 * 2 ** Math.floor((kind - 1) / 3)
}

type Undo = (packed: Buffer) => Buffer

/** The filters of a block in the order in which they packed, but for LZMA2, which has to be the last (3.1). */
function readBlockHeader(packed: Buffer, at: number): { end: number; filters: Undo[] } {
  const end = at + (packed[at]! + 1) * 4
  if (end > packed.length) throw new Damaged('a block of xz is cut off')
  const flags = packed[at + 1]!
  const header = packed.subarray(0, end - 4)
  let from = at + 2
  const number = (): number => {
    let value = 0
    for (let i = 0; i < 9; i++) {
      const byte = header[from++]
      if (byte === undefined) throw new Damaged('the header of a block of xz is cut off')
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    throw new Damaged('a number of xz is too long')
  }
  if (flags & 0x40) number()
  if (flags & 0x80) number()
  const count = (flags & 3) + 1
  const filters: Undo[] = []
  for (let i = 0; i < count && i < MOST_FILTERS; i++) {
    const [id, size] = [number(), number()]
    const properties = header.subarray(from, (from += size))
    const last = i === count - 1
    if (last && id === LZMA2) return { end, filters }
    if (last || id === LZMA2) break
    filters.push(undoing(id, properties))
  }
  throw new Damaged('a block of xz is not packed with LZMA2')
}

function undoing(id: number, properties: Buffer): Undo {
  if (id === DELTA) return (packed) => undoDelta(packed, (properties[0] ?? 0) + 1)
  if (id === X86) return undoX86
  if (id === ARM64) return undoArm64
  throw new Damaged(`the filter ${id} of xz is not known`)
}
