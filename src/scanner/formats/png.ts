import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { inflateZlib } from './inflate.ts'

/** A picture as its pixels: three bytes each (red, green, blue), line by line from the top. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly rgb: Buffer
}

/** Samples of a pixel by the colour type (PNG, third edition, section 11.2.1). */
const SAMPLES: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
])
const DEPTHS: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
])
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Pixels of the largest picture that is read: more than any screen has. */
export const MOST_PIXELS = 8 * 2 ** 20

interface Header {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colour: number
}

/**
 * Reads a PNG that is not interlaced; what is transparent stands on white. Checksums and what a viewer may leave out are not looked at. Throws Damaged for
 * what is none, or not whole, and LimitReached for one that is larger than any screen.
 */
export function readPng(bytes: Buffer, budget: Budget): Pixels {
  const { header, palette, packed } = chunksOf(bytes, budget)
  const { width, height, depth, colour } = header
  const bits = depth * SAMPLES.get(colour)!
  const line = Math.ceil((width * bits) / 8)
  const { bytes: raw } = inflateZlib(packed, budget)
  if (raw.length < height * (line + 1)) throw new Damaged('the lines of the picture are not all there')
  const step = Math.max(1, bits >> 3)
  const rgb = Buffer.alloc(width * height * 3)
  let above: Buffer = Buffer.alloc(line)
  for (let y = 0; y < height; y++) {
    budget.step()
    const at = y * (line + 1)
    const current = raw.subarray(at + 1, at + 1 + line)
    undoFilter(raw[at]!, current, above, step)
    paint(header, palette, current, rgb.subarray(y * width * 3, (y + 1) * width * 3))
    above = current
  }
  return { width, height, rgb }
}

function chunksOf(bytes: Buffer, budget: Budget): { header: Header; palette: Buffer; packed: Buffer } {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Damaged('not a PNG')
  let header: Header | undefined
  let palette: Buffer = Buffer.alloc(0)
  const packed: Buffer[] = []
  for (let at = 8; at + 12 <= bytes.length;) {
    budget.step()
    const length = bytes.readUInt32BE(at)
    const kind = bytes.toString('latin1', at + 4, at + 8)
    const body = bytes.subarray(at + 8, at + 8 + length)
    if (body.length < length) throw new Damaged('the picture breaks off')
    if (kind === 'IHDR') header ??= headerOf(body)
    if (kind === 'PLTE') palette = body
    if (kind === 'IDAT') packed.push(body)
    if (kind === 'IEND') break
    at += 12 + length
  }
  if (header === undefined) throw new Damaged('the picture has no header')
  return { header, palette, packed: Buffer.concat(packed) }
}

function headerOf(body: Buffer): Header {
  if (body.length !== 13) throw new Damaged('the header of the picture has another length')
  const [width, height, depth, colour, ...ways] = [body.readUInt32BE(0), body.readUInt32BE(4), ...body.subarray(8)] as [number, number, number, number]
  if (width === 0 || height === 0 || DEPTHS.get(colour)?.includes(depth) !== true) throw new Damaged('the header of the picture describes none')
  if ((ways as number[]).some((way) => way !== 0)) throw new Damaged('the picture is interlaced, or packed in an unknown way')
  if (width * height > MOST_PIXELS) throw new LimitReached('objectBytes')
  return { width, height, depth, colour }
}

/** Turns a filtered line into its samples, in place (section 9.2). */
function undoFilter(filter: number, line: Buffer, above: Buffer, step: number): void {
  if (filter > 4) throw new Damaged('a line of the picture has an unknown filter')
  if (filter === 0) return
  for (let x = 0; x < line.length; x++) {
    const left = x < step ? 0 : line[x - step]!
    const up = above[x]!
    const corner = x < step ? 0 : above[x - step]!
    line[x] = line[x]! + predicted(filter, left, up, corner)
  }
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
}

function paint({ width, depth, colour }: Header, palette: Buffer, line: Buffer, rgb: Buffer): void {
  const samples = SAMPLES.get(colour)!
  const grey = colour === 0 || colour === 4
  for (let x = 0; x < width; x++) {
    const first = sampleAt(line, x * samples, depth)
    const to = x * 3
    if (colour === 3) {
      // What the palette does not hold is black.
      for (let n = 0; n < 3; n++) rgb[to + n] = palette[first * 3 + n] ?? 0
      continue
    }
    const alpha = colour >= 4 ? eight(sampleAt(line, x * samples + samples - 1, depth), depth) : 255
    for (let n = 0; n < 3; n++) {
      const value = eight(grey ? first : sampleAt(line, x * samples + n, depth), depth)
      rgb[to + n] = alpha === 255 ? value : Math.round((value * alpha + 255 * (255 - alpha)) / 255)
    }
  }
}

function sampleAt(line: Buffer, index: number, depth: number): number {
  if (depth === 8) return line[index]!
  if (depth === 16) return line.readUInt16BE(index * 2)
  const perByte = 8 / depth
  return (line[Math.floor(index / perByte)]! >> (8 - depth * ((index % perByte) + 1))) & ((1 << depth) - 1)
}

const eight = (value: number, depth: number) => (depth === 8 ? value : depth === 16 ? value >> 8 : Math.round((value * 255) / ((1 << depth) - 1)))
