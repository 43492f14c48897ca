import type { ArchiveTrick } from '#scanner/formats/archive-names.ts'
import type { ArchiveKeys } from '#scanner/formats/archive-keys.ts'
import { innerPath, type Part } from './part.ts'

/** Reports what an archive does differently from what it seems to hold. */
export function sayTricks(part: Part, tricks: readonly ArchiveTrick[]): void {
  for (const { trick, offset, name, detail } of tricks) part.say({ kind: 'archive-trick', path: innerPath(part.path, name), offset, trick, detail })
}

/** Reports the names of an archive in which one ends with a space, for what becomes of such a name when it is opened. */
export function sayListing(part: Part, names: readonly string[]): void {
  if (names.some((name) => /[ .](?:$|[\\/])/.test(name))) part.say({ kind: 'archive-listing', path: part.path, names: names.slice(0, 2000) })
}

/** Reports by which encryption the archive was locked, and where the password came from that opened it. */
export function sayOpened(part: Part, keys: ArchiveKeys): void {
  for (const { scheme, from } of keys.opened) part.say({ kind: 'decrypted', path: part.path, scheme, password: from })
}
