import { readEquation } from '#scanner/formats/equation.ts'
import { readPackage } from '#scanner/formats/ole1.ts'
import type { Place } from './fact.ts'
import { identify } from './identify.ts'
import type { Part } from './part.ts'

/** Reports a file that the packager wrapped, and opens it. Throws Damaged for what is no packager data. */
export function sayPackage(part: Part, place: Place, native: Buffer): void {
  const { label, file, temporary, linked, data, dataOffset } = readPackage(native)
  part.say({ kind: 'package', ...place, label, file, temporary, linked, bytes: data, type: identify(data)[0] })
  const inner = place.path.slice(part.path.length).replace(/^!?\/?/, '')
  if (data.length > 0) part.child(`${inner}!/${file || label || 'file'}`, data, 'package', dataOffset)
}

/** Reports the font and matrix records of an equation. Throws Damaged for what is no MTEF, LimitReached. */
export function sayEquation(part: Part, place: Place, stream: Buffer): void {
  const { version, records, stopped } = readEquation(stream, part.budget)
  for (const record of records) part.say({ kind: 'equation', path: place.path, offset: record.offset, version, record })
  if (stopped && !records.some(({ kind }) => kind === 'font')) part.miss(place.path, 'damaged', `equation: ${stopped}`)
}
