import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import type { ArchiveEntry } from './archive.ts'
import { inflateRaw } from './inflate.ts'
import { decodeLzma, decodeLzma2 } from './lzma.ts'
import { utf16 } from './bytes.ts'

/** Names of the fields of a 7z header. */
export const ID = {
  end: 0,
  header: 1,
  archiveProperties: 2,
  mainStreams: 4,
  files: 5,
  packInfo: 6,
  unpackInfo: 7,
  subStreams: 8,
  size: 9,
  crc: 10,
  folder: 11,
  unpackSizes: 12,
  streamCounts: 13,
  emptyStream: 14,
  names: 17,
  encodedHeader: 23,
} as const

const HEADER_BYTES = 32
const AES = '06f10701'
const MOST_CODERS = 8

/** Reads the numbers and lists of a 7z header. Throws Damaged past its end. */
export class SevenZipCursor {
  readonly #bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  byte(): number {
    const value = this.#bytes[this.at++]
    if (value === undefined) throw new Damaged('the header of the archive is cut off')
    return value
  }

  take(length: number): Buffer {
    if (!(length >= 0 && this.at + length <= this.#bytes.length)) throw new Damaged('the header of the archive is cut off')
    return this.#bytes.subarray(this.at, (this.at += length))
  }

  /** A number whose first byte says by its leading ones how many bytes follow. */
  number(): number {
    const first = this.byte()
    let value = 0
    for (let i = 0, mask = 0x80; i < 8; i++, mask >>= 1) {
      if ((first & mask) === 0) return value + (first & (mask - 1)) * 2 ** (8 * i)
      value += this.byte() * 2 ** (8 * i)
    }
    return value
  }

  bits(count: number): boolean[] {
    const bytes = this.take(Math.ceil(count / 8))
    return Array.from({ length: count }, (_, i) => (bytes[i >> 3]! & (0x80 >> (i & 7))) !== 0)
  }

  /** As many texts of UTF-16, each with a zero behind it, as there are files. */
  wideTexts(count: number, end: number): string[] {
    return utf16(this.take(Math.max(0, end - this.at))).split('\0', count)
  }

  /** Check sums, which are not looked at: a flag or bits that say which there are, four bytes each. Answers with those bits. */
  skipSums(count: number): boolean[] {
    const defined = this.byte() !== 0 ? Array.from({ length: count }, () => true) : this.bits(count)
    this.take(defined.filter(Boolean).length * 4)
    return defined
  }
}

interface Coder {
  readonly id: string
  readonly properties: Buffer
  readonly size: number
}

export interface Folder {
  /** Where its packed data lie in the file. */
  readonly start: number
  readonly packedBytes: number
  /** Its check sum stands with it, and not with its file. */
  readonly summed: boolean
  /** In the order in which they unpack. */
  readonly coders: readonly Coder[]
  readonly refused?: NonNullable<ArchiveEntry['unread']>
}

export interface Streams {
  readonly folders: readonly Folder[]
  /** Of each folder, how long each of its files is. */
  readonly sizes: readonly (readonly number[])[]
}

interface RawFolder {
  readonly coders: { readonly id: string; readonly properties: Buffer; readonly simple: boolean }[]
  readonly pairs: { readonly into: number; readonly from: number }[]
  readonly packed: number
}

/** Reads where packed data lie, how they are packed, and how long the files in them are. Throws Damaged, LimitReached. */
export function readStreams(cursor: SevenZipCursor, budget: Budget): Streams {
  let at = HEADER_BYTES
  let packedSizes: number[] = []
  let folders: Folder[] = []
  let sizes: number[][] | undefined
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    budget.step()
    if (id === ID.packInfo) {
      at = HEADER_BYTES + cursor.number()
      packedSizes = readPackInfo(cursor, budget)
    } else if (id === ID.unpackInfo) folders = readFolders(cursor, { at, packedSizes, budget })
    else if (id === ID.subStreams) sizes = readSizes(cursor, folders, budget)
    else throw new Damaged('the header of the archive has a field of no known kind')
  }
  return { folders, sizes: sizes ?? folders.map((folder) => [sizeOf(folder)]) }
}

function counted(count: number, budget: Budget): number {
  if (count > budget.limits.objects) throw new LimitReached('objects')
  budget.step(count)
  return count
}

function readPackInfo(cursor: SevenZipCursor, budget: Budget): number[] {
  const count = counted(cursor.number(), budget)
  let sizes: number[] = []
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    if (id === ID.size) sizes = Array.from({ length: count }, () => cursor.number())
    else if (id === ID.crc) cursor.skipSums(count)
    else throw new Damaged('the header of the archive has a field of no known kind')
  }
  return sizes
}

