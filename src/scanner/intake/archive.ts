import type { ArchiveTrick } from '#scanner/formats/archive-names.ts'
import { innerPath, type Part } from './part.ts'

/** Reports what an archive does differently from what it seems to hold. */
export function sayTricks(part: Part, tricks: readonly ArchiveTrick[]): void {
  for (const { trick, offset, name, detail } of tricks) part.say({ kind: 'archive-trick', path: innerPath(part.path, name), offset, trick, detail })
}

/** Reports the names of an archive in which one ends with a space, for what becomes of such a name when it is opened. */
export function sayListing(part: Part, names: readonly string[]): void {
  if (names.some((name) => /[ .](?:$|[\\/])/.test(name))) part.say({ kind: 'archive-listing', path: part.path, names: names.slice(0, 2000) })
}
