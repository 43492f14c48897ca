import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import type { Archive, ArchiveEntry } from './archive.ts'

/** A stream that an archive writes beside a file of NTFS: its name, as it stands in the archive. */
export interface SideStream {
  readonly offset: number
  readonly name: string
}

export interface RarArchive extends Archive {
  readonly streams: readonly SideStream[]
}

interface Stored {
  readonly name: string
  readonly at: number
  readonly data: Buffer
  readonly stored: boolean
  readonly encrypted: boolean
  readonly budget: Budget
}

/** An entry that is opened when it is neither packed nor encrypted. */
export function rarEntry({ name, at, data, stored, encrypted, budget }: Stored): ArchiveEntry {
  if (encrypted) return { name, offset: at, unread: { reason: 'encrypted', why: 'the file is encrypted' } }
  if (!stored) return { name, offset: at, unread: { reason: 'unsupported', why: 'the packing of RAR is not opened' } }
  const read = () => {
    if (data.length === 0) throw new Damaged('the file is empty')
    budget.takeBytes(data.length)
    return data
  }
  return { name, offset: at, read }
}
