import { LimitReached, upToLimit, type Budget } from '#scanner/intake/limits.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import type { Archive, ArchiveEntry } from './archive.ts'
import { u16, u32, u8 } from './bytes.ts'
import type { ArchiveKeys } from './archive-keys.ts'
import { RarFiles, type RarArchive } from './rar-entry.ts'
import { readRar5 } from './rar5.ts'

const MARKER_5 = Buffer.from('526172211a070100', 'hex')
const MAIN = 0x73
const FILE = 0x74
const END = 0x7b
const STORED = 0x30
/** What a program must be able to unpack: 2.9. */
const VERSION = 29
const LINK_ATTRIBUTE = 0xa000

/**
 * Reads a RAR archive of version 4 or 5: files that are stored or packed as versions 2.9 to 6 do, but for PPMd; encrypted ones of version 5 where a password
 * fits. Throws LimitReached, Damaged.
 */
export function readRar(bytes: Buffer, budget: Budget, keys: ArchiveKeys): RarArchive {
  return bytes.subarray(0, 8).equals(MARKER_5) ? readRar5(bytes, budget, keys) : readRar4(bytes, budget, keys)
}

function readRar4(bytes: Buffer, budget: Budget, keys: ArchiveKeys): RarArchive {
  const files = new RarFiles(budget, keys)
  const entries: ArchiveEntry[] = []
  const tricks: ArchiveTrick[] = []
  const damage: string[] = []
  let unread: Archive['unread']
  const cut = upToLimit(() => {
    for (let at = 7; at + 7 <= bytes.length;) {
      budget.step()
      const [type, flags, size] = [u8(bytes, at + 2), u16(bytes, at + 3), u16(bytes, at + 5)]
      if (type === END || size < 7) break
      if (type === MAIN && flags & 0x80) {
        unread = { reason: 'encrypted', why: 'the headers of the archive are encrypted' }
        break
      }
      if (at + size > bytes.length) {
        damage.push('a header is cut off')
        break
      }
      let dataBytes = flags & 0x8000 || type === FILE ? u32(bytes, at + 7) : 0
      if (type === FILE) {
        if (flags & 0x100) dataBytes += u32(bytes, at + 32) * 2 ** 32
        if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
        const file = readFile4(bytes, { at, flags, size, dataBytes, files })
        tricks.push(...nameTricks(file.name, at, file.link))
        if (file.entry) entries.push(file.entry)
      }
      at += size + dataBytes
    }
  })
  return {
    entries,
    tricks,
    get damage() {
      return [...damage, ...files.damage]
    },
    streams: [],
    ...(unread && { unread }),
    ...(cut && { cut }),
  }
}

interface Header4 {
  readonly at: number
  readonly flags: number
  readonly size: number
  readonly dataBytes: number
  readonly files: RarFiles
}

function readFile4(bytes: Buffer, { at, flags, size, dataBytes, files }: Header4): { name: string; link?: string; entry?: ArchiveEntry } {
  const from = at + 32 + (flags & 0x100 ? 8 : 0)
  const raw = bytes.subarray(from, Math.min(from + u16(bytes, at + 26), at + size))
  const zero = raw.indexOf(0)
  // With the Unicode flag the name stands twice: plain, then packed; the plain one says enough.
  const name = raw.toString(flags & 0x200 && zero === -1 ? 'utf8' : 'latin1', 0, zero === -1 ? raw.length : zero).slice(0, 2048)
  const data = bytes.subarray(at + size, at + size + dataBytes)
  if ((flags & 0xe0) === 0xe0) return { name }
  const isLink = u8(bytes, at + 15) === 3 && ((u32(bytes, at + 28) >>> 0) & 0xf000) === LINK_ATTRIBUTE
  return {
    name,
    entry: files.add({
      name,
      at,
      data,
      size: u32(bytes, at + 11) + (flags & 0x100 ? u32(bytes, at + 36) * 2 ** 32 : 0),
      packing: u8(bytes, at + 25) === STORED ? 'stored' : u8(bytes, at + 24) === VERSION ? '3' : 'other',
      solid: (flags & 0x10) !== 0,
      encrypted: (flags & 4) !== 0,
      split: (flags & 3) !== 0,
      crc: u32(bytes, at + 16),
    }),
    ...(isLink && { link: data.toString('utf8').slice(0, 1024) }),
  }
}
