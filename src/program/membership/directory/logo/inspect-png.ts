import { crc32 } from 'node:zlib'

/** Most bytes of a logo as it is sent, and most pixels a side. */
export const MAX_LOGO_BYTES = 512 * 1024
export const MAX_LOGO_SIDE = 2048

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const CRITICAL = ['IHDR', 'PLTE', 'IDAT', 'IEND']
/** Samples a pixel by colour type, and the bit depths that it allows (PNG, third edition, table 8). */
const COLOURS: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
}
/** First column and row, and steps, of Adam7's passes (section 8.2); one pass of everything where nothing is interlaced. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const
const ONE_PASS = [[0, 0, 1, 1]] as const

/** What the header promises, and the compressed samples, before anything is unpacked. */
export interface InspectedPng {
  readonly width: number
  readonly height: number
  /** Bytes that the samples unpack to: exactly so many, or the file is not what it says. */
  readonly unpackedBytes: number
  readonly samples: Buffer
}

export type Inspection = { readonly png: InspectedPng } | { readonly refused: string }

/** Reads a PNG's chunks without unpacking a pixel: signature, header, every checksum, the end and nothing behind it. Pure; never throws. */
export function inspectPng(bytes: Buffer): Inspection {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return { refused: 'Only PNG pictures are taken; SVG and every other format is refused.' }
  const samples: Buffer[] = []
  let header: Omit<InspectedPng, 'samples'> | undefined
  for (let at = 8; ;) {
    const chunk = chunkAt(bytes, at)
    if (typeof chunk === 'string') return { refused: chunk }
    const { type, data } = chunk
    at += data.length + 12
    if ((type === 'IHDR') !== (header === undefined)) return { refused: 'The picture does not begin with one header.' }
    if (type === 'IHDR') {
      const read = headerOf(data)
      if (typeof read === 'string') return { refused: read }
      header = read
    } else if (type === 'IDAT') samples.push(data)
    else if (type === 'IEND') {
      if (at !== bytes.length) return { refused: 'Something follows the end of the picture.' }
      return samples.length > 0 ? { png: { ...header!, samples: Buffer.concat(samples) } } : { refused: 'The picture has no pixels.' }
    } else if (!CRITICAL.includes(type) && /^[A-Z]/.test(type)) return { refused: `The picture needs ${type}, which is not known.` }
  }
}

function chunkAt(bytes: Buffer, at: number): { type: string; data: Buffer } | string {
  const cut = 'The picture ends in the middle.'
  if (at + 12 > bytes.length) return cut
  const length = bytes.readUInt32BE(at)
  if (at + 12 + length > bytes.length) return cut
  const type = bytes.toString('latin1', at + 4, at + 8)
  if (!/^[A-Za-z]{4}$/.test(type)) return 'The picture holds what is no chunk of a PNG.'
  if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length)) return `The checksum of ${type} is wrong: the picture is damaged.`
  return { type, data: bytes.subarray(at + 8, at + 8 + length) }
}

function headerOf(data: Buffer): Omit<InspectedPng, 'samples'> | string {
  if (data.length !== 13) return 'The header of the picture is damaged.'
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)]
  const [depth, colour, compression, filter, interlace] = data.subarray(8) as unknown as [number, number, number, number, number]
  if (width < 1 || height < 1 || width > MAX_LOGO_SIDE || height > MAX_LOGO_SIDE)
    return `The picture is ${width} × ${height} pixels; at most ${MAX_LOGO_SIDE} × ${MAX_LOGO_SIDE} are taken.`
  const kind = COLOURS[colour]
  if (!kind?.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) return 'The header of the picture names what no PNG has.'
  return { width, height, unpackedBytes: unpackedSize(width, height, depth * kind.samples, interlace === 1 ? ADAM7 : ONE_PASS) }
}

/** Each line of each pass has its samples, to whole bytes, and a byte that names its filter. */
function unpackedSize(width: number, height: number, bitsPerPixel: number, passes: readonly (readonly [number, number, number, number])[]): number {
  let total = 0
  for (const [x, y, stepX, stepY] of passes) {
    const [columns, lines] = [Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY)]
    if (columns > 0 && lines > 0) total += lines * (1 + Math.ceil((columns * bitsPerPixel) / 8))
  }
  return total
}
