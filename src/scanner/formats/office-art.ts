import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { inflateZlib } from './inflate.ts'

/** A picture of a binary Office document (MS-ODRAW 2.2.23, OfficeArtBlip); `offset` is that of its record. */
export interface OfficePicture {
  readonly offset: number
  /** The picture, a metafile unpacked. Throws Damaged, LimitReached. */
  readonly read: () => Buffer
}

export interface OfficePictures {
  readonly pictures: readonly OfficePicture[]
  /** There were more than are read. */
  readonly more: boolean
}

/** By the type of a record: its instances, of which every second has a further id in front, and whether a metafile's header follows. */
const BLIPS: ReadonlyMap<number, { readonly instances: readonly number[]; readonly metafile: boolean }> = new Map([
  [0xf01a, { instances: [0x3d4, 0x3d5], metafile: true }],
  [0xf01b, { instances: [0x216, 0x217], metafile: true }],
  [0xf01c, { instances: [0x542, 0x543], metafile: true }],
  [0xf01d, { instances: [0x46a, 0x46b, 0x6e2, 0x6e3], metafile: false }],
  [0xf01e, { instances: [0x6e0, 0x6e1], metafile: false }],
  [0xf01f, { instances: [0x7a8, 0x7a9], metafile: false }],
  [0xf029, { instances: [0x6e4, 0x6e5], metafile: false }],
  [0xf02a, { instances: [0x46a, 0x46b, 0x6e2, 0x6e3], metafile: false }],
])
/** 1 for each second byte of those types. */
const LOW_BYTES = new Uint8Array(256)
for (const type of BLIPS.keys()) LOW_BYTES[type & 0xff] = 1
const HEADER = 8
const ID = 16
const METAFILE_HEADER = 34
const NOT_PACKED = 0xfe
const MOST_PICTURES = 1000
const NEAR = 16

/**
 * Finds the pictures in a stream of a binary document: by their records wherever these stand, as the streams around them differ (Pictures, Data, a
 * drawing group, delayed ones). What is cut off is given as far as it goes. Linear. Throws LimitReached.
 */
export function readOfficePictures(stream: Buffer, budget: Budget): OfficePictures {
  const pictures: OfficePicture[] = []
  budget.step(1 + (stream.length >> 10))
  for (let mark = nextMark(stream, 3); mark !== -1; mark = nextMark(stream, mark + 1)) {
    if (LOW_BYTES[stream[mark - 1]!] === 0) continue
    const at = mark - 3
    const kind = BLIPS.get(0xf000 | stream[mark - 1]!)!
    const head = stream.readUInt16LE(at)
    if ((head & 0xf) !== 0 || !kind.instances.includes(head >> 4) || mark + 5 > stream.length) continue
    if (pictures.length >= MOST_PICTURES) return { pictures, more: true }
    budget.step()
    const size = stream.readUInt32LE(mark + 1)
    const body = stream.subarray(at + HEADER, at + HEADER + size)
    // Even instances have one id, odd ones two; the list is written with the even one first.
    const ids = kind.instances.indexOf(head >> 4) % 2 === 0 ? ID : 2 * ID
    pictures.push({ offset: at, read: () => (kind.metafile ? metafile(body, ids, budget) : body.subarray(ids + 1)) })
    mark = at + HEADER + body.length + 2
  }
  return { pictures, more: false }
}

/** The next byte that may end the type of a record. The first few are looked at here: a search for each costs more in a stream full of them. */
function nextMark(stream: Buffer, from: number): number {
  for (let at = from; at < from + NEAR; at++) if (stream[at] === 0xf0) return at
  return stream.indexOf(0xf0, from + NEAR)
}

/** Behind the ids: size, bounds, size on paper, packed size, packing and filter (OfficeArtMetafileHeader, 2.2.31). */
function metafile(body: Buffer, ids: number, budget: Budget): Buffer {
  const start = ids + METAFILE_HEADER
  if (body.length <= start) throw new Damaged('it is cut off')
  const packed = body.subarray(start, start + body.readUInt32LE(ids + 28))
  return body[ids + 32] === NOT_PACKED ? packed : inflateZlib(packed, budget).bytes
}

const DRAWING_GROUP = 0x00eb
const CONTINUE = 0x003c

/**
 * The drawing group of a workbook, which keeps its pictures, put together from its records (MS-XLS 2.4.170); undefined for one that takes more
 * than half of what may still be unpacked. Throws LimitReached.
 */
export function drawingGroup(stream: Buffer, budget: Budget): Buffer | undefined {
  const pieces: Buffer[] = []
  let inside = false
  for (let at = 0, records = 0; at + 4 <= stream.length; records++) {
    if (records % 64 === 0) budget.step()
    const type = stream.readUInt16LE(at)
    const size = stream.readUInt16LE(at + 2)
    inside = type === DRAWING_GROUP || (inside && type === CONTINUE)
    if (inside) pieces.push(stream.subarray(at + 4, at + 4 + size))
    at += 4 + size
  }
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (bytes > budget.room / 2) return undefined
  if (bytes > 0) budget.takeBytes(bytes)
  return Buffer.concat(pieces)
}
