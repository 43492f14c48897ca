import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import type { Archive, ArchiveEntry } from './archive.ts'
import { u32 } from './bytes.ts'
import type { ArchiveKeys } from './archive-keys.ts'
import { decodeFolder, refusal } from './seven-zip-coders.ts'
import { ID, readStreams, SevenZipCursor, skipTo, type Streams } from './seven-zip-streams.ts'

const HEADER_BYTES = 32
const MOST_LAYERS = 4

const HEADERS_ENCRYPTED: Archive['unread'] = { reason: 'encrypted', why: 'the headers of the archive are encrypted' }

/**
 * Reads a 7z archive ("7z format description", 7-zip.org): folders that are stored, LZMA, LZMA2, deflate or bzip2, behind the filters for programs of x86
 * and ARM64 and for differences, and under AES where a password fits. Throws Damaged, LimitReached.
 */
export function readSevenZip(bytes: Buffer, budget: Budget, keys: ArchiveKeys): Archive {
  const [start, size] = [u32(bytes, 12) + u32(bytes, 16) * 2 ** 32, u32(bytes, 20) + u32(bytes, 24) * 2 ** 32]
  if (size === 0) return { entries: [], tricks: [], damage: [] }
  let header = bytes.subarray(HEADER_BYTES + start, HEADER_BYTES + start + size)
  if (header.length < size) throw new Damaged('the header of the archive is missing')
  for (let layer = 0; header[0] === ID.encodedHeader; layer++) {
    if (layer === MOST_LAYERS) throw new Damaged('the header of the archive is packed too often')
    const streams = readStreams(new SevenZipCursor(header, 1), budget)
    const folder = streams.folders[0]
    if (!folder) throw new Damaged('the header of the archive is missing')
    const unread = refusal(folder)
    if (unread) return { entries: [], tricks: [], damage: [], unread }
    const unpacked = decodeFolder(bytes, folder, keys, budget)
    if (!unpacked) return { entries: [], tricks: [], damage: [], unread: HEADERS_ENCRYPTED }
    header = unpacked
  }
  return readHeader(bytes, header, { budget, keys })
}

interface Reading {
  readonly budget: Budget
  readonly keys: ArchiveKeys
}

function readHeader(bytes: Buffer, header: Buffer, reading: Reading): Archive {
  const { budget } = reading
  const cursor = new SevenZipCursor(header, 0)
  if (cursor.byte() !== ID.header) throw new Damaged('the header of the archive is of no known kind')
  let streams: Streams = { folders: [], sizes: [] }
  let files: Files = { names: [], empty: [], more: false }
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    budget.step()
    if (id === ID.mainStreams) streams = readStreams(cursor, budget)
    else if (id === ID.files) files = readFiles(cursor, budget)
    else if (id === ID.archiveProperties) skipTo(cursor, budget)
    else throw new Damaged('the header of the archive has a field of no known kind')
  }
  return list(bytes, streams, files, reading)
}

interface Files {
  readonly names: readonly string[]
  /** Files without data, and folders. */
  readonly empty: readonly boolean[]
  /** More files than are listed. */
  readonly more: boolean
}

function readFiles(cursor: SevenZipCursor, budget: Budget): Files {
  const count = cursor.number()
  const most = budget.limits.objects
  let names: string[] = []
  let empty: boolean[] = []
  for (let id = cursor.byte(); id !== ID.end; id = cursor.byte()) {
    budget.step()
    const end = cursor.number() + cursor.at
    if (id === ID.emptyStream) empty = cursor.bits(Math.min(count, most))
    else if (id === ID.names && cursor.byte() === 0) names = cursor.wideTexts(Math.min(count, most), end)
    cursor.at = end
  }
  return { names, empty, more: count > most }
}

/** Files take the streams of the folders one after the other. */
function list(bytes: Buffer, { folders, sizes }: Streams, { names, empty, more }: Files, { budget, keys }: Reading): Archive {
  const entries: ArchiveEntry[] = []
  const tricks: ArchiveTrick[] = []
  const unpacked = new Map<number, Buffer | undefined>()
  const open = (index: number) => {
    if (unpacked.has(index)) return unpacked.get(index)
    const data = decodeFolder(bytes, folders[index]!, keys, budget)
    unpacked.set(index, data)
    return data
  }
  const places = sizes.flatMap((of, folder) => {
    let from = 0
    return of.map((size) => ({ folder, from: (from += size) - size, size }))
  })
  let next = 0
  for (const [i, name] of names.entries()) {
    tricks.push(...nameTricks(name, 0))
    const place = empty[i] ? undefined : places[next++]
    const folder = place && folders[place.folder]
    if (!folder || !place) continue
    const offset = folder.start
    const unread = refusal(folder)
    if (unread) entries.push({ name, offset, unread })
    else entries.push({ name, offset, read: () => open(place.folder)?.subarray(place.from, place.from + place.size) ?? 'encrypted' })
  }
  return { entries, tricks, damage: [], ...(more && { cut: 'objects' as const }) }
}
