import { drawingGroup, readOfficePictures } from '#scanner/formats/office-art.ts'
import { identify, type ContentType } from './identify.ts'
import { innerPath, type Part } from './part.ts'

/** Opens the pictures in a stream of a binary document, by their bytes. */
export function openOfficePictures(part: Part, path: string, stream: Buffer): void {
  const inner = path.slice(part.path.length).replace(/^!?\/?/, '')
  const name = inner === '' ? '' : `${inner}!/`
  const { pictures, more } = readOfficePictures(stream, part.budget)
  for (const [i, { offset, read }] of pictures.entries()) {
    const label = `${name}picture-${i + 1}`
    part.attempt(innerPath(part.path, label), () => {
      const bytes = read()
      const [type] = identify(bytes)
      if (!NO_PICTURES.has(type)) part.child(label, bytes, 'office-picture', offset)
    })
  }
  if (more) part.miss(path, 'limit', `more than ${pictures.length} pictures`)
}

const NO_PICTURES: ReadonlySet<ContentType> = new Set(['unknown', 'text', 'empty'])

/** Opens the pictures of a workbook's stream; offsets are those in its drawing group. */
export function openDrawingGroup(part: Part, path: string, stream: Buffer): void {
  const group = drawingGroup(stream, part.budget)
  if (!group) part.miss(path, 'limit', 'the drawing group of the workbook takes too much memory')
  else if (group.length > 0) openOfficePictures(part, path, group)
}
