import { readEps } from '#scanner/formats/postscript/eps.ts'
import type { Part } from './part.ts'

/** Runs an EPS file in the light machine and reports what no drawing does. */
export function openPostScriptPart(part: Part): void {
  part.kind('eps')
  const { events, stopped } = readEps(part.bytes, part.budget)
  for (const event of events) part.say({ kind: 'postscript', path: part.path, offset: event.offset, event })
  if (stopped !== undefined) part.miss(part.path, 'unsupported', `PostScript: ${stopped}`)
}
