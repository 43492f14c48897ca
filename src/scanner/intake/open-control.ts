import { classInFront, readControlBlocks, WATCHED_CLASSES } from '#scanner/formats/common-controls.ts'
import { findMovies } from '#scanner/formats/flash/movie-state.ts'
import type { Place } from './fact.ts'
import type { Part } from './part.ts'

/** Reports the `Cobj` blocks of a control's state and a class that is watched, and opens the Flash movies in it. `clsid` is that of its storage, or empty. */
export function sayControl(part: Part, place: Place, state: Buffer, clsid = ''): void {
  const control = classInFront(state) ?? clsid
  for (const { offset, statedBytes, repeatedBytes } of readControlBlocks(state, part.budget))
    part.say({ kind: 'control-block', path: place.path, offset, clsid: control, statedBytes, repeatedBytes })
  if (clsid === '' && WATCHED_CLASSES.has(control)) part.say({ kind: 'control-class', ...place, clsid: control })
  const inner = place.path.slice(part.path.length).replace(/^!?\/?/, '')
  for (const [i, { offset, bytes }] of findMovies(state).entries())
    part.child(`${inner === '' ? '' : `${inner}!/`}movie-${i + 1}`, bytes, 'flash-control', offset)
}

/** Bytes of no known type: the state of an ActiveX control, of an Office part or an object of an RTF, is such. */
export function openUnknownPart(part: Part): void {
  sayControl(part, { path: part.path }, part.bytes)
}
