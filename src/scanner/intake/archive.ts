import type { ArchiveTrick } from '#scanner/formats/archive-names.ts'
import { innerPath, type Part } from './part.ts'

/** Reports what an archive does differently from what it seems to hold. */
export function sayTricks(part: Part, tricks: readonly ArchiveTrick[]): void {
  for (const { trick, offset, name, detail } of tricks) part.say({ kind: 'archive-trick', path: innerPath(part.path, name), offset, trick, detail })
}
