import { readOneNote } from '#scanner/formats/onenote.ts'
import { identify } from './identify.ts'
import { LimitReached } from './limits.ts'
import { innerPath, type Part } from './part.ts'

/** guidFileFormat of a section in the file format that synchronisation uses (MS-ONESTORE 2.8.1): files stand in it without a mark of their own. */
const PACKAGED = Buffer.from('2fe98d63d4a6c14b9a36b3fc2511a5b7', 'hex')

/** Opens a OneNote section: the files it keeps, and the names under which they were put in. Throws Damaged, LimitReached. */
export function openOneNotePart(part: Part): void {
  part.kind('onenote')
  const { files, names } = readOneNote(part.bytes, part.budget)
  for (const { offset, name } of names) part.say({ kind: 'onenote-name', path: part.path, offset, name })
  for (const [index, { offset, bytes, cut, over }] of files.entries()) {
    if (over) {
      part.attempt(innerPath(part.path, `file-${index + 1}`), () => {
        throw new LimitReached(over)
      })
      continue
    }
    part.say({ kind: 'onenote-file', path: part.path, offset, bytes, type: identify(bytes)[0] })
    if (cut) part.miss(part.path, 'damaged', `the file at ${offset} is cut off`)
    part.child(`file-${index + 1}`, bytes, 'onenote-file', offset)
  }
  if (part.bytes.subarray(48, 64).equals(PACKAGED)) part.miss(part.path, 'unsupported', 'files of a packaged section (MS-FSSHTTPB) are not read')
}
