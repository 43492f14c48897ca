import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
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

  /** Check sums (CRC-32): a flag or bits that say which there are, four bytes each. */
  sums(count: number): (number | undefined)[] {
    const defined = this.byte() !== 0 ? Array.from({ length: count }, () => true) : this.bits(count)
    return defined.map((is) => (is ? this.take(4).readUInt32LE(0) : undefined))
  }
}

export interface Coder {
  readonly id: string
  readonly properties: Buffer
  readonly inputs: number
  readonly outputs: number
  /** How long what it gives is. */
  readonly size: number
}

/** Data that are unpacked together: coders, which of them feed which, and the packed streams that feed the rest. */
export interface Folder {
  readonly coders: readonly Coder[]
  /** The input `into` takes what the output `from` gives; both are counted over all coders. */
  readonly pairs: readonly { readonly into: number; readonly from: number }[]
  readonly packs: readonly { readonly input: number; readonly start: number; readonly size: number }[]
  /** Where its packed data lie in the file. */
  readonly start: number
  /** How long it is unpacked. */
  readonly size: number
  /** The check sum of so many of its first bytes. */
  sum?: { readonly crc: number; readonly bytes: number }
}

export interface Streams {
  readonly folders: readonly Folder[]
  /** Of each folder, how long each of its files is. */
  readonly sizes: readonly (readonly number[])[]
}

interface RawFolder {
  readonly coders: readonly Omit<Coder, 'size'>[]
  readonly pairs: Folder['pairs']
  /** The inputs that packed streams feed, in the order of the streams. */
  readonly packed: readonly number[]
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
  return { folders, sizes: sizes ?? folders.map(({ size }) => [size]) }
}

/** Files of one folder stand in one stream: an archive may have many more than are opened. */
const LISTED_FOR_OPENED = 20

function counted(count: number, budget: Budget): number {
  if (count > budget.limits.objects * LISTED_FOR_OPENED) throw new LimitReached('objects')
  budget.step(count)
  return count
}

function readPackInfo(cursor: SevenZipCursor, budget: Budget): number[] {
  const count = counted(cursor.number(), budget)
  let sizes: number[] = []
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    if (id === ID.size) sizes = Array.from({ length: count }, () => cursor.number())
    else if (id === ID.crc) cursor.sums(count)
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
  const sizes = raw.map(({ coders }) => coders.flatMap(({ outputs }) => Array.from({ length: outputs }, () => cursor.number())))
  let sums: (number | undefined)[] = []
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    if (id !== ID.crc) throw new Damaged('the header of the archive has a field of no known kind')
    sums = cursor.sums(count)
  }
  let [start, stream] = [at, 0]
  return raw.map(({ coders, pairs, packed }, i) => {
    const packs = packed.map((input) => {
      const size = packedSizes[stream++] ?? 0
      start += size
      return { input, start: start - size, size }
    })
    const main = sizes[i]!.findIndex((_, output) => !pairs.some(({ from }) => from === output))
    const size = sizes[i]![main] ?? 0
    const sum = sums[i]
    return {
      coders: coders.map((coder, index) => ({ ...coder, size: sizes[i]![index] ?? 0 })),
      pairs,
      packs,
      start: packs[0]?.start ?? at,
      size,
      ...(sum !== undefined && { sum: { crc: sum, bytes: size } }),
    }
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
    return { id, properties: flags & 0x20 ? cursor.take(cursor.number()) : Buffer.alloc(0), inputs: ins, outputs: outs }
  })
  if (inputs > 32 || outputs > 32) throw new Damaged('a folder of the archive has too many streams')
  const pairs = Array.from({ length: Math.max(0, outputs - 1) }, () => ({ into: cursor.number(), from: cursor.number() }))
  const free = Array.from({ length: inputs }, (_, i) => i).filter((i) => !pairs.some(({ into }) => into === i))
  const streams = Math.max(1, inputs - pairs.length)
  return { coders, pairs, packed: streams > 1 ? Array.from({ length: streams }, () => cursor.number()) : free.slice(0, 1) }
}

function readSizes(cursor: SevenZipCursor, folders: readonly Folder[], budget: Budget): number[][] {
  let counts = folders.map(() => 1)
  let id: number = cursor.byte()
  if (id === ID.streamCounts) {
    let all = 0
    counts = folders.map(() => {
      const count = cursor.number()
      counted((all += count), budget)
      return count
    })
    id = cursor.byte()
  }
  const stated = id === ID.size
  const sizes = folders.map((folder, i) => {
    let left = folder.size
    const own = Array.from({ length: Math.max(0, counts[i]! - 1) }, () => {
      const size = stated ? cursor.number() : 0
      left -= size
      return size
    })
    return counts[i] === 0 ? [] : [...own, Math.max(0, left)]
  })
  if (stated) id = cursor.byte()
  // Check sums follow, of files whose folder has none; nothing else does.
  const missing = folders.map(({ sum }, i) => (sum && counts[i] === 1 ? 0 : counts[i]!))
  for (; id !== ID.end; id = cursor.byte()) {
    if (id !== ID.crc) throw new Damaged('the header of the archive has a field of no known kind')
    const sums = cursor.sums(missing.reduce((sum, count) => sum + count, 0))
    let next = 0
    for (const [i, folder] of folders.entries()) {
      const crc = missing[i]! > 0 ? sums[next] : undefined
      if (crc !== undefined) folder.sum ??= { crc, bytes: sizes[i]![0]! }
      next += missing[i]!
    }
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
