import { readMovie } from '#scanner/formats/flash/movie.ts'
import { identify } from './identify.ts'
import type { Part } from './part.ts'

/** Reports what a Flash movie holds, and opens the files that its scripts carry. Throws Damaged, LimitReached. */
export function openFlashPart(part: Part): void {
  part.kind('swf')
  const movie = readMovie(part.bytes, part.budget)
  part.say({ kind: 'flash', path: part.path, offset: 0, movie })
  for (const [i, { offset, bytes }] of movie.files.entries()) {
    const [type] = identify(bytes)
    if (type !== 'unknown' && type !== 'text') part.child(`data-${i + 1}`, bytes, 'flash-data', offset)
  }
  if (movie.damage !== undefined) part.miss(part.path, 'damaged', movie.damage)
}
