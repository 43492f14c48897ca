import type { Archive } from '#scanner/formats/archive.ts'
import { readCab } from '#scanner/formats/cab.ts'
import { readIso } from '#scanner/formats/iso.ts'
import { readRar } from '#scanner/formats/rar.ts'
import { readSevenZip } from '#scanner/formats/seven-zip.ts'
import { readTar } from '#scanner/formats/tar.ts'
import { readUdf } from '#scanner/formats/udf.ts'
import { ArchiveKeys } from '#scanner/formats/archive-keys.ts'
import { sayListing, sayOpened, sayTricks } from './archive.ts'
import { LimitReached, type Budget } from './limits.ts'
import { innerPath, type Part } from './part.ts'

/** Opens every file of an archive that can be unpacked, and says of the others why they stay unexamined. Throws Damaged, LimitReached. */
function openWith(kind: string, read: (bytes: Buffer, budget: Budget, keys: ArchiveKeys) => Archive): (part: Part) => void {
  return (part) => {
    part.kind(kind)
    const keys = new ArchiveKeys(part.passwords, part.hints)
    openArchive(part, read(part.bytes, part.budget, keys))
    sayOpened(part, keys)
  }
}

function openArchive(part: Part, archive: Archive): void {
  const { entries, tricks, unread } = archive
  sayTricks(part, tricks)
  sayListing(
    part,
    entries.map(({ name }) => name),
  )
  if (unread) part.miss(part.path, unread.reason, unread.why)
  for (const entry of entries) {
    const path = innerPath(part.path, entry.name)
    if (entry.unread) part.miss(path, entry.unread.reason, entry.unread.why)
    const bytes = entry.read && part.attempt(path, entry.read)
    if (bytes === 'encrypted') part.miss(path, 'encrypted', 'the file is encrypted')
    else if (bytes) part.child(entry.name, bytes, 'archive-entry', entry.offset)
  }
  // Files may have shown more of it while they were read.
  for (const damage of archive.damage) part.miss(part.path, 'damaged', damage)
  if (archive.cut) throw new LimitReached(archive.cut)
}

export const openTarPart = openWith('tar', readTar)
export const openCabPart = openWith('cab', readCab)
export const openIsoPart = openWith('iso', readIso)
export const openUdfPart = openWith('udf', readUdf)
export const openSevenZipPart = openWith('7z', readSevenZip)

/** Opens a RAR archive, and reports what it writes beside files. Throws Damaged, LimitReached. */
export function openRarPart(part: Part): void {
  part.kind('rar')
  const keys = new ArchiveKeys(part.passwords, part.hints)
  const archive = readRar(part.bytes, part.budget, keys)
  for (const { offset, name } of archive.streams) part.say({ kind: 'side-stream', path: part.path, offset, name })
  openArchive(part, archive)
  sayOpened(part, keys)
}