function readFolders(cursor: SevenZipCursor, { at, packedSizes, budget }: { at: number; packedSizes: readonly number[]; budget: Budget }): Folder[] {
  if (cursor.byte() !== ID.folder) throw new Damaged('the folders of the archive are missing')
  const count = counted(cursor.number(), budget)
  if (cursor.byte() !== 0) throw new Damaged('the folders of the archive stand elsewhere')
  const raw = Array.from({ length: count }, () => readFolder(cursor))
  if (cursor.byte() !== ID.unpackSizes) throw new Damaged('the sizes of the folders are missing')
  const sizes = raw.map(({ coders }) => coders.map(() => cursor.number()))
  let summed: boolean[] = []
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    if (id !== ID.crc) throw new Damaged('the header of the archive has a field of no known kind')
    summed = cursor.skipSums(count)
  }
  let [start, stream] = [at, 0]
  return raw.map((folder, i) => {
    const own = packedSizes.slice(stream, stream + folder.packed)
    const made = { start, packedBytes: own[0] ?? 0, summed: summed[i] ?? false, ...chain(folder, sizes[i]!) }
    stream += folder.packed
    start += own.reduce((sum, size) => sum + size, 0)
    return made
  })
}

function readFolder(cursor: SevenZipCursor): RawFolder {
  const count = cursor.number()
  if (count < 1 || count > MOST_CODERS) throw new Damaged('a folder of the archive has too many coders')
  let [inputs, outputs] = [0, 0]
  const coders = Array.from({ length: count }, () => {
    const flags = cursor.byte()
    const id = cursor.take(flags & 15).toString('hex')
    const [ins, outs] = flags & 0x10 ? [cursor.number(), cursor.number()] : [1, 1]
    inputs += ins
    outputs += outs
    return { id, properties: flags & 0x20 ? cursor.take(cursor.number()) : Buffer.alloc(0), simple: ins === 1 && outs === 1 }
  })
  if (inputs > 32 || outputs > 32) throw new Damaged('a folder of the archive has too many streams')
  const pairs = Array.from({ length: Math.max(0, outputs - 1) }, () => ({ into: cursor.number(), from: cursor.number() }))
  const packed = Math.max(1, inputs - pairs.length)
  if (packed > 1) for (let i = 0; i < packed; i++) cursor.number()
  return { coders, pairs, packed }
}

/** The coders in the order in which they unpack, or why the folder stays packed. */
function chain({ coders, pairs }: RawFolder, sizes: readonly number[]): { coders: Coder[]; refused?: NonNullable<ArchiveEntry['unread']> } {
  if (coders.some(({ id }) => id === AES)) return { coders: [], refused: { reason: 'encrypted', why: 'the data of the archive are encrypted' } }
  const unknown = coders.find(({ id, simple }) => !simple || !DECODERS[id])
  if (unknown) return { coders: [], refused: { reason: 'unsupported', why: `the packing ${unknown.id} of 7z is not opened` } }
  const order: Coder[] = []
  let index = coders.findIndex((_, i) => !pairs.some(({ into }) => into === i))
  while (index >= 0 && index < coders.length && order.length < coders.length) {
    order.push({ ...coders[index]!, size: sizes[index] ?? 0 })
    const current = index
    index = pairs.find(({ from }) => from === current)?.into ?? -1
  }
  return { coders: order }
}

function sizeOf({ coders }: Folder): number {
  return coders.at(-1)?.size ?? 0
}

function readSizes(cursor: SevenZipCursor, folders: readonly Folder[], budget: Budget): number[][] {
  let counts = folders.map(() => 1)
  let id: number = cursor.byte()
  if (id === ID.streamCounts) {
    counts = folders.map(() => counted(cursor.number(), budget))
    id = cursor.byte()
  }
  const stated = id === ID.size
  const sizes = folders.map((folder, i) => {
    let left = sizeOf(folder)
    const own = Array.from({ length: Math.max(0, counts[i]! - 1) }, () => {
      const size = stated ? cursor.number() : 0
      left -= size
      return size
    })
    return counts[i] === 0 ? [] : [...own, Math.max(0, left)]
  })
  if (stated) id = cursor.byte()
  // Check sums follow, of files whose folder has none; nothing else does, and they are not looked at.
  const sums = folders.reduce((sum, { summed }, i) => sum + (summed && counts[i] === 1 ? 0 : counts[i]!), 0)
  for (; id !== ID.end; id = cursor.byte()) {
    if (id !== ID.crc) throw new Damaged('the header of the archive has a field of no known kind')
    cursor.skipSums(sums)
  }
  return sizes
}

/** Passes over properties that have an id and a size each. */
export function skipTo(cursor: SevenZipCursor, budget: Budget): void {
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    budget.step()
    cursor.take(cursor.number())
  }
}

type Decoder = (packed: Buffer, coder: Coder, budget: Budget) => Buffer

const DECODERS: Record<string, Decoder> = {
  '00': (packed, { size }, budget) => {
    budget.takeBytes(Math.min(size, packed.length))
    return packed.subarray(0, size)
  },
  '030101': (packed, { properties, size }, budget) => decodeLzma(properties, packed, size, budget),
  '21': (packed, { size }, budget) => decodeLzma2(packed, size, budget),
  '040108': (packed, _, budget) => inflateRaw(packed, budget).bytes,
}

/** Unpacks a folder whose coders are known. Throws Damaged, LimitReached. */
export function decodeFolder(bytes: Buffer, { start, packedBytes, coders }: Folder, budget: Budget): Buffer {
  return coders.reduce((packed, coder) => DECODERS[coder.id]!(packed, coder, budget), bytes.subarray(start, start + packedBytes))
}
