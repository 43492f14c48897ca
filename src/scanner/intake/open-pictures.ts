import { drawingGroup, readOfficePictures } from '#scanner/formats/office-art.ts'
import { identify } from './identify.ts'
import type { Part } from './part.ts'

/** Opens the pictures in a stream of a binary document, by their bytes. */
export function openOfficePictures(part: Part, path: string, stream: Buffer): void {
  const inner = path.slice(part.path.length).replace(/^!?\/?/, '')
  const name = inner === '' ? '' : `${inner}!/`
  const { pictures, damage, more } = readOfficePictures(stream, part.budget)
  for (const [i, { offset, bytes }] of pictures.entries()) {
    const [type] = identify(bytes)
    if (type !== 'unknown' && type !== 'text') part.child(`${name}picture-${i + 1}`, bytes, 'office-picture', offset)
  }
  for (const detail of damage.slice(0, MOST_DAMAGES)) part.miss(path, 'damaged', detail)
  if (more) part.miss(path, 'limit', `more than ${pictures.length} pictures`)
}

const MOST_DAMAGES = 16

/** Opens the pictures of a workbook's stream; offsets are those in its drawing group. */
export function openDrawingGroup(part: Part, path: string, stream: Buffer): void {
  const group = drawingGroup(stream, part.budget)
  if (group.length > 0) openOfficePictures(part, path, group)
}
