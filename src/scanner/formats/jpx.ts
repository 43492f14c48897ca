import type { Budget } from '#scanner/intake/limits.ts'

/** The boxes of a JPEG 2000 file that say how its components become colours (ISO/IEC 15444-1, annex I). */
export interface Jpx {
  /** Components, by the image header box. */
  readonly components?: number
  readonly palette?: { readonly offset: number; readonly entries: number; readonly columns: number }
  readonly mapping?: { readonly offset: number; readonly channels: readonly { readonly component: number; readonly type: number; readonly column: number }[] }
  /** Boxes that end past their container. */
  readonly damage: readonly string[]
}

interface Found {
  components?: number
  palette?: NonNullable<Jpx['palette']>
  mapping?: NonNullable<Jpx['mapping']>
  readonly damage: string[]
}

const MOST_BOXES = 2000

/** Whether bytes begin with the signature box of a JPEG 2000 file; a bare code stream has no boxes. */
export function isJpxFile(bytes: Buffer): boolean {
  return bytes.subarray(0, 12).equals(Buffer.from('0000000c6a5020200d0a870a', 'hex'))
}

/** Reads the header boxes; what is cut off is said and left out. Throws LimitReached. */
export function readJpx(bytes: Buffer, budget: Budget): Jpx {
  const found: Found = { damage: [] }
  readBoxes(bytes, { from: 0, end: bytes.length, inHeader: false }, found, budget)
  return found
}

function readBoxes(bytes: Buffer, { from, end, inHeader }: { from: number; end: number; inHeader: boolean }, found: Found, budget: Budget): void {
  let at = from
  for (let count = 0; at + 8 <= end && count < MOST_BOXES; count++) {
    budget.step()
    const size = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    const long = size === 1 && at + 16 <= end
    const body = at + (long ? 16 : 8)
    const length = long ? Number(bytes.readBigUInt64BE(at + 8)) : size === 0 ? end - at : size
    const next = at + length
    if (length < body - at) {
      found.damage.push(`a box of ${length} bytes at ${at}`)
      return
    }
    if (next > end) found.damage.push(`the box ${JSON.stringify(type)} at ${at} ends past its container`)
    const limits = { from: body, end: Math.min(next, end), inHeader: true }
    if (type === 'jp2h' && !inHeader) readBoxes(bytes, limits, found, budget)
    else if (inHeader) readHeaderBox(bytes, type, limits, found)
    if (type === 'jp2c') return
    at = next
  }
}

function readHeaderBox(bytes: Buffer, type: string, { from, end }: { from: number; end: number }, found: Found): void {
  if (type === 'ihdr' && from + 10 <= end) found.components ??= bytes.readUInt16BE(from + 8)
  if (type === 'pclr' && from + 3 <= end) found.palette ??= { offset: from, entries: bytes.readUInt16BE(from), columns: bytes[from + 2]! }
  if (type !== 'cmap' || found.mapping) return
  const channels = Array.from({ length: Math.min(4096, (end - from) >> 2) }, (_, i) => {
    const at = from + i * 4
    return { component: bytes.readUInt16BE(at), type: bytes[at + 2]!, column: bytes[at + 3]! }
  })
  found.mapping = { offset: from, channels }
}
