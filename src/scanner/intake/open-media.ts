import { readCursorHeaders } from '#scanner/formats/ani.ts'
import { readEmf } from '#scanner/formats/emf.ts'
import { readShortSegment } from '#scanner/formats/jpeg.ts'
import { readEps } from '#scanner/formats/postscript/eps.ts'
import { readJpegStrips } from '#scanner/formats/tiff-strips.ts'
import { readWmf } from '#scanner/formats/wmf.ts'
import type { Part } from './part.ts'

/** Runs an EPS file in the light machine and reports what no drawing does. */
export function openPostScriptPart(part: Part): void {
  part.kind('eps')
  const { events, stopped } = readEps(part.bytes, part.budget)
  for (const event of events) part.say({ kind: 'postscript', path: part.path, offset: event.offset, event })
  if (stopped !== undefined) part.miss(part.path, 'unsupported', `PostScript: ${stopped}`)
}

/** A picture that is the whole input: pixels, drawing and sound are not decoded, and what attacks their decoders stays unexamined. */
function sayUnread(part: Part): void {
  if (part.depth === 0) part.miss(part.path, 'unsupported', 'only headers and records of it are read')
}

/** Reports the sums of bytes that a TIFF with JPEG in it states. */
export function openTiffPart(part: Part): void {
  sayUnread(part)
  for (const strips of readJpegStrips(part.bytes, part.budget)) part.say({ kind: 'tiff-strips', path: part.path, offset: strips.offset, strips })
}

/** Reports a segment of a JPEG that is shorter than its own length field. */
export function openJpegPart(part: Part): void {
  sayUnread(part)
  const segment = readShortSegment(part.bytes, part.budget)
  if (segment) part.say({ kind: 'jpeg-segment', path: part.path, ...segment })
}

/** Reports what a metafile asks of a printer's driver, and opens the PostScript in it. */
export function openWmfPart(part: Part): void {
  sayUnread(part)
  const { placeable, escapes } = readWmf(part.bytes, part.budget)
  for (const [i, { function: asked, offset, data }] of escapes.entries()) {
    if (asked === SET_ABORT_PROC) part.say({ kind: 'metafile-escape', path: part.path, offset, asked, placeable, bytes: data.length })
    const start = POSTSCRIPT.has(asked) ? data.subarray(0, 64).indexOf('%!PS') : -1
    if (start !== -1) part.child(`escape-${i + 1}`, data.subarray(start), 'metafile', offset + 10 + start)
  }
}

/** Reports the headers of an animated cursor; other media are not looked into. */
export function openMediaPart(part: Part): void {
  sayUnread(part)
  const headers = readCursorHeaders(part.bytes, part.budget)
  if (headers.length > 0) part.say({ kind: 'cursor-headers', path: part.path, headers })
}

/** Opens the pictures of other formats that an enhanced metafile carries. */
export function openEmfPart(part: Part): void {
  sayUnread(part)
  for (const { kind, offset, bytes } of readEmf(part.bytes, part.budget)) part.child(`${kind}-${offset}`, bytes, 'metafile', offset)
}

const SET_ABORT_PROC = 9
/** PASSTHROUGH, POSTSCRIPT_DATA and ENCAPSULATED_POSTSCRIPT (MS-WMF 2.1.1.17). */
const POSTSCRIPT = new Set([0x13, 0x25, 0x1014])
