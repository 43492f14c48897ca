import type { DiskEntry } from './contract.ts'

/** What a run did to one path of its disk. */
export interface DiskChange {
  readonly action: 'create' | 'write' | 'delete'
  readonly entry: DiskEntry
}

/**
 * What lies otherwise on a guest's disk than when its template was saved. The times of files count for nothing: a guest sets them as it likes. A folder that is only there
 * because something inside it changed is no change of its own.
 */
export function diskDifference(before: readonly DiskEntry[], after: readonly DiskEntry[]): DiskChange[] {
  const earlier = new Map(before.map((entry) => [entry.path, entry]))
  const now = new Set(after.map(({ path }) => path))
  const changes: DiskChange[] = []
  for (const entry of after) {
    const was = earlier.get(entry.path)
    if (was && same(was, entry)) continue
    if (entry.kind === 'folder' && was?.kind !== 'folder' && !entry.opaque && after.some(({ path }) => path.startsWith(`${entry.path}/`))) continue
    if (entry.kind === 'whiteout') changes.push({ action: 'delete', entry })
    else changes.push({ action: was && was.kind !== 'whiteout' ? 'write' : 'create', entry })
  }
  for (const entry of before) if (!now.has(entry.path) && entry.kind !== 'whiteout') changes.push({ action: 'delete', entry })
  return changes
}

/** A folder's size is how many names it ever had; that of an unread file tells as much as there is. */
function same(a: DiskEntry, b: DiskEntry): boolean {
  return (
    a.kind === b.kind &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.target === b.target &&
    a.opaque === b.opaque &&
    (a.kind === 'folder' || (a.size === b.size && a.sha256 === b.sha256))
  )
}
