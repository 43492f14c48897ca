import type { LimitName } from '#scanner/intake/limits.ts'
import type { ArchiveTrick } from './archive-names.ts'

/** What stands in an archive: a file, or a link or a file that this scanner does not unpack. */
export interface ArchiveEntry {
  readonly name: string
  /** Of its header or its data in the archive. */
  readonly offset: number
  /** Unpacks it; `encrypted` where no password opens it. Throws Damaged, LimitReached. */
  readonly read?: () => Buffer | 'encrypted'
  /** Why it stays unexamined, where it cannot be read. */
  readonly unread?: { readonly reason: 'encrypted' | 'unsupported' | 'damaged'; readonly why: string }
}

export interface Archive {
  readonly entries: readonly ArchiveEntry[]
  readonly tricks: readonly ArchiveTrick[]
  /** What is broken, each once. */
  readonly damage: readonly string[]
  /** The limit that ended the listing: files behind it stay unexamined. */
  readonly cut?: LimitName
  /** Why the whole stays unexamined. */
  readonly unread?: ArchiveEntry['unread']
}
