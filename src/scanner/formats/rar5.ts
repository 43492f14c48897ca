import { Damaged, LimitReached, upToLimit, type Budget, type LimitName } from '#scanner/intake/limits.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import type { Archive, ArchiveEntry } from './archive.ts'
import { u32, u8 } from './bytes.ts'
import type { ArchiveKeys } from './archive-keys.ts'
import { RarFiles, type RarArchive, type RarFile, type SideStream } from './rar-entry.ts'
import { readRar5Lock, type RarLock } from './rar5-lock.ts'

const FILE = 2
const SERVICE = 3
const ENCRYPTION = 4
const END = 5
const EXTRA_ENCRYPTED = 1
const EXTRA_REDIRECTION = 5
const EXTRA_SUBDATA = 7
const FOLDER = 1

/** Numbers of seven bits a byte, the lowest first, one after the other. */
class Cursor {
  readonly #bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  number(): number {
    let value = 0
    for (let i = 0; i < 8; i++) {
      const byte = u8(this.#bytes, this.at++)
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    throw new Damaged('a number is too long')
  }

  text(length: number): string {
    const from = this.at
    this.at += length
    return this.#bytes.toString('utf8', from, Math.min(this.at, this.#bytes.length, from + 2048))
  }
}

/** Lists a RAR archive of version 5 ("RAR 5.0 archive format", rarlab.com). Throws LimitReached. */
export function readRar5(bytes: Buffer, budget: Budget, keys: ArchiveKeys): RarArchive {
  const files = new RarFiles(budget, keys)
  const entries: ArchiveEntry[] = []
  const tricks: ArchiveTrick[] = []
  const streams: SideStream[] = []
  const damage: string[] = []
  let unread: Archive['unread']
  let cut: LimitName | undefined
  try {
    cut = upToLimit(() => {
      for (let at = 8; at + 7 <= bytes.length;) {
        budget.step()
        const block = readBlock(bytes, at)
        if (block.type === END) break
        if (block.type === ENCRYPTION) {
          unread = { reason: 'encrypted', why: 'the headers of the archive are encrypted' }
          break
        }
        if (block.type === FILE || block.type === SERVICE) {
          if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
          const file = readFile(bytes, block)
          if (block.type === FILE) {
            tricks.push(...nameTricks(file.name, at, file.link))
            if (!file.isFolder && file.link === undefined)
              entries.push(files.add({ ...file, at, data: bytes.subarray(block.data, block.end), split: block.split }))
          } else if (file.name === 'STM') streams.push({ offset: at, name: file.subdata ?? '' })
        }
        if (block.end <= at) break
        at = block.end
      }
    })
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    damage.push(error.message)
  }
  return {
    entries,
    tricks,
    get damage() {
      return [...damage, ...files.damage]
    },
    streams,
    ...(unread && { unread }),
    ...(cut && { cut }),
  }
}

interface Block {
  readonly type: number
  /** Where the fields of its type begin, where its extra area and its data do, and where the next block does. */
  readonly body: number
  readonly extra: number
  readonly data: number
  readonly end: number
  readonly split: boolean
}

function readBlock(bytes: Buffer, at: number): Block {
  const cursor = new Cursor(bytes, at + 4)
  const size = cursor.number()
  const data = cursor.at + size
  if (size < 2 || data > bytes.length) throw new Damaged('a header is cut off')
  const type = cursor.number()
  const flags = cursor.number()
  const extraBytes = flags & 1 ? cursor.number() : 0
  const dataBytes = flags & 2 ? cursor.number() : 0
  return { type, body: cursor.at, extra: Math.max(cursor.at, data - extraBytes), data, end: data + dataBytes, split: (flags & 0x18) !== 0 }
}

interface File5 {
  readonly name: string
  readonly isFolder: boolean
  readonly size: number
  readonly packing: RarFile['packing']
  readonly solid: boolean
  readonly crc?: number
  readonly encrypted: boolean
  readonly lock?: RarLock
  readonly link?: string
  readonly subdata?: string
}

function readFile(bytes: Buffer, { body, extra, data }: Block): File5 {
  const cursor = new Cursor(bytes.subarray(0, data), body)
  const flags = cursor.number()
  const stated = cursor.number()
  // Eight: the size is not known before the end of the data.
  const size = flags & 8 ? Infinity : stated
  cursor.number()
  cursor.at += flags & 2 ? 4 : 0
  const crc = flags & 4 ? u32(bytes, cursor.at) : undefined
  cursor.at += flags & 4 ? 4 : 0
  const how = cursor.number()
  const packing = ((how >>> 7) & 7) === 0 ? 'stored' : (how & 0x3f) === 0 ? '5' : 'other'
  cursor.number()
  const name = cursor.text(cursor.number())
  return {
    name,
    isFolder: (flags & FOLDER) !== 0,
    size,
    packing,
    solid: (how & 0x40) !== 0,
    ...(crc !== undefined && { crc }),
    ...readExtra(bytes.subarray(0, data), extra),
  }
}

interface Extra {
  encrypted: boolean
  lock?: RarLock
  link?: string
  subdata?: string
}

function readExtra(bytes: Buffer, from: number): Extra {
  const found: Extra = { encrypted: false }
  const cursor = new Cursor(bytes, from)
  while (cursor.at + 2 <= bytes.length) {
    const size = cursor.number()
    const end = cursor.at + size
    const type = cursor.number()
    if (type === EXTRA_ENCRYPTED) {
      const lock = readRar5Lock(bytes.subarray(cursor.at, end))
      found.encrypted = true
      if (lock) found.lock = lock
    } else if (type === EXTRA_REDIRECTION) {
      const kind = cursor.number()
      cursor.number()
      const target = cursor.text(cursor.number())
      // 1 to 3 are links of Unix and Windows and junctions; 4 and 5 are copies of files of the archive.
      if (kind <= 3) found.link = target
    } else if (type === EXTRA_SUBDATA) found.subdata = cursor.text(Math.max(0, end - cursor.at))
    if (size === 0) break
    cursor.at = end
  }
  return found
}
